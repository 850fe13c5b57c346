"""Secrets: from the environment or a file, never from `esclusa.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from esclusa.core.errors import ConfigurationError
from esclusa.core.secret import Secret


class Secrets:
    """A SecretSource. `file:` paths are relative to `root`; a line break at the end is not part of it."""

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        self._environ = environ
        self._root = root

    def get(self, reference: str) -> Secret:
        """`env:NAME` or `file:PATH`; ConfigurationError when it is not there."""
        scheme, _, name = reference.partition(":")
        if scheme == "env" and name:
            return self._variable(name)
        if scheme == "file" and name:
            return self._file(name)
        raise ConfigurationError("a secret is referred to as `env:NAME` or `file:PATH`")

    def _variable(self, name: str) -> Secret:
        text = self._environ.get(name, "")
        if not text:
            state = "empty" if name in self._environ else "not set"
            raise ConfigurationError(
                f"the secret env:{name} is {state}", mend=f"set {name} in the environment of esclusa"
            )
        return Secret(text)

    def _file(self, name: str) -> Secret:
        path = self._root / Path(name).expanduser()
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"the secret file:{name} cannot be read: {error.strerror}",
                mend=f"create {path}, readable by you alone",
            ) from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"the secret file:{name} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise ConfigurationError(f"the secret file:{name} is empty")
        return Secret(text)
