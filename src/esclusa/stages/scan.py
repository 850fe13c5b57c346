"""`uses: secrets`, `vulnerabilities`, `licences`, `pii`, `workflows`: scans of the commit and
of what the run made.

    secrets: {exclude: [tests/fixtures/]}
    pii: {paths: [prompts/], answers: [eval.quality]}

They look at the commit laid out for themselves: what tests or tools leave in the run's checkout is not in it.
What a scan finds is counted; whether that may be is for a gate to say. A scan that could not see everything
it was to see fails.
"""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import anyio.to_thread

from esclusa.core.action import Task
from esclusa.core.evidence import Artifact, Evidence
from esclusa.core.project import Step
from esclusa.core.scan import ACTIONS, OWN_LOCK, Kind, Report
from esclusa.core.value import encode, replace
from esclusa.reports.sarif import sarif
from esclusa.scans.apart import scan
from esclusa.scans.evidence import evidence
from esclusa.scans.request import Request
from esclusa.sources.git import find_commit, lay_out, lay_out_again, submodules, submodules_dirty
from esclusa.stages.made import largest_of, put, put_made
from esclusa.stages.workshop import Workshop

CACHE = "scans"
"""Below the state directory: what engines keep from one scan to the next."""
COMMON = frozenset({"history", "exclude", "engines", "accepted", "largest", "answers", "logs", "artifacts"})
"""Settings that all scans understand; the others are the kind's own."""
LISTING: tuple[Kind, ...] = ("dependencies", "licences")
"""Scans of what locks list."""
LISTED = 20
"""Findings that the log lists."""


class Scan:
    """Looks, in a process of its own."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._step = step
        self._kind = ACTIONS[step.uses]

    async def run(self, task: Task) -> Evidence:
        """Counts of findings. Artifacts: `report` (JSON) and `sarif`."""
        tree = task.directory / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        target = await self._lay_out(task, tree)
        try:
            await anyio.to_thread.run_sync(self._add, task, tree)
            report = await scan(self._request(task, tree, target, await self._submodules(task)))
        finally:
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(tree, ignore_errors=True))
        for line in told(report):
            task.say(line)
        return replace(evidence(report), artifacts=self._kept(task, report))

    async def _lay_out(self, task: Task, tree: Path) -> str:
        """The commit, or the work tree as it was when the run began; what that is, in words."""
        commit = await find_commit(self._workshop.root, task.commit)
        if self._workshop.snapshot is not None:
            await anyio.to_thread.run_sync(lay_out_again, self._workshop.snapshot, tree)
            return f"the work tree over {commit.sha[:12]}"
        await lay_out(self._workshop.root, commit, tree)
        return f"commit {commit.sha[:12]}"

    def _add(self, task: Task, tree: Path) -> None:
        lock = task.output("lock_file")
        if lock and self._kind in LISTING:
            put(tree, OWN_LOCK, Path(lock))
        put_made(self._workshop, self._step.settings, task, tree)

    async def _submodules(self, task: Task) -> tuple[str, ...]:
        root = self._workshop.root
        if self._workshop.snapshot is not None:
            return await submodules_dirty(root)
        return await submodules(root, await find_commit(root, task.commit))

    def _request(self, task: Task, tree: Path, target: str, empty: tuple[str, ...]) -> Request:
        workshop = self._workshop
        settings = self._step.settings
        if self._kind in LISTING:
            settings = {**settings, "resolved": _resolved(workshop)}
        if self._kind == "licences":
            settings = {**settings, "environment": task.output("environment")}
        made = request(
            self._kind,
            settings,
            root=tree,
            target=target,
            today=workshop.clock.now().date(),
            cache=workshop.state / CACHE,
            repository=workshop.root,
            whole=self._is_only_one(),
        )
        return replace(made, submodules=empty)

    def _is_only_one(self) -> bool:
        """Whether no other step of the project looks for the same elsewhere."""
        steps = [step for stage in self._workshop.project.stages for step in stage.steps]
        return not any(step.uses == self._step.uses and step.id != self._step.id for step in steps)

    def _kept(self, task: Task, report: Report) -> dict[str, Artifact]:
        written = {
            "report": ("scan.json", "application/json", encode(report)),
            "sarif": ("scan.sarif", "application/sarif+json", sarif([report]).encode()),
        }
        kept = {}
        for name, (file, media_type, data) in written.items():
            path = task.directory / file
            path.write_bytes(data)
            kept[name] = replace(self._workshop.artifacts.put(path), media_type=media_type)
        return kept


def request(
    kind: Kind,
    settings: Mapping[str, Any],
    *,
    root: Path,
    target: str,
    today: date,
    cache: Path,
    repository: Path | None,
    whole: bool,
) -> Request:
    """What the settings of an action ask of a directory. Without a repository there is no history.

    `whole`: nobody looks for the same anywhere else; but for secrets all of history has to be looked at too.
    """
    history = str(settings.get("history", "none")) if repository else "none"
    accepted = settings.get("accepted", "")
    return Request(
        kind=kind,
        root=str(root),
        target=target
        + {"none": "", "all": " and all of its history"}.get(history, f" and its history since {history}"),
        today=today,
        cache=str(cache),
        repository=str(repository) if history != "none" else "",
        history=history,
        excluded=tuple(settings.get("exclude", ())),
        engines=tuple(settings.get("engines", ())),
        accepted=str((root if root.is_dir() else root.parent) / accepted) if accepted else "",
        largest=largest_of(settings),
        whole=whole and (kind != "secrets" or history == "all"),
        settings={key: value for key, value in settings.items() if key not in COMMON},
    )


def told(report: Report) -> Sequence[str]:
    """What a report comes to, line by line."""
    engines = ", ".join(one.told for one in report.engines)
    seen = ", ".join(report.notes) or f"{report.seen} {report.unit}{'' if report.seen == 1 else 's'}"
    lines = [f"{report.target}: {seen}" + (f"; by {engines}" if engines else "")]
    for finding in report.findings[:LISTED]:
        place = finding.place
        where = place.line_of_file if place else ""
        since = f" (in commit {place.commit[:12]})" if place and place.commit else ""
        lines.append(f"{finding.severity}: {finding.message} [{finding.rule}] {where}{since}".rstrip())
    if len(report.findings) > LISTED:
        lines.append(f"{len(report.findings) - LISTED} more are in the report")
    lines += [f"{one.told}: {one.finding.message}: {one.reason} [{one.where}]" for one in report.accepted]
    lines += [one.told for one in report.idle[:LISTED]]
    lines += [
        f"not looked at: {one.place}: {one.why}" + (f" ({one.mend})" if one.mend else "")
        for one in report.unseen
    ]
    lines += [f"{report.state}" + (f": {report.trouble}" if report.trouble else "")]
    return [*lines, f"  mend: {report.mend}"] if report.mend else lines


def _resolved(workshop: Workshop) -> tuple[str, ...]:
    """The requirements files of which the run's lock says what they come to."""
    steps = [step for stage in workshop.project.stages for step in stage.steps if step.uses == "dependencies"]
    keys = ("requirements", "no_dependencies")
    return tuple(name for step in steps for key in keys for name in step.settings.get(key, ()))
