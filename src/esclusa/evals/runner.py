"""The runner: asks a suite's questions, a fixed number at a time, in a random but repeatable order.

Every answer is written to the case log soon after it came, so that an interrupted suite goes on where it was:
what the log has for the same suite and release is not asked again, unless something outside had failed it.
When it is killed, at most the calls under way and one batch of answers are lost; they are asked again, and
counted. What stays in memory of each case is what evidence is made of, and not its words.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from esclusa.core.case import Case, Scoring
from esclusa.core.evidence import Evidence
from esclusa.core.ports import CaseLog, Clock
from esclusa.core.project import Price
from esclusa.core.value import EMPTY, replace
from esclusa.evals.answer import Answer
from esclusa.evals.asked import Asked
from esclusa.evals.book import Book
from esclusa.evals.budget import Purse
from esclusa.evals.gist import Gists
from esclusa.evals.kept import Answers, Kept
from esclusa.evals.measure import evidence
from esclusa.evals.order import Order, Stop
from esclusa.evals.outage import PATIENCE, Outage, Outside
from esclusa.evals.panel import Panel
from esclusa.evals.prices import Prices
from esclusa.evals.progress import LINES, Progress
from esclusa.evals.question import Question
from esclusa.evals.subjects import Subject
from esclusa.evals.subjects.tools import shortened
from esclusa.evals.suite import Suite
from esclusa.evals.swapped import apart, decision
from esclusa.evals.workers import Alone, Crew

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

NOTHING_TAKEN = Scoring()


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
    asked: Path | None = None,
    kept: Answers | None = None,
    stop: Stop | None = None,
    crew: Crew | None = None,
) -> Evidence:
    """Ask, score and count.

    ConfigurationError before anything is asked, if a scorer is unknown, wrongly set, or cannot score a case.
    Cancelling closes every connection and writes what was answered to the log. `release` keeps a resumed
    suite from taking over another one's answers. `outside` is consulted after each failed call; while it
    names a cause nothing is asked, for at most `patience` seconds in all, and what then remains is not run.
    `asked` is the file that remembers across a kill what was asked, `kept` has answers of before. `stop` says
    when a suite that may stop early has settled what it is to settle; calls that are under way then are
    waited for, and are part of the evidence. `crew` asks and scores in the place of `subject`.
    """
    panel = Panel(suite)
    order = Order(suite, stop, panel.later)
    crew = crew or Alone(suite, subject, panel)
    for name, reason in panel.missing.items():
        say(f"{name} will be missing: {reason}")
    book = Book(log, run, step, f"{suite.subject[:16]} {release}".strip())
    before = book.read()
    with Asked(asked, book.subject, [case.key for case in before]) as record:
        passage = _Passage(
            suite=suite,
            crew=crew,
            panel=panel,
            book=book,
            record=record,
            kept=kept or Answers(),
            progress=Progress(suite, tell, say),
            order=order,
            outage=Outage(outside, clock, say, patience),
            prices=Prices(prices, clock),
            clock=clock,
        )
        if taken := passage.take_over(before):
            what = f"{len(order.questions)} {'cases' if suite.repeats == 1 else 'askings of cases'}"
            say(f"{taken} of {what} were answered before; not asked again")
        before.clear()
        try:
            async with crew:
                await passage.ask_all()
            await passage.score_together()
        finally:
            await passage.write()
    passage.progress.tell()
    for line in itertools.islice(apart(suite, passage.cases), LINES):
        say(line)
    for note in passage.notes:
        say(note)
    draw = order.draw(passage.cases)
    if draw is not None and draw.not_run:
        say(f"settled: {len(draw.not_run)} of {len(draw.order)} cases need not be asked")
    return evidence(
        suite,
        passage.cases,
        missing=panel.missing,
        notes=passage.notes,
        ended=passage.why_ended,
        draw=draw,
    )


class _Passage:
    """One passage through a suite."""

    def __init__(
        self,
        *,
        suite: Suite,
        crew: Crew,
        panel: Panel,
        book: Book,
        record: Asked,
        kept: Answers,
        progress: Progress,
        order: Order,
        outage: Outage,
        prices: Prices,
        clock: Clock,
    ) -> None:
        self.cases: dict[str, Case] = {}
        self.progress = progress
        self._suite = suite
        self._crew = crew
        self._panel = panel
        self._book = book
        self._record = record
        self._kept = kept
        self._order = order
        self._outage = outage
        self._prices = prices
        self._clock = clock
        self._purse = Purse(suite.budget, clock)
        self._gists = Gists()
        self._again: set[str] = set()
        """Cases that are asked although they were before."""
        self._under_way = 0
        self._failed: deque[tuple[float, str]] = deque()
        """When which agent error happened, of late."""

    @property
    def why_ended(self) -> str:
        """Why questions were left; empty if none had to be."""
        return self._purse.closed or self._outage.known

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of how the cases were come by."""
        cached = sum(case.cached for case in self.cases.values())
        return (
            *self._record.notes(),
            *((f"answers from the cache, with the latency and cost of then: {cached}",) if cached else ()),
            *self._prices.notes(),
            *self._crew.spending(),
            *self._purse.notes(),
            *_unscored(self.cases.values()),
        )

    def take_over(self, logged: Iterable[Case]) -> int:
        """What an earlier attempt answered; how many. What it had no money left to score is asked once more,
        should there be some now.
        """
        keys = {question.key for question in self._order.questions}
        for case in logged:
            if case.key in keys and case.error_kind != "outside":
                self._count(case)
                if case.scoring and case.scoring.refused:
                    self._again.add(case.key)
        return len(self.cases) - len(self._again)

    async def ask_all(self) -> None:
        """Every question once, until all is settled; then once more those that something outside had failed,
        if it is over.
        """
        while left := self._left():
            await self._ask(left)
            if self.why_ended:
                break
        again = [question for question in self._order.questions if self._unseen(question)]
        if again and not self._order.settled and await self._outage.over():
            await self._ask(again)

    def _left(self) -> list[Question]:
        """What is still to be asked. What was laid to an outage later may have unsettled it again."""
        if self._order.settled:
            return []
        done = self.cases.keys() - self._again if self._again else self.cases
        return [question for question in self._order.questions if question.key not in done]

    async def score_together(self) -> None:
        """The scores that need the whole suite."""
        changed = await self._panel.score_all(self.cases)
        self.cases.update(changed)
        self._book.add(*changed.values())

    async def write(self) -> None:
        """What has come, to the log and the cache."""
        await self._book.flush()
        await self._kept.flush()

    def _unseen(self, question: Question) -> bool:
        case = self.cases.get(question.key)
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

    async def _work(self, left: Iterator[Question]) -> None:
        while await self._may_ask() and (question := next(left, None)) is not None:
            self._under_way += 1
            self._again.discard(question.key)
            try:
                case = await self._case(question)
            finally:
                self._under_way -= 1
            self._keep(case)
            if case.error_kind == "agent":
                self._failed.append((self._clock.monotonic(), case.key))

    async def _may_ask(self) -> bool:
        """Whether there is room, something to settle, nothing down outside, and something in the budget."""
        await self._book.room()
        if self._order.settled:
            return False
        if self._outage.known and not await self._outage.over():
            return False
        return self._purse.allows(self._under_way)

    async def _case(self, question: Question) -> Case:
        """The question asked, unless its answer is known from before, and scored."""
        kept = await self._kept.get(question)
        if kept is None:
            answer = await self._ask_one(question)
            given = Kept(answer=answer, cost=self._prices.cost(answer))
            self._kept.add(question, given)
        else:
            given = kept
        return await self._scored(question, given, cached=kept is not None)

    async def _ask_one(self, question: Question) -> Answer:
        self._record.note(question.key)
        began = self._clock.monotonic()
        answer = await self._crew.ask(question, partial(self._record.lost, question.key))
        if answer.error_kind == "agent" and (cause := await self._outage.cause_since(began)):
            self._lay_to(cause)
            answer = replace(answer, error=f"{cause} ({answer.error})", error_kind="outside")
        return answer

    async def _scored(self, question: Question, given: Kept, *, cached: bool) -> Case:
        answer = given.answer
        scores: Mapping[str, float] = EMPTY
        explanations: Mapping[str, str] = EMPTY
        scoring: Scoring | None = None
        if not answer.error_kind:
            with self._purse.bill(self._prices.cost) as bill:
                scores, explanations = await self._crew.score(question, answer)
            scoring = bill.scoring if bill.scoring != NOTHING_TAKEN else None
        return Case(
            id=question.id,
            repeat=question.repeat,
            answer=answer.text[:KEPT],
            earlier=tuple(text[:KEPT] for text in answer.earlier),
            scores=scores,
            explanations=explanations,
            seconds=answer.seconds,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            cost=given.cost,
            cached=cached,
            error=answer.error,
            error_kind=answer.error_kind,
            first_token=answer.first_token,
            tool_calls=shortened(answer.tool_calls, KEPT),
            tags=question.tags,
            model=answer.model,
            decision=decision(self._suite, answer),
            scoring=scoring,
            subject=self._book.subject,
        )

    def _keep(self, case: Case) -> None:
        self._book.add(case)
        self._count(case)

    def _count(self, case: Case) -> None:
        """Scorers that want all answers together want their words too."""
        self.progress.add(case, self.cases.get(case.key))
        kept = self.cases[case.key] = case if self._panel.needs_all else self._gists.of(case)
        self._purse.spend(case)
        self._order.came(kept)

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
            await self.write()
            if number % TELL == 0:
                self.progress.tell()
            # Looked at while nothing fails too: what happened long ago explains no later failure.
            if number % LOOK == 0 and not self._outage.known and (cause := await self._outage.cause()):
                self._lay_to(cause)


def _unscored(cases: Iterable[Case]) -> tuple[str, ...]:
    """How many answers there was nothing left to score."""
    why = [case.scoring.refused for case in cases if case.scoring and case.scoring.refused]
    number = "1 answer was" if len(why) == 1 else f"{len(why)} answers were"
    return (f"{number} not scored by every scorer: {why[0]}",) if why else ()


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single failure of a group of groups."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
