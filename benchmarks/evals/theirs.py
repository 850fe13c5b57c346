"""pydantic-evals at the same work, with aiohttp in its task; it stores nothing.

    python benchmarks/evals/theirs.py URL CASES.jsonl

Runs in the Python of `peers`, and imports nothing of esclusa.
"""

import asyncio
import json
import sys
from typing import Any

import aiohttp
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected

WIDTH = 100


def main(url: str, path: str) -> int:
    """How many were answered as expected."""
    with open(path) as file:
        rows = [json.loads(line) for line in file]
    cases: list[Any] = [
        Case(name=row["id"], inputs=row["input"], expected_output=row["expected"]) for row in rows
    ]
    return asyncio.run(_evaluated(url, Dataset(name="bench", cases=cases, evaluators=[EqualsExpected()])))


async def _evaluated(url: str, dataset: Any) -> int:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(question: str) -> str:
            body = {"model": "bench", "messages": [{"role": "user", "content": question}]}
            async with session.post(url, json=body) as response:
                answer = await response.json()
            return str(answer["choices"][0]["message"]["content"])

        report = await dataset.evaluate(ask, max_concurrency=WIDTH, progress=False)
    return sum(all(one.value for one in case.assertions.values()) for case in report.cases)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
