"""Workers: who asks a suite's questions and scores the answers, this process or many.

The runner alone knows what is asked next, keeps what came and says when to stop. A crew is handed one
question after another, as many at once as the suite wants, and keeps nothing.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from esclusa.evals.answer import Answer
from esclusa.evals.conversation import converse
from esclusa.evals.panel import Panel
from esclusa.evals.question import Question
from esclusa.evals.subjects import Subject
from esclusa.evals.suite import Suite

Scored = tuple[dict[str, float], dict[str, str]]
"""Scores and explanations by scorer name, as a panel gives them."""


class Crew(Protocol):
    """Entered once for a suite, then asked many times at once."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def ask(self, question: Question, lost: Callable[[], None]) -> Answer:
        """The answer, or how the call failed. `lost` is told each time that whoever asked has gone with the
        answer, and somebody else is about to ask again.
        """
        ...

    async def score(self, question: Question, answer: Answer) -> Scored:
        """What an answer without an error is worth, to the scorers that look at one at a time."""
        ...

    def spending(self) -> tuple[str, ...]:
        """What the scorers asked of models, a line for each that did; complete once the crew was left."""
        ...


class Alone:
    """The crew that is this process."""

    def __init__(self, suite: Suite, subject: Subject, panel: Panel) -> None:
        self._timeout = suite.timeout
        self._subject = subject
        self._panel = panel

    async def __aenter__(self) -> Self:
        await self._subject.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._subject.__aexit__(kind, error, trace)

    async def ask(self, question: Question, lost: Callable[[], None]) -> Answer:  # noqa: ARG002
        return await converse(self._subject, question, self._timeout)

    async def score(self, question: Question, answer: Answer) -> Scored:
        return await self._panel.score(question, answer)

    def spending(self) -> tuple[str, ...]:
        return self._panel.spending()
