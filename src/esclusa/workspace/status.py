"""`esclusa status`: what serves where, as seen now."""

from esclusa.core.fleet import Observation
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout
from esclusa.core.value import Value
from esclusa.workspace.opened import Opened


class EnvironmentStatus(Value, frozen=True, kw_only=True):
    """One environment: what is there, which release is stable, and its newest rollout."""

    name: str
    serving: str
    observation: Observation
    rollout: Rollout | None = None
    releases: tuple[Release, ...] = ()
    """The releases that the observation names, as far as they are known."""


async def status(opened: Opened) -> tuple[EnvironmentStatus, ...]:
    """Every environment, in the order they are deployed to."""
    return tuple([await _of(opened, name) for name in opened.environments])


async def _of(opened: Opened, name: str) -> EnvironmentStatus:
    observation = await opened.target(opened.target_of(name)).observe(name)
    named = (opened.store.releases.get(workload.release) for workload in observation.workloads)
    return EnvironmentStatus(
        name=name,
        serving=opened.store.rollouts.serving(name),
        observation=observation,
        rollout=opened.store.rollouts.latest(name),
        releases=tuple(release for release in named if release is not None),
    )
