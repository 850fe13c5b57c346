"""Drops: how many cases show that a share has fallen, and which fall so many cases show.

Two designs, side by side:

    paired      the same cases under both releases, judged as a gate judges them: McNemar's exact test. Its
                power is summed over all that could be seen (multinomial), since with as few cases as suites
                have a normal approximation is now and then off by ten points and more.
    unpaired    other cases on each side, judged by the pooled z-test; the normal approximation
                (Fleiss 1981, without continuity), which flatters it a little.

Without a margin more cases never show less. With one, the test estimates the chance of a gain, and some
numbers of cases are a little worse than the one before.

`confidence` is that of the two-sided interval: noise is called a drop with a chance of at most half of what
it lacks of 1. Cases are taken for independent of each other.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

from esclusa.stats import binomial, intervals, paired

MOST_CASES = 10_000_000
SUMMED = 5_000
"""Cases that differ, up to which power is summed; beyond, the normal approximation is as good."""
SMALLEST = 1e-4
"""How exactly a fall that is resolved is found."""


def discordance(share: float, drop: float, correlation: float) -> float:
    """The share of cases that are right under one of two and wrong under the other, where one is right in
    `share` and the other in `share - drop`. No correlation can make it less than the drop itself, nor can it
    be such that a case is right under both with a chance below 0.
    """
    after = share - drop
    together = correlation * math.sqrt(max(0.0, share * (1.0 - share) * after * (1.0 - after)))
    both = share * after + together
    return share + after - 2.0 * min(max(both, 0.0, share + after - 1.0), after)


def paired_power(
    cases: int,
    share: float,
    drop: float,
    correlation: float,
    *,
    margin: float = 0.0,
    confidence: float = 0.95,
) -> float:
    """How often so many cases show that a share fell by more than the margin, when it fell by `drop`."""
    differing = discordance(share, drop, correlation)
    gained, lost = max(0.0, (differing - drop) / 2.0), (differing + drop) / 2.0
    if cases * differing > SUMMED:
        return _approximate(cases, gained, lost, margin, confidence)
    alpha = (1.0 - confidence) / 2.0
    most, total = -1, 0.0
    for differ, chance in _differing(cases, gained + lost):
        most = _most_gains(differ, most, cases, margin, alpha)
        if most >= 0:
            total += chance * binomial.at_most(most, differ, gained / (gained + lost))
    return total


def unpaired_power(cases: int, share: float, drop: float, *, confidence: float = 0.95) -> float:
    """How often so many cases on each side show that a share fell, when it fell by `drop`."""
    noise, spread = _unpaired(share, drop, confidence)
    distance = math.sqrt(cases) * drop - noise
    return NormalDist().cdf(distance / spread) if spread else float(distance > 0.0)


def paired_cases(
    share: float,
    drop: float,
    correlation: float,
    *,
    margin: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> int | None:
    """How many cases show with `power` that a share fell by more than the margin, when it fell by `drop`.

    None when no number does, for it fell by no more, or none up to ten million.
    """
    if drop <= margin:
        return None
    return _fewest(
        lambda cases: (
            paired_power(cases, share, drop, correlation, margin=margin, confidence=confidence) >= power
        )
    )


def unpaired_cases(share: float, drop: float, *, power: float = 0.8, confidence: float = 0.95) -> int | None:
    """The same with other cases on each side, for each of them."""
    if drop <= 0.0:
        return None
    return _fewest(lambda cases: unpaired_power(cases, share, drop, confidence=confidence) >= power)


def paired_drop(
    cases: int,
    share: float,
    correlation: float,
    *,
    margin: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float | None:
    """The smallest fall from `share` that so many cases show with `power`; None if they show none."""
    return _smallest(
        lambda drop: (
            paired_power(cases, share, drop, correlation, margin=margin, confidence=confidence) >= power
        ),
        margin,
        share,
    )


def unpaired_drop(cases: int, share: float, *, power: float = 0.8, confidence: float = 0.95) -> float | None:
    """The same with other cases on each side, so many on each."""
    return _smallest(
        lambda drop: unpaired_power(cases, share, drop, confidence=confidence) >= power, 0.0, share
    )


def kept(cases: int, share: float, correlation: float, margin: float = 0.0) -> float:
    """How often a release that is no worse is seen within the margin of the other on so many cases."""
    differing = discordance(share, 0.0, correlation)
    allowed = margin * cases + 1e-9
    if cases * differing > SUMMED:
        return NormalDist().cdf((allowed + 0.5) / math.sqrt(cases * differing))
    return math.fsum(
        chance * binomial.at_least(math.ceil((differ - allowed) / 2.0), differ, 0.5)
        for differ, chance in _differing(cases, differing)
    )


def _differing(cases: int, differing: float) -> list[tuple[int, float]]:
    """The numbers of cases that may differ, each with its chance; what is rarer than 1e-6 is left out."""
    if differing <= 0.0:
        return [(0, 1.0)]
    if differing >= 1.0:
        return [(cases, 1.0)]
    middle, reach = cases * differing, 5.0 * math.sqrt(cases * differing * (1.0 - differing)) + 8.0
    first, last = max(0, math.floor(middle - reach)), min(cases, math.ceil(middle + reach))
    return [(one, _binomial(one, cases, differing)) for one in range(first, last + 1)]


def _binomial(hits: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(hits + 1) - math.lgamma(n - hits + 1)
    return math.exp(ways + hits * math.log(p) + (n - hits) * math.log1p(-p))


def _most_gains(differ: int, before: int, cases: int, margin: float, alpha: float) -> int:
    """Of so many cases that differ, the most that may be gains while it still shows a drop; -1 if none may.

    `before` is the answer for fewer that differ: one more lost never takes evidence away.
    """

    def shows(gains: int) -> bool:
        return paired.mcnemar_worse(gains, differ - gains, cases, margin) <= alpha

    low, step = before, 1
    while low + step <= differ and shows(low + step):
        low, step = low + step, 2 * step
    high = min(differ, low + step - 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if shows(middle) else (low, middle - 1)
    return low


def _approximate(cases: int, gained: float, lost: float, margin: float, confidence: float) -> float:
    """Connor 1987 with a continuity correction, about the margin by Tango's score."""
    drop = lost - gained
    at_margin = 2.0 * paired.share_lost(gained, lost, 1.0, -margin) - margin * (1.0 + margin)
    noise = intervals.normal_quantile(confidence) * math.sqrt(cases * at_margin)
    spread = math.sqrt(cases * max(1e-12, gained + lost - drop**2))
    return NormalDist().cdf((cases * (drop - margin) - 1.0 - noise) / spread)


def _unpaired(share: float, drop: float, confidence: float) -> tuple[float, float]:
    after, middle = share - drop, share - drop / 2.0
    noise = intervals.normal_quantile(confidence) * math.sqrt(2.0 * middle * (1.0 - middle))
    return noise, math.sqrt(share * (1.0 - share) + after * (1.0 - after))


def _fewest(shown: Callable[[int], bool]) -> int | None:
    """The smallest number that is enough, where more are enough too."""
    low, high = 0, 16
    while not shown(high):
        low, high = high, high * 2
        if low >= MOST_CASES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _smallest(shown: Callable[[float], bool], low: float, most: float) -> float | None:
    """The smallest fall in (`low`, `most`] that is shown, where larger ones are too, to SMALLEST."""
    if most <= low or not shown(most):
        return None
    high = most
    while high - low > SMALLEST:
        middle = (low + high) / 2.0
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high
