"""`esclusa dataset` as people see it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from esclusa.cli.commands.dataset import words
from esclusa.cli.main import main
from esclusa.cli.output import THEME
from esclusa.workspace.dataset import Added

GOOD = '{"id": "a", "input": "Where is my parcel?", "expected": 1}\n'


def called(directory: Path, text: str, *words: str) -> tuple[int, str]:
    (directory / "d.jsonl").write_text(text)
    result = CliRunner().invoke(main, ["-C", str(directory), "dataset", "check", "d.jsonl", *words])
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (GOOD, (), 0),
        (GOOD + GOOD.replace('"a"', '"b"'), (), 0),
        (GOOD + GOOD.replace('"a"', '"b"'), ("--strict",), 1),
        (GOOD + GOOD.replace('"a"', '"b"').replace("1}", "2}"), (), 2),
        (GOOD + "{torn\n", (), 2),
    ],
)
def test_it_ends_with_2_for_what_is_wrong_and_with_1_for_what_is_doubtful_if_asked_to(
    tmp_path: Path, text: str, options: tuple[str, ...], code: int
) -> None:
    assert called(tmp_path, text, *options)[0] == code


def test_it_says_what_was_found_by_line(tmp_path: Path) -> None:
    _, shown = called(tmp_path, GOOD + GOOD.replace('"a"', '"b"') + "{torn\n")
    assert [line.rstrip() for line in shown.splitlines()][1:] == [
        "  expected: 1 2",
        "✗ broken lines: 1",
        "  line 3: expected one JSON object on this line: JSON is malformed: object keys must be strings (byte 1)",
        "! equal questions: 1",
        "  line 1, 2: 2 cases ask the same question (a, b)",
    ]


def test_as_json_every_finding_is_there(tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(called(tmp_path, GOOD, "--json")[1])
    assert (found["cases"], found["expected"], found["findings"]) == (1, 1, [])


def test_what_was_added_is_said_with_what_a_person_is_to_do() -> None:
    out = io.StringIO()
    added = Added(file="d.jsonl", run="run-1", cases=("a", "b"), known=3, lost=("c",), without_expected=1)
    Console(file=out, theme=THEME, width=110, highlight=False).print(words(added))
    assert [line.rstrip() for line in out.getvalue().splitlines()] == [
        "2 cases of run-1 added to d.jsonl, tagged to-review",
        "! 1 of them say nothing of what is expected",
        "  3 were there already",
        "! not in their suite any more: c",
    ]
