"""The runner: asks a suite's questions, a fixed number at a time, in a random but repeatable order.

Every answer is written to the case log soon after it came, so that an interrupted suite goes on where it was:
what the log has for the same suite and release is not asked again, unless something outside had failed it.
"""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import anyio

from esclusa.core.case import Case
from esclusa.core.evidence import Evidence
from esclusa.core.ports import CaseLog, Clock
from esclusa.core.project import Price
from esclusa.core.value import EMPTY, replace
from esclusa.evals.answer import Answer
from esclusa.evals.measure import cost, evidence
from esclusa.evals.outage import PATIENCE, Outage, Outside
from esclusa.evals.panel import Panel
from esclusa.evals.progress import Progress
from esclusa.evals.question import Question
from esclusa.evals.subjects import Subject
from esclusa.evals.suite import Suite

FLUSH = 0.1
"""Seconds after which an answer is in the log at the latest."""
TELL = 5
"""Numbers are told at every so many flushes."""
LOOK = 50
"""What the agent needs is looked at at every so many flushes, which is as far back as HINDSIGHT reaches."""
KEPT = 100_000
"""Characters of an answer that are kept."""
HINDSIGHT = 5.0
"""Seconds before an outage was noticed in which a failed call is laid to it."""
SETTLE = 1.0
"""Seconds that a failed call at the very end is given for its cause to be noticed."""


def _nobody(_: object) -> None:
    """Nobody listens."""


async def run_suite(
    suite: Suite,
    subject: Subject,
    *,
    clock: Clock,
    prices: Mapping[str, Price] = EMPTY,
    log: CaseLog | None = None,
    run: str = "",
    step: str = "",
    release: str = "",
    tell: Callable[[Mapping[str, str]], None] = _nobody,
    say: Callable[[str], None] = _nobody,
    outside: Outside | None = None,
    patience: float = PATIENCE,
) -> Evidence:
    """Ask, score and count.

    ConfigurationError before anything is asked, if a scorer is unknown, wrongly set, or cannot score a case.
    Cancelling closes every connection and writes what was answered to the log. `release` keeps a resumed
    suite from taking over another one's answers. `outside` is consulted after each failed call; while it
    names a cause nothing is asked, for at most `patience` seconds in all, and what then remains is not run.
    """
    panel = Panel(suite)
    book = _Book(log, run, step, f"{suite.subject[:16]} {release}".strip())
    progress = Progress(suite, tell, say)
    passage = _Passage(
        suite, subject, panel, book, progress, Outage(outside, clock, say, patience), clock, prices
    )
    for name, reason in panel.missing.items():
        say(f"{name} will be missing: {reason}")
    taken = passage.take_over(book.read())
    if taken:
        say(f"{taken} of {len(suite.dataset.questions)} cases were answered before; not asked again")
    try:
        async with subject:
            await passage.ask_all()
        await passage.score_together()
    finally:
        await book.flush()
    progress.tell()
    return evidence(suite, passage.cases, missing=panel.missing)


class _Passage:
    """One passage through a suite."""

    def __init__(
        self,
        suite: Suite,
        subject: Subject,
        panel: Panel,
        book: "_Book",
        progress: Progress,
        outage: Outage,
        clock: Clock,
        prices: Mapping[str, Price],
    ) -> None:
        self.cases: dict[str, Case] = {}
        self._suite = suite
        self._subject = subject
        self._panel = panel
        self._book = book
        self._progress = progress
        self._outage = outage
        self._clock = clock
        self._prices = prices
        self._failed: deque[tuple[float, str]] = deque()
        """When which agent error happened, of late."""

    def take_over(self, logged: Iterable[Case]) -> int:
        """What an earlier attempt answered; how many."""
        ids = {question.id for question in self._suite.dataset.questions}
        for case in logged:
            if case.id in ids and case.error_kind != "outside":
                self.cases[case.id] = case
                self._progress.add(case)
        return len(self.cases)

    async def ask_all(self) -> None:
        """Every question once; then once more those that something outside had failed, if it is over."""
        ordered = sorted(self._suite.dataset.questions, key=lambda question: question.id)
        random.Random(self._suite.seed).shuffle(ordered)
        await self._ask([question for question in ordered if question.id not in self.cases])
        again = [question for question in ordered if self._unseen(question)]
        if again and await self._outage.over():
            await self._ask(again)

    async def score_together(self) -> None:
        """The scores that need the whole suite."""
        changed = await self._panel.score_all(self.cases)
        self.cases.update(changed)
        self._book.add(*changed.values())

    def _unseen(self, question: Question) -> bool:
        case = self.cases.get(question.id)
        return case is not None and case.error_kind == "outside"

    async def _ask(self, questions: Sequence[Question]) -> None:
        left = iter(questions)
        try:
            async with asyncio.TaskGroup() as group:
                beat = group.create_task(self._beat())
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(self._suite.concurrency, len(questions))):
                        workers.create_task(self._work(left))
                await self._settle()
                beat.cancel()
        except BaseExceptionGroup as failures:
            raise _first(failures) from None

    async def _work(self, left: Iterable[Question]) -> None:
        for question in left:
            if self._outage.known and not await self._outage.over():
                return
            began = self._clock.monotonic()
            answer = await self._subject.ask(question, self._suite.timeout)
            if answer.error_kind == "agent" and (cause := await self._outage.cause_since(began)):
                self._lay_to(cause)
                answer = replace(answer, error=f"{cause} ({answer.error})", error_kind="outside")
            case = await self._case(question, answer)
            self._keep(case)
            if case.error_kind == "agent":
                self._failed.append((self._clock.monotonic(), case.id))

    async def _case(self, question: Question, answer: Answer) -> Case:
        scores: Mapping[str, float] = EMPTY
        explanations: Mapping[str, str] = EMPTY
        if not answer.error_kind:
            scores, explanations = await self._panel.score(question, answer)
        return Case(
            id=question.id,
            answer=answer.text[:KEPT],
            scores=scores,
            explanations=explanations,
            seconds=answer.seconds,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            cost=cost(answer.tokens_in, answer.tokens_out, self._prices.get(answer.model)),
            error=answer.error,
            error_kind=answer.error_kind,
            first_token=answer.first_token,
            tool_calls=answer.tool_calls,
            tags=question.tags,
            model=answer.model,
            subject=self._book.subject,
        )

    def _keep(self, case: Case) -> None:
        self.cases[case.id] = case
        self._book.add(case)
        self._progress.add(case)

    def _lay_to(self, cause: str) -> None:
        """Calls that failed just before an outage was noticed are laid to it too."""
        since = self._clock.monotonic() - HINDSIGHT
        for moment, one in self._failed:
            case = self.cases[one]
            if moment >= since and case.error_kind == "agent":
                self._keep(replace(case, error=f"{cause} ({case.error})", error_kind="outside"))
        self._failed.clear()

    async def _settle(self) -> None:
        """Calls that failed at the very end may have a cause that is noticed only now."""
        if not self._failed or not self._outage.watched:
            return
        await self._clock.sleep(max(0.0, self._failed[-1][0] + SETTLE - self._clock.monotonic()))
        if cause := await self._outage.cause():
            self._lay_to(cause)

    async def _beat(self) -> None:
        for number in itertools.count(1):
            await self._clock.sleep(FLUSH)
            await self._book.flush()
            if number % TELL == 0:
                self._progress.tell()
            # Looked at while nothing fails too: what happened long ago explains no later failure.
            if number % LOOK == 0 and not self._outage.known and (cause := await self._outage.cause()):
                self._lay_to(cause)


class _Book:
    """The case log, written in batches off the event loop: a slow disk must not look like a slow agent."""

    def __init__(self, log: CaseLog | None, run: str, step: str, subject: str) -> None:
        self.subject = subject
        self._log = log
        self._run = run
        self._step = step
        self._waiting: list[Case] = []
        self._writing = asyncio.Lock()

    def read(self) -> list[Case]:
        """What was written before about the same subject."""
        logged = self._log.read(self._run, self._step) if self._log else ()
        return [case for case in logged if case.subject == self.subject]

    def add(self, *cases: Case) -> None:
        """To be written with the next flush."""
        self._waiting.extend(cases)

    async def flush(self) -> None:
        """Durable when it returns; cancelled in the middle, it still writes what it had begun to."""
        async with self._writing:
            batch, self._waiting = self._waiting, []
            try:
                if batch and self._log:
                    await _to_the_end(asyncio.to_thread(self._log.add, self._run, self._step, batch))
            except Exception:
                self._waiting[:0] = batch  # the next flush may have more luck
                raise


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for the work even if cancelled meanwhile. A thread that waits for its turn would never begin."""
    task = asyncio.ensure_future(work)
    cancelled = False
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single failure of a group of groups."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
