"""Failures that become cases, in a file that is not damaged."""

from pathlib import Path
from typing import Any

import pytest

from esclusa.core.case import Case, ToolCall
from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.evals.datasets import load_dataset
from esclusa.evals.growing import append, failed, row_of
from esclusa.evals.question import Message, Question
from tests.evals.files import made_suite

ROWS = [{"id": "a", "input": "x", "expected": "yes"}]


@pytest.mark.parametrize(
    ("scorers", "case", "is_failed"),
    [
        ("[exact]", Case(id="a", scores={"exact": 0.0}), True),
        ("[exact]", Case(id="a", scores={"exact": 1.0}), False),
        ("[exact]", Case(id="a", explanations={"exact": "scorer error"}), False),
        ("[exact]", Case(id="a", error="boom", error_kind="agent"), True),
        ("[exact]", Case(id="a", error="down", error_kind="outside"), False),
        ("[{relevance: {at_least: 0.7}}]", Case(id="a", scores={"relevance": 0.6}), True),
        ("[{relevance: {at_least: 0.7}}]", Case(id="a", scores={"relevance": 0.7}), False),
    ],
)
def test_which_cases_failed(tmp_path: Path, scorers: str, case: Case, is_failed: bool) -> None:
    assert failed(made_suite(tmp_path, ROWS, f"scorers: {scorers}\n"), case) == is_failed


def test_a_row_has_what_the_question_had_and_is_marked_for_a_person() -> None:
    question = Question(
        id="a",
        input=(Message(role="user", content="Hi"),),
        turns=("Thanks",),
        expected={"intent": "order"},
        tools=(ToolCall(name="find"),),
        tags=("es",),
        scorers={"exact": {"ignore": ["case"]}},
    )
    assert row_of(question, Case(id="a", answer="no" * 200), "run-1 eval.quality") == {
        "id": "a",
        "input": [{"role": "user", "content": "Hi"}],
        "turns": ["Thanks"],
        "expected": {"intent": "order"},
        "tools": (ToolCall(name="find"),),
        "tags": ["es", "to-review"],
        "note": f"run-1 eval.quality. Answered: {'no' * 150}",
    }
    bare = row_of(
        Question(id="b", input="x", tags=("to-review",)), Case(id="b", error="boom\nTraceback"), "run-1"
    )
    assert bare == {
        "id": "b",
        "input": "x",
        "tags": ["to-review"],
        "note": "run-1; fill in `expected`. Answered: boom",
    }


def row(one: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": one, "input": text, "tags": ["to-review"], "note": "n", **more}


def test_rows_are_appended_with_ids_of_their_own_and_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    before = b'{"id": "a", "input": "one"}\r\n\n{"id": "a-2", "input": "two", "tags": []}'
    path.write_bytes(before)
    path.chmod(0o600)
    assert append(path, [row("a", "three"), row("b", "four", tools=(ToolCall(name="find"),))]) == ("a-3", "b")
    assert path.read_bytes().startswith(before + b"\n")
    assert path.stat().st_mode & 0o777 == 0o600
    questions = load_dataset(path).questions
    assert [question.id for question in questions] == ["a", "a-2", "a-3", "b"]
    assert questions[3].tools == (ToolCall(name="find"),)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.jsonl"]


def test_a_question_that_is_there_is_not_added_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "d.jsonl"
    assert append(path, [row("a", "one"), row("b", "one"), row("c", "one", turns=["and"])]) == ("a", "c")
    whole = path.read_bytes()
    assert append(path, [row("z", "one")]) == ()
    assert path.read_bytes() == whole


def test_a_file_that_is_broken_or_no_jsonl_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("{torn")
    with pytest.raises(ConfigurationError, match="expected one JSON object on this line"):
        append(path, [row("a", "one")])
    assert path.read_text() == "{torn"
    with pytest.raises(ConfigurationError, match="expected a dataset in JSONL"):
        append(tmp_path / "d.csv", [row("a", "one")])


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match=r"d\.jsonl cannot be written: (Not a directory|File exists)"):
        append(tmp_path / "file" / "d.jsonl", [row("a", "one")])
