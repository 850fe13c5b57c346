"""The state of one environment on disk: who runs for it, what its router was told, and the fence.

Read and written under a lock that is held for moments only, and never while waiting: a process that stands
still must not keep the next one out.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from esclusa.core.errors import Fenced, StateError
from esclusa.core.fleet import Fleet, Health
from esclusa.core.value import EMPTY, Value, decode, encode
from esclusa.deploy.targets.local.files import locked, replace_file
from esclusa.deploy.traffic.routing import Cluster, Routing


class Replica(Value, frozen=True, kw_only=True):
    """A program that answers on a port: a replica of a release, or a backing service."""

    program: str
    """Its name under the supervisor, used once."""
    of: str
    """The release, or the service's name."""
    identity: str
    """A digest of all that it was started with; a service's is its key."""
    port: int
    health: Health
    proven: bool = False
    """Whether it has been healthy once."""
    services: Mapping[str, str] = EMPTY
    """Replicas: which service stands behind each variable, by key."""


class State(Value, frozen=True, kw_only=True):
    """One environment."""

    environment: str
    fence: int = 0
    """The highest generation that was begun. A lower one is refused."""
    serial: int = 0
    """Rises with every program and version, so that no name is used twice."""
    port: int = 0
    replicas: tuple[Replica, ...] = ()
    services: tuple[Replica, ...] = ()
    retired: tuple[str, ...] = ()
    """Programs that are on their way out."""
    worn: tuple[str, ...] = ()
    """Programs that serve, and are to be replaced by others like them, one at a time."""
    router: str = ""
    """The program name of the router; empty if there is none."""
    clusters: tuple[Cluster, ...] = ()
    """What the router was told last."""
    routing: Routing | None = None
    """What the router was told last, confirmed or not."""
    fleet: Fleet | None = None
    """The last fleet confirmed in force."""
    generation: int = 0
    """Of that fleet."""


class Ledger:
    """Where an environment's state is kept."""

    def __init__(self, directory: Path, environment: str) -> None:
        self.directory = directory
        self._environment = environment
        self._path = directory / "state.json"
        self._lock = directory / "lock"

    def read(self) -> State:
        """What is known; a first, empty state when nothing is. StateError when it is torn."""
        try:
            return decode(State, self._path.read_bytes())
        except FileNotFoundError:
            return State(environment=self._environment)
        except StateError as error:
            raise StateError(
                f"{self._path} is torn: {error.message}",
                mend=f"stop what runs with `esclusa down`, remove {self._path}, and deploy again",
            ) from error

    @contextlib.contextmanager
    def turn(self, generation: int) -> Iterator["Turn"]:
        """Be the only one to change the environment for a moment. Fenced if a later generation has begun."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with locked(self._lock):
            state = self.read()
            if state.fence > generation:
                raise Fenced(
                    f"generation {generation} of {self._environment} is refused: {state.fence} has begun",
                    mend="somebody else has gone on with this environment; look with `esclusa status`",
                )
            yield Turn(self, state)

    def write(self, state: State) -> None:
        """Only within a turn."""
        replace_file(self._path, encode(state))


class Turn:
    """The right to change the state, as long as the turn lasts."""

    def __init__(self, ledger: Ledger, state: State) -> None:
        self._ledger = ledger
        self.state = state

    def write(self, state: State) -> State:
        """The new state, on disk before anything is done by it; not written again if it is no other."""
        if state != self.state:
            self._ledger.write(state)
        self.state = state
        return state


def forget(ledger: Ledger) -> None:
    """Nothing runs there any more. What has been refused stays refused."""
    known = ledger.read()
    with ledger.turn(known.fence) as turn:
        state = turn.state
        turn.write(
            State(
                environment=state.environment,
                fence=state.fence,
                serial=state.serial,
                generation=state.generation,
            )
        )
