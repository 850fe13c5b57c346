"""`python -m benchmarks.analysis`: false rollbacks and detection delays of the live analysis, measured.

Exits 1 when a target is missed: false rollbacks at most 5 % in each world, and in the independent world a
mean detection delay of at most 1.5 times Wald's bound at 2 % and 5 % failures.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.analysis import drive, references
from benchmarks.analysis.kinds import KINDS, Kind
from benchmarks.analysis.worlds import HEALTHY, RATE, WORLDS, World
from esclusa.stats.intervals import exact
from esclusa.stats.planning import wald_seconds

ALPHA = 0.05
MOST_FALSE = 0.05
MOST_RATIO = 1.5
BOUND_AT = (0.02, 0.05)
CHUNK = 50
ALL: tuple[World, ...] = (*WORLDS, *KINDS)


@dataclass(frozen=True)
class Line:
    """One world at one failure rate of the candidate. `shown` of `replications` showed a violation, after
    `delay` seconds in the mean; `references` gives share and delay of what others do."""

    world: str
    layer: str
    horizon: int
    rate: float
    failing: float
    worse: bool
    replications: int
    shown: float
    interval: tuple[float, float]
    delay: float | None
    bound: float | None
    references: dict[str, tuple[float, float | None]]

    @property
    def ratio(self) -> float | None:
        """The mean delay over Wald's bound."""
        return self.delay / self.bound if self.delay is not None and self.bound else None

    @property
    def missed(self) -> bool:
        """Whether a target is missed."""
        if not self.worse:
            return self.shown > MOST_FALSE
        held = self.world == "independent" and self.failing in BOUND_AT
        return held and (self.shown < 1.0 or self.ratio is None or self.ratio > MOST_RATIO)


Outcome = tuple[float | None, dict[str, float | None]]


def main() -> int:
    """Run, print, and judge."""
    options = _options()
    began = time.perf_counter()
    lines = []
    print(_head() if not options.json else "", end="")
    with ProcessPoolExecutor(options.processes) as pool:
        for world in ALL:
            if options.worlds and world.name not in options.worlds:
                continue
            for failing in world.failing:
                lines.append(_measure(pool, world, failing, options.replications, options.seed))
                if not options.json:
                    print(_text(lines[-1]), flush=True)
    seconds = time.perf_counter() - began
    missed = [line for line in lines if line.missed]
    if options.json:
        report = {"seed": options.seed, "seconds": round(seconds, 1), "held": not missed}
        print(json.dumps(report | {"lines": [asdict(line) | {"ratio": line.ratio} for line in lines]}))
    else:
        print(_tail(options.seed, seconds, missed))
    return 1 if missed else 0


def replications(name: str, failing: float, seed: int, first: int, number: int) -> list[Outcome]:
    """Some replications of one world, each with a random stream of its own."""
    world = next(world for world in ALL if world.name == name)
    return [_replication(world, failing, seed, replication) for replication in range(first, first + number)]


def _replication(world: World, failing: float, seed: int, replication: int) -> Outcome:
    stream = [seed, _number(world), round(failing * 1000), replication]
    random = np.random.default_rng(stream)
    if isinstance(world, Kind) and world.play is not None:
        return world.play(random, failing)
    phase = float(random.random())
    if world.counts is not None:
        counts = world.counts(random, failing)
        return drive.by_strata(world, counts, phase), references.delays(counts)
    assert world.traffic is not None
    traffic = world.traffic(random, failing)
    others = references.delays(references.counted(traffic, world.horizon))
    return drive.by_requests(world, traffic, phase, random), others


def _measure(pool: ProcessPoolExecutor, world: World, failing: float, number: int, seed: int) -> Line:
    worse = failing in world.true if isinstance(world, Kind) else failing > HEALTHY + world.plus
    # What should be shown is shown nearly always: fewer are enough.
    number = max(CHUNK, number // 4) if worse and (world.traffic or isinstance(world, Kind)) else number
    tasks = [
        pool.submit(replications, world.name, failing, seed, first, min(CHUNK, number - first))
        for first in range(0, number, CHUNK)
    ]
    outcomes = [outcome for task in tasks for outcome in task.result()]
    delays = [delay for delay, _ in outcomes if delay is not None]
    bound = None
    if worse and isinstance(world, Kind) and world.bound_at is not None:
        bound = world.bound_at(failing)
    elif worse and world.share is not None:
        bound = wald_seconds(RATE, world.share, failing, HEALTHY, plus=world.plus, alpha=ALPHA)
    return Line(
        world=world.name,
        layer=_layer(world),
        horizon=world.horizon,
        rate=RATE,
        failing=failing,
        worse=worse,
        replications=number,
        shown=len(delays) / number,
        interval=exact(len(delays), number),
        delay=_mean(delays),
        bound=bound,
        references={name: _summary([other[name] for _, other in outcomes]) for name in references.NAMES},
    )


def _number(world: World) -> int:
    return next(number for number, each in enumerate(ALL) if each.name == world.name)


def _layer(world: World) -> str:
    if isinstance(world, Kind):
        return "gate"
    return "strata" if world.counts else "requests"


def _summary(delays: Sequence[float | None]) -> tuple[float, float | None]:
    seen = [delay for delay in delays if delay is not None]
    return len(seen) / len(delays), _mean(seen)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _head() -> str:
    worlds = "\n".join(f"  {world.name:14} {world.words}" for world in ALL)
    others = "  ".join(f"{name:>20}" for name in references.NAMES)
    return (
        f"The engine's own Analysis: {RATE:g} requests/s, baseline {HEALTHY:.0%} failing, alpha {ALPHA:g},\n"
        f"one look a second, lines up to {drive.LINE_DELAY[1]:g} s late, "
        f"strata closed {drive.LAG:g} s after their second.\n\n{worlds}\n\n"
        f"{'world':14} {'layer':9} {'horizon':>7} {'level':>7} {'n':>5}  {'shown':22} "
        f"{'delay':>8} {'bound':>7} {'ratio':>5}   {others}\n"
    )


def _text(line: Line) -> str:
    low, high = line.interval
    shown = f"{line.shown:.4f} ({low:.4f}-{high:.4f})" if not line.worse else f"{line.shown:.4f}"
    delay = f"{line.delay:.1f} s" if line.worse and line.delay is not None else ""
    bound = f"{line.bound:.1f} s" if line.bound else ""
    ratio = f"{line.ratio:.2f}" if line.worse and line.ratio else ""
    others = "  ".join(f"{_reference(line, name):>20}" for name in references.NAMES)
    mark = "  MISSED" if line.missed else ""
    return (
        f"{line.world:14} {line.layer:9} {line.horizon:5d} s {_level(line):>7} {line.replications:5d}  "
        f"{shown:22} {delay:>8} {bound:>7} {ratio:>5}   {others}{mark}"
    )


def _level(line: Line) -> str:
    factor = line.world in ("cost", "latency limit", "latency margin")
    return f"x {line.failing:g}" if factor else f"{line.failing:.1%}"


def _reference(line: Line, name: str) -> str:
    share, delay = line.references[name]
    if not line.worse:
        return f"{share:.3f} false"
    return f"{share:.3f} in {delay:.0f} s" if delay is not None else "never"


def _tail(seed: int, seconds: float, missed: Iterable[Line]) -> str:
    names = [f"{line.world} at {line.failing:.1%}" for line in missed]
    held = f"MISSED: {', '.join(names)}" if names else "All targets held"
    return f"\n{held}. Seed {seed}, {seconds:.0f} s."


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=__doc__)
    parser.add_argument("--replications", type=int, default=2000, help="of each healthy world (2000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", nargs="*", choices=[world.name for world in ALL], help="only these")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
