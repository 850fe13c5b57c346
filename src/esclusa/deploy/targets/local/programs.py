"""Programs of ours under the project's supervisor: the controller is one."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from esclusa.core.errors import StateError
from esclusa.core.secret import Secret
from esclusa.core.value import EMPTY
from esclusa.deploy.targets.local.state import Ledger, forget
from esclusa.deploy.targets.local.supervisor import Job, Seen, Supervisor


class Programs:
    """Kept running, restarted when they die, adopted when a supervisord is replaced."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._supervisor = Supervisor(self._directory)

    def put(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        variables: Mapping[str, str] = EMPTY,
        handed: Mapping[str, Secret] = EMPTY,
    ) -> Seen:
        """Have it running; one that runs already is left alone. `handed` are variables kept out of sight."""
        self._supervisor.put(
            Job(
                name=name,
                argv=tuple(argv),
                directory=str(cwd.absolute()),
                log=str(self.log(name)),
                environment=variables,
                secrets={variable: f"handed:{variable}" for variable in handed},
                handed=handed,
            )
        )
        return self._supervisor.seen(name)[name]

    def remove(self, name: str) -> None:
        """Stop it and forget it; nothing happens when there is none."""
        self._supervisor.remove(name)

    def seen(self, name: str) -> Seen | None:
        """What is to be seen of it; None when it was never put."""
        return self._supervisor.seen(name).get(name)

    def log(self, name: str) -> Path:
        """Where it writes."""
        return self._directory / "supervisor" / "logs" / f"{name}.log"


def ensure_supervisor(directory: Path) -> bool:
    """Have the project's supervisord running, with all that it should run; whether it had to be started."""
    return Supervisor(directory).ensure()


def renew(directory: Path) -> None:
    """Start the project's supervisor anew; all that it keeps running goes on, and is adopted."""
    Supervisor(directory).renew()


def shut_down(directory: Path) -> None:
    """Stop every program of every environment, and the supervisor; nothing is left when this returns."""
    Supervisor(directory).shut_down()
    for path in directory.glob("targets/*/state.json"):
        with contextlib.suppress(StateError):
            forget(Ledger(path.parent, path.parent.name))
