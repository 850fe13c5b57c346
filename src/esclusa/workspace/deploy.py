"""`esclusa deploy`: a sealed release taken into another environment as it is, with nothing built anew."""

from esclusa.core.errors import StepFailed, UsageError
from esclusa.core.project import Environment, Project
from esclusa.core.release import Release
from esclusa.core.rollout import Decision, Rollout
from esclusa.core.value import Value
from esclusa.stages.closed import closed
from esclusa.stages.rollouts import Listener, begin_rollout, follow, let_in, make_way, serves
from esclusa.stages.smoke import Smoke
from esclusa.stages.workshop import Workshop
from esclusa.system import new_id
from esclusa.workspace.controller import ensure_controller, keep_secrets
from esclusa.workspace.opened import Opened
from esclusa.workspace.releases import find_release
from esclusa.workspace.rollback import known_environment
from esclusa.workspace.workshop import workshop_of


class Passage(Value, frozen=True, kw_only=True):
    """A release that may go, and where."""

    release: Release
    environment: Environment


def passage(opened: Opened, release: str = "", *, source: str = "", environment: str = "") -> Passage:
    """The release of that name, or the one that serves `source`, and where it is to go; nothing is changed.

    UsageError when there is none, or `source` has not answered its smoke suite; StepFailed when the release
    was not let through by every gate that the file has now.
    """
    project = opened.project
    place = project.environment(known_environment(opened, environment))
    if bool(release) is bool(source):
        raise UsageError(
            "say which release: by its name, or by where it serves", mend="esclusa deploy --from staging"
        )
    found = find_release(opened, release) if release else _serving(opened, source, place)
    _let_through(found, project)
    if place.smoke:
        raise UsageError(
            f"{place.name} has a smoke suite, which only a run asks",
            mend=f"esclusa run --commit {found.commit}",
        )
    return Passage(release=found, environment=place)


async def deploy(
    opened: Opened, going: Passage, listener: Listener, *, ordered: Decision, override: Decision | None = None
) -> Rollout:
    """Set the release out by the environment's own strategy and approval; the rollout, just begun.

    UsageError when the environment is closed and nobody overrides that, or the release serves there already.
    """
    workshop = workshop_of(opened, opened.project, override=override)
    place, release = going.environment, going.release.id
    shut = closed(place, opened.store.locks, opened.clock.now())
    if shut is not None and override is None:
        raise UsageError(shut.why, mend=shut.mend)
    if await serves(workshop, place, release):
        raise UsageError(f"{place.name} serves {release[:12]} already", mend="esclusa releases")
    keep_secrets(opened, opened.project)
    opened.keep(opened.project)
    await make_way(workshop, place, release, listener)
    rollout = begin_rollout(
        workshop,
        place,
        release,
        run="",
        name=new_id("deploy"),
        ordered=ordered,
        override=let_in(workshop, place),
    )
    await ensure_controller(opened)
    return rollout


async def followed(opened: Opened, rollout: Rollout, listener: Listener) -> Rollout:
    """Its news until it is over; the rollout as it ended."""
    return await follow(workshop_of(opened, opened.project), rollout, listener)


def _serving(opened: Opened, source: str, place: Environment) -> Release:
    name = known_environment(opened, source)
    if name == place.name:
        raise UsageError(f"{name} is where it is", mend="say where it is to go: -e ENVIRONMENT")
    promoted = opened.store.rollouts.promoted(name)
    release = opened.store.releases.get(promoted.candidate) if promoted else None
    if promoted is None or release is None:
        raise UsageError(f"{name} serves no release", mend="esclusa releases")
    workshop: Workshop = workshop_of(opened, opened.project)
    at = opened.project.environment(name)
    if at.smoke and not Smoke(workshop, at).answered(promoted):
        raise UsageError(
            f"the smoke suite of {name} is not known to be answered by {release.short}",
            mend=f"esclusa run --commit {release.commit}",
        )
    return release


def _let_through(release: Release, project: Project) -> None:
    recorded = {judgement.gate: judgement for judgement in release.judgements}
    shut = [name for name, judgement in recorded.items() if not judgement.opens]
    unjudged = [gate.name for gate in project.gates if gate.name not in recorded]
    why = ""
    if release.sealed is None:
        why = "it was never sealed"
    elif shut:
        why = f"gate {', '.join(shut)} is not open"
    elif unjudged:
        why = f"gate {', '.join(unjudged)} was not judged on it"
    if why:
        raise StepFailed(
            f"release {release.short} was not let through: {why}",
            mend=f"esclusa run --commit {release.commit}",
        )
