"""Baselines: what a suite's results are held against: a stable release, a run, a commit, or a file."""

from collections.abc import Mapping
from pathlib import Path

from esclusa.config.load import Checked
from esclusa.core.case import Case
from esclusa.core.errors import UsageError
from esclusa.core.evidence import Amounts, Evidence, Rate, Scores
from esclusa.core.run import Run, StepRecord
from esclusa.core.value import EMPTY, Value
from esclusa.evals.suite import Suite
from esclusa.reports.sheet import Row, read_sheet
from esclusa.sources.git import ancestry
from esclusa.workspace.history import history
from esclusa.workspace.opened import Opened

MEND = (
    "name an environment, a run, a file written by `esclusa eval --json`, or a branch or commit that was run"
)
FAR = 500
"""Commits that are looked back through for one that was measured."""


class Reference(Value, frozen=True, kw_only=True):
    """What is compared with."""

    name: str
    """In words: `production (release 0a1b2c3d4e5f)`, `run run-2026...`, `main (commit 0a1b2c3d)`."""
    evidence: Evidence
    cases: Mapping[str, Case] = EMPTY
    rows: tuple[Row, ...] = ()
    """Instead of cases, where a file tells."""


def stable(opened: Opened, checked: Checked, suite: Suite, step: str) -> Reference | None:
    """The stable release of the last environment, if it measured the suite; rules on a baseline mean it."""
    environments = checked.project.environments
    try:
        return _of_environment(opened, environments[-1].name, suite, step) if environments else None
    except UsageError:
        return None  # where a rule needs it, the judge says what is missing


async def reference(opened: Opened, word: str, suite: Suite, step: str, *, here: Path) -> Reference:
    """What `--baseline` names. UsageError when that is nothing, or nothing that measured this suite."""
    if (here / word).is_file():
        sheet = read_sheet(here / word)
        return Reference(name=word, evidence=sheet.evidence, rows=sheet.rows)
    if word.endswith(".json"):
        raise UsageError(f"there is no file {word}", mend=MEND)
    if word in opened.environments:
        return _of_environment(opened, word, suite, step)
    runs = history(opened)
    named = [run for run in runs if run.id == word] or [
        run for run in runs if len(word) > 3 and word in run.id
    ]
    if len(named) > 1:
        raise UsageError(f"'{word}' names {len(named)} runs", mend="esclusa history lists them")
    if named:
        return _of_run(opened, named[0], suite, step, f"run {named[0].id}")
    return await _of_commit(opened, word, runs, suite, step)


def _of_environment(opened: Opened, name: str, suite: Suite, step: str) -> Reference:
    stable = opened.store.rollouts.serving(name)
    release = opened.store.releases.get(stable) if stable else None
    if release is None:
        what = (
            f"its release {stable[:12]} is not in the store any more"
            if stable
            else "nothing is stable there yet"
        )
        raise UsageError(f"{name} cannot be compared with: {what}", mend=MEND)
    run = next((run for run in history(opened) if run.id == release.run), None)
    if run is None:
        raise UsageError(
            f"{name} cannot be compared with: run {release.run}, which sealed it, is not in the journal",
            mend=MEND,
        )
    return _of_run(opened, run, suite, step, f"{name} (release {release.short})")


async def _of_commit(opened: Opened, word: str, runs: tuple[Run, ...], suite: Suite, step: str) -> Reference:
    """The newest clean run of the commit or, failing that, of the nearest commit before it."""
    try:
        commits = await ancestry(opened.root, word, FAR)
    except UsageError as error:
        raise UsageError(f"there is no baseline '{word}': {error.message}", mend=MEND) from None
    for commit in commits:
        for run in runs:
            if run.commit == commit and not run.dirty and _record(run, suite, step) is not None:
                return _of_run(opened, run, suite, step, f"{word} (commit {commit[:8]}, {run.id})")
    raise UsageError(
        f"no run of {word}, or of the {len(commits)} commits up to it, measured this suite", mend=MEND
    )


def _of_run(opened: Opened, run: Run, suite: Suite, step: str, name: str) -> Reference:
    record = _record(run, suite, step)
    if record is None or record.evidence is None:
        measured = ", ".join(one.id for one in run.steps if one.evidence and one.evidence.subject) or "none"
        raise UsageError(f"{name} did not measure this suite; suites it measured: {measured}", mend=MEND)
    cases = opened.store.cases.read(record.cached_from or run.id, record.id)
    of_it = {case.key: case for case in cases}
    return Reference(name=name, evidence=record.evidence, cases=of_it)


def cases_of(against: Reference) -> frozenset[str]:
    """The cases that it has results of."""
    kept = {row.id for row in against.rows} | {case.id for case in against.cases.values()}
    counted = (
        case
        for one in against.evidence.measurements.values()
        if isinstance(one, Rate | Scores | Amounts)
        for case in one.cases
    )
    return frozenset(kept | set(counted))


def _record(run: Run, suite: Suite, step: str) -> StepRecord | None:
    """The step that measured the suite: by what it is about, else the one of that name on other questions."""
    measured = [one for one in run.steps if one.evidence is not None and one.evidence.subject]
    same = [one for one in measured if one.evidence and one.evidence.subject == suite.subject]
    named = [one for one in same if one.id == step] or same or [one for one in measured if one.id == step]
    return named[0] if named else None
