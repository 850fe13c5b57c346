"""How often the intervals that are printed hold what they say, in worlds whose truth is known.

    python -m benchmarks.coverage [--replications N]

Each row draws many samples of one size from one world and counts how often the 95 % interval has the truth in
it. For shares the truth is drawn too, evenly from 50 to 100 %: Wilson's interval is right on average, and for
no single share by a promise. An end that nothing bounds is infinite. Beside it, what the same samples give
with the mean and 1.96 standard errors.
Prediction-powered intervals are in benchmarks.calibration, those of a load in benchmarks.load.

Target: at least 94 % in every row, less three standard errors of so many replications; or it ends with 1.
"""

import argparse
import math
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

from esclusa.stats import bounded, finite, intervals, paired, repeats
from esclusa.stats.intervals import Interval

NOMINAL, SHORT_OF = 0.95, 0.01
SIZES = (20, 60, 200)

Draw = Callable[[random.Random, int], tuple[Interval, float, Interval | None]]
"""(chance, size) -> the interval, the truth, and the normal one beside it."""


class Row(NamedTuple):
    """One world and size."""

    name: str
    size: int
    held: float
    normal: float | None


def main() -> int:
    """Simulate, print; 1 if a row is short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("--replications", type=int, default=2000)
    replications = parser.parse_args().replications
    noise = 3 * math.sqrt(NOMINAL * (1 - NOMINAL) / replications)
    least = NOMINAL - SHORT_OF - noise
    print(f"{replications} replications; at least {NOMINAL - SHORT_OF:.0%} ({least:.1%} with their noise)\n")
    print(f"{'interval':<34}{'n':>6}{'holds':>9}{'1.96 errors':>13}")
    cells = [(name, size) for name in WORLDS for size in SIZES]
    short = 0
    with ProcessPoolExecutor(2) as pool:
        for row in pool.map(partial(_row, replications), cells):
            short += row.held < least
            beside = f"{row.normal:>13.1%}" if row.normal is not None else f"{'-':>13}"
            missed = "   SHORT" if row.held < least else ""
            print(f"{row.name:<34}{row.size:>6}{row.held:>9.1%}{beside}{missed}", flush=True)
    return 1 if short else 0


def _row(replications: int, cell: tuple[str, int]) -> Row:
    name, size = cell
    chance = random.Random(f"{name} {size}")
    held = normal = compared = 0
    for _ in range(replications):
        found, truth, beside = WORLDS[name](chance, size)
        held += _within(found, truth)
        if beside is not None:
            compared += 1
            normal += _within(beside, truth)
    return Row(name, size, held / replications, normal / compared if compared else None)


def _within(found: Interval, truth: float) -> bool:
    return found.low - 1e-12 <= truth <= found.high + 1e-12


def _normal(values: Sequence[float]) -> Interval:
    mean, half = statistics.fmean(values), 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean - half, mean + half)


# --- worlds


def _share(chance: random.Random, size: int) -> tuple[Interval, float, Interval]:
    truth = chance.uniform(0.5, 1.0)
    values = [float(chance.random() < truth) for _ in range(size)]
    return intervals.wilson(sum(values), size), truth, _normal(values)


def _scores(one: Callable[[random.Random], float], truth: float) -> Draw:
    def draw(chance: random.Random, size: int) -> tuple[Interval, float, Interval]:
        values = [one(chance) for _ in range(size)]
        return bounded.mean(values), truth, _normal(values)

    return draw


def _cost(chance: random.Random, size: int) -> tuple[Interval, float, Interval]:
    values = [chance.lognormvariate(0.0, 0.8) for _ in range(size)]
    return intervals.amounts(values, seed=chance.getrandbits(32)), math.exp(0.32), _normal(values)


def _p95(chance: random.Random, size: int) -> tuple[Interval, float, None]:
    values = [chance.expovariate(1.0) for _ in range(size)]
    return intervals.quantile_interval(values, 0.95), math.log(20.0), None


def _paired(chance: random.Random, size: int) -> tuple[Interval, float, None]:
    """Right and wrong under both; 6 % get worse, 3 % better."""
    drawn = [chance.random() for _ in range(size)]
    lost, gained = sum(one < 0.06 for one in drawn), sum(one > 0.97 for one in drawn)
    return paired.share_difference(gained, lost, size), -0.03, None


def _moves(one: Callable[[random.Random], float], truth: float) -> Draw:
    def draw(chance: random.Random, size: int) -> tuple[Interval, float, Interval]:
        values = [one(chance) for _ in range(size)]
        return bounded.mean(values, low=-1.0, high=1.0, more=0.5), truth, _normal(values)

    return draw


def _fall(chance: random.Random) -> float:
    """Of a hundred pairs 15 get worse, by a quarter, a half or all."""
    return -chance.choice((0.25, 0.5, 1.0)) if chance.random() < 0.15 else 0.0


def _paired_cost(chance: random.Random, size: int) -> tuple[Interval, float, Interval]:
    """Each case costs what it costs, and what the release makes of that."""
    cases = [chance.lognormvariate(0.0, 0.8) for _ in range(size)]
    values = [
        one * (chance.lognormvariate(0.0, 0.3) * 1.1 - chance.lognormvariate(0.0, 0.3)) for one in cases
    ]
    truth = math.exp(0.32) * math.exp(0.045) * 0.1
    return intervals.symmetric(values), truth, _normal(values)


def _stopped(chance: random.Random, size: int) -> tuple[Interval, float, None]:
    """A suite of twice as many cases that was stopped in the middle."""
    values = [float(chance.random() < 0.9) for _ in range(2 * size)]
    seen = [(value, value) for value in values[:size]]
    return finite.interval(seen, 2 * size), statistics.fmean(values), None


def _pass(asked: int, k: int, right: float, wrong: float) -> Draw:
    """Cases that are right with a chance of their own (beta), asked so often: are k askings all right?"""
    truth = math.prod((right + i) / (right + wrong + i) for i in range(k))

    def draw(chance: random.Random, size: int) -> tuple[Interval, float, Interval | None]:
        own = [chance.betavariate(right, wrong) for _ in range(size)]
        hits = [sum(chance.random() < each for _ in range(asked)) for each in own]
        values = [repeats.all_right(each, asked, k) for each in hits]
        return repeats.interval(values), truth, _normal(values)

    return draw


def _rubric(chance: random.Random) -> float:
    """What a judge gives: mostly the best mark, now and then a middling one or none."""
    return chance.choices((1.0, 0.75, 0.5, 0.0), (0.7, 0.15, 0.1, 0.05))[0]


WORLDS: dict[str, Draw] = {
    "share, Wilson": _share,
    "scores, evenly spread": _scores(lambda chance: chance.random(), 0.5),
    "scores, mostly high": _scores(lambda chance: chance.betavariate(8.0, 2.0), 0.8),
    "scores, marks of a rubric": _scores(_rubric, 0.7 + 0.15 * 0.75 + 0.1 * 0.5),
    "scores, nearly always perfect": _scores(lambda chance: chance.betavariate(5.0, 0.2), 5.0 / 5.2),
    "pass^3 of 3, flaky cases": _pass(3, 3, 2.0, 1.0),
    "pass^3 of 5, flaky cases": _pass(5, 3, 2.0, 1.0),
    "pass^3 of 5, steady cases": _pass(5, 3, 0.9, 0.1),
    "cost, lognormal": _cost,
    "latency p95, exponential": _p95,
    "paired difference of shares": _paired,
    "paired scores, all move a little": _moves(lambda chance: chance.gauss(-0.02, 0.03), -0.02),
    "paired scores, few move far": _moves(_fall, -0.15 * (0.25 + 0.5 + 1.0) / 3),
    "paired scores, marks of a rubric": _moves(lambda chance: _rubric(chance) - _rubric(chance), 0.0),
    "paired cost": _paired_cost,
    "share, stopped half way": _stopped,
}


if __name__ == "__main__":
    sys.exit(main())
