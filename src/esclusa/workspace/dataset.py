"""`esclusa dataset`: what makes a dataset's numbers say less than they seem, and failures as cases."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import UNSET

from esclusa.config.load import FILE
from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.core.run import Run, StepRecord
from esclusa.core.value import Value, replace
from esclusa.evals.datasets import read_dataset
from esclusa.evals.growing import append, failed, row_of
from esclusa.evals.inspection import Inspection, inspect
from esclusa.evals.suite import Suite, load_suite
from esclusa.marked import parse, read
from esclusa.workspace.opened import Opened
from esclusa.workspace.project import find_root, read_project
from esclusa.workspace.show import find_run

__all__ = ["Added", "Inspection", "add_cases", "check_dataset"]

LARGEST = 20_000_000
"""Bytes of a file that is looked through for questions."""


class Added(Value, frozen=True, kw_only=True):
    """What was appended, and what was not."""

    file: str
    run: str
    cases: tuple[str, ...]
    known: int = 0
    """Cases whose question was there already."""
    lost: tuple[str, ...] = ()
    """Cases that no suite of the work tree has any more."""
    without_expected: int = 0


def check_dataset(here: Path, path: Path, against: Sequence[Path] = ()) -> Inspection:
    """Inspect a dataset, or that of a suite; `against` are files that shape the agent's behaviour, by default
    those that esclusa.yaml names. ConfigurationError when nothing of it can be read.
    """
    file = _dataset_of(here / path)
    dataset, broken = read_dataset(file)
    shaping, note = {str(one): tuple(_texts(here / one)) for one in against}, ""
    if not against:
        try:
            shaping = _behaviour(here, file)
        except ConfigurationError:
            note = f"{FILE} is not valid, so what shapes the agent's behaviour was not looked through"
    found = inspect(str(file), dataset.questions, dataset.lines, broken, shaping)
    return replace(found, note=note)


def add_cases(opened: Opened, run: str, target: Path, *, only: str, step: str = "") -> Added:
    """Append a run's cases, `failed` or `all`, to a dataset. UsageError when the run asked no such cases."""
    found = find_run(opened, run)
    rows: list[dict[str, Any]] = []
    lost: list[str] = []
    for record in _asked(found, step):
        suite = _suite(opened, record)
        questions = {question.id: question for question in suite.dataset.questions}
        cases = opened.store.cases.read(record.cached_from or found.id, record.id)
        for case in _chosen(suite, cases, only):
            if case.id in questions:
                rows.append(row_of(questions[case.id], case, f"{found.id} {record.id}"))
            else:
                lost.append(case.id)
    added = append(target, rows)
    bare = [row for row in rows if row.get("expected", UNSET) is UNSET]
    return Added(
        file=str(target),
        run=found.id,
        cases=added,
        known=len(rows) - len(added),
        lost=tuple(lost),
        without_expected=len(bare) if added else 0,
    )


def _dataset_of(path: Path) -> Path:
    """The file itself, or the dataset that it names if it is a suite."""
    if path.suffix not in (".yaml", ".yml"):
        return path
    document = parse(read(path, "suite or dataset"), str(path))
    named = document.value.get("dataset") if isinstance(document.value, dict) else None
    if isinstance(document.value, dict) and not isinstance(named, str):
        raise ConfigurationError(
            "expected a suite with a `dataset`, or a list of cases", file=str(path), line=1
        )
    return path.parent / named if isinstance(named, str) else path


def _behaviour(here: Path, dataset: Path) -> dict[str, tuple[str, ...]]:
    """The texts of what shapes the agent's behaviour, by file; none outside a project."""
    try:
        root = find_root(here)
    except UsageError:
        return {}
    paths = [root / path for paths in read_project(root).project.agent.behaviour.values() for path in paths]
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    chosen = [file for file in files if file.is_file() and file.resolve() != dataset.resolve()]
    texts = {str(file.relative_to(root)): tuple(_texts(file)) for file in chosen if file.name != FILE}
    return {name: found for name, found in texts.items() if found}


def _texts(path: Path) -> Iterator[str]:
    """The lines of a file, and the texts within those that are JSON; none of one that is not text."""
    try:
        if path.stat().st_size > LARGEST:
            return
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError):
        return
    values = [text] if path.suffix == ".json" else text.split("\n")
    for value in values:
        try:
            yield from _within(json.loads(value))
        except (json.JSONDecodeError, RecursionError):
            yield value


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for leaf in value.values():
            yield from _within(leaf)
    elif isinstance(value, list):
        for leaf in value:
            yield from _within(leaf)


def _asked(run: Run, step: str) -> list[StepRecord]:
    """The steps of a run that asked cases, or the one that is named."""
    measured = [one for one in run.steps if one.evidence is not None and one.evidence.coverage is not None]
    chosen = [one for one in measured if step in ("", one.id, one.id.partition(".")[2])]
    if not chosen:
        names = ", ".join(one.id for one in measured) or "none"
        raise UsageError(
            f"run {run.id} asked no cases{f' in a step {step}' if step else ''}",
            mend=f"its steps with cases: {names}",
        )
    return chosen


def _suite(opened: Opened, record: StepRecord) -> Suite:
    try:
        settings = opened.project.step(record.id).settings
    except KeyError:
        raise UsageError(f"{FILE} has no step {record.id} any more, so its questions are not known") from None
    return load_suite(opened.root / str(settings["suite"]))


def _chosen(suite: Suite, cases: Sequence[Case], only: str) -> list[Case]:
    """One of each id, the newest, in the order of the log."""
    newest = {case.id: case for case in cases if only == "all" or failed(suite, case)}
    return list(newest.values())
