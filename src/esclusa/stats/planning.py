"""Planning: how much evidence a question needs, and how much more would settle it. A fall is `drops`'s."""

import math
from collections.abc import Callable
from statistics import NormalDist

from esclusa.stats import intervals

MOST_CASES = 10_000_000
WIDTHS = (1, 2, 5, 10, 20, 30)


def divergence(p: float, q: float) -> float:
    """Kullback & Leibler 1951: nats that one case with hit share `p` speaks against the share `q`."""
    return _nats(p, q) + _nats(1.0 - p, 1.0 - q)


def wald_cases(p: float, threshold: float, alpha: float = 0.05) -> float:
    """About how many cases a sequential test needs to show that the share `p` is not the threshold.

    Wald 1945: log(1/alpha) nats at `divergence` a case. No valid test is faster on average.
    """
    information = divergence(p, threshold)
    return math.log(1.0 / alpha) / information if information > 0.0 else math.inf


def wald_seconds(
    rate: float, share: float, candidate: float, baseline: float, *, plus: float = 0.0, alpha: float = 0.05
) -> float:
    """Wald's bound on the mean delay of a live comparison, in seconds.

    `rate` requests a second, `share` of them to the candidate, which fails with the first probability; what
    is tested is `candidate <= baseline + plus`. Its least favourable member is where the information of both
    arms together is smallest.
    """
    if candidate <= baseline + plus:
        return math.inf

    def information(p: float) -> float:
        return share * divergence(candidate, p + plus) + (1.0 - share) * divergence(baseline, p)

    low, high = max(0.0, baseline - plus) * 0.5, min(candidate, 1.0 - plus)
    for _ in range(200):
        third = (high - low) / 3.0
        if information(low + third) < information(high - third):
            high -= third
        else:
            low += third
    return math.log(1.0 / alpha) / (rate * information((low + high) / 2.0))


def more_cases(hits: int, n: int, threshold: float, confidence: float = 0.95) -> int | None:
    """How many more cases at the observed share would bring the Wilson interval clear of the threshold.

    0 when it is clear already; None when no number would, because the observed share is the threshold.
    """
    if n == 0 or hits / n == threshold:
        return None
    z2 = intervals.normal_quantile(confidence) ** 2
    share = hits / n
    # The score interval excludes the threshold when n (share - threshold)^2 > z^2 threshold (1 - threshold).
    needed = math.floor(z2 * threshold * (1.0 - threshold) / (share - threshold) ** 2) + 1
    return max(0, needed - n) if needed <= MOST_CASES else None


def more_values(
    mean: float, deviation: float, n: int, threshold: float, confidence: float = 0.95
) -> int | None:
    """The same for a mean with a standard deviation, by the normal approximation."""
    if n == 0 or mean == threshold:
        return None
    needed = math.floor((intervals.normal_quantile(confidence) * deviation / (mean - threshold)) ** 2) + 1
    return max(0, needed - n) if needed <= MOST_CASES else None


def cases_against_limit(share: float, limit: float, *, power: float = 0.8, confidence: float = 0.95) -> int:
    """How many cases show with `power` that a true share is not the limit: the interval is clear of it then.

    The normal approximation of the score test, one end of whose interval is at stake. OverflowError when no
    number would, because the share is the limit.
    """
    alpha, beta = intervals.normal_quantile(confidence), NormalDist().inv_cdf(power)
    spread = alpha * math.sqrt(limit * (1.0 - limit)) + beta * math.sqrt(share * (1.0 - share))
    return _cases(spread, abs(share - limit))


def distance_resolved(
    cases: int, limit: float, *, below: bool, power: float = 0.8, confidence: float = 0.95
) -> float | None:
    """How far from a limit a true share has to be for so many cases to show it with `power`; None if none
    is far enough.
    """

    def shown(distance: float) -> bool:
        share = limit - distance if below else limit + distance
        return cases_against_limit(share, limit, power=power, confidence=confidence) <= cases

    return _smallest(shown, limit if below else 1.0 - limit)


def stratum_seconds(rate: float, units: float = 20.0) -> int:
    """How many seconds of traffic to compare as one stratum, so that it holds about `units` requests.

    The arms of a stratum with n units are compared among themselves, so it keeps (n - 1)/n of its evidence
    and a lone unit keeps none; over Poisson numbers with mean u that is 1 - (1 - exp(-u))/u. Twenty requests
    spread over four turn numbers keep about 0.8. A busy router gets one second, a quiet one at most 30.
    """
    return next((width for width in WIDTHS if rate * width >= units), WIDTHS[-1])


def _cases(spread: float, distance: float) -> int:
    if distance <= 0.0:
        raise OverflowError("no number of cases tells two equal shares apart")
    return max(1, math.ceil((spread / distance) ** 2))


def _smallest(shown: Callable[[float], bool], most: float) -> float | None:
    """The smallest distance in (0, `most`] that is shown, where larger ones are too, to 1e-6."""
    if most <= 0.0 or not shown(most):
        return None
    low, high = 0.0, most
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _nats(p: float, q: float) -> float:
    if p <= 0.0:
        return 0.0
    return p * math.log(p / q) if q > 0.0 else math.inf
