"""kill -9 at random moments of a suite, and on again: what is lost, what is asked twice, what the verdict is.

    python -m benchmarks.evals.kills [--runs N] [--kills N] [--seed N]

500 cases, 25 at once, asked of `llmock` (100 ms, one call in twenty refused with 429 or 503) through a relay
that remembers what each process has asked. Every run is killed five times, at moments that are drawn; then it
is resumed to its end. Ends with 1 when a target is missed:

    every case is accounted for, and the accuracy is case by case that of an undisturbed run
    no answer that was in the store when a process died is asked for again
    a kill costs at most `concurrency` and one batch of calls, and the suite says how many at least
"""

import argparse
import asyncio
import random
import re
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from tests.evals.files import write_suite
from tests.evals.passage import RUN, STEP

from benchmarks.evals.peers import peers
from esclusa.core.evidence import Evidence, Measurement
from esclusa.core.gate import Gate
from esclusa.core.value import decode
from esclusa.evals.book import BATCH
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.judge import NONE_YET, judge
from esclusa.gates.language import parse
from esclusa.store import open_store
from esclusa.system import SystemClock

CASES = 500
WIDTH = 25
METRICS = {metric.name: metric for metric in BUILT_IN}
RULES = tuple(parse(text, METRICS) for text in ("accuracy > 95%", "error_rate < 1%"))
GATE = Gate(name="quality", rules=RULES)


class Relay:
    """Hands requests on, and remembers the cases that the present process has asked for."""

    def __init__(self, to: str) -> None:
        self.asked: set[str] = set()
        self.calls = 0
        self._to = to
        self._session: aiohttp.ClientSession | None = None
        self._waiting: list[tuple[int, asyncio.Event]] = []

    async def after(self, calls: int) -> None:
        """Return when there were so many calls more."""
        event = asyncio.Event()
        self._waiting.append((self.calls + calls, event))
        await event.wait()

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        body = await request.json()
        self.asked.add(body["messages"][-1]["content"].split()[-1])
        self.calls += 1
        for number, event in self._waiting:
            if number <= self.calls:
                event.set()
        assert self._session is not None
        async with self._session.post(f"{self._to}/v1/chat/completions", json=body) as reply:
            names = ("retry-after", "retry-after-ms", "date", "content-type")
            headers = {name: reply.headers[name] for name in names if name in reply.headers}
            return web.Response(status=reply.status, body=await reply.read(), headers=headers)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as self._session:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
            await runner.cleanup()


@asynccontextmanager
async def llmock() -> AsyncIterator[str]:
    """The address of a model that refuses now and then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["serve", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    argv += ["--latency-ms", "100", "--response-style", "echo"]
    argv += ["--error-rate", "503=0.03", "--error-rate", "429=0.02"]
    process = await asyncio.create_subprocess_exec(
        peers() / "llmock", *argv, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_it_answers(port)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("llmock has not begun to answer within 30 s")


class Trial:
    """One suite in one directory, passed through by one process after the other."""

    def __init__(self, relay: Relay, url: str, directory: Path) -> None:
        rows: list[dict[str, Any]] = [
            {"id": str(one), "input": f"case {one}", "expected": f"case {one if one % 50 else 'none'}"}
            for one in range(CASES)
        ]
        self._relay = relay
        self._url = url
        self._state = directory
        self._suite = write_suite(directory, rows, f"scorers: [contains]\nconcurrency: {WIDTH}\n")
        self._store = open_store("", directory, SystemClock())
        self.twice = 0
        """Questions that were asked for although a process before had asked."""
        self.stored_again = 0
        """Answers that were in the store, and asked for all the same."""
        self.worst = 0
        """The most that one process had asked and not stored when it died."""
        self._asked: set[str] = set()

    async def killed_after(self, calls: int, moment: float) -> None:
        """A process that is killed so many calls and seconds after it began; it may have ended before."""
        process, stored = await self._begin()
        ended = asyncio.ensure_future(process.communicate())
        reached = asyncio.ensure_future(self._relay.after(calls))
        await asyncio.wait((ended, reached), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(moment)
        if not ended.done():
            process.kill()
        await ended
        reached.cancel()
        self._count(stored)

    async def finished(self) -> Evidence:
        """The evidence of a process that is left alone."""
        process, stored = await self._begin()
        output, _ = await process.communicate()
        self._count(stored)
        return decode(Evidence, output)

    async def _begin(self) -> tuple[asyncio.subprocess.Process, set[str]]:
        stored = self._stored(answered=True)
        self._asked -= self._stored() - stored  # what was refused is to be asked again, whoever dies
        self._relay.asked = set()
        argv = (sys.executable, "-m", "tests.evals.passage", self._url, str(self._suite), str(self._state))
        return await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE), stored

    def _stored(self, *, answered: bool = False) -> set[str]:
        cases = self._store.cases.read(RUN, STEP)
        return {case.id for case in cases if not answered or case.error_kind != "outside"}

    def _count(self, stored: set[str]) -> None:
        self.twice += len(self._relay.asked & self._asked)
        self.stored_again += len(self._relay.asked & stored)
        self.worst = max(self.worst, len(self._relay.asked - self._stored()))
        self._asked |= self._relay.asked


async def measure(runs: int, kills: int, seed: int) -> int:
    """How many targets were missed."""
    drawn = random.Random(seed)
    missed = 0
    async with llmock() as model:
        relay = Relay(model)
        async with relay.serving() as url:
            with tempfile.TemporaryDirectory() as name:
                quiet = await Trial(relay, url, Path(name)).finished()
            print(f"undisturbed: {_verdict(quiet)}, {quiet.coverage}", flush=True)
            for number in range(1, runs + 1):
                with tempfile.TemporaryDirectory() as name:
                    trial = Trial(relay, url, Path(name))
                    for _ in range(kills):
                        await trial.killed_after(drawn.randint(1, CASES // kills), drawn.random() * 0.2)
                    missed += _judged(number, trial, await trial.finished(), quiet, kills)
    return missed


def _judged(number: int, trial: Trial, evidence: Evidence, quiet: Evidence, kills: int) -> int:
    coverage = evidence.coverage
    assert coverage is not None
    notes = " ".join(coverage.notes)
    match = re.search(r"(\d+) cases? may have been asked twice", notes)
    said = int(match[1]) if match else 0
    most = WIDTH + BATCH
    checks = {
        "every case accounted for": coverage.seen + coverage.errored + coverage.not_run == CASES,
        "the same accuracy": _cases(evidence) == _cases(quiet),
        "the same verdict": _verdict(evidence) == _verdict(quiet),
        "no stored answer asked for again": trial.stored_again == 0,
        "said as many as were": trial.twice <= said,
        "as few as promised": trial.worst <= most and said <= kills * most,
    }
    wrong = [what for what, held in checks.items() if not held]
    asked = f"{trial.twice} asked twice, {said} said; one kill lost {trial.worst}, at most {most}"
    print(f"run {number}: {_verdict(evidence)}, {asked}: {'; '.join(wrong) or 'met'}", flush=True)
    return len(wrong)


def _cases(evidence: Evidence) -> Measurement:
    return evidence.measurements["accuracy"]


def _verdict(evidence: Evidence) -> str:
    return judge(GATE, {STEP: evidence}, None, baseline_state=NONE_YET).verdict.value


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evals.kills")
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return 1 if asyncio.run(measure(given.runs, given.kills, given.seed)) else 0


if __name__ == "__main__":
    sys.exit(main())
