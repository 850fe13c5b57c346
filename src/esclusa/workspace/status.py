"""`esclusa status`: what serves where, as seen now."""

from esclusa.core.errors import ConfigurationError, StateError
from esclusa.core.fleet import Observation
from esclusa.core.project import Environment
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout
from esclusa.core.run import Outcome, Run
from esclusa.core.value import Value
from esclusa.pipeline.exclusive import RUN
from esclusa.stages.closed import closed
from esclusa.workspace.history import history
from esclusa.workspace.opened import Opened


class EnvironmentStatus(Value, frozen=True, kw_only=True):
    """One environment: what is there, which release is stable, and its newest rollout."""

    name: str
    serving: str
    observation: Observation
    rollout: Rollout | None = None
    closed: str = ""
    """Why nothing new may set out there now: a lock or a freeze."""
    releases: tuple[Release, ...] = ()
    """The releases that the observation names, as far as they are known."""


async def status(opened: Opened) -> tuple[EnvironmentStatus, ...]:
    """Every environment, in the order they are deployed to."""
    return tuple([await _of(opened, name) for name in opened.environments])


def under_way(opened: Opened) -> Run | None:
    """The run that a living process takes through its stages now; None when there is none."""
    if not opened.store.lease.holder(RUN):
        return None
    return next((run for run in history(opened) if run.outcome is Outcome.RUNNING), None)


async def _of(opened: Opened, name: str) -> EnvironmentStatus:
    observation = await opened.target(opened.target_of(name)).observe(name)
    named = (opened.store.releases.get(workload.release) for workload in observation.workloads)
    return EnvironmentStatus(
        name=name,
        serving=opened.store.rollouts.serving(name),
        observation=observation,
        rollout=opened.store.rollouts.latest(name),
        closed=_closed(opened, name),
        releases=tuple(release for release in named if release is not None),
    )


def _closed(opened: Opened, name: str) -> str:
    """A broken file hides its freezes, and no lock."""
    try:
        environment = opened.usable_project.environment(name)
    except (ConfigurationError, StateError, KeyError):
        environment = Environment(name=name)
    found = closed(environment, opened.store.locks, opened.clock.now())
    return found.why if found is not None else ""
