"""A fleet: how a target should be. Applying one twice is the same as once.

A fleet never says "start" or "stop": it names the releases that should exist, how many replicas each has,
and what share of traffic each gets. What is not named should not be there.
"""

from collections.abc import Mapping
from typing import Literal

from esclusa.core.value import EMPTY, Value


class Health(Value, frozen=True, kw_only=True):
    """How readiness is asked: an HTTP GET that must answer 2xx; times in seconds."""

    path: str = "/health"
    timeout: float = 2.0
    start: float = 60.0
    """How long a program may take until it is first healthy."""


class Program(Value, frozen=True, kw_only=True):
    """How one process is started. `{port}` in a word is the port it is given."""

    argv: tuple[str, ...]
    directory: str
    variables: Mapping[str, str] = EMPTY
    secrets: Mapping[str, str] = EMPTY
    """Variable -> the secret's reference (`env:NAME` or `file:PATH`), resolved when the process starts."""
    health: Health = Health()


class Service(Value, frozen=True, kw_only=True):
    """A backing service of the releases of an environment. A changed program is another service.

    Its address reaches replicas as the variable `variable` (`MODEL_URL=http://127.0.0.1:9001`).
    """

    name: str
    program: Program
    variable: str

    key: str
    """A digest of what it is; a running service with the same key is kept."""
    shared: bool = True
    """Whether every release may find it. Otherwise it is there for workloads that name it as their own."""


class Workload(Value, frozen=True, kw_only=True):
    """The replicas of one release."""

    release: str
    program: Program
    replicas: int
    services: Mapping[str, str] = EMPTY
    """Variable -> key of the service that stands behind it for this release, whatever others find there."""


class Shadow(Value, frozen=True, kw_only=True):
    """A release that is sent copies of what others are asked; nobody sees its answers."""

    release: str
    share: float
    """Of new conversations, each copied from its first turn to its last or not at all; in (0, 1]."""


class Match(Value, frozen=True, kw_only=True):
    """Requests that say themselves which release they want: by a header's value or by a cookie's."""

    release: str
    header: str = ""
    cookie: str = ""
    """Its name, if it is a cookie that says so."""
    value: str


class Route(Value, frozen=True, kw_only=True):
    """What share of new conversations each release gets. Newest release first; weights sum to 1."""

    weights: tuple[tuple[str, float], ...]
    sticky: str = ""
    """The header that names a conversation; a conversation that has begun keeps its release."""
    sample: float = 0.0
    """The share of conversations that are sampled, for whoever scores them."""
    feedback: str = ""
    """The path at which customers say what they thought of a conversation. No release is asked there."""
    retry: Literal["safe"] = "safe"
    shadow: Shadow | None = None
    matches: tuple[Match, ...] = ()
    """They come before all else, the first that fits; the release is one of the weights'."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The releases that new conversations, or copies of them, may go to."""
        named = {match.release for match in self.matches}
        if self.shadow:
            named.add(self.shadow.release)
        return tuple(release for release, weight in self.weights if weight > 0 or release in named)


class Fleet(Value, frozen=True, kw_only=True):
    """One environment as it should be. No workloads and no route: nothing runs there."""

    environment: str
    port: int
    """Where the environment answers; 0 lets the target choose one, seen in `Observation.endpoint`."""
    workloads: tuple[Workload, ...] = ()
    route: Route | None = None
    services: tuple[Service, ...] = ()
    drain: float = 30.0
    """Seconds that a retiring release may take to finish its conversations."""


class Endpoint(Value, frozen=True, kw_only=True):
    """Where a served release answers."""

    url: str


class WorkloadState(Value, frozen=True, kw_only=True):
    """What was seen of one release's replicas."""

    release: str
    wanted: int
    running: int
    healthy: int
    weight: float = 0.0
    restarts: int = 0
    note: str = ""
    urls: tuple[str, ...] = ()
    """Where its healthy replicas answer, without the router."""


class Observation(Value, frozen=True, kw_only=True):
    """What a target is, seen now. `generation` is the last one confirmed in force."""

    environment: str
    generation: int
    endpoint: Endpoint | None = None
    workloads: tuple[WorkloadState, ...] = ()
    services: Mapping[str, str] = EMPTY
    """Service name -> `healthy`, `starting` or what is wrong."""
    service_restarts: Mapping[str, int] = EMPTY
    """Service name -> how often it had to be started again."""
    router: str = "absent"
    """`serving`, `absent`, or what is wrong."""
    processes: tuple[int, ...] = ()
