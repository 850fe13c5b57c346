"""Workers that are tasks of this process, and go when a test says so."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from esclusa.core.errors import EsclusaError
from esclusa.evals.answer import Answer
from esclusa.evals.workers.hand import Done, Errand, Hand, Job, Packed, packed
from esclusa.evals.workers.spread import Worker, WorkerLost


class FakeWorker:
    """Answers each question with its own id, once it is told to; gives back what it is told to."""

    def __init__(self, name: str, answers: Callable[[Errand], bool]) -> None:
        self.name = name
        self.given: list[Errand] = []
        self.dismissed = False
        self.ended = False
        self._answers = answers
        self._out: asyncio.Queue[list[Packed] | Exception] = asyncio.Queue()

    def give(self, errands: Sequence[Errand]) -> None:
        self.given += errands
        if answered := [packed(done_of(errand)) for errand in errands if self._answers(errand)]:
            self.bring(*answered)

    def bring(self, *parcels: Packed) -> None:
        """The next `take` gives back these."""
        self._out.put_nowait(list(parcels))

    def go(self, error: Exception | None = None) -> None:
        """It is lost."""
        self._out.put_nowait(error or WorkerLost("gone"))

    async def take(self) -> Sequence[Packed]:
        out = await self._out.get()
        if isinstance(out, Exception):
            raise out
        return out

    async def end(self) -> Sequence[str]:
        self.ended = True
        return (f"judge: {len(self.given)} calls",)

    def dismiss(self) -> None:
        self.dismissed = True


def done_of(errand: Errand, text: str = "") -> Done:
    """What comes of an errand that goes well."""
    answer = errand.answer or Answer(text=text or errand.question)
    return Done(number=errand.number, answer=answer, scores={"exact": 1.0}, explanations={})


class FakePool:
    """Hires fake workers; `hires` says what the next ones are: one that answers which errands, or why none."""

    def __init__(self, places: int, hires: Callable[[int], Callable[[Errand], bool] | EsclusaError]) -> None:
        self.places = places
        self.workers: list[FakeWorker] = []
        self.open = False
        self._hires = hires

    async def __aenter__(self) -> Self:
        self.open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open = False

    async def hire(self, place: int) -> Worker:
        made = self._hires(len(self.workers))
        if isinstance(made, EsclusaError):
            raise made
        worker = FakeWorker(f"worker {place}.{len(self.workers)}", made)
        self.workers.append(worker)
        return worker


class HandWorker:
    """A real hand in this process, which is lost after it gave something back so many times."""

    def __init__(self, name: str, job: Job, takes: int) -> None:
        self.name = name
        self.hand = Hand(job)
        self._takes = takes
        self._tasks: set[asyncio.Task[Any]] = set()

    def give(self, errands: Sequence[Errand]) -> None:
        self._tasks.add(asyncio.create_task(self.hand.give(errands)))

    async def take(self) -> Sequence[Packed]:
        taken = await self.hand.take()
        if not self._takes:
            raise WorkerLost("gone, with what it was about to give back")
        self._takes -= 1
        return taken

    async def end(self) -> Sequence[str]:
        return await self.hand.end()

    def dismiss(self) -> None:
        self._tasks.add(asyncio.create_task(self.hand.end()))


class HandPool:
    """Hires real hands; `takes` says how often each gives something back before it is lost."""

    def __init__(self, places: int, job: Job, takes: Callable[[], int]) -> None:
        self.places = places
        self._job = job
        self._takes = takes

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def hire(self, place: int) -> Worker:
        worker = HandWorker(f"worker {place}", self._job, self._takes())
        hello = await worker.hand.begin()
        assert not hello.refused
        return worker
