"""The panel: mistakes found before anything is asked, and strangers whose failures are values."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from esclusa import plugins
from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.panel import Panel
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer, SuiteScorer
from tests.evals.files import made_suite

ROWS: list[dict[str, Any]] = [
    {"id": "a", "input": "x", "expected": "yes"},
    {"id": "b", "input": "y", "expected": "Yes"},
]
LENIENT = {"id": "b", "input": "y", "expected": "Yes", "scorers": {"exact": {"ignore": ["case"]}}}


class Says(Scorer):
    """Gives what its settings say, or raises it."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._gives = settings["gives"]

    async def score(self, question: Question, answer: Answer) -> Score:  # noqa: ARG002
        if self._gives == "raise":
            raise KeyError("nothing there")
        return self._gives if self._gives == "no score" else Score(float(self._gives))


class Together(SuiteScorer):
    """Scores all but `b`, or raises."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = settings

    def unable(self, questions: Sequence[Question]) -> str:
        return f"{len(questions)} cases are too many" if self._settings.get("unable") else ""

    def score_all(self, questions: Sequence[Question], answers: Mapping[str, str]) -> Mapping[str, Score]:  # noqa: ARG002
        if self._settings.get("raises"):
            raise ZeroDivisionError("by zero")
        return {one: Score(0.5, text) for one, text in answers.items() if one != "b"}


@pytest.fixture(autouse=True)
def _strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """`says` and `together` as if a plugin had brought them."""
    names, load = plugins.names, plugins.load
    mine = {"says": Says, "together": Together}
    monkeypatch.setattr(plugins, "names", lambda group: (*names(group), *mine))
    monkeypatch.setattr(plugins, "load", lambda group, name: mine.get(name) or load(group, name))


def panel(directory: Path, scorers: str, rows: Sequence[Mapping[str, Any]] = ROWS) -> Panel:
    return Panel(made_suite(directory, rows, f"scorers: {scorers}\n"))


def scored(
    directory: Path, scorers: str, text: str = "yes", row: Mapping[str, Any] = ROWS[0]
) -> tuple[dict[str, float], dict[str, str]]:
    suite = made_suite(directory, [row], f"scorers: {scorers}\n")
    return asyncio.run(Panel(suite).score(suite.dataset.questions[0], Answer(text=text)))


def test_each_scorer_gives_its_score_under_its_name(tmp_path: Path) -> None:
    scorers = "[exact, {contains: {words: [no], name: negative}}]"
    assert scored(tmp_path, scorers) == (
        {"exact": 1.0, "negative": 0.0},
        {"negative": "does not contain 'no'"},
    )


def test_a_case_may_have_settings_of_its_own(tmp_path: Path) -> None:
    assert scored(tmp_path, "[exact]", "YES")[0] == {"exact": 0.0}
    assert scored(tmp_path, "[exact]", "YES", LENIENT)[0] == {"exact": 1.0}


@pytest.mark.parametrize(
    ("gives", "first"),
    [
        ("raise", "scorer error: KeyError: 'nothing there'"),
        ("nan", "scorer error: ValueError: expected a value in [0, 1], got nan"),
        ("1.7", "scorer error: ValueError: expected a value in [0, 1], got 1.7"),
        ("-0.1", "scorer error: ValueError: expected a value in [0, 1], got -0.1"),
        ("inf", f"scorer error: ValueError: expected a value in [0, 1], got {math.inf}"),
        ("no score", "scorer error: TypeError: expected a Score, got 'no score'"),
    ],
)
def test_a_scorer_that_fails_has_no_score_and_its_traceback_is_kept(
    tmp_path: Path, gives: str, first: str
) -> None:
    scores, explanations = scored(tmp_path, f"[{{says: {{gives: '{gives}'}}}}, exact]")
    assert scores == {"exact": 1.0}
    assert explanations["says"].splitlines()[:2] == [first, "Traceback (most recent call last):"]


CASES = {
    "a": Case(id="a", answer="first", scores={"exact": 1.0}),
    "b": Case(id="b", answer="second"),
    "c": Case(id="c", error="boom", error_kind="agent"),
}


def test_a_scorer_of_the_whole_suite_sees_what_was_answered(tmp_path: Path) -> None:
    assert asyncio.run(panel(tmp_path, "[together]").score_all(CASES)) == {
        "a": Case(
            id="a", answer="first", scores={"exact": 1.0, "together": 0.5}, explanations={"together": "first"}
        ),
        "b": Case(id="b", answer="second", explanations={"together": "scorer error: no score for this case"}),
    }


def test_one_that_fails_fails_on_every_case_and_on_nothing_else(tmp_path: Path) -> None:
    found = asyncio.run(panel(tmp_path, "[{together: {raises: true}}]").score_all(CASES))
    assert found["a"].scores == {"exact": 1.0}
    assert (
        found["a"].explanations["together"].startswith("scorer error: ZeroDivisionError: by zero\nTraceback")
    )


def test_one_that_cannot_measure_here_is_left_out_with_its_reason(tmp_path: Path) -> None:
    made = panel(tmp_path, "[{together: {unable: true}}]")
    assert made.missing == {"together": "2 cases are too many"}
    assert asyncio.run(made.score_all(CASES)) == {}


@pytest.mark.parametrize(
    ("scorers", "rows", "error"),
    [
        ("[exakt]", ROWS, "suite.yaml:2: scorers.exakt: unknown scorer 'exakt'; did you mean 'exact'?"),
        (
            "\n- relevance\n- exact: {pth: x, name: intent}",
            ROWS[:1],
            "suite.yaml:4: scorers.intent.pth: unknown key 'pth'; did you mean 'path'?",
        ),
        (
            "[exact]",
            [*ROWS, {"id": "c", "input": "z"}],
            "cases.jsonl:3: c: the scorer `exact` needs `expected`",
        ),
        (
            "[regex]",
            [{"id": "c", "input": "z", "expected": "("}],
            "cases.jsonl:1: c: the scorer `regex` needs a regular expression in `expected`, found '(':"
            " missing ), unterminated subpattern at position 0",
        ),
        (
            "[exact]",
            [{"id": "c", "input": "z", "expected": 1, "scorers": {"exact": {"ignroe": []}}}],
            "cases.jsonl:1: scorers.exact.ignroe: unknown key 'ignroe'; did you mean 'ignore'?",
        ),
        (
            "[together]",
            [{"id": "c", "input": "z", "scorers": {"together": {}}}],
            "cases.jsonl:1: scorers.together: this scorer takes no settings for a single case",
        ),
        (
            "[{json_schema: {schema: {type: objekt}}}]",
            ROWS[:1],
            "suite.yaml:2: scorers.json_schema.schema: needs a JSON schema: at $.type: 'objekt' is not valid"
            " under any of the given schemas",
        ),
        ("[{json_schema: {file: no.json}}]", ROWS[:1], "no.json: there is no such schema"),
    ],
)
def test_mistakes_are_found_before_anything_is_asked(
    tmp_path: Path, scorers: str, rows: list[dict[str, Any]], error: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        panel(tmp_path, scorers, rows)
    assert str(raised.value).splitlines()[0] == f"{tmp_path}/{error}"
