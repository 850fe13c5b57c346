"""Serving one release in an environment of its own, the way production serves it, while a block runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import anyio

from esclusa.core.errors import StartFailed, StateError
from esclusa.core.fleet import Endpoint, Fleet, Observation
from esclusa.core.project import Environment
from esclusa.core.release import Release
from esclusa.core.target import Target
from esclusa.flags.launch import flag_server
from esclusa.releases.fleet import fleet_of
from esclusa.stages.workshop import Workshop


@dataclass(kw_only=True)
class Served:
    """A release that answers at `endpoint`, and what was last seen of the services behind it."""

    endpoint: Endpoint
    environment: str
    target: Target
    restarts: dict[str, int]
    """How often each backing service had been started again, when last looked at."""

    @classmethod
    def at(cls, endpoint: Endpoint, seen: Observation, target: Target) -> Self:
        """What answers there, from what was seen of it."""
        known = dict(seen.service_restarts)
        return cls(endpoint=endpoint, environment=seen.environment, target=target, restarts=known)

    async def trouble(self) -> str:
        """What is wrong with a backing service, or was since this was last asked; empty if nothing."""
        seen = await self.target.observe(self.environment)
        if not seen.workloads:
            return f"the replicas in {self.environment} were taken down"
        ill = [f"{name} is {state}" for name, state in seen.services.items() if state != "healthy"]
        for name, restarts in seen.service_restarts.items():
            if restarts > self.restarts.get(name, 0) and seen.services.get(name) == "healthy":
                ill.append(f"{name} was started again")
        # A supervisor may be quicker than the question why a call failed; and of two looks, the older one may
        # come in last.
        for name, restarts in seen.service_restarts.items():
            self.restarts[name] = max(restarts, self.restarts.get(name, 0))
        return ", ".join(ill)


def trial(step: str, run: str) -> str:
    """The environment in which a step of a run has its release served."""
    return f"eval-{step.partition('.')[2]}-{run}"


@asynccontextmanager
async def served(workshop: Workshop, release_id: str, name: str) -> AsyncIterator[Served]:
    """Serve the release as environment `name` while the block runs; removed again whatever happens.

    A name may be served again, by a resumed run or a second attempt: it goes on from the generation in force.
    """
    release = known_release(workshop, release_id)
    target = workshop.target("local")
    fleet = fleet_of(release, Environment(name=name, drain=1.0), flag_server=flag_server)
    # One generation for both: a removal that was killed half-way then never fences off the next one.
    generation = (await target.observe(name)).generation + 1
    try:
        seen = await target.apply(fleet, generation)
        if seen.endpoint is None:
            raise StartFailed(f"release {release.short} is up but has no endpoint", mend="esclusa doctor")
        yield Served.at(seen.endpoint, seen, target)
    finally:
        with anyio.CancelScope(shield=True):
            await target.apply(Fleet(environment=name, port=0), generation)


def known_release(workshop: Workshop, release_id: str) -> Release:
    """The release of that id; StateError when it was pruned or never built."""
    release = workshop.releases.get(release_id)
    if release is None:
        raise StateError(f"release {release_id[:12]} is not known", mend="run its commit again")
    return release
