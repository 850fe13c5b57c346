"""The limiter: how many calls an endpoint bears at once, learnt from what it refuses.

Additive increase, multiplicative decrease (Chiu and Jain, "Analysis of the increase and decrease algorithms
for congestion avoidance", 1989). Whoever asks has a ceiling of their own, so nothing is limited at first. A
refusal halves the calls under way, once for all that were sent before; answers to as many calls as are
allowed allow one more. While the endpoint has said when to come again, nothing is sent. Calls wait in order.
"""

import asyncio
import math
from collections import deque

from esclusa.core.ports import Clock

JITTER = 0.25
"""A wait is longer by up to this share, so that those who wait do not come back all at once."""


class Limiter:
    """Of one endpoint. Every `turn` that is given is followed by one `done`, and by `refused` in between
    where that happened. A pause longer than `longest` seconds is not waited for.
    """

    def __init__(self, clock: Clock, longest: float) -> None:
        self._clock = clock
        self._longest = longest
        self._queue: deque[asyncio.Future[None]] = deque()
        self._under_way = 0
        self._lowered = -math.inf
        self._until = -math.inf
        self.limit = math.inf
        """Calls at once."""

    @property
    def pause(self) -> float:
        """Seconds until the endpoint wants to be asked again; 0 if it may be now."""
        return max(0.0, self._until - self._clock.monotonic())

    async def turn(self, spread: float) -> bool:
        """Wait until one more call may be sent; `spread` in [0, 1) says where within the jitter. False, and
        no turn, when that would take too long.
        """
        if self._queue or self._under_way + 1 > self.limit:
            await self._queued()
        else:
            self._under_way += 1
        given = False
        try:
            given = await self._paused(spread)
        finally:
            if not given:
                self.done(answered=False)
        return given

    def done(self, *, answered: bool) -> None:
        """A call has ended. Only an answer says that there is room."""
        self._under_way -= 1
        if answered:
            self.limit += 1 / self.limit
        self._next()

    def refused(self, sent: float, wait: float = 0.0) -> None:
        """A call sent at that moment was refused, and may come again after so many seconds."""
        if sent >= self._lowered:
            self._lowered = self._clock.monotonic()
            self.limit = max(1.0, min(self.limit, self._under_way) / 2)
        self.hold(wait)

    def hold(self, wait: float) -> None:
        """Nothing is sent for so many seconds."""
        if wait > 0:
            self._until = max(self._until, self._clock.monotonic() + wait)

    async def _paused(self, spread: float) -> bool:
        """Wait for the end of the pause, and of those that were asked for meanwhile."""
        while pause := self.pause:
            if pause > self._longest:
                return False
            until = self._until
            await self._clock.sleep(pause * (1 + JITTER * spread))
            if until == self._until:
                break
        return True

    async def _queued(self) -> None:
        """Wait in the queue; who comes back has a place among the calls under way."""
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._queue.remove(place)
            else:
                self.done(answered=False)
            raise

    def _next(self) -> None:
        """Let as many go on as there is room for."""
        while self._queue and self._under_way + 1 <= self.limit:
            place = self._queue.popleft()
            if not place.cancelled():
                self._under_way += 1
                place.set_result(None)
