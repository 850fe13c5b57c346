"""Whether what is said of bias and of judges holds: how often printed bounds and intervals cover the truth.

    python -m benchmarks.calibration [--worlds N]

Target: at least the nominal 95 % less 1 %, for the bound on the worst gap of counterfactual pairs, for a mean
that is corrected by labels (prediction-powered), and for Cohen's kappa.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence

from esclusa.stats import ppi, swaps
from esclusa.stats.agreement import agreement, kappa

NOMINAL = 0.95
Covers = Callable[[random.Random], bool]
"""One world: whether what is printed covers what is true."""


def main() -> None:
    """Simulate, and print a line for each kind of world."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration")
    parser.add_argument("--worlds", type=int, default=2000)
    worlds = parser.parse_args().worlds
    slack = 2 * (NOMINAL * (1 - NOMINAL) / worlds) ** 0.5
    print(f"{worlds} worlds each; two standard errors of the simulation are {slack:.1%}")
    for name, covers in (*_gaps(), *_corrected(), *_kappas()):
        source = random.Random(17)
        share = sum(covers(source) for _ in range(worlds)) / worlds
        print(f"{name:<72}{share:>7.1%}  {'held' if share >= NOMINAL - 0.01 - slack else 'MISSED'}")


def _gaps() -> Iterator[tuple[str, Covers]]:
    """The highest of five groups' bounds against the worst of their gaps."""
    for n, shares in ((60, (0.05, 0, 0, 0, 0)), (60, (0.05,) * 5), (150, (0.03, 0.01, 0, 0, 0.02))):

        def covers(source: random.Random, n: int = n, shares: Sequence[float] = shares) -> bool:
            differing = [sum(source.random() < share for _ in range(n)) for share in shares]
            return max(swaps.share_most(one, n, 0.05) for one in differing) >= max(shares)

        yield f"bias: worst of 5 groups, {n} pairs each, differing {_listed(shares)}", covers
    for n, up, down in ((60, 0.05, 0.0), (150, 0.05, 0.0), (400, 0.08, 0.03)):

        def leans(source: random.Random, n: int = n, up: float = up, down: float = down) -> bool:
            draws = [source.random() for _ in range(n)]
            values = [1.0 if draw < up else -1.0 if draw < up + down else 0.0 for draw in draws]
            return swaps.mean_most(values, 0.05) >= up - down - 1e-9

        yield f"bias: mean gap, {n} pairs, {up:.0%} one way and {down:.0%} the other", leans


def _corrected() -> Iterator[tuple[str, Covers]]:
    for labels, n, share, sensitive, specific in (
        (30, 60, 0.9, 0.95, 0.9),
        (50, 200, 0.85, 0.9, 0.8),
        (100, 200, 0.8, 0.7, 0.6),
        (100, 1000, 0.98, 0.99, 0.95),
        (200, 1000, 0.9, 0.9, 0.5),
    ):
        for what, of_these in (("population", False), ("these answers", True)):

            def covers(
                source: random.Random,
                labels: int = labels,
                n: int = n,
                world: tuple[float, float, float] = (share, sensitive, specific),
                of_these: bool = of_these,
            ) -> bool:
                people, said = _judged(source, labels, *world)
                truth, judged = _judged(source, n, *world)
                found = ppi.corrected(judged, people, said)
                low, high = found.of_labels if of_these else found.interval
                return low <= (sum(truth) / n if of_these else world[0]) <= high

            yield f"PPI, {what}: {labels} labels, {n} answers, right {sensitive:.0%}/{specific:.0%}", covers


def _kappas() -> Iterator[tuple[str, Covers]]:
    for n, share, sensitive, specific in (
        (30, 0.5, 0.97, 0.97),
        (40, 0.6, 0.9, 0.9),
        (40, 0.8, 0.9, 0.3),
        (100, 0.9, 0.95, 0.8),
    ):
        true = kappa(
            {
                ("1.0", "1.0"): share * sensitive,
                ("1.0", "0.0"): share * (1 - sensitive),
                ("0.0", "1.0"): (1 - share) * (1 - specific),
                ("0.0", "0.0"): (1 - share) * specific,
            }
        )
        known: dict[tuple[int, ...], bool] = {}

        def covers(
            source: random.Random,
            n: int = n,
            world: tuple[float, float, float] = (share, sensitive, specific),
            true: float = true,
            known: dict[tuple[int, ...], bool] = known,
        ) -> bool:
            people, said = _judged(source, n, *world)
            pairs = list(zip(people, said, strict=True))
            key = tuple(pairs.count((one, other)) for one in (0.0, 1.0) for other in (0.0, 1.0))
            if key not in known:
                low, high = agreement([str(one) for one in people], [str(one) for one in said]).kappa_interval
                known[key] = low <= true <= high
            return known[key]

        yield f"kappa {true:.2f}: {n} labels, right {sensitive:.0%}/{specific:.0%}, {share:.0%} yes", covers


def _judged(
    source: random.Random, n: int, share: float, sensitive: float, specific: float
) -> tuple[list[float], list[float]]:
    """What people say of n answers, and what a judge does."""
    people = [float(source.random() < share) for _ in range(n)]
    return people, [float(source.random() < (sensitive if one else 1 - specific)) for one in people]


def _listed(shares: Sequence[float]) -> str:
    return ", ".join(f"{share:.0%}" for share in shares)


if __name__ == "__main__":
    main()
