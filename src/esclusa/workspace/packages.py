"""What a project depends on, for scans that are asked for by hand: its locks, and what it has installed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esclusa.core.project import Project, Step
from esclusa.core.scan import ACTIONS, Kind
from esclusa.core.value import EMPTY
from esclusa.scans.dependencies.installed import is_environment
from esclusa.sources.environments import environment_path, is_built
from esclusa.sources.lock import parse
from esclusa.stages.dependencies import kept_lock
from esclusa.stages.workshop import ENVIRONMENTS
from esclusa.workspace.opened import Opened


def used(project: Project | None, action: str) -> Step | None:
    """The project's own step with an action; of several, the first."""
    steps = (step for stage in project.stages for step in stage.steps) if project else ()
    return next((step for step in steps if step.uses == action), None)


def settings_of(project: Project | None, action: str) -> Mapping[str, Any]:
    """What that step says; nothing if there is none."""
    step = used(project, action)
    return step.settings if step is not None else EMPTY


def listing(opened: Opened, project: Project | None, kind: Kind, path: Path, below: str) -> Mapping[str, Any]:
    """Of a scan of packages: those of an environment (`from` is None), or of locks at or below a place."""
    if is_environment(path):
        return {"environment": str(path), "from": None}
    action = next(action for action, one in ACTIONS.items() if one == kind)
    given: dict[str, Any] = {"from": (below,) if below else settings_of(project, action).get("from", ())}
    environment = environment_of(opened, project) if kind == "licences" else None
    if environment is not None:
        given |= {"environment": str(environment), "resolved": installs(project)}
    return given


def installs(project: Project | None) -> tuple[str, ...]:
    """The requirements files that the project's own step installs."""
    settings = settings_of(project, "dependencies")
    return (*settings.get("requirements", ()), *settings.get("no_dependencies", ()))


def environment_of(opened: Opened, project: Project | None) -> Path | None:
    """Where the project's requirements are installed as they are now; None if they are not."""
    settings = settings_of(project, "dependencies")
    if not settings:
        return None
    requirements, plain = (settings.get(key, ()) for key in ("requirements", "no_dependencies"))
    lock = kept_lock(opened.state, opened.root, requirements, plain)
    if not lock.is_file():
        return None
    place = environment_path(opened.state / ENVIRONMENTS, parse(lock.read_text()).hash)
    return place if is_built(place) else None
