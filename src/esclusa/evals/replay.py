"""Replay: one case of a suite, asked of two releases at the same time (core.ports.Replaying)."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from esclusa.core.case import Case
from esclusa.core.ports import Clock
from esclusa.core.project import Price
from esclusa.evals.conversation import converse
from esclusa.evals.live import amounts_of
from esclusa.evals.measure import right
from esclusa.evals.panel import Panel
from esclusa.evals.question import Question
from esclusa.evals.subjects import Site, Subject, build_subject
from esclusa.evals.suite import Suite
from esclusa.gates.told import ACCURACY


class Replay:
    """Asks, scores, and keeps nothing but its connections."""

    def __init__(
        self,
        suite: Suite,
        ask: Mapping[str, Any],
        prices: Mapping[str, Price],
        clock: Clock,
        without: Collection[str] = (),
    ) -> None:
        """`without`: metrics that are measured otherwise, and left out here."""
        self._suite = suite
        self._ask = suite.ask or ask
        self._prices = prices
        self._clock = clock
        self._panel = Panel(suite)
        self._without = without
        self._open = AsyncExitStack()
        self._subjects: dict[str, Subject] = {}

    async def __aenter__(self) -> Self:
        self._open, self._subjects = AsyncExitStack(), {}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def compare(
        self, candidate: str, baseline: str, drawn: float
    ) -> tuple[Mapping[str, float], Mapping[str, float]] | None:
        """What both come to on the case that was drawn."""
        questions = self._suite.dataset.questions
        question = questions[int(drawn * len(questions))]
        mine, theirs = await asyncio.gather(self._asked(candidate, question), self._asked(baseline, question))
        return None if mine is None or theirs is None else (mine, theirs)

    async def _asked(self, url: str, question: Question) -> Mapping[str, float] | None:
        if url not in self._subjects:
            subject = build_subject(self._ask, Site(url=url, clock=self._clock))
            self._subjects[url] = await self._open.enter_async_context(subject)
        answer = await converse(self._subjects[url], question, self._suite.timeout)
        if answer.error_kind == "outside":
            return None
        if answer.error_kind:
            return self._wanted(dict.fromkeys((ACCURACY, *(spec.name for spec in self._suite.scorers)), 0.0))
        scores, _ = await self._panel.score_live(question, answer)
        case = Case(id=question.id, answer=answer.text, scores=scores)
        correct = right(self._suite, case)
        known = scores if correct is None else {ACCURACY: correct, **scores}
        return self._wanted({**known, **amounts_of(answer, self._prices)})

    def _wanted(self, worth: Mapping[str, float]) -> dict[str, float]:
        return {name: value for name, value in worth.items() if name not in self._without}
