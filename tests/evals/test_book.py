"""The way to the case log: in batches, and never more than one of them unwritten."""

import asyncio
import threading
from collections.abc import Iterable

import pytest

from esclusa.core.case import Case
from esclusa.evals.book import BATCH, Book
from tests.evals.fakes import MemoryLog


class Slow(MemoryLog):
    """Writes when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.let = threading.Event()

    def add(self, run: str, step: str, cases: Iterable[Case]) -> None:
        self.begun.set()
        assert self.let.wait(30)
        super().add(run, step, cases)


def cases(number: int) -> list[Case]:
    return [Case(id=str(one)) for one in range(number)]


def test_while_a_batch_is_unwritten_there_is_no_room() -> None:
    async def scene() -> tuple[bool, bool]:
        log = Slow()
        book = Book(log, "r", "s", "x")
        book.add(*cases(BATCH // 2))
        writing = asyncio.create_task(book.flush())
        await asyncio.to_thread(log.begun.wait, 30)
        await book.room()  # half of it is being written, and there is room for the other half
        book.add(*cases(BATCH // 2))
        waiting = asyncio.create_task(book.room())
        await asyncio.sleep(0)
        before = waiting.done()
        log.let.set()
        await asyncio.gather(writing, waiting)
        return before, waiting.done()

    assert asyncio.run(scene()) == (False, True)


@pytest.mark.parametrize(("number", "batches"), [(BATCH // 2 - 1, 0), (BATCH // 2, 1), (BATCH, 1)])
def test_half_a_batch_is_written_by_whoever_comes_by(number: int, batches: int) -> None:
    async def scene() -> MemoryLog:
        log = MemoryLog()
        book = Book(log, "r", "s", "x")
        book.add(*cases(number))
        await book.room()
        return log

    log = asyncio.run(scene())
    assert [len(batch) for batch in log.batches[1:]] == [number] * batches


def test_without_a_log_there_is_always_room() -> None:
    async def scene() -> None:
        book = Book(None, "r", "s", "x")
        book.add(*cases(10 * BATCH))
        await book.room()

    asyncio.run(scene())
