"""An outage: something the agent needs is down, so a failed call says nothing about the agent.

Whoever serves the agent knows; the runner asks it after each failed call, and asks no question meanwhile.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from esclusa.core.ports import Clock

Outside = Callable[[], str | Awaitable[str | None] | None]
"""The cause, while something outside is down (`the model server does not answer`); else None or empty."""

PATIENCE = 30.0
"""Seconds that a suite waits, in all, for what is down to come back."""
BETWEEN = 0.25


class Outage:
    """Remembers whether one is known, and waits for its end within a patience for the whole suite."""

    def __init__(
        self, outside: Outside | None, clock: Clock, say: Callable[[str], None], patience: float
    ) -> None:
        self._outside = outside
        self._clock = clock
        self._say = say
        self._left = patience
        self._since = 0.0
        self._waiting = asyncio.Lock()
        self._gave_up = False
        self._last = (0.0, "")
        self.known = ""
        """The cause, from when it was first told until the outage was seen to be over."""

    @property
    def watched(self) -> bool:
        """Whether anybody can tell."""
        return self._outside is not None

    async def cause(self) -> str:
        """What is down now; empty if nothing is."""
        if self._outside is None:
            return ""
        found = self._outside()
        cause = (await found if inspect.isawaitable(found) else found) or ""
        if cause:
            self._last = (self._clock.monotonic(), cause)
        if cause and not self.known:
            self.known = cause
            self._since = self._last[0]
            self._say(f"outside the agent: {cause}; waiting for it up to {self._left:.0f} s")
        return cause

    async def cause_since(self, moment: float) -> str:
        """What is down now, or was seen down at some moment since; empty if nothing was."""
        return await self.cause() or (self._last[1] if self._last[0] >= moment else "")

    async def over(self) -> bool:
        """Wait until nothing is down any more; False if the patience ended first."""
        async with self._waiting:
            while self.known and not self._gave_up:
                if not await self.cause():
                    self._end()
                elif self._spent() >= self._left:
                    self._gave_up = True
                    self._say(f"not waiting any longer: {self.known}")
                else:
                    await self._clock.sleep(BETWEEN)
            return not self.known

    def _end(self) -> None:
        self._left = max(0.0, self._left - self._spent())
        self._say(f"over: {self.known}")
        self.known = ""

    def _spent(self) -> float:
        return self._clock.monotonic() - self._since
