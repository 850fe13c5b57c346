"""The floor: workers over an iterator, aiohttp, and nothing kept but the count.

    python -m benchmarks.evals.loop URL CASES.jsonl

This module imports nothing of esclusa.
"""

import asyncio
import json
import sys
from collections.abc import Iterator

import aiohttp

WIDTH = 100


def main(url: str, path: str) -> int:
    """How many were answered as expected."""
    with open(path) as file:
        cases = [json.loads(line) for line in file]
    return asyncio.run(ask(url, cases))


async def ask(url: str, cases: "list[dict[str, str]]") -> int:
    """The loop itself."""
    left = iter(cases)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        return sum(await asyncio.gather(*(_work(session, url, left) for _ in range(WIDTH))))


async def _work(session: aiohttp.ClientSession, url: str, left: "Iterator[dict[str, str]]") -> int:
    right = 0
    for case in left:
        body = {"model": "bench", "messages": [{"role": "user", "content": case["input"]}]}
        async with session.post(url, json=body) as response:
            answer = await response.json()
        if answer["choices"][0]["message"]["content"] == case["expected"]:
            right += 1
    return right


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
