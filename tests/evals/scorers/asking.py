"""One score of one scorer, as a test needs it."""

import asyncio
from pathlib import Path
from typing import Any

from msgspec import UNSET

from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer, build_scorer


def scored(
    name: str,
    settings: dict[str, Any],
    text: str,
    expected: Any = UNSET,
    data: Any = None,
    directory: Path = Path(),
) -> Score:
    """What the scorer of that name says of an answer, once it has no problem with the question."""
    scorer = build_scorer(name, settings, directory)
    assert not isinstance(scorer, SuiteScorer)
    question = Question(id="a", input="x", expected=expected)
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, Answer(text=text, data=data)))


def problem(name: str, settings: dict[str, Any], expected: Any = UNSET, directory: Path = Path()) -> str:
    """What the scorer lacks in a question."""
    scorer = build_scorer(name, settings, directory)
    assert not isinstance(scorer, SuiteScorer)
    return scorer.problem(Question(id="a", input="x", expected=expected))
