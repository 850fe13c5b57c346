"""Customers: conversations of a few turns at a steady pace, and what they were answered."""

import asyncio
import random
import threading
from collections import Counter
from dataclasses import dataclass, field

import aiohttp

TURNS = 4
PAUSE = 0.4
"""Seconds between two turns of a conversation."""


@dataclass
class Answers:
    """What came back. `broken` are requests that no release answered: what a customer calls an outage."""

    served: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Customers:
    """Talk to an address in a thread of their own until told to stop."""

    def __init__(self, url: str, *, rate: float, seed: int) -> None:
        self.answers = Answers()
        self._url = url
        self._rate = rate
        self._random = random.Random(seed)
        self._going = True
        self._thread = threading.Thread(target=lambda: asyncio.run(self._talk()), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> Answers:
        """Let the conversations that have begun end; all that was answered."""
        self._going = False
        self._thread.join()
        return self.answers

    async def _talk(self) -> None:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            number = 0
            while self._going:
                number += 1
                group.create_task(self._conversation(session, f"c{number}-{self._random.random():.6f}"))
                await asyncio.sleep(TURNS / self._rate)

    async def _conversation(self, session: aiohttp.ClientSession, name: str) -> None:
        for turn in range(TURNS):
            try:
                async with session.post(
                    self._url, data=f"{name} {turn}", headers={"x-conversation-id": name}
                ) as answer:
                    text = await answer.text()
                    release = answer.headers.get("x-release", "")
                    self.answers.served[release, answer.status] += 1
                    if not release:
                        self.answers.broken.append(f"{answer.status} {text[:80]}")
            except (aiohttp.ClientError, TimeoutError) as error:
                self.answers.broken.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE)
