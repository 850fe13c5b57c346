"""One case of a suite, asked of two releases."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import web

from esclusa.core.project import Price
from esclusa.evals.replay import Replay
from esclusa.evals.suite import load_suite
from esclusa.system import SystemClock
from tests.evals.servers import completion, served

ASK = {"openai": "/v1/chat/completions"}


def replay(directory: Path, *, without: tuple[str, ...] = ()) -> Replay:
    (directory / "cases.jsonl").write_text(
        '{"id": "a", "input": "one", "expected": "one"}\n{"id": "b", "input": "two", "expected": "two"}\n'
    )
    (directory / "suite.yaml").write_text("dataset: cases.jsonl\nscorers: [exact, {regex: {pattern: o}}]\n")
    suite = load_suite(directory / "suite.yaml")
    return Replay(suite, ASK, {"m": Price(input=1.0, output=1.0)}, SystemClock(), without)


async def echo(request: web.Request) -> web.Response:
    body = await request.json()
    return completion(body["messages"][-1]["content"])


async def nonsense(_: web.Request) -> web.Response:
    return completion("bah")


async def broken(_: web.Request) -> web.Response:
    return web.Response(status=500)


async def outside(_: web.Request) -> web.Response:
    return web.Response(status=503, headers={"x-esclusa-outside": "no model"})


def compared(asked: Replay, mine: object, drawn: float = 0.0) -> tuple[Mapping[str, float], ...] | None:
    async def scene() -> tuple[Mapping[str, float], ...] | None:
        async with served(mine) as one, served(echo) as other, asked:  # type: ignore[arg-type]
            return await asked.compare(one, other, drawn)

    return asyncio.run(scene())


def test_both_are_scored_on_the_case_that_was_drawn(tmp_path: Path) -> None:
    found = compared(replay(tmp_path), nonsense, drawn=0.6)
    assert found is not None
    mine, theirs = found
    assert {name: mine[name] for name in ("accuracy", "exact", "regex")} == dict.fromkeys(
        ("accuracy", "exact", "regex"), 0.0
    )
    assert {name: theirs[name] for name in ("accuracy", "exact", "regex")} == dict.fromkeys(
        ("accuracy", "exact", "regex"), 1.0
    )


def test_an_agent_that_fails_is_worth_nothing_and_what_failed_outside_is_no_comparison(
    tmp_path: Path,
) -> None:
    found = compared(replay(tmp_path), broken)
    assert found is not None
    assert found[0] == {"accuracy": 0.0, "exact": 0.0, "regex": 0.0}
    assert compared(replay(tmp_path), outside) is None


@pytest.mark.parametrize("drawn", [0.0, 0.49999, 0.5, 0.9999999])
def test_what_is_measured_otherwise_is_left_out(tmp_path: Path, drawn: float) -> None:
    found = compared(replay(tmp_path, without=("regex", "tokens_per_query", "cost_per_query")), echo, drawn)
    assert found == ({"accuracy": 1.0, "exact": 1.0},) * 2
