"""Load runs against real servers: what is measured, and whose fault it is when it goes wrong."""

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.errors import UsageError
from esclusa.core.evidence import Amounts, Coverage, Evidence, Failure, Rate
from esclusa.core.project import Price
from esclusa.evals.answer import Answer
from esclusa.evals.load import run as load_run
from esclusa.evals.load.run import run_load
from esclusa.evals.question import Question
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import metrics
from esclusa.system import SystemClock
from tests.evals.files import made_suite
from tests.evals.servers import Handler, completion, served

ROWS = [{"id": f"c{one}", "input": f"case {one}"} for one in range(5)]
USAGE = {"prompt_tokens": 10, "completion_tokens": 5}
NAMES = {
    "latency",
    "error_rate",
    "throughput",
    "tokens_per_query",
    "tokens_per_second",
    "cost_per_query",
}


@pytest.fixture(autouse=True)
def _in_a_hurry_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esclusa.evals.load.drive.LOOK", 0.05)
    monkeypatch.setattr("esclusa.evals.load.drive.SETTLE", 0.05)
    monkeypatch.setattr("esclusa.evals.load.passage.LATE", 60.0)


def loaded(
    directory: Path, handler: Handler, load: str, *, timeout: str = "2 s", seed: int = 0, **more: Any
) -> Evidence:
    """The evidence of a load on a server with this handler."""
    suite = made_suite(directory, ROWS, f"load: {load}\ntimeout: {timeout}\nseed: {seed}\n")

    async def scene() -> Evidence:
        async with served(handler) as url:
            ask = {"openai": {"path": "/", "conversation": "x-conversation"}}
            subject = build_subject(ask, Site(url=url, clock=SystemClock()))
            return await run_load(suite, subject, clock=SystemClock(), **more)

    return asyncio.run(scene())


async def quick(_: web.Request) -> web.Response:
    return completion("hello", model="m", usage=USAGE)


async def unavailable(_: web.Request) -> web.Response:
    return web.Response(status=503, text="overloaded")


def rate(evidence: Evidence) -> tuple[int, int]:
    found = evidence.measurements["error_rate"]
    assert isinstance(found, Rate)
    return found.hits, found.n


def amounts(evidence: Evidence, name: str) -> Amounts:
    found = evidence.measurements[name]
    assert isinstance(found, Amounts)
    return found


def test_an_open_load_sends_what_it_says_each_as_a_conversation_of_its_own(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        question = (await request.json())["messages"][-1]["content"]
        asked.append((request.headers["x-conversation"], question))
        return await quick(request)

    found = loaded(
        tmp_path,
        handler,
        "{rate: 100, duration: 400 ms, warm_up: 100 ms, ramp: 200 ms}",
        prices={"m": Price(input=1, output=2)},
    )
    assert len(asked) == 10 + 10 + 40
    assert len({conversation for conversation, _ in asked}) == 60
    assert {question for _, question in asked[:5]} == {row["input"] for row in ROWS}
    assert found.measurements.keys() == NAMES
    assert found.coverage == Coverage(total=40, seen=40)
    assert rate(found) == (0, 40)
    assert amounts(found, "cost_per_query").cases == dict.fromkeys(found.blocks, 20e-6)
    assert amounts(found, "latency").each == "request"
    assert list(found.blocks.values()) == sorted(found.blocks.values())
    assert set(found.blocks.values()) <= set(range(8))
    assert found.missing == {
        "time_to_first_token": "the answers did not come as a stream; mend: let the suite `ask` for one"
    }


def test_the_same_seed_asks_in_the_same_order(tmp_path: Path) -> None:
    def order(seed: int) -> list[str]:
        asked: list[str] = []

        async def handler(request: web.Request) -> web.Response:
            asked.append((await request.json())["messages"][-1]["content"])
            return await quick(request)

        loaded(tmp_path, handler, "{rate: 100, duration: 200 ms, arrivals: constant}", seed=seed)
        return asked

    assert order(1) == order(1) != order(2)


def test_a_stall_is_in_the_latency_of_all_that_came_meanwhile(tmp_path: Path) -> None:
    """One slot that stalls once for half a second: of a closed loop one request would be slow."""
    slot = asyncio.Lock()
    numbers = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        async with slot:
            if next(numbers) == 20:
                await asyncio.sleep(0.5)
            return await quick(request)

    found = loaded(tmp_path, handler, "{rate: 100, duration: 1 s, arrivals: constant}")
    slow = sum(seconds > 0.1 for seconds in amounts(found, "latency").cases.values())
    assert slow >= 30


def test_users_wait_for_their_answers(tmp_path: Path) -> None:
    under_way = most = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return await quick(request)

    found = loaded(tmp_path, handler, "{users: 3, requests: 30, think: 1 ms}")
    assert most <= 3
    assert found.coverage == Coverage(total=30, seen=30)
    timed = loaded(tmp_path, handler, "{users: 3, duration: 2 s, ramp: 50 ms, warm_up: 50 ms}")
    assert timed.coverage is not None
    assert timed.coverage.seen == timed.coverage.total > 3


def test_a_storm_of_503_is_the_agents_and_takes_as_long_as_the_timeout(tmp_path: Path) -> None:
    said: list[str] = []
    found = loaded(
        tmp_path, unavailable, "{rate: 100, duration: 300 ms}", outside=lambda: "", say=said.append
    )
    assert rate(found) == (30, 30)
    assert set(amounts(found, "latency").cases.values()) == {2.0}
    assert amounts(found, "throughput").cases == {f"block {one}": 0.0 for one in range(8)}
    assert found.missing["tokens_per_second"] == "no answer came"
    assert found.coverage == Coverage(
        total=30,
        seen=0,
        errored=30,
        notes=("30 requests failed: the agent answered 503: overloaded",),
    )
    assert said[-1] == "(more requests fail)"


def test_users_do_not_storm_an_agent_that_fails_at_once(tmp_path: Path) -> None:
    found = loaded(tmp_path, unavailable, "{users: 2, duration: 500 ms}")
    assert rate(found) == (2, 2)


def test_a_server_that_dies_in_mid_run_is_the_agents_fault(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, "load: {rate: 120, requests: 60, arrivals: constant}\n")

    async def scene() -> Evidence:
        numbers, dead = itertools.count(1), asyncio.Event()

        async def handler(request: web.Request) -> web.Response:
            if next(numbers) == 20:
                dead.set()
            return await quick(request)

        async def dying() -> None:
            async with served(handler) as url:
                started.set_result(url)
                await dead.wait()

        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        server = asyncio.create_task(dying())
        subject = build_subject({"openai": "/"}, Site(url=await started, clock=SystemClock()))
        evidence = await run_load(suite, subject, clock=SystemClock(), outside=lambda: "")
        await server
        return evidence

    found = asyncio.run(scene())
    hits, n = rate(found)
    assert n == 60
    assert 20 <= hits <= 41


def test_an_agent_that_hangs_is_stuck_and_no_more_is_sent(tmp_path: Path) -> None:
    async def hangs(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        raise AssertionError("nobody waits that long")

    found = loaded(tmp_path, hangs, "{rate: 100, duration: 500 ms, most_open: 10}", timeout="300 ms")
    assert found.coverage is not None
    assert (found.coverage.total, found.coverage.errored, found.coverage.not_run) == (50, 10, 40)
    assert found.coverage.notes[0] == (
        "40 requests not run: 10 requests were under way unanswered, and no more were sent"
    )
    assert len(amounts(found, "latency").unseen) == 40


def test_a_level_that_something_outside_disturbed_is_measured_anew(tmp_path: Path) -> None:
    down = True
    said: list[str] = []
    looks = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        return await (unavailable(request) if down else quick(request))

    def outside() -> str:
        nonlocal down
        down = next(looks) < 3
        return "the model server is down" if down else ""

    found = loaded(tmp_path, handler, "{rate: 40, duration: 600 ms}", outside=outside, say=said.append)
    assert rate(found) == (0, 24)
    assert said[-1] == "40 requests a second is measured anew, since the model server is down"


@pytest.mark.parametrize("search", ["", ", saturation: {levels: [50], p95: 1 s, duration: 500 ms}"])
def test_an_outage_that_does_not_end_measures_nothing(tmp_path: Path, search: str) -> None:
    found = loaded(
        tmp_path,
        unavailable,
        f"{{rate: 100, duration: 300 ms{search}}}",
        outside=lambda: "the model server is down",
        patience=0.3,
    )
    why = "the load was given up: the model server is down"
    assert found.failure == Failure(reason="outside", message=why)
    assert found.measurements == {}
    assert set(found.missing.values()) == {why}
    assert ("saturation" in found.missing) == bool(search)


def test_what_the_agent_lays_to_something_outside_is_unseen(tmp_path: Path) -> None:
    numbers = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        if next(numbers) % 2:
            return web.Response(status=503, headers={"x-esclusa-outside": "no model"})
        return await quick(request)

    found = loaded(tmp_path, handler, "{rate: 100, duration: 400 ms}")
    assert rate(found) == (0, 20)
    assert len(amounts(found, "latency").unseen) == 20
    assert found.coverage is not None
    assert found.coverage.notes == ("20 requests unseen: no model",)


def test_saturation_is_the_highest_level_that_was_held(tmp_path: Path) -> None:
    """Overloaded from the third level on: 20 measured requests, then levels of 20 and 25, then none more."""
    numbers = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        return await (quick(request) if next(numbers) <= 65 else unavailable(request))

    said: list[str] = []
    search = "{levels: [40, 50, 60], duration: 500 ms, p95: 1 m, within: 20%}"
    found = loaded(tmp_path, handler, f"{{rate: 50, requests: 20, saturation: {search}}}", say=said.append)
    assert found.measurements["saturation"] == Amounts(unit="rps", cases={"search": 50.0}, each="search")
    assert found.coverage is not None
    assert found.coverage.notes[-1] == said[-1]
    assert said[-1] == (
        "60 requests a second: not held, 30 of 30 requests failed: the agent answered 503: overloaded"
    )


def test_a_generator_that_falls_behind_measures_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.evals.load.passage.LATE", -1.0)  # nobody is that early
    monkeypatch.setattr("esclusa.evals.load.passage.LATE_SHARE", -1.0)
    found = loaded(
        tmp_path,
        quick,
        "{rate: 50, duration: 500 ms, saturation: {levels: [40], duration: 500 ms, p95: 1 s}}",
    )
    assert found.measurements == {}
    assert found.blocks == {}
    assert found.missing["latency"].startswith("the load generator could not keep up: ")
    assert found.missing["latency"].endswith("lower the load, or give the generator a core of its own")
    assert found.missing["saturation"].startswith("the load generator could not keep up: ")


class Streams:
    """A subject whose answers come as a stream: the first piece after 10 of 50 ms."""

    async def __aenter__(self) -> "Streams":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def ask(self, question: Question, timeout: float) -> Answer:  # noqa: ARG002
        await asyncio.sleep(0.05)
        return Answer(text=question.text, seconds=0.05, first_token=0.01, tokens_in=1, tokens_out=10)


class Stalled(Streams):
    """One that holds up the process which asks it, the first time."""

    stalled = False

    async def ask(self, question: Question, timeout: float) -> Answer:
        if not self.stalled:
            self.stalled = True
            time.sleep(0.4)  # noqa: ASYNC251 - that nothing else goes on is the point
        return await super().ask(question, timeout)


def test_a_generator_that_fell_behind_for_a_moment_measures_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.evals.load.passage.LATE", 0.3)  # between a busy machine and the stall
    suite = made_suite(tmp_path, ROWS, "load: {rate: 50, duration: 500 ms, arrivals: constant}\n")
    said: list[str] = []
    found = asyncio.run(run_load(suite, Stalled(), clock=SystemClock(), say=said.append))
    assert said[0] == "measuring at 50 requests a second"
    assert said[1].startswith("50 requests a second is measured anew: the load generator could not keep up: ")
    assert rate(found) == (0, 25)


def test_a_stream_tells_the_time_to_its_first_token(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, "load: {rate: 50, duration: 500 ms}\n")
    found = asyncio.run(run_load(suite, Streams(), clock=SystemClock()))
    whole, first = amounts(found, "latency").cases, amounts(found, "time_to_first_token").cases
    assert {one: whole[one] - first[one] for one in whole} == pytest.approx(dict.fromkeys(whole, 0.04))
    speeds = amounts(found, "tokens_per_second").cases
    assert speeds == pytest.approx({one: 10 / seconds for one, seconds in whole.items()})
    assert found.missing.keys() == {"cost_per_query"}


def test_cancelled_it_closes_every_connection(tmp_path: Path) -> None:
    async def scene() -> None:
        gone, came = asyncio.Event(), asyncio.Event()

        async def hangs(_: web.Request) -> web.Response:
            came.set()
            try:
                await asyncio.sleep(30)
            finally:
                gone.set()
            raise AssertionError("nobody waits that long")

        suite = made_suite(tmp_path, ROWS, "load: {rate: 50, duration: 20 s}\n")
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", hangs)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
        task = asyncio.create_task(run_load(suite, subject, clock=SystemClock()))
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 10)
        await runner.cleanup()

    asyncio.run(scene())


def test_too_few_open_files_are_said_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few: Callable[[int], tuple[int, int]] = lambda _: (256, 256)  # noqa: E731
    monkeypatch.setattr(load_run.resource, "getrlimit", few)
    with pytest.raises(
        UsageError, match="500 requests at once need 600 open files, and this process may have 256"
    ):
        loaded(tmp_path, quick, "{rate: 50, duration: 500 ms}")


def test_all_that_a_suite_promises_is_measured_or_missing_with_a_reason(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, "load: {rate: 50, duration: 500 ms}\n")
    found = loaded(tmp_path, quick, "{rate: 50, duration: 500 ms}")
    assert {*found.measurements, *found.missing} == {metric.name for metric in metrics(suite)}
    assert all(found.missing.values())
