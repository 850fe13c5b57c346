"""Synthetic customers: conversations played over HTTP, turn by turn, each under its own conversation id."""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass
from pathlib import Path

import aiohttp

THINKING = (0.2, 1.0)
"""Seconds between a customer's turns, from and to."""
PATIENCE = 60.0
"""Seconds a customer waits for an answer."""


@dataclass
class Tally:
    """What the customers saw. `unreached` are requests that no release answered: the lock's own failures."""

    requests: int = 0
    answered: int = 0
    failed: int = 0
    unreached: int = 0


def read_conversations(path: Path) -> list[list[str]]:
    """The scripts: a list of customer turns each."""
    return [json.loads(line)["turns"] for line in path.read_text().splitlines() if line.strip()]


async def play(url: str, scripts: list[list[str]], *, at_once: int, seed: int, tally: Tally) -> None:
    """Keep `at_once` customers talking to the agent at `url` until cancelled."""
    numbers = itertools.count()
    chance = random.Random(seed)
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_customer(session, url, scripts, numbers, chance, tally))


async def _customer(
    session: aiohttp.ClientSession,
    url: str,
    scripts: list[list[str]],
    numbers: "itertools.count[int]",
    chance: random.Random,
    tally: Tally,
) -> None:
    while True:
        conversation = f"customer-{next(numbers):05d}"
        said: list[str] = []
        for turn in scripts[chance.randrange(len(scripts))]:
            await asyncio.sleep(chance.uniform(*THINKING))
            said.append(turn)
            if not await _turn(session, url, conversation, said, tally):
                break


async def _turn(
    session: aiohttp.ClientSession, url: str, conversation: str, said: list[str], tally: Tally
) -> bool:
    body = {"messages": [{"role": "user", "content": text} for text in said]}
    try:
        async with session.post(url, json=body, headers={"x-conversation-id": conversation}) as response:
            await response.read()
    except (aiohttp.ClientError, TimeoutError):
        tally.requests += 1
        tally.unreached += 1
        return False
    tally.requests += 1
    if response.status >= 500:
        tally.failed += 1
        return False
    tally.answered += 1
    return True
