"""A suite spread over workers: each question is handed to the one that has the least to do.

Only asking and scoring are spread. What a lost worker had not given back is handed to another one, and what
comes back twice is taken once. A lost worker is replaced. A case that costs one worker after another is not
seen in the end, and never wrong.
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

import anyio

from esclusa.core.errors import EsclusaError, OutsideError, UsageError
from esclusa.evals.answer import Answer
from esclusa.evals.bill import open_bill
from esclusa.evals.question import Question
from esclusa.evals.workers import Scored
from esclusa.evals.workers.hand import Done, Errand, Packed, unpacked, unseen

LIVES = 3
"""Workers that a case may cost; then nobody asks it any more."""
FRUITLESS = 3
"""Workers in a row that one place loses before they gave anything back; then it stays empty."""
SILENT = 60.0
"""Seconds without a word after which a worker is taken to be lost; each says something far more often."""
TOGETHER = 10.0
"""Seconds that the first worker waits for the others to be ready."""
PARTING = 10.0
"""Seconds that the workers have, in the end, to say what they spent."""


class WorkerLost(Exception):
    """A worker is gone, or cannot be reached any more."""


class Worker(Protocol):
    """One worker that is ready."""

    name: str
    """For people: `worker 2 (pid 4711 on node-b)`."""

    def give(self, errands: Sequence[Errand]) -> None:
        """Hand over errands. Where that fails, the next `take` says so."""
        ...

    async def take(self) -> Sequence[Packed]:
        """What is done, as soon as something is; nothing now and then. WorkerLost."""
        ...

    async def end(self) -> Sequence[str]:
        """What its scorers asked of models. WorkerLost."""
        ...

    def dismiss(self) -> None:
        """It is needed no more, or lost."""
        ...


class Pool(Protocol):
    """Where workers come from. Entered before anybody is hired; when it is left, no worker is."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def places(self) -> int:
        """How many workers there is room for, 1 at least; known once it is entered."""
        ...

    async def hire(self, place: int) -> Worker:
        """A worker that is ready to ask. OutsideError when there is none to be had, or it was lost as it
        began; UsageError when it cannot be of use, and so no other.
        """
        ...


class _Waiting:
    """An errand that somebody waits for."""

    def __init__(self, errand: Errand, lost: Callable[[], None]) -> None:
        self.errand = errand
        self.lost = lost
        self.lives = LIVES
        self.done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()


class _Busy:
    """A worker with what it was given."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.given: set[int] = set()
        self.fruit = False
        """Whether it ever gave anything back."""


class Spread:
    """A crew over the workers of a pool. `scorers`: the names of those that it scores with."""

    def __init__(
        self,
        pool: Pool,
        scorers: Sequence[str],
        say: Callable[[str], None],
        *,
        silent: float = SILENT,
        together: float = TOGETHER,
    ) -> None:
        self._pool = pool
        self._scorers = scorers
        self._say = say
        self._silent = silent
        self._together = together
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._unassigned: dict[int, None] = {}
        """Numbers that are to be handed over next, in their order."""
        self._handing = False
        self._busy: list[_Busy] = []
        self._places: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failed: BaseException | None = None
        self._scored: dict[str, Done] = {}
        """By the key of the asking: those of one case are under way together."""
        self._spending: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        """Until every place has its worker, or the first has waited for the others long enough. An
        EsclusaError if none can be had, or one says that it is of no use.
        """
        await self._pool.__aenter__()
        try:
            for place in range(1, self._pool.places + 1):
                task = asyncio.create_task(self._fill(place))
                self._places.add(task)
                task.add_done_callback(self._emptied)
            await self._gathered()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        self._say(f"workers that ask and score: {len(self._busy)}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            for task in self._places:
                task.cancel()
            await asyncio.gather(*self._places, return_exceptions=True)
            if kind is None:
                await self._part()
            for busy in self._busy:
                busy.worker.dismiss()
            self._busy.clear()
            await self._pool.__aexit__(kind, error, trace)

    async def ask(self, question: Question, lost: Callable[[], None]) -> Answer:
        """Scored on the way, so that a case travels once."""
        done = await self._sent(question, None, lost)
        if not done.answer.error_kind:
            self._scored[question.key] = done
        return done.answer

    async def score(self, question: Question, answer: Answer) -> Scored:
        done = self._scored.pop(question.key, None) or await self._sent(question, answer, _nobody)
        if done.answer.error_kind:
            return {}, dict.fromkeys(self._scorers, f"scorer error: {done.answer.error}")
        if bill := open_bill():
            for call in done.calls:
                bill.add(call)
        return done.scores, done.explanations

    def spending(self) -> tuple[str, ...]:
        return self._spending

    async def _sent(self, question: Question, answer: Answer | None, lost: Callable[[], None]) -> Done:
        if self._failed is not None:
            raise self._failed
        number = next(self._numbers)
        waiting = _Waiting(Errand(number=number, question=question.id, answer=answer), lost)
        self._waiting[number] = waiting
        self._assign(number)
        try:
            return await waiting.done
        finally:
            self._forget(number)

    def _assign(self, number: int) -> None:
        """To be handed over with all else that comes up in this turn of the loop."""
        self._unassigned[number] = None
        if not self._handing:
            self._handing = True
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """Each to the worker that has the least to do. Without a worker they wait for one."""
        self._handing = False
        if not self._busy:
            return
        parcels: dict[int, list[Errand]] = {}
        for number in self._unassigned:
            place = min(range(len(self._busy)), key=lambda one: len(self._busy[one].given))
            self._busy[place].given.add(number)
            parcels.setdefault(place, []).append(self._waiting[number].errand)
        self._unassigned.clear()
        for place, errands in parcels.items():
            self._busy[place].worker.give(errands)

    def _forget(self, number: int) -> None:
        self._waiting.pop(number, None)
        self._unassigned.pop(number, None)

    async def _fill(self, place: int) -> None:
        """Keep one worker in this place. OutsideError when that is of no avail."""
        fruitless = 0
        while fruitless < FRUITLESS:
            busy = _Busy(await self._pool.hire(place))
            self._busy.append(busy)
            self._changed.set()
            self._hand_over()
            try:
                while True:
                    self._merge(busy, await asyncio.wait_for(busy.worker.take(), self._silent))
            except (WorkerLost, TimeoutError):
                self._lose(busy)
            fruitless = 0 if busy.fruit else fruitless + 1
        raise OutsideError(
            f"{FRUITLESS} workers in a row were lost before they gave anything back",
            mend="see whether the machine has memory for them, or ask without --workers",
        )

    def _merge(self, busy: _Busy, parcels: Sequence[Packed]) -> None:
        """What came back, to whoever waits for it; nobody does any more for what had come before."""
        for parcel in parcels:
            number, _ = parcel
            busy.fruit = True
            busy.given.discard(number)
            waiting = self._waiting.get(number)
            if waiting is None or waiting.done.done():
                continue
            done = unpacked(parcel)
            if done.raised is None:
                waiting.done.set_result(done)
            else:
                waiting.done.set_exception(done.raised)

    def _lose(self, busy: _Busy) -> None:
        """What it was given and did not give back is to be handed over anew."""
        self._busy.remove(busy)
        busy.worker.dismiss()
        again = 0
        for number in sorted(busy.given):
            waiting = self._waiting.get(number)
            if waiting is None or waiting.done.done():
                continue
            waiting.lives -= 1
            if not waiting.lives:
                waiting.done.set_result(unseen(number, f"{LIVES} workers were lost while they had this case"))
                continue
            again += 1
            waiting.lost()
            self._assign(number)
        self._say(f"{busy.worker.name} was lost; cases that are asked again: {again}")

    def _emptied(self, task: asyncio.Task[None]) -> None:
        """A place stays empty. Where it is the last one, or its worker was of no use, so does all."""
        self._places.discard(task)
        self._changed.set()
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if isinstance(error, EsclusaError) and self._places and not isinstance(error, UsageError):
            self._say(f"one worker fewer: {error.message}")
            return
        self._failed = self._failed or error
        for waiting in self._waiting.values():
            if not waiting.done.done():
                waiting.done.set_exception(error)

    async def _gathered(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as patience:
                while len(self._busy) < len(self._places) and self._failed is None:
                    self._changed.clear()
                    await self._changed.wait()
                    if self._busy and patience.when() is None:
                        patience.reschedule(loop.time() + self._together)
        except TimeoutError:
            pass
        if self._failed is not None:
            raise self._failed

    async def _part(self) -> None:
        """Hear what each has spent; from a worker that is gone by now nobody will."""
        names = [busy.worker.name for busy in self._busy]
        ends = [asyncio.wait_for(busy.worker.end(), PARTING) for busy in self._busy]
        heard = await asyncio.gather(*ends, return_exceptions=True)
        lines: list[str] = []
        for name, one in zip(names, heard, strict=True):
            if isinstance(one, BaseException):
                self._say(f"{name} was lost at the end")
            else:
                lines += [f"{line} ({name})" for line in one]
        self._spending = tuple(lines)


def _nobody() -> None:
    """A score that is asked for again costs the agent nothing."""
