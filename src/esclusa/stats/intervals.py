"""Intervals for what was seen: a share, a mean, a quantile. Each says what its confidence rests on."""

import math
import random
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

from esclusa.stats import betting, binomial

WORK = 2_000_000
"""How many values all resamples of one bootstrap draw together at most."""


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float


def wilson(hits: float, n: float, confidence: float = 0.95) -> Interval:
    """A share, `hits` of `n`: Wilson 1927, the score interval. Right on average, not for every true share."""
    if n == 0:
        return Interval(0.0, 1.0)
    z2 = normal_quantile(confidence) ** 2
    share = hits / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * share * (1 - share) / n + z2 * z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Interval(low, high)


def exact(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """A share, `hits` of `n`: Clopper & Pearson 1934. Covers at least `confidence` for every true share."""
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if hits == 0 else _share_where(lambda p: binomial.at_least(hits, n, p) > tail)
    high = 1.0 if hits == n else _share_where(lambda p: binomial.at_most(hits, n, p) <= tail)
    return Interval(low, high)


def mean_bounds(
    values: Sequence[float], confidence: float = 0.95, low: float = 0.0, high: float = 1.0
) -> Interval:
    """A mean of values within [low, high]: by betting, so valid for every distribution and every n.

    Wider than `bounded.mean`, and proven. The order of the values must say nothing about them (see
    `shuffled`).
    """
    tail = (1.0 - confidence) / 2.0
    scaled = [(value - low) / (high - low) for value in values]
    below = betting.lower_bound(scaled, tail)
    above = 1.0 - betting.lower_bound([1.0 - value for value in scaled], tail)
    return Interval(low + below * (high - low), low + above * (high - low))


def amounts(
    values: Sequence[float], confidence: float = 0.95, *, seed: int = 0, draws: int = 2000
) -> Interval:
    """A mean of amounts without an upper limit (cost, tokens): the bootstrap-t (Efron 1982, Hall 1988).

    Follows the skew that such amounts have, where the mean and its standard errors are too short at the upper
    end. It is wider by what Student's reach is over the normal one; without that it held in 93 % of simulated
    runs over 20 such values. Nothing bounds the mean of amounts that are all alike but the next one.
    """
    n = len(values)
    if n == 0:
        return UNKNOWN
    mean, error = _mean_and_error(values)
    if error == 0.0:
        return UNKNOWN
    source = random.Random(seed)
    pulls = []
    for _ in range(_affordable(draws, n)):
        again, its_error = _mean_and_error(source.choices(values, k=n))
        pulls.append((again - mean) / its_error if its_error else 0.0)
    below, above = _between(sorted(pulls), confidence)
    wide = error * student(n - 1, confidence) / normal_quantile(confidence)
    return Interval(max(min(values), mean - above * wide), mean - below * wide)


def normal(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The mean, by its standard error and the central limit theorem: for thousands of values, in one pass."""
    mean, error = _mean_and_error(values)
    reach = normal_quantile(confidence) * error
    return Interval(mean - reach, mean + reach)


def symmetric(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The mean, by Student's t: for differences of amounts, which lean to neither side much."""
    if len(values) < 2 or not (found := _mean_and_error(values))[1]:
        return UNKNOWN
    reach = student(len(values) - 1, confidence) * found[1]
    return Interval(found[0] - reach, found[0] + reach)


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least a share `q` of the values does not exceed (an order statistic)."""
    return sorted(values)[rank(len(values), q) - 1]


def rank(n: int, q: float) -> int:
    """Which of `n` ordered values is their quantile; the first is 1."""
    return max(1, math.ceil(q * n - 1e-9))


def quantile_interval(values: Sequence[float], q: float, confidence: float = 0.95) -> Interval:
    """A quantile, distribution-free: between two order statistics (David & Nagaraja 2003, section 7.1).

    An end is infinite where n is too small for any value to bound the quantile on that side: an upper bound
    on p95 at 95 % needs 72 values.
    """
    n = len(values)
    ordered = sorted(values)
    tail = (1.0 - confidence) / 2.0
    below = _last(n, lambda rank: binomial.at_most(rank - 1, n, q) <= tail)
    above = _last(n, lambda rank: binomial.at_least(n + 1 - rank, n, q) <= tail)
    low = ordered[below - 1] if below else -math.inf
    high = ordered[n - above] if above else math.inf
    return Interval(low, high)


def shuffled(values: Sequence[float], seed: int = 0) -> list[float]:
    """The values in a seeded random order, which is what betting on them needs."""
    order = list(values)
    random.Random(seed).shuffle(order)
    return order


def normal_quantile(confidence: float) -> float:
    """How many standard errors a two-sided interval reaches to each side: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1.0 + confidence) / 2.0)


def student(freedom: int, confidence: float = 0.95) -> float:
    """How many standard errors a two-sided interval reaches to each side, for a variance with so many degrees
    of freedom: the expansion of Abramowitz & Stegun 26.7.5, to 0.01 from 4 on and too short below.
    """
    z = normal_quantile(confidence)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )


UNKNOWN = Interval(-math.inf, math.inf)


def _share_where(holds: Callable[[float], bool]) -> float:
    """The smallest share from which on `holds`, to 1e-12."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2.0


def _last(n: int, holds: Callable[[int], bool]) -> int:
    """The largest rank in 1..n that `holds`, where holding ranks come first; 0 if none does."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _affordable(draws: int, n: int) -> int:
    return max(200, min(draws, WORK // n))


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    n = len(values)
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / max(1, n - 1) / n)


def _between(ordered: Sequence[float], confidence: float) -> Interval:
    tail = (1.0 - confidence) / 2.0
    return Interval(quantile(ordered, tail), quantile(ordered, 1.0 - tail))
