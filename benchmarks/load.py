"""The load generator beside the truth: servers of known latency and capacity, each in a process of its own.

    python -m benchmarks.load [--seconds N]

Targets: every quantile of a known distribution within 5 % and 3 ms of it; p95 of a queue (M/M/1) such that
the printed interval covers the theory, or within 15 % of it; a stall in the tail as arithmetic says; the
saturation of a server of known capacity between 0.8 of it and it; at most 1.0 ms CPU a request. `wrk` and
`hey` are asked the same where they are installed.
"""

import argparse
import asyncio
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from esclusa.core.evidence import Amounts, Evidence
from esclusa.evals.load.run import run_load
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.stats import blocks, intervals
from esclusa.system import SystemClock

ANSWER = {
    "choices": [{"message": {"role": "assistant", "content": "yes"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
}
SLOT = 0.02
"""Seconds that one request occupies a server with one slot: it holds 50 a second."""
SHORTEST, MEAN = 0.02, 0.05
"""Seconds: the answers that wait for nobody take the first, and exponentially distributed time on top."""


def main() -> None:
    """Measure, and print a line for each comparison; exit 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(arguments.serve))
        return
    held = [
        *_quantiles(arguments.seconds),
        _queue(arguments.seconds),
        _stall(),
        _saturation(),
        *_cost(),
    ]
    _others()
    sys.exit(not all(held))


def _quantiles(seconds: int) -> Iterator[bool]:
    """Answers take SHORTEST and an exponential time on top, whoever else asks."""
    with _server("exponential") as url:
        found = _amounts(_loaded(url, f"{{rate: 100, duration: {seconds} s, warm_up: 2 s}}"), "latency")
    for q in (0.5, 0.95, 0.99):
        true = SHORTEST - MEAN * math.log(1.0 - q)
        seen = intervals.quantile(list(found.cases.values()), q)
        yield _line(
            f"p{q * 100:g} of a known distribution", seen, true, abs(seen - true) <= 0.05 * true + 0.003, "s"
        )


def _queue(seconds: int) -> bool:
    """One slot that takes an exponential time of 20 ms: at 25 requests a second, half of what it holds."""
    with _server("queue") as url:
        evidence = _loaded(url, f"{{rate: 25, duration: {seconds} s, warm_up: 3 s}}")
    values = list(_amounts(evidence, "latency").cases.values())
    true = -math.log(0.05) / (1 / SLOT - 25)
    seen = intervals.quantile(values, 0.95)
    low, high = blocks.quantile(
        values, [evidence.blocks[one] for one in _amounts(evidence, "latency").cases], 0.95
    )
    inside = low <= true <= high or abs(seen - true) <= 0.15 * true
    return _line(f"p95 of a queue at 50 % ({low:.3f} to {high:.3f} s)", seen, true, inside, "s")


def _stall() -> bool:
    """One second in ten nothing is answered: 10 % of the requests wait, up to 1 s, so p95 is 0.5 s."""
    with _server("stall") as url:
        found = _amounts(_loaded(url, "{rate: 100, duration: 20 s, arrivals: constant}"), "latency")
    seen = intervals.quantile(list(found.cases.values()), 0.95)
    return _line("p95 of a stall of 1 s in every 10 s", seen, 0.5, abs(seen - 0.5) < 0.05, "s")


def _saturation() -> bool:
    search = "{levels: [10, 20, 40, 80], duration: 8 s, p95: 300 ms, within: 8%}"
    with _server("slot") as url:
        found = _loaded(
            url, f"{{rate: 10, duration: 3 s, saturation: {search}}}", say=lambda text: print(f"    {text}")
        )
    seen = _amounts(found, "saturation").cases["search"]
    return _line("saturation of one slot of 20 ms", seen, 1 / SLOT, 0.8 / SLOT <= seen <= 1 / SLOT, "rps")


def _cost() -> Iterator[bool]:
    """CPU of this process a request, and the highest rate at which it is not late itself."""
    with _server("instant") as url:
        for rate in (200, 400, 800, 1200, 1600):
            before = time.process_time()
            found = _loaded(url, f"{{rate: {rate}, duration: 5 s}}")
            spent = (time.process_time() - before) / rate / 5
            late = found.missing.get("latency", "")
            held = spent <= 0.001
            word = "late: measures nothing" if late else "on time"
            print(f"{rate:>6} rps  {spent * 1000:.3f} ms CPU a request  {word}")
            if rate == 200 or not late:
                yield held
            if late:
                return


def _others() -> None:
    """The same known distribution through a tool that is installed."""
    true = SHORTEST - MEAN * math.log(0.05)
    with _server("exponential") as url:
        for argv in (
            ("wrk", "-t1", "-c10", "-d15s", "--latency", url),
            ("hey", "-z", "15s", "-c", "10", "-q", "10", "-cpus", "1", url),
        ):
            if shutil.which(argv[0]) is None:
                print(f"{argv[0]} is not installed")
                continue
            before = os.times()
            text = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
            after = os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            told = re.compile(r"9\d?%|equests")
            lines = [line.strip() for line in text.splitlines() if told.search(line)]
            print(f"{argv[0]} ({cpu:.2f} s CPU; true p95 {true:.3f} s): {' · '.join(lines)}")


def _loaded(url: str, load: str, say: Callable[[str], None] = lambda _: None) -> Evidence:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        (directory / "cases.jsonl").write_text('{"id": "a", "input": "x"}\n{"id": "b", "input": "y"}\n')
        (directory / "suite.yaml").write_text(f"dataset: cases.jsonl\ntimeout: 20 s\nload: {load}\n")
        suite = load_suite(directory / "suite.yaml")
    subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
    return asyncio.run(run_load(suite, subject, clock=SystemClock(), say=say))


def _amounts(evidence: Evidence, name: str) -> Amounts:
    found = evidence.measurements.get(name)
    if not isinstance(found, Amounts):
        sys.exit(f"{name} is missing: {evidence.missing[name]}")
    return found


def _line(what: str, seen: float, true: float, held: bool, unit: str) -> bool:
    print(f"{what:<56}{seen:>8.3f} {unit}, true {true:.3f}  {'held' if held else 'MISSED'}", flush=True)
    return held


@contextmanager
def _server(kind: str) -> Iterator[str]:
    """The address of a server of that kind, in a process of its own."""
    argv = (sys.executable, "-m", "benchmarks.load", "--serve", kind)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def _serve(kind: str) -> None:
    source = random.Random(4)
    slot = asyncio.Lock()
    began = time.monotonic()

    async def exponential() -> None:
        await asyncio.sleep(SHORTEST + source.expovariate(1 / MEAN))

    async def queue() -> None:
        async with slot:
            await asyncio.sleep(source.expovariate(1 / SLOT))

    async def one_slot() -> None:
        async with slot:
            await asyncio.sleep(SLOT)

    async def stall() -> None:
        since = (time.monotonic() - began) % 10
        if since > 9:
            await asyncio.sleep(10 - since)

    async def instant() -> None:
        return None

    kinds: dict[str, Callable[[], Awaitable[None]]] = {
        "exponential": exponential,
        "queue": queue,
        "slot": one_slot,
        "stall": stall,
        "instant": instant,
    }

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        await kinds[kind]()
        return web.json_response(ANSWER)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
