"""Progress: numbers as they come, and the cases that are not right by name."""

from collections.abc import Mapping
from pathlib import Path

from esclusa.core.case import Case
from esclusa.evals.progress import LINES, Progress
from tests.evals.files import made_suite

ROWS = [{"id": str(number), "input": "x", "expected": "y"} for number in range(LINES + 5)]


def test_numbers_are_of_what_came_so_far(tmp_path: Path) -> None:
    told: list[Mapping[str, str]] = []
    progress = Progress(made_suite(tmp_path, ROWS, "scorers: [exact]\n"), told.append, lambda _: None)
    progress.tell()
    progress.add(Case(id="0", scores={"exact": 1.0}, seconds=0.25))
    progress.add(Case(id="1", scores={"exact": 0.0}, seconds=1.5))
    progress.add(Case(id="2", scores={"exact": 1.0}, seconds=0.5))
    progress.tell()
    failed = Case(id="3", error="boom", error_kind="agent")
    unseen = Case(id="4", error="down", error_kind="outside")
    progress.add(failed)
    progress.add(unseen)
    progress.tell()
    progress.add(Case(id="3", error="down (boom)", error_kind="outside"), failed)
    progress.add(Case(id="4", scores={"exact": 1.0}, seconds=0.5), unseen)
    progress.tell()
    assert told == [
        {"cases": "0/105"},
        {"cases": "3/105", "accuracy": "66.7 %", "p95": "1.50 s"},
        {"cases": "5/105", "accuracy": "50.0 %", "p95": "60.00 s", "errors": "1", "unseen": "1"},
        {"cases": "5/105", "accuracy": "75.0 %", "p95": "1.50 s", "unseen": "1"},
    ]


def test_a_case_that_is_not_right_is_named_with_the_reason(tmp_path: Path) -> None:
    said: list[str] = []
    progress = Progress(made_suite(tmp_path, ROWS, "scorers: [exact]\n"), lambda _: None, said.append)
    progress.add(Case(id="0", scores={"exact": 1.0}))
    progress.add(Case(id="1", scores={"exact": 0.0}, explanations={"exact": "expected 'y', found 'z'"}))
    progress.add(Case(id="2", error="ValueError: x\nTraceback", error_kind="agent"))
    progress.add(Case(id="3", explanations={"exact": "scorer error: KeyError: 1\nTraceback"}))
    assert said == [
        "1: wrong · exact: expected 'y', found 'z'",
        "2: agent error: ValueError: x",
        "3: not scored · exact: scorer error: KeyError: 1",
    ]


def test_only_so_many_cases_are_named(tmp_path: Path) -> None:
    said: list[str] = []
    progress = Progress(made_suite(tmp_path, ROWS, "scorers: [exact]\n"), lambda _: None, said.append)
    for row in ROWS:
        progress.add(Case(id=row["id"], scores={"exact": 0.0}))
    assert len(said) == LINES + 1
    assert said[-1] == "(more such cases are only in the case log)"
