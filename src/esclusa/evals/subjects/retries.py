"""Retries: a call that an endpoint refuses is made again when it may be; any other result is the result.

A refusal is 429, or 503 with `retry-after`: the endpoint is well and wants less, or later. All calls of one
subject share a `Limiter`, so that one refusal makes fewer of all, and none before the time it names. What is
still refused in the end is outside the agent: not seen, and never wrong.
"""

import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from esclusa.core.ports import Clock
from esclusa.evals.answer import Answer
from esclusa.evals.limiter import JITTER, Limiter

LONGEST_WAIT = 60.0
"""Seconds that one refusal is waited for at most; where it names a longer time nothing more is sent."""
LIMITS = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("ratelimit-remaining", "ratelimit-reset"),
)
"""Headers that say how many requests are left, and when there are more: OpenAI's, and the IETF draft's."""
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)?")
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

T = TypeVar("T")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint wants less, or later. `wait` in seconds; 0 if it does not say."""

    status: int
    wait: float
    seconds: float
    """What the call itself took."""


class Retries:
    """Of one endpoint. With no retry nothing is limited either: every call is made as it comes."""

    def __init__(self, clock: Clock, retries: int) -> None:
        self._clock = clock
        self._retries = retries
        self._limiter = Limiter(clock, LONGEST_WAIT)

    async def ask(self, once: Callable[[], Awaitable[T | Answer | Refused]], case: str) -> T | Answer:
        """What one call comes to at last. `case` says where within the jitter it waits."""
        spread, attempt = spread_of(case), 0
        while True:
            if self._retries and not await self._limiter.turn(spread):
                return _outside(f"rate limited: no call is wanted for {self._limiter.pause:.0f} s")
            result = await self._once(once)
            if not isinstance(result, Refused):
                return result
            attempt += 1
            if attempt > self._retries:
                times = "once" if attempt == 1 else f"{attempt} times"
                return _outside(f"{result.status} (rate limited), {times}", result.seconds)
            if not result.wait:
                await self._clock.sleep(2.0 ** (attempt - 1) * (1 + JITTER * spread))

    def heed(self, status: int, headers: Mapping[str, str], seconds: float) -> Refused | None:
        """What a response says of its endpoint's limits; a refusal, if it is one."""
        self._limiter.hold(min(none_left(headers), LONGEST_WAIT))
        if status not in (429, 503):
            return None
        wait = retry_after(headers, self._clock.now())
        self._limiter.refused(self._clock.monotonic() - seconds, wait or 0.0)
        if status == 503 and wait is None:
            return None  # like any other 5xx; it makes the calls fewer all the same
        return Refused(status=status, wait=wait or 0.0, seconds=seconds)

    async def _once(self, once: Callable[[], Awaitable[T | Answer | Refused]]) -> T | Answer | Refused:
        if not self._retries:
            return await once()
        answered = False
        try:
            result = await once()
            answered = not isinstance(result, Answer | Refused)
            return result
        finally:
            self._limiter.done(answered=answered)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from a number or a date; None if it says nothing of use. A date is taken by the clock
    of whoever wrote it, where that is told: ours may be another one, or jump.
    """
    finer, text = headers.get("retry-after-ms", ""), headers.get("retry-after", "").strip()
    try:
        if finer.isdecimal():
            return float(finer) / 1000
        if text.isdecimal():
            return float(text)
        date = headers.get("date")
        written = parsedate_to_datetime(date) if date else now
        return max(0.0, (parsedate_to_datetime(text) - written).total_seconds())
    except (ValueError, TypeError):
        return None


def none_left(headers: Mapping[str, str]) -> float:
    """Seconds until requests are left again; 0 if there are some now, or nothing is said of it."""
    for remaining, reset in LIMITS:
        if headers.get(remaining) == "0":
            return span(headers.get(reset, ""))
    return 0.0


def span(text: str) -> float:
    """Seconds in a text such as `7`, `20ms` or `6m0.5s`; 0 for any other text."""
    parts = list(_SPAN.finditer(text.strip()))
    if "".join(part[0] for part in parts) != text.strip():
        return 0.0
    return sum(float(part[1]) * _SECONDS[part[2] or ""] for part in parts)


def spread_of(case: str) -> float:
    """A number in [0, 1) that is the same in every run."""
    return zlib.crc32(case.encode()) / 2**32


def _outside(error: str, seconds: float = 0.0) -> Answer:
    return Answer(error=error, error_kind="outside", seconds=seconds)
