"""Scorers: what an answer is worth, in [0, 1]. One file each; found by name through the entry points.

A scorer is made by its factory from a suite's settings. To add one: a class with `score`, and a line under
`esclusa.scorers` in a pyproject.toml.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from esclusa import plugins
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.settings import unknown

GROUP: plugins.Group = "scorers"


class Score(msgspec.Struct, frozen=True):
    """A value in [0, 1], and in words why, where it is not obvious."""

    value: float
    explanation: str = ""


class Scorer(Protocol):
    """Scores one answer at a time. Only called for answers without an error."""

    def problem(self, question: Question) -> str:  # noqa: ARG002
        """What it lacks to be scored (`needs expected`), a mistake in the dataset; empty if nothing."""
        return ""

    async def score(self, question: Question, answer: Answer) -> Score:
        """What the answer is worth. If it raises, the case is unseen for this scorer."""
        ...


@runtime_checkable
class SuiteScorer(Protocol):
    """Scores all answers of a suite together, once the last one is there."""

    alone: bool = False
    """Whether an answer's score is the same without the others. A suite that may stop early needs it then."""

    def unable(self, questions: Sequence[Question]) -> str:
        """Why nothing can be measured here, asked before the first call; empty if it can."""
        ...

    def score_all(self, questions: Sequence[Question], answers: Mapping[str, str]) -> Mapping[str, Score]:
        """The scores by question id, given the texts of what was answered. Runs in a thread."""
        ...


@runtime_checkable
class Spends(Protocol):
    """A scorer that asks models, and says what that took."""

    def spending(self) -> str:
        """The calls and tokens so far, in words; empty if there were none."""
        ...


ScorerFactory = Callable[[Mapping[str, Any], Path], Scorer | SuiteScorer]
"""`(settings, the suite's directory) -> scorer`. Touches nothing; ConfigurationError for bad settings."""


def build_scorer(uses: str, settings: Mapping[str, Any], directory: Path) -> Scorer | SuiteScorer:
    """The scorer of that name; ConfigurationError if it is unknown or its settings are wrong."""
    if uses not in plugins.names(GROUP):
        raise unknown("scorer", uses, plugins.names(GROUP), key="")
    factory: ScorerFactory = plugins.load(GROUP, uses)
    return factory(settings, directory)
