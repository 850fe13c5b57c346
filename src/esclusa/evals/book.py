"""The book: a suite's way to the case log. It writes in batches off the event loop, so that a slow disk does
not look like a slow agent, and holds at most one batch that is not written yet.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import anyio

from esclusa.core.case import Case
from esclusa.core.ports import CaseLog

BATCH = 200
"""Answers that may be unwritten; while there are so many nothing is asked."""


class Book:
    """Of one step of one run; `subject` marks what its cases are cases of."""

    def __init__(self, log: CaseLog | None, run: str, step: str, subject: str) -> None:
        self.subject = subject
        self._log = log
        self._run = run
        self._step = step
        self._waiting: list[Case] = []
        self._being_written = 0
        self._writing = asyncio.Lock()

    def read(self) -> list[Case]:
        """What was written before about the same subject."""
        logged = self._log.read(self._run, self._step) if self._log else ()
        return [case for case in logged if case.subject == self.subject]

    def add(self, *cases: Case) -> None:
        """To be written with the next flush."""
        if self._log:
            self._waiting.extend(cases)

    async def room(self) -> None:
        """Wait until fewer than a batch are unwritten; at half a batch whoever comes by writes it."""
        if len(self._waiting) >= BATCH // 2 and not self._writing.locked():
            await self.flush()
        while len(self._waiting) + self._being_written >= BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Durable when it returns; cancelled in the middle, it still writes what it had begun to."""
        async with self._writing:
            batch, self._waiting = self._waiting, []
            self._being_written = len(batch)
            try:
                if batch and self._log:
                    await _to_the_end(asyncio.to_thread(self._log.add, self._run, self._step, batch))
            except Exception:
                self._waiting[:0] = batch  # the next flush may have more luck
                raise
            finally:
                self._being_written = 0


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for the work even if cancelled meanwhile. A thread that waits for its turn would never begin."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            while not task.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
        task.result()
        raise
