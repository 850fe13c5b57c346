"""A target: where fleets live."""

from typing import Protocol, runtime_checkable

from esclusa.core.fleet import Fleet, Observation
from esclusa.core.value import Value


class Target(Protocol):
    """Makes an environment be as a fleet says. Nothing else: no start, no stop, no increments."""

    async def apply(self, fleet: Fleet, generation: int) -> Observation:
        """Converge, and return when it is confirmed in force.

        New replicas are up and healthy before routes change, routes are confirmed before anything drains, and
        what is not named is stopped last. Raises Fenced for a generation lower than one already applied (the
        same one again is welcome), OutsideError when it cannot be reached. Cancelling leaves a state from
        which applying any fleet converges.
        """
        ...

    async def observe(self, environment: str) -> Observation:
        """What is there now; never raises for what is merely broken: it says so."""
        ...


class Restarted(Value, frozen=True, kw_only=True):
    """What was started anew in an environment."""

    replicas: int
    router: bool
    """Whether there is one; requests that the old one had begun end there, within the drain."""


@runtime_checkable
class Restarts(Protocol):
    """A target that can start anew what serves, without a break."""

    async def restart(self, environment: str) -> Restarted:
        """Replace all that serves there by its like, and return when that serves.

        UsageError when nothing serves there or a change is under way, StartFailed or OutsideError when
        something does not come up again: what was there serves on. Fenced when a change sets out meanwhile.
        """
        ...
