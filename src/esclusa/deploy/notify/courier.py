"""The courier: delivers what is in the outbox, at least once each, and is never in the way of a rollout.

Each notice is tried by itself, a few at a time for each channel, so that a receiver that hangs keeps nobody
else waiting. What is not taken is tried again, less and less often, with the same key; after ATTEMPTS it is
given up, and the journal says so. A notice leaves the outbox only in the transaction that writes down how it
ended: whoever is killed before that has it delivered again by the next controller.
"""

import asyncio
import hashlib
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from esclusa.core.errors import EsclusaError
from esclusa.core.events import NoticeGivenUp, Notified
from esclusa.core.notice import Notice
from esclusa.core.ports import Clock, Outbox
from esclusa.core.value import replace

ATTEMPTS = 16
"""Tries before a notice is given up: somewhat more than an hour."""
LONGEST = 600.0
"""Seconds between two tries at the most."""
AT_ONCE = 4
"""Notices under way to one channel at the same time."""
LOOK = 1.0
"""Seconds between two looks into the outbox."""


class Send(Protocol):
    """Brings one notice to its channel."""

    async def __call__(self, notice: Notice) -> str:
        """Why it was not taken, in words without secrets; empty when it was. Ends within the timeout."""
        ...


def patience(notice: Notice) -> float:
    """Seconds until the next try: twice as long each time, and spread so that not all come at once."""
    longest = min(2.0 ** (notice.attempts - 1), LONGEST)
    chance = hashlib.sha256(f"{notice.key}#{notice.attempts}".encode()).digest()[0] / 255
    return longest * (0.5 + chance / 2)


class Courier:
    """Runs until it is cancelled; then what is under way is let go, and delivered again later."""

    def __init__(self, outbox: Outbox, send: Send, clock: Clock, say: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._send = send
        self._clock = clock
        self._say = say
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()

    async def __call__(self) -> None:
        """Look, send, wait, for ever."""
        try:
            while True:
                try:
                    self._look()
                except EsclusaError as error:
                    self._say(f"outbox: {error.message}")
                except Exception:  # a fault of ours must not end the telling for good
                    self._say(traceback.format_exc())
                await self._clock.sleep(LOOK)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _look(self) -> None:
        for notice in self._outbox.due(self._clock.now()):
            if notice.key not in self._under_way and self._busy[notice.channel.name] < AT_ONCE:
                self._busy[notice.channel.name] += 1
                self._under_way[notice.key] = asyncio.create_task(self._deliver(notice))

    async def _deliver(self, notice: Notice) -> None:
        try:
            trouble = await self._sent(notice)
            self._note(replace(notice, attempts=notice.attempts + 1, trouble=trouble))
        except EsclusaError as error:  # the store: the notice is in the outbox still
            self._say(f"notice {notice.key}: {error.message}")
        finally:
            self._busy[notice.channel.name] -= 1
            del self._under_way[notice.key]

    async def _sent(self, notice: Notice) -> str:
        try:
            return await self._send(notice)
        except EsclusaError as error:
            return error.message
        except Exception as error:  # a fault in telling must not end what drives the rollouts
            self._say(traceback.format_exc())
            return type(error).__name__

    def _note(self, tried: Notice) -> None:
        names = {"key": tried.key, "channel": tried.channel.name, "what": tried.what}
        if not tried.trouble:
            self._outbox.settle(tried, Notified(rollout=tried.rollout, attempts=tried.attempts, **names))
        elif tried.attempts >= ATTEMPTS:
            self._say(f"notice {tried.key}: given up: {tried.trouble}")
            given_up = NoticeGivenUp(
                rollout=tried.rollout, attempts=tried.attempts, trouble=tried.trouble, **names
            )
            self._outbox.settle(tried, given_up)
        else:
            pause = patience(tried)
            self._say(f"notice {tried.key}: not taken: {tried.trouble}; again in {pause:.1f} s")
            self._outbox.put_off(replace(tried, due=self._clock.now() + timedelta(seconds=pause)))
