"""Beside: something that looks on its own while a rollout is under way, and hands over what it has found.

It runs beside the driver's looks. What it holds is lost with its process, which only makes the evidence less:
nothing is ever counted twice.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Beside(ABC, Generic[Found]):
    """Begins when it is told, and forgets when it is stopped."""

    def __init__(self) -> None:
        self._found: deque[Found] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    @abstractmethod
    def trouble(self) -> str:
        """Why it cannot look now, or not in full; empty if it can."""

    @abstractmethod
    def _work(self) -> list[Coroutine[None, None, None]]:
        """What runs until it is stopped."""

    def start(self) -> None:
        """Begin; does nothing the second time."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(each) for each in self._work()]

    async def stop(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def taken(self) -> list[Found]:
        """What was found since this was last asked, in order."""
        found = list(self._found)
        self._found.clear()
        return found
