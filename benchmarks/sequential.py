"""Early stopping beside the full run: how often it says otherwise, and how many cases it takes.

    python -m benchmarks.sequential [--replications N] [--runs N]

The rule `accuracy > 85%` over suites of 100 to 2,000 cases, right with a known chance. In each replication
the cases are looked at in a random order until they settle the rule, and then all of them are. Beside it the
rule that many use, in the same order: a 95 % interval looked at after each case from the twentieth on. Then
the real runner, 100 calls at once, with a server that is slow where it is right, or where it is wrong; beside
it the same bets on the answers in the order in which they come.

Targets, or it ends with 1:

    disagreement with the full run at most 5 % everywhere
    at a true 0.95 and 1,000 cases at most 1.4 of Wald's bound, log(1/alpha) / KL(true || limit)
    through the real runner, both ways, at most 5 % and the noise of so few runs
"""

import argparse
import asyncio
import json
import math
import random
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from esclusa.core.case import Case
from esclusa.core.gate import Gate, Verdict
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.gates.catalogue import catalogue
from esclusa.gates.judge import judge
from esclusa.gates.language import parse
from esclusa.gates.stopping import ERROR, Stopping, question
from esclusa.stats import planning
from esclusa.stats.finite import drawn
from esclusa.stats.intervals import wilson
from esclusa.system import SystemClock

LIMIT = 0.85
RULE = parse("accuracy > 85%", catalogue())
STEP = "eval.quality"
SIZES = (100, 200, 500, 1000, 2000)
TRUTHS = (0.75, 0.80, 0.83, 0.85, 0.87, 0.90, 0.95)
RATIO_AT = (0.95, 1000)
RATIO = 1.4
FIRST_LOOK = 20


class Row(NamedTuple):
    """What came of one suite and one truth."""

    size: int
    truth: float
    wrong: float
    """The share of replications in which the early verdict is not that of all cases."""
    naive: float
    cases: float
    bound: float
    """Wald's, in cases; infinite at the limit itself."""


def main() -> int:
    """Simulate, run, print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sequential")
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=50)
    arguments = parser.parse_args()
    held = [_simulated(arguments.replications), _through_the_runner(arguments.runs)]
    return 0 if all(held) else 1


def _simulated(replications: int) -> bool:
    print(f"{replications} replications; at most {ERROR:.0%} may disagree\n")
    print(f"{'cases':>6}{'truth':>8}{'disagree':>10}{'interval':>10}{'taken':>9}{'Wald':>8}{'ratio':>8}")
    cells = [(size, truth) for size in SIZES for truth in TRUTHS]
    held = True
    with ProcessPoolExecutor(2) as pool:
        for row in pool.map(partial(_row, replications), cells):
            short = row.wrong > ERROR
            ratio = row.cases / row.bound
            if (row.truth, row.size) == RATIO_AT:
                short |= ratio > RATIO
            held &= not short
            bound, against = (f"{row.bound:.0f}", f"{ratio:.2f}") if row.bound < row.size else ("-", "-")
            print(
                f"{row.size:>6}{row.truth:>8.2f}{row.wrong:>10.2%}{row.naive:>10.2%}{row.cases:>9.1f}{bound:>8}"
                f"{against:>8}{'   MISSED' if short else ''}",
                flush=True,
            )
    print(
        f"at most {RATIO} of Wald's bound at {RATIO_AT[0]} and {RATIO_AT[1]:,} cases;"
        " `interval` is the disagreement of the usual rule"
    )
    return held


def _row(replications: int, cell: tuple[int, float]) -> Row:
    size, truth = cell
    chance = random.Random(f"{size} {truth}")
    wrong = naive = 0
    taken = []
    for _ in range(replications):
        right = [float(chance.random() < truth) for _ in range(size)]  # in the order drawn
        full = sum(right) > LIMIT * size + 1e-9
        early, after = _early(right)
        wrong += early is not full
        naive += _peeking(right) is not full
        taken.append(after)
    bound = planning.wald_cases(truth, LIMIT, ERROR)
    return Row(size, truth, wrong / replications, naive / replications, statistics.fmean(taken), bound)


def _early(right: Sequence[float]) -> tuple[bool, int]:
    """The verdict when it was settled, and after how many cases."""
    asked = question(RULE, map(str, range(len(right))))
    assert asked is not None
    state = asked.begun()
    for value in right:
        if asked.verdict(state) is not None:
            break
        state = drawn(state, value)
    found = asked.verdict(state)
    assert found is not None
    return found, state.seen


def _peeking(right: Sequence[float]) -> bool:
    hits = 0
    for seen, value in enumerate(right, start=1):
        hits += value > 0
        if seen >= FIRST_LOOK:
            low, high = wilson(hits, seen)
            if low > LIMIT or high < LIMIT:
                return low > LIMIT
    return hits > LIMIT * len(right) + 1e-9


def _allowed(replications: int) -> float:
    """ERROR, and three standard errors of a share that is exactly there."""
    return ERROR + 3 * math.sqrt(ERROR * (1 - ERROR) / replications)


# --- the real runner


class Batches:
    """A case log in memory, which knows in which order answers came (core.ports.CaseLog)."""

    def __init__(self) -> None:
        self.came: list[Case] = []

    def add(self, _run: str, _step: str, cases: Iterable[Case], /) -> None:
        """Note them."""
        self.came.extend(cases)

    def read(self, _run: str, _step: str, /) -> Sequence[Case]:
        """Nothing was before."""
        return ()


def _through_the_runner(runs: int) -> bool:
    most = _allowed(runs)
    print(f"\n{runs} runs through the real runner, 400 cases, 100 at once\n")
    print(f"{'truth':>6}{'slow':>8}{'disagree':>10}{'as they come':>14}{'asked':>8}")
    held = True
    for truth in (0.80, 0.90):
        for slow in ("right", "wrong"):
            found = [asyncio.run(_run(truth, slow, seed)) for seed in range(runs)]
            wrong = statistics.fmean(one[0] for one in found)
            naive = statistics.fmean(one[1] for one in found)
            asked = statistics.fmean(one[2] for one in found)
            held &= wrong <= most
            missed = "" if wrong <= most else "   MISSED"
            print(f"{truth:>6.2f}{slow:>8}{wrong:>10.1%}{naive:>14.1%}{asked:>8.0f}{missed}", flush=True)
    return held


async def _run(truth: float, slow: str, seed: int) -> tuple[bool, bool, int]:
    """Whether the verdict is not that of all cases; the same for answers as they come; how many came."""
    chance = random.Random(f"{truth} {slow} {seed}")
    right = {f"c{one}": chance.random() < truth for one in range(400)}
    full = sum(right.values()) > LIMIT * len(right) + 1e-9
    log = Batches()
    with tempfile.TemporaryDirectory() as name:
        suite = load_suite(_suite(Path(name), list(right), seed))
        async with _server(right, slow) as url:
            evidence = await run_suite(
                suite,
                build_subject({"openai": "/"}, Site(url=url, clock=SystemClock())),
                clock=SystemClock(),
                log=log,
                stop=Stopping((RULE,), STEP),
            )
    gate = Gate(name="quality", rules=(RULE,))
    verdict = judge(gate, {STEP: evidence}, None, baseline_state="none yet").verdict
    came = [float(right[case.id]) for case in log.came]
    left = [float(value) for one, value in right.items() if one not in {case.id for case in log.came}]
    as_they_come, _ = _early([*came, *left])
    return (verdict is Verdict.PASS) is not full, as_they_come is not full, len(came)


def _suite(directory: Path, ids: Sequence[str], seed: int) -> Path:
    lines = (json.dumps({"id": one, "input": one, "expected": "right"}) for one in ids)
    (directory / "cases.jsonl").write_text("\n".join(lines) + "\n")
    path = directory / "suite.yaml"
    path.write_text(
        f"dataset: cases.jsonl\nscorers: [exact]\nconcurrency: 100\nseed: {seed}\nstop: settled\n"
    )
    return path


@asynccontextmanager
async def _server(right: dict[str, bool], slow: str) -> AsyncIterator[str]:
    """An agent that takes 30 ms longer where it is `slow`."""

    async def answer(request: web.Request) -> web.Response:
        case = (await request.json())["messages"][-1]["content"]
        said = "right" if right[case] else "wrong"
        await asyncio.sleep(0.03 if said == slow else 0.0)
        return web.json_response({"choices": [{"message": {"role": "assistant", "content": said}}]})

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
