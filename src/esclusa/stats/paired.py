"""Paired comparisons: the same cases under candidate and baseline. Never an unpaired test on paired data.

Both directions are answered: `worse` is the p-value of "candidate >= baseline - margin" being true all the
same (small: it is worse), `enough` that of "candidate < baseline - margin" (small: it is good enough).
"""

import math
import random
from collections.abc import Callable, Sequence
from itertools import compress
from typing import NamedTuple

from esclusa.stats import binomial, bounded, intervals
from esclusa.stats.intervals import Interval

EXACT_UP_TO = 12
"""So many differences are flipped in every possible way; more of them, at random."""


class Comparison(NamedTuple):
    """`difference` is candidate minus baseline over `n` pairs."""

    difference: float
    interval: Interval
    worse: float
    enough: float
    n: int


def compare_shares(
    candidate: Sequence[bool], baseline: Sequence[bool], margin: float = 0.0, confidence: float = 0.95
) -> Comparison:
    """Right or wrong per case: McNemar's test on the pairs that differ, and Tango's interval."""
    gained = sum(c and not b for c, b in zip(candidate, baseline, strict=True))
    lost = sum(b and not c for c, b in zip(candidate, baseline, strict=True))
    n = len(candidate)
    return Comparison(
        difference=(gained - lost) / n if n else 0.0,
        interval=share_difference(gained, lost, n, confidence),
        worse=mcnemar_worse(gained, lost, n, margin),
        enough=mcnemar_enough(gained, lost, n, margin),
        n=n,
    )


def compare_scores(
    candidate: Sequence[float],
    baseline: Sequence[float],
    margin: float = 0.0,
    confidence: float = 0.95,
    *,
    between: tuple[float, float] | None = None,
    seed: int = 0,
    draws: int = 10_000,
) -> Comparison:
    """Scores or amounts per case: sign flips for the test, and beside it an interval of the mean difference.
    `between`: where differences can lie; amounts have no such limits.
    """
    differences = [c - b for c, b in zip(candidate, baseline, strict=True)]
    worse, enough = sign_flips([difference + margin for difference in differences], seed=seed, draws=draws)
    return Comparison(
        difference=math.fsum(differences) / len(differences) if differences else 0.0,
        interval=_around(differences, confidence, between),
        worse=worse,
        enough=enough,
        n=len(differences),
    )


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided p-value of "as many gained as lost": McNemar 1947, exact (binomial)."""
    fewer = min(gained, lost)
    return min(1.0, 2.0 * binomial.at_most(fewer, gained + lost, 0.5))


def mcnemar_worse(gained: int, lost: int, n: int, margin: float = 0.0) -> float:
    """One-sided p-value of "candidate >= baseline - margin": small when too many pairs were lost.

    McNemar's binomial with the chance of a gain shifted to what the margin makes it. Exact without a margin;
    with one, the unknown share of lost pairs is Tango's estimate, which in simulation (n from 60 to 1,000,
    margins of 2 and 5 points) never exceeded its level.
    """
    return binomial.at_most(gained, gained + lost, _chance_of_gain(gained, lost, n, margin))


def mcnemar_enough(gained: int, lost: int, n: int, margin: float = 0.0) -> float:
    """One-sided p-value of "candidate < baseline - margin": small when few enough pairs were lost."""
    if gained + lost == 0:
        return (1.0 - margin) ** n
    return binomial.at_least(gained, gained + lost, _chance_of_gain(gained, lost, n, margin))


def share_difference(gained: int, lost: int, n: int, confidence: float = 0.95) -> Interval:
    """The difference of two paired shares: the score interval of Tango 1998 (Statistics in Medicine 17)."""
    if n == 0:
        return Interval(-1.0, 1.0)
    z = intervals.normal_quantile(confidence)
    return Interval(
        _first(-1.0, 1.0, lambda difference: tango(gained, lost, n, difference) <= z),
        _first(-1.0, 1.0, lambda difference: tango(gained, lost, n, difference) <= -z),
    )


def tango(gained: int, lost: int, n: int, difference: float) -> float:
    """Tango's score statistic: standard normal where candidate - baseline is `difference`; falls with it."""
    variance = n * (2.0 * share_lost(gained, lost, n, difference) + difference * (1.0 - difference))
    distance = gained - lost - n * difference
    if variance <= 1e-12:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _around(differences: Sequence[float], confidence: float, between: tuple[float, float] | None) -> Interval:
    if between is None:
        return intervals.symmetric(differences, confidence)
    return bounded.mean(differences, confidence, *between, more=0.5)


def _chance_of_gain(gained: int, lost: int, n: int, margin: float) -> float:
    """That a pair which differs is a gain, when the candidate is exactly `margin` worse."""
    losing = share_lost(gained, lost, n, -margin) if n else 0.0
    gaining = max(0.0, losing - margin)
    return gaining / (gaining + losing) if losing else 0.5


def share_lost(gained: float, lost: float, n: float, difference: float) -> float:
    """The likeliest share of lost pairs, given the difference: the root of Tango's quadratic."""
    b = (2 * n - gained + lost) * difference - gained - lost
    c = -lost * difference * (1.0 - difference)
    return (math.sqrt(max(0.0, b * b - 8.0 * n * c)) - b) / (4.0 * n)


def sign_flips(differences: Sequence[float], *, seed: int = 0, draws: int = 10_000) -> tuple[float, float]:
    """P-values of "the mean is at least 0" and "the mean is at most 0", by flipping signs (Fisher 1935).

    Exact where differences are symmetric about their mean, and right for large n where they are not
    (Janssen 1997): so a margin may be added to them first.
    """
    values = [value for value in differences if value != 0.0]
    observed = math.fsum(values)
    sums = _all_flips(values) if len(values) <= EXACT_UP_TO else _some_flips(values, observed, seed, draws)
    slack = 1e-9 * (1.0 + sum(map(abs, values)))
    low = sum(total <= observed + slack for total in sums)
    high = sum(total >= observed - slack for total in sums)
    return low / len(sums), high / len(sums)


def _all_flips(values: Sequence[float]) -> list[float]:
    sums = [0.0]
    for value in values:
        sums = [total + signed for total in sums for signed in (value, -value)]
    return sums


_BITS = bytes.maketrans(b"01", b"\0\1")


def _some_flips(values: Sequence[float], observed: float, seed: int, draws: int) -> list[float]:
    """Sums under random signs, the observed one among them, so that no p-value is ever 0."""
    source = random.Random(seed)
    total = math.fsum(values)
    sums = [observed]
    for _ in range(max(1000, min(draws, intervals.WORK // len(values)))):
        drawn = bin(source.getrandbits(len(values)))[:1:-1].encode().translate(_BITS)
        sums.append(total - 2.0 * sum(compress(values, drawn)))
    return sums


def _first(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """The smallest number in [low, high] from which on `holds`, to 1e-9."""
    while high - low > 1e-9:
        middle = (low + high) / 2.0
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2.0
