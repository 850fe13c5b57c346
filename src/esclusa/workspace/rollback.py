"""`esclusa rollback [RELEASE]`: the environment goes back to an earlier release, all of it, at once."""

from esclusa.core.errors import UsageError
from esclusa.core.project import DIRECT
from esclusa.core.rollout import Decision, Rollout, Wish
from esclusa.stages.rollouts import begin_rollout, serves
from esclusa.system import new_id
from esclusa.workspace.controller import ensure_controller
from esclusa.workspace.opened import Opened
from esclusa.workspace.ports import refuse_taken_ports
from esclusa.workspace.releases import find_release, previous
from esclusa.workspace.workshop import workshop_of


def known_environment(opened: Opened, name: str) -> str:
    """The environment of that name, the last one if none is named. UsageError when there is none."""
    if name in opened.environments or (not name and opened.environments):
        return name or opened.environments[-1]
    raise UsageError(
        f"there is no environment '{name}'", mend=f"known are {', '.join(opened.environments) or 'none'}"
    )


async def rollback(
    opened: Opened, environment: str = "", release: str = "", *, by: str, reason: str = ""
) -> Rollout:
    """Abort what is under way there, or else roll out the earlier release directly.

    The last environment of the project if none is named. UsageError when there is nothing to go back to, or
    the release never served there: the way back asks nobody, so it leads only where one has been. PortTaken
    when it could not answer there.
    """
    environment = known_environment(opened, environment)
    under_way = opened.store.rollouts.latest(environment)
    if under_way is not None and not under_way.final and not release:
        opened.store.rollouts.wish(
            under_way.id, Wish(verb="abort", by=by, reason=reason or "rollback asked for")
        )
        await ensure_controller(opened)
        return under_way
    wanted = _served(opened, environment, release) if release else previous(opened, environment)
    if not wanted:
        raise UsageError(f"{environment} has no earlier release to go back to", mend="esclusa releases")
    project = opened.usable_project
    workshop, place = workshop_of(opened, project), project.environment(environment)
    if await serves(workshop, place, wanted):
        raise UsageError(f"{environment} serves {wanted[:12]} already", mend="esclusa releases")
    await refuse_taken_ports(opened, (place,))
    rollout = begin_rollout(
        workshop,
        place,
        wanted,
        run="",
        name=new_id("rollback"),
        spec=project.strategies[DIRECT],
        ordered=Decision(verb="rollback", by=by, reason=reason),
    )
    await ensure_controller(opened)
    return rollout


def _served(opened: Opened, environment: str, name: str) -> str:
    release = find_release(opened, name)
    if release.id not in opened.store.rollouts.served(environment):
        raise UsageError(
            f"release {release.short} never served {environment}, so there is no way back to it",
            mend=f"take it there: esclusa deploy {release.short} -e {environment}",
        )
    return release.id
