"""The files that a project names: each must be there, and be what it is named as."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from esclusa.config.problems import Places
from esclusa.core.project import Project, Step
from esclusa.core.scan import ACTIONS, BESIDE, OWN_LOCK

What = Literal[
    "file or directory",
    "suite",
    "requirements file",
    "flag file",
    "file of acceptances",
    "VEX file",
    "database",
]
_EITHER: frozenset[What] = frozenset({"file or directory", "database"})
"""What may be a directory."""


class Named(NamedTuple):
    """A path in a project, and the key that names it."""

    key: str
    path: str
    what: What


def check_files(project: Project, places: Places, root: Path) -> None:
    """Reports every file that is not there; patterns are not looked at.

    What lies outside the repository may be put there by a step, or on another machine.
    """
    for named in _named(project, places):
        if "*" in named.path or _is_there(root / named.path, named.what):
            continue
        missing = f"there is no {named.what} `{named.path}`"
        if named.path.startswith("/"):
            places.odd(named.key, f"{missing} on this machine", "put it there, or mend its path")
        else:
            places.bad(named.key, missing, "create it, or mend its name")


def _is_there(path: Path, what: What) -> bool:
    try:
        return path.exists() if what in _EITHER else path.is_file()
    except OSError:  # a name that is too long for the disk, a directory that may not be entered
        return False


def _named(project: Project, places: Places) -> Iterable[Named]:
    for part, paths in project.agent.behaviour.items():
        for path in paths:
            if path != project.agent.flags:
                yield Named(f"agent.behaviour.{part}", path, "file or directory")
    if project.agent.flags:
        yield Named("agent.flags", project.agent.flags, "flag file")
    for service in project.services:
        for path in service.files:
            yield Named(f"services.{service.name}.files", path, "file or directory")
    for environment in project.environments:
        if environment.smoke:
            yield Named(f"environments.{environment.name}.smoke", environment.smoke, "suite")
    for spec in project.strategies.values():
        for key, path in (("score", spec.score), ("replay", spec.replay), ("preflight", spec.preflight)):
            if path:
                yield Named(f"strategies.{spec.name}.{key}", path, "suite")
    for stage in project.stages:
        for step in stage.steps:
            yield from _of_step(step)
            if step.uses in ACTIONS:
                yield from _of_scan(step, places)


def _of_step(step: Step) -> Iterable[Named]:
    key = f"stages.{step.id}"
    for path in step.inputs or ():
        yield Named(f"{key}.inputs", path, "file or directory")
    if step.uses == "eval" and step.settings.get("suite"):
        yield Named(f"{key}.suite", step.settings["suite"], "suite")
    if step.uses == "dependencies":
        for setting in ("requirements", "no_dependencies"):
            for path in step.settings.get(setting, ()):
                yield Named(f"{key}.{setting}", path, "requirements file")


def _of_scan(step: Step, places: Places) -> Iterable[Named]:
    """What has to be in the commit: not what the run lays beside it, nor a file of acceptances that is only
    looked for where nobody names one."""
    key, settings = f"stages.{step.id}", step.settings
    if places.written(f"{key}.accepted"):
        yield Named(f"{key}.accepted", settings["accepted"], "file of acceptances")
    for path in settings.get("vex", ()):
        yield Named(f"{key}.vex", path, "VEX file")
    for path in settings.get("from", ()):
        if path != OWN_LOCK:
            yield Named(f"{key}.from", path, "file or directory")
    for path in settings.get("paths", ()):
        if not f"{path}/".startswith(BESIDE) and not set(path) & set("*?["):
            yield Named(f"{key}.paths", path, "file or directory")
    for path in settings.get("database", ()) if "service" not in settings else ():
        if not path.lower().startswith(("http://", "https://")):
            yield Named(f"{key}.database", path, "database")
