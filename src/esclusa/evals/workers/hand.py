"""A hand: one worker's side of a spread suite, which asks and scores what it is given.

It is a crew of one in another process, perhaps on another machine; what goes to and fro are plain values. It
remembers nothing of what it gave back.
"""

import asyncio
import os
import pickle
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from esclusa import __version__
from esclusa.core.errors import EsclusaError
from esclusa.evals.answer import Answer
from esclusa.evals.bill import Bill, Call, laid_open
from esclusa.evals.panel import Panel
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite
from esclusa.evals.workers import Alone
from esclusa.system import SystemClock

Packed = tuple[int, bytes]
"""The number of an errand, and pickled what came of it."""
GATHER = 0.01
"""Seconds that a finished case waits for others, so that they travel together."""
IDLE = 5.0
"""Seconds after which a hand that has nothing to give back says that it is there."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What every worker is told once: the suite, and how the agent is asked."""

    suite: Suite
    ask: Mapping[str, Any]
    url: str
    directory: str
    """The agent's source, and so where `python` and `command` start."""
    version: str = __version__
    missing: Mapping[str, str] = {}
    """The scorers that cannot measure anything where the job was made, and why."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One case to be asked and scored; only scored, if there is an answer already. No two have one number."""

    number: int
    question: str
    answer: Answer | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an errand. Failed answers have no scores."""

    number: int
    answer: Answer
    scores: dict[str, float]
    explanations: dict[str, str]
    calls: tuple[Call, ...] = ()
    """What the scorers asked of models. The budget is not kept here, and no call refused."""
    raised: BaseException | None = None
    """What is no fault of the agent's, and ends the suite as it would in one process."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Where a hand is; or `refused`, in words, why it can be of no use, and what mends that."""

    pid: int
    host: str
    refused: str = ""
    mend: str = ""


class Hand:
    """Made, begun once, then given errands while others ask for what is done; ended once."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._questions = {question.id: question for question in job.suite.dataset.questions}
        self._done: list[Packed] = []
        self._some = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self) -> Hello:
        """Make ready to ask. What is lacking here is said; nothing is asked then."""
        hello = Hello(pid=os.getpid(), host=socket.gethostname())
        try:
            refused = await self._begin()
        except EsclusaError as error:
            plain = str(error).partition("\n  mend: ")[0]
            return msgspec.structs.replace(hello, refused=plain, mend=error.mend)
        return msgspec.structs.replace(hello, refused=refused)

    async def _begin(self) -> str:
        job = self._job
        if job.version != __version__:
            return f"it has esclusa {__version__}, and here is {job.version}"
        panel = Panel(job.suite)
        for name in panel.missing.keys() - job.missing.keys():
            return f"{name} cannot be measured: {panel.missing[name]}"
        site = Site(url=job.url, directory=Path(job.directory), clock=SystemClock())
        self._crew = Alone(job.suite, build_subject(job.ask, site), panel)
        await self._crew.__aenter__()
        return ""

    async def give(self, errands: Sequence[Errand]) -> None:
        """Begin with these; returns at once."""
        for errand in errands:
            task = asyncio.create_task(self._run(errand))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def take(self) -> list[Packed]:
        """What is done; waits for it, and after a while gives back nothing."""
        try:
            async with asyncio.timeout(IDLE):
                await self._some.wait()
        except TimeoutError:
            return []
        await asyncio.sleep(GATHER)
        done, self._done = self._done, []
        self._some.clear()
        return done

    async def end(self) -> tuple[str, ...]:
        """Break off what is under way and leave the agent; what the scorers asked of models."""
        for task in self._under_way:
            task.cancel()
        await self._crew.__aexit__(None, None, None)
        return self._crew.spending()

    async def _run(self, errand: Errand) -> None:
        try:
            done = await self._case(errand)
        except Exception as error:
            done = Done(number=errand.number, answer=Answer(), scores={}, explanations={}, raised=error)
        self._done.append(packed(done))
        self._some.set()

    async def _case(self, errand: Errand) -> Done:
        question, answer = self._questions[errand.question], errand.answer
        if answer is None:
            answer = await self._crew.ask(question, _nobody)
        bill = Bill(lambda _: None, lambda: "")
        with laid_open(bill):
            scores, explanations = ({}, {}) if answer.error_kind else await self._crew.score(question, answer)
        return Done(
            number=errand.number,
            answer=answer,
            scores=scores,
            explanations=explanations,
            calls=tuple(bill.calls),
        )


def _nobody() -> None:
    """A hand that is lost cannot tell."""


def packed(done: Done) -> Packed:
    """Each by itself: what a function of the user's answers may be anything, and spoils only its own case."""
    try:
        return done.number, pickle.dumps(done)
    except Exception as error:  # whatever a stranger's object does as it is pickled
        return done.number, pickle.dumps(_unsent(done.number, error))


def unpacked(parcel: Packed) -> Done:
    """What was packed."""
    number, data = parcel
    try:
        done: Done = pickle.loads(data)
        return done
    except Exception as error:  # its module may be there only where it was packed
        return _unsent(number, error)


def unseen(number: int, error: str) -> Done:
    """What is known of a case that something beside the agent kept from being seen."""
    return Done(number=number, answer=Answer(error=error, error_kind="outside"), scores={}, explanations={})


def _unsent(number: int, error: Exception) -> Done:
    said = f"the answer cannot be sent between processes: {type(error).__name__}: {error}"
    return unseen(number, said[:500])
