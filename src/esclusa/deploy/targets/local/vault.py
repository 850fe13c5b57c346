"""The vault: secrets handed over to programs that start when nobody is there to ask.

A replica is restarted by the supervisor, and a candidate's is started by the controller; neither has the
environment of the person who deployed. So a secret that is not a file is kept, once it was resolved, in a
file that only its owner can read. Who wants none on this disk refers to it by `file:`, read at each start.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from esclusa.core.errors import ConfigurationError, StateError
from esclusa.core.ports import SecretSource
from esclusa.core.secret import Secret
from esclusa.deploy.targets.local.files import private_directory, replace_file


def hand_over(directory: Path, references: Iterable[str], secrets: SecretSource) -> None:
    """Keep what the references stand for now. ConfigurationError when one is not there."""
    Vault(directory, secrets).keep(references)


class Vault:
    """A SecretSource that falls back on what was handed over."""

    def __init__(self, directory: Path, secrets: SecretSource) -> None:
        self._path = directory.absolute() / "supervisor" / "secrets" / "handed-over"
        self._secrets = secrets

    def keep(self, references: Iterable[str]) -> None:
        """Resolve and write down."""
        known = self._read()
        fresh = {**known, **{name: self._secrets.get(name).reveal() for name in references if _kept(name)}}
        if fresh != known:
            private_directory(self._path.parent.parent)
            private_directory(self._path.parent)
            replace_file(self._path, json.dumps(fresh).encode(), private=True)

    def get(self, reference: str) -> Secret:
        """`env:NAME` or `file:PATH`, as it is here or was when it was handed over. ConfigurationError."""
        found = self.resolve({"": reference})
        return found[""] if found else self._secrets.get(reference)

    def resolve(self, references: Mapping[str, str]) -> dict[str, Secret]:
        """The values of those variables whose secret is not a file that the launcher reads itself."""
        known: Mapping[str, str] | None = None
        values: dict[str, Secret] = {}
        for variable, reference in references.items():
            if not _kept(reference):
                continue
            try:
                values[variable] = self._secrets.get(reference)
            except ConfigurationError:
                known = self._read() if known is None else known
                if reference not in known:
                    raise
                values[variable] = Secret(known[reference])
        return values

    def _read(self) -> Mapping[str, str]:
        try:
            known = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StateError(
                f"the secrets handed over in {self._path} cannot be read: {error}",
                mend="remove the file and deploy again from where the secrets are",
            ) from error
        return {str(name): str(value) for name, value in known.items()}


def _kept(reference: str) -> bool:
    return not reference.startswith("file:/")
