"""A target: where fleets live."""

from typing import Protocol

from esclusa.core.fleet import Fleet, Observation


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
