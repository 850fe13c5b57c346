"""Customers: conversations of a few turns at a steady pace, and what each turn was answered."""

import asyncio
import random
import threading
import time
from dataclasses import dataclass

import aiohttp

TURNS = 4
PAUSE = 0.4
"""Seconds between two turns of a conversation."""


@dataclass
class Turn:
    """One request, as its customer saw it. `release` is empty when no release answered: an outage to them."""

    conversation: str
    sent: float
    ended: float = 0.0
    release: str = ""
    status: int = 0
    id: str = ""
    """The router's own name of the request, which the agent says back."""
    words: str = ""

    @property
    def broken(self) -> bool:
        """Over, and no release answered."""
        return self.ended > 0 and not self.release


class Customers:
    """Talk to an address in a thread of their own until told to stop."""

    def __init__(self, url: str, *, rate: float, seed: int) -> None:
        self.turns: list[Turn] = []
        self._url = url
        self._rate = rate
        self._random = random.Random(seed)
        self._going = True
        self._thread = threading.Thread(target=lambda: asyncio.run(self._talk()), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> list[Turn]:
        """Let the conversations that have begun end; all that was answered."""
        self._going = False
        if self._thread.is_alive():
            self._thread.join()
        return self.turns

    async def _talk(self) -> None:
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            number = 0
            while self._going:
                number += 1
                group.create_task(self._conversation(session, f"c{number}-{self._random.random():.6f}"))
                await asyncio.sleep(TURNS / self._rate)

    async def _conversation(self, session: aiohttp.ClientSession, name: str) -> None:
        for number in range(TURNS):
            turn = Turn(conversation=name, sent=time.time())
            self.turns.append(turn)
            try:
                async with session.post(
                    self._url, data=f"{name} {number}", headers={"x-conversation-id": name}
                ) as answer:
                    text = await answer.text()
                    turn.release = answer.headers.get("x-release", "")
                    turn.id = answer.headers.get("x-id", "")
                    turn.status = answer.status
                    turn.words = "" if turn.release else f"{answer.status} {text[:80]}"
            except (aiohttp.ClientError, TimeoutError) as error:
                turn.words = f"{type(error).__name__}: {error}"
            turn.ended = time.time()
            await asyncio.sleep(PAUSE)
