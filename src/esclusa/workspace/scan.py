"""`esclusa scan`: what scans find in a directory, judged by the gates that ask; needs no esclusa.yaml.

Nothing of it is kept but what engines remember. What the project's own steps say (what is left out, which
engines look) holds here too; an option on the command line goes before it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from esclusa.config import reference
from esclusa.config.quantities import duration
from esclusa.core.errors import UsageError
from esclusa.core.gate import Gate, Judgement
from esclusa.core.project import Project
from esclusa.core.scan import ACTIONS, METRICS, Kind, Report
from esclusa.core.value import replace
from esclusa.gates.catalogue import catalogue
from esclusa.gates.judge import NONE_YET, judge
from esclusa.gates.language import parse
from esclusa.scans.apart import scan
from esclusa.scans.evidence import evidence
from esclusa.stages.scan import CACHE, LISTING, request
from esclusa.workspace.opened import Opened
from esclusa.workspace.packages import listing, settings_of, used
from esclusa.workspace.place import place

OTHERWISE: Mapping[Kind, tuple[str, ...]] = {
    "secrets": ("secrets == 0",),
    "dependencies": ("vulnerabilities == 0",),
    "licences": ("licences == 0",),
    "pii": ("pii == 0",),
    "workflows": ("misconfigurations{severity>=medium} == 0",),
}
"""The rules where no gate of a project asks."""
BY_PATHS: tuple[Kind, ...] = ("secrets", "pii")
"""Scans that can look at a part of what they are given."""

MADE = ("answers", "logs", "artifacts")
"""Settings that name what a run made."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What came of all scans, and what the gates say of it."""

    reports: tuple[Report, ...]
    judgements: tuple[Judgement, ...]

    @property
    def clear(self) -> bool:
        """Whether everything was seen and every gate is open."""
        whole = all(report.state in ("clean", "found") for report in self.reports)
        return whole and all(judgement.opens for judgement in self.judgements)


async def scan_here(opened: Opened, kinds: Sequence[Kind], path: Path, given: Mapping[str, Any]) -> Looked:
    """Look and judge. `given` are settings that go before the project's. UsageError if there is no path.

    Without kinds the usual ones: all, but licences only where the project says which it allows. A path that
    is an environment of Python is asked what is installed in it.
    """
    if not path.exists():
        raise UsageError(f"there is no {path}", mend="name a file or a directory that is there")
    placed = place(opened.root.resolve(), path.resolve())
    project = opened.project if opened.has_file else None
    kinds = kinds or [kind for kind in METRICS if kind != "licences" or used(project, "licences")]
    _refuse_idle(kinds, given)
    if "accepted" in given and not (placed.root / str(given["accepted"])).exists():
        raise UsageError(f"there is no file of acceptances {given['accepted']}", mend="correct its name")
    cache = _cache(opened)
    found: dict[Kind, Report] = {}

    async def look(kind: Kind) -> None:
        settings = {**_defaults(kind), **_of_project(project, kind), **_fitting(kind, given)}
        if "database" in given:  # instead of the service that the project asks
            settings.pop("service", None)
        root = placed.root
        if kind in LISTING:
            settings |= listing(opened, project, kind, path.resolve(), placed.below)
            root = opened.root.resolve() if settings["from"] is None else root
        elif kind not in BY_PATHS:
            root = path.resolve()
        elif placed.below or root != opened.root.resolve():
            settings["paths"] = (placed.below,) if placed.below else ()
        asked = request(
            kind,
            settings,
            root=root,
            target=path.resolve().name or str(path),
            today=opened.clock.now().date(),
            cache=cache,
            repository=placed.root if placed.remembered else None,
            whole=placed.root == opened.root.resolve()
            and not placed.below
            and not given
            and _is_all(project, kind, settings),
        )
        found[kind] = await scan(asked)

    async with anyio.create_task_group() as group:
        for kind in kinds:
            group.start_soon(look, kind)
    reports = tuple(found[kind] for kind in kinds)
    return Looked(reports=reports, judgements=tuple(_judged(project, reports)))


def _refuse_idle(kinds: Sequence[Kind], given: Mapping[str, Any]) -> None:
    """An option that none of the scans understands would be taken for one that was heeded."""
    for name in given:
        if not any(name in reference.actions()[_action(kind)].fields for kind in kinds):
            raise UsageError(
                f"`{name}` means nothing to a scan of {' and '.join(kinds)}", mend="leave it out"
            )
    if "service" in given and "database" in given:
        raise UsageError("a service is asked instead of databases", mend="name one of the two")


def _cache(opened: Opened) -> Path:
    """In the state of the project; where there is none, nothing is left in what is looked at."""
    if opened.has_file:
        opened.make_state()
        return opened.state / CACHE
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "esclusa" / CACHE


def _defaults(kind: Kind) -> Mapping[str, Any]:
    """What the reference says where nobody says otherwise."""
    fields = reference.actions()[_action(kind)].fields
    said: dict[str, Any] = {
        name: _shown(field) for name, field in fields.items() if field.presence == "default"
    }
    if "oldest" in said:
        said["oldest"] = duration(said["oldest"])
    return {name: value for name, value in said.items() if value != "false"}


def _shown(field: reference.Field) -> str | tuple[str, ...]:
    """The value that the reference shows: one, or a list."""
    return field.example or tuple(str(node.value) for node in field.shown.value)


def _of_project(project: Project | None, kind: Kind) -> Mapping[str, Any]:
    """The settings of the project's own step."""
    return settings_of(project, _action(kind))


def _fitting(kind: Kind, given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = reference.actions()[_action(kind)].fields
    return {name: value for name, value in given.items() if name in fields}


def _is_all(project: Project | None, kind: Kind, settings: Mapping[str, Any]) -> bool:
    """Whether no step of the project looks where this does not, such as at what a run makes or installs."""
    if project is None:
        return True
    steps = [step for stage in project.stages for step in stage.steps]
    if sum(step.uses == _action(kind) for step in steps) > 1:
        return False
    if kind in LISTING and "environment" not in settings and used(project, "dependencies"):
        return False
    return not any(step.settings.get(key) for step in steps if step.uses == _action(kind) for key in MADE)


def _action(kind: Kind) -> str:
    return next(action for action, one in ACTIONS.items() if one == kind)


def _judged(project: Project | None, reports: Sequence[Report]) -> list[Judgement]:
    seen = {f"scan.{report.kind}": evidence(report) for report in reports}
    metrics = {metric for report in reports for metric in METRICS[report.kind]}
    asked = [gate for one in (project.gates if project else ()) if (gate := _about(one, metrics)) is not None]
    unasked = metrics - {rule.metric for gate in asked for rule in gate.rules}
    rules = [parse(text, catalogue()) for report in reports for text in OTHERWISE[report.kind]]
    ours = tuple(rule for rule in rules if rule.metric in unasked)
    asked += [Gate(name="scan", rules=ours)] if ours else []
    return [judge(gate, seen, None, baseline_state=NONE_YET) for gate in asked]


def _about(gate: Gate, metrics: set[str]) -> Gate | None:
    """The part of a gate that asks what was counted; its steps are others here."""
    rules = tuple(rule for rule in gate.rules if rule.metric in metrics)
    return replace(gate, rules=rules, sources=()) if rules else None
