"""The drive: sends the requests of a level when they are due, and waits until all of them have ended.

A request is sent when its time has come, whatever has become of the earlier ones, and its latency counts from
then on: requests that a stall keeps from being sent do not vanish from the tail (coordinated omission). Each
is a conversation of its own. Cancelling closes every connection.
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from esclusa.core.ports import Clock
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.load.arrivals import arrivals
from esclusa.evals.load.passage import Passage, Request
from esclusa.evals.load.profile import MOST, Level, Profile
from esclusa.evals.outage import Outage
from esclusa.evals.question import Question
from esclusa.evals.subjects import Subject

LOOK = 0.5
"""Seconds between two tellings, and two looks at why requests fail."""
IDLE_LOOKS = 10
"""At every so many of them what the agent needs is looked at even while nothing fails."""
SETTLE = 1.0
"""Seconds that a request which failed at the very end is given for its cause to be noticed."""
RETREAT = 1.0
"""Seconds that a user waits at least after a request that failed: a dead agent answers very quickly."""
BURST = 16
"""Requests that are sent without a breath in between, when that many are due."""


class Audience(Protocol):
    """Who hears of each request that has ended, and is asked now and then to say so."""

    def heard(self, request: Request, timeout: float) -> None: ...

    def tell(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """What all levels of a run have in common."""

    subject: Subject
    profile: Profile
    questions: Iterator[Question]
    """Never ends."""
    timeout: float
    source: random.Random
    clock: Clock
    outage: Outage
    audience: Audience
    cost: Callable[[Answer], float | None]


async def drive(course: Course, level: Level) -> Passage | None:
    """One level to its end, or until the agent is stuck; None when something outside disturbed it."""
    return await (_Open(course, level) if course.profile.loop == "open" else _Closed(course, level)).run()


def endless(questions: Sequence[Question], source: random.Random) -> Iterator[Question]:
    """The questions in random order, again and again; each under an id that no other has."""
    for turn in itertools.count():
        for question in source.sample(questions, k=len(questions)):
            yield replace(question, id=f"{question.id}#{turn}")


class _Level:
    """One level: what was sent, and what became of it. Times count from its beginning."""

    def __init__(self, course: Course, level: Level) -> None:
        self._course = course
        self._level = level
        self._start = course.profile.ramp + course.profile.warm_up
        self._requests: list[Request] = []
        self._under_way = 0
        self._broken = ""
        self._disturbed = False
        self._failed = False
        self._began = 0.0

    async def run(self) -> Passage | None:
        """Everything that is due, then everything that is still under way."""
        self._began = self._course.clock.monotonic()
        async with asyncio.TaskGroup() as group:
            async with asyncio.TaskGroup() as requests:
                sending = requests.create_task(self._send(requests))
                beat = group.create_task(self._beat(sending))
            await self._settle()
            beat.cancel()
        return None if self._disturbed else self._passage()

    async def _send(self, requests: asyncio.TaskGroup) -> None:
        raise NotImplementedError

    def _passage(self) -> Passage:
        raise NotImplementedError

    async def _ask(self, due: float) -> Request:
        question = next(self._course.questions)
        sent = self._now()
        answer = await self._course.subject.ask(question, self._course.timeout)
        ended = self._now()
        streamed = answer.first_token
        request = Request(
            due=due,
            sent=sent,
            ended=ended,
            first_token=None if streamed is None else ended - answer.seconds + streamed,
            error=answer.error,
            error_kind=answer.error_kind,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            model=answer.model,
            cost=self._course.cost(answer),
        )
        self._under_way -= 1
        self._failed = self._failed or answer.error_kind == "agent"
        self._requests.append(request)
        self._course.audience.heard(request, self._course.timeout)
        return request

    async def _until(self, moment: float) -> None:
        wait = moment - self._now()
        if wait > 0:
            await self._course.clock.sleep(wait)

    async def _beat(self, sending: asyncio.Task[None]) -> None:
        for number in itertools.count(1):
            await self._course.clock.sleep(LOOK)
            self._course.audience.tell()
            if self._failed or number % IDLE_LOOKS == 0:
                await self._look()
            if self._disturbed:
                sending.cancel()
                return

    async def _look(self) -> None:
        self._failed = False
        if await self._course.outage.cause():
            self._disturbed = True

    async def _settle(self) -> None:
        if self._failed and self._course.outage.watched and not self._disturbed:
            await self._course.clock.sleep(SETTLE)
            await self._look()

    def _measured(self, until: float) -> tuple[Request, ...]:
        return tuple(sorted(one for one in self._requests if self._start <= one.due < until))

    def _now(self) -> float:
        return self._course.clock.monotonic() - self._began


class _Open(_Level):
    """Requests arrive as they were drawn."""

    def __init__(self, course: Course, level: Level) -> None:
        super().__init__(course, level)
        self._due = arrivals(course.profile, level, course.source)

    async def _send(self, requests: asyncio.TaskGroup) -> None:
        most = self._course.profile.most_open
        for number, due in enumerate(self._due.times):
            await self._until(due)
            if number % BURST == 0:
                await asyncio.sleep(0)
            if self._under_way >= most:
                self._broken = f"{most} requests were under way unanswered, and no more were sent"
                return
            self._under_way += 1
            requests.create_task(self._ask(due))

    def _passage(self) -> Passage:
        measured = self._measured(self._due.until)
        return Passage(
            requests=measured,
            planned=sum(due >= self._start for due in self._due.times),
            start=self._start,
            until=self._due.until,
            timeout=self._course.timeout,
            broken=self._broken,
        )


class _Closed(_Level):
    """Users, who begin one after the other during the ramp, and each wait for the answer."""

    def __init__(self, course: Course, level: Level) -> None:
        super().__init__(course, level)
        self._left = level.requests or MOST
        """Measured requests that may still be sent."""
        self._until_then = self._start + (level.duration if level.duration is not None else float("inf"))

    async def _send(self, requests: asyncio.TaskGroup) -> None:
        users = int(self._level.at)
        for number in range(users):
            requests.create_task(self._user(self._course.profile.ramp * number / users))

    async def _user(self, due: float) -> None:
        while due < self._until_then:
            await self._until(due)
            if self._left <= 0 or self._disturbed:
                return
            self._left -= due >= self._start
            request = await self._ask(due)
            due = self._now() + self._pause(request)

    def _pause(self, request: Request) -> float:
        think = self._course.profile.think
        pause = self._course.source.expovariate(1.0 / think) if think else 0.0
        return max(pause, RETREAT) if request.error_kind else pause

    def _passage(self) -> Passage:
        measured = self._measured(self._until_then)
        last = max((one.ended for one in measured), default=self._start)
        return Passage(
            requests=measured,
            planned=len(measured),
            start=self._start,
            until=last if self._left <= 0 else self._until_then,
            timeout=self._course.timeout,
        )
