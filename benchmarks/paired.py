"""`python -m benchmarks.paired`: how often gates compare rightly with the baseline, beside an unpaired test.

Simulates runs of a suite under a stable release and a candidate, and lets the judge decide them, as it does
with a finished run. The unpaired test gets as many cases for each release, other ones. Exits 1 when noise is
called a regression in more than 2.5 %, when a power is not what `esclusa plan-samples` promises, or when
pairing sees less. Each target is missed only by more than chance.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np

from esclusa.core.evidence import Evidence, Rate
from esclusa.core.gate import Gate, Verdict
from esclusa.gates.catalogue import catalogue
from esclusa.gates.judge import READABLE, judge
from esclusa.gates.language import parse
from esclusa.stats import drops
from esclusa.stats.intervals import exact

ALPHA = 0.025
SURE = 0.999
"""Confidence of the intervals that a target has to be missed by."""
STEP = "eval.quality"


@dataclass(frozen=True)
class World:
    """Two releases over so many cases: how much the candidate is worse, and what it may be."""

    cases: int
    share: float
    correlation: float
    drop: float
    margin: float = 0.0

    @property
    def regression(self) -> bool:
        """Whether the candidate is worse than it may be."""
        return self.drop > self.margin


WORLDS = (
    World(400, 0.9, 0.6, 0.00),
    World(400, 0.9, 0.6, 0.03),
    World(400, 0.9, 0.0, 0.00),
    World(400, 0.9, 0.0, 0.03),
    World(400, 0.9, 0.9, 0.03),
    World(80, 0.9, 0.6, 0.00),
    World(80, 0.9, 0.6, 0.10),
    World(400, 0.9, 0.6, 0.02, 0.02),
    World(400, 0.9, 0.6, 0.05, 0.02),
    World(400, 0.97, 0.6, 0.02, 0.02),
    World(400, 0.97, 0.6, 0.06, 0.02),
)


@dataclass(frozen=True)
class Line:
    """How often each test called the candidate a regression, and how often it should by the plan."""

    world: World
    replications: int
    paired: float
    unpaired: float
    planned: float
    planned_unpaired: float | None
    """None with a margin, of which the approximation knows nothing."""
    missed: tuple[str, ...]


def main() -> int:
    """Run, print, and judge."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replications", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    began = time.perf_counter()
    lines = [measure(world, number, asked.replications, asked.seed) for number, world in enumerate(WORLDS)]
    missed = [line for line in lines if line.missed]
    if asked.json:
        report = {"seed": asked.seed, "held": not missed, "lines": [asdict(line) for line in lines]}
        print(json.dumps(report))
    else:
        print(_page(lines))
        print(f"\nseed {asked.seed}, {asked.replications} replications, {time.perf_counter() - began:.0f} s")
        print("every target held" if not missed else f"missed: {missed}")
    return 1 if missed else 0


def measure(world: World, number: int, replications: int, seed: int) -> Line:
    """Play one world."""
    random = np.random.default_rng((seed, number))
    margin = f" - {world.margin * 100:g}%" if world.margin else ""
    rule = parse(f"accuracy >= baseline{margin}", catalogue())
    gate = Gate(name="quality", rules=(rule,))
    paired = unpaired = 0
    for _ in range(replications):
        before, after = _together(random, world)
        evidence, baseline = {STEP: _evidence(after)}, {STEP: _evidence(before)}
        judged = judge(gate, evidence, baseline, baseline_state=READABLE)
        paired += judged.verdict is Verdict.FAIL
        apart = random.binomial(world.cases, [world.share, world.share - world.drop])
        unpaired += _pooled(int(apart[0]), int(apart[1]), world.cases, world.margin) <= ALPHA
    planned = drops.paired_power(world.cases, world.share, world.drop, world.correlation, margin=world.margin)
    line = Line(
        world=world,
        replications=replications,
        paired=paired / replications,
        unpaired=unpaired / replications,
        planned=planned,
        planned_unpaired=None if world.margin else drops.unpaired_power(world.cases, world.share, world.drop),
        missed=(),
    )
    return Line(**{**line.__dict__, "missed": tuple(_missed(line, paired, unpaired))})


def _together(random: np.random.Generator, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong of the same cases under both releases."""
    differing = drops.discordance(world.share, world.drop, world.correlation)
    gained, lost = (differing - world.drop) / 2, (differing + world.drop) / 2
    drawn = random.random(world.cases)
    both = world.share - lost
    before = drawn < both + lost
    after = (drawn < both) | ((drawn >= both + lost) & (drawn < both + lost + gained))
    return before, after


def _evidence(right: np.ndarray) -> Evidence:
    cases = {f"case-{number}": float(one) for number, one in enumerate(right)}
    accuracy = Rate(hits=int(right.sum()), n=len(right), cases=cases)
    return Evidence(measurements={"accuracy": accuracy}, subject="suite")


def _pooled(before: int, after: int, n: int, margin: float) -> float:
    """The p-value of the pooled z-test for two shares of n each."""
    share = (before + after) / (2 * n)
    error = math.sqrt(2 * share * (1 - share) / n)
    return NormalDist().cdf(((after - before) / n + margin) / error) if error else 1.0


def _missed(line: Line, paired: int, unpaired: int) -> list[str]:
    found = exact(paired, line.replications, SURE)
    missed = []
    if not line.world.regression and found.low > ALPHA:
        missed.append("noise is called a regression too often")
    if not found.low <= line.planned <= found.high:
        missed.append("the power is not the planned one")
    if line.world.regression and not line.world.margin and line.world.correlation and paired <= unpaired:
        missed.append("pairing sees less")
    return missed


def _page(lines: Sequence[Line]) -> str:
    rows = ["cases  right  correlation  fall  margin   paired  planned   unpaired  by Fleiss"]
    for line in lines:
        world = line.world
        fleiss = "" if line.planned_unpaired is None else f"{line.planned_unpaired:.2%}"
        rows.append(
            f"{world.cases:5}  {world.share:5.0%}  {world.correlation:11.1f}  {world.drop:4.0%}"
            f"  {world.margin:6.0%}   {line.paired:6.2%}  {line.planned:7.2%}"
            f"   {line.unpaired:8.2%}  {fleiss:>9}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
