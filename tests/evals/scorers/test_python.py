"""python: a function that scores."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.evals import scorer
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer, build_scorer

SOURCE = """
import time
from esclusa.evals import scorer
from esclusa.evals.scorers import Score

def short(question, answer):
    return len(answer.text) < 5

def half(question, answer):
    return 0.5, f"{question.text} half"

async def later(question, answer):
    return Score(0.25, "later")

def fails(question, answer):
    raise KeyError("x")

def odd(question, answer):
    return "good"

def slow(question, answer):
    time.sleep(2)

@scorer(needs=("expected.intent", "tools"))
def needy(question, answer):
    return 1

NUMBER = 3
"""


@pytest.fixture
def module(tmp_path: Path) -> str:
    name = f"scoring_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(SOURCE)
    return name


def problem(directory: Path, question: Question, **settings: Any) -> str:
    made = build_scorer("python", settings, directory)
    assert not isinstance(made, SuiteScorer)
    return made.problem(question)


def scored(directory: Path, **settings: Any) -> Score:
    made = build_scorer("python", settings, directory)
    assert not isinstance(made, SuiteScorer)
    question = Question(id="a", input="x")
    assert made.problem(question) == ""
    return asyncio.run(made.score(question, Answer(text="Hello")))


@pytest.mark.parametrize(
    ("function", "score"),
    [("short", Score(0.0)), ("half", Score(0.5, "x half")), ("later", Score(0.25, "later"))],
)
def test_what_it_returns_is_the_score(tmp_path: Path, module: str, function: str, score: Score) -> None:
    assert scored(tmp_path, function=f"{module}:{function}") == score


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("fails", "KeyError: 'x'"),
        ("odd", "TypeError: expected a number from 0 to 1, with or without a text, got 'good'"),
        ("slow", "TimeoutError: no score within 0.05 s"),
    ],
)
def test_what_fails_is_raised_for_the_panel_to_keep(
    tmp_path: Path, module: str, function: str, error: str
) -> None:
    with pytest.raises((KeyError, TypeError, TimeoutError)) as raised:
        scored(tmp_path, function=f"{module}:{function}", timeout="50 ms")
    assert f"{type(raised.value).__name__}: {raised.value}" == error


def test_what_it_needs_of_a_case_is_looked_for_before_anything_is_asked(tmp_path: Path, module: str) -> None:
    def lacks(expected: Any = UNSET, tools: Any = UNSET) -> str:
        question = Question(id="a", input="x", expected=expected, tools=tools)
        return problem(tmp_path, question, function=f"{module}:needy")

    assert lacks() == "needs `expected.intent`"
    assert lacks({"intent": "order"}) == "needs `tools`"
    assert lacks({"intent": "order"}, (ToolCall(name="find"),)) == ""


def test_mistakes_are_named(tmp_path: Path, module: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^function: expected a function, found 3$"):
        problem(tmp_path, Question(id="a", input="x"), function=f"{module}:NUMBER")
    with pytest.raises(ConfigurationError, match=r"^function: `absent:f` cannot be imported"):
        problem(tmp_path, Question(id="a", input="x"), function="absent:f")
    with pytest.raises(ValueError, match=r"^a scorer needs expected, contexts, tools or expected\.PART"):
        scorer(needs="expcted")
    with pytest.raises(ValueError, match=r"not 'tools\.name'"):
        scorer(needs="tools.name")
