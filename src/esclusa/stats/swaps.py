"""Counterfactual pairs: the same question twice, with the group swapped, and how far apart the outcomes are.

A gap is either the share of pairs that were decided differently, or how far the mean difference of their two
values is from 0, whichever way. Two answers are given about a limit, and they are not each other's opposite:

    most      an upper bound on the gap. The worst of several groups is at most the worst of their bounds,
              without any correction: whichever group is truly the worst, its own bound holds (Berger 1982,
              the intersection-union test)
    beyond    the p-value of "the gap is within the limit". Naming the groups beyond it is many tests, and
              takes Holm's correction
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from esclusa.stats import binomial, intervals, paired, planning


def share_most(differing: int, n: int, alpha: float) -> float:
    """The upper bound on a share of differing pairs: Clopper & Pearson 1934, one-sided, exact."""
    return intervals.exact(differing, n, 1.0 - 2.0 * alpha).high if n else 1.0


def share_beyond(differing: int, n: int, limit: float) -> float:
    """The p-value of "at most a share `limit` of pairs differs", exact."""
    return binomial.at_least(differing, n, limit)


def mean_most(differences: Sequence[float], alpha: float) -> float:
    """The upper bound on how far the mean of differences in [-1, 1] is from 0, whichever way.

    Each way has its own bound at `alpha`, and the larger counts: only one of them can be too small. Where
    every difference is -1, 0 or 1 it is Tango's score interval, never under what pairs that are all alike
    would show (1 - alpha^(1/n)); in simulation it misses with a chance of at most alpha + 1 %. Else it comes
    from betting, which holds for every n.
    """
    if not differences:
        return 1.0
    confidence = 1.0 - 2.0 * alpha
    if not _whole(differences):
        low, high = intervals.mean_bounds(intervals.shuffled(differences), confidence, -1.0, 1.0)
        return min(1.0, max(-low, high))
    up, down, n = _counted(differences)
    low, high = paired.share_difference(up, down, n, confidence)
    return max(-low, high, 1.0 - math.pow(alpha, 1.0 / n))


def mean_beyond(differences: Sequence[float], limit: float) -> float:
    """The p-value of "the mean is within `limit` of 0", twice the smaller of the two ways'."""
    if not differences:
        return 1.0
    if _whole(differences):
        up, down, n = _counted(differences)
        ways = paired.mcnemar_worse(down, up, n, limit), paired.mcnemar_worse(up, down, n, limit)
    else:
        above = paired.sign_flips([value - limit for value in differences])[1]
        below = paired.sign_flips([value + limit for value in differences])[0]
        ways = above, below
    return min(1.0, 2.0 * min(ways))


def pairs_for(
    distance: float, spread: float, spread_at_limit: float, alpha: float, power: float = 0.8
) -> int | None:
    """How many pairs show with `power` that a mean, `distance` away from a limit, is not at it.

    `spread` is the variance of one pair's difference, `spread_at_limit` the same if the mean were the limit
    (Connor 1987 for shares: 10 % against 2 % discordant at a two-sided 5 % takes 145 pairs). One-sided at
    `alpha`; None where no number would do.
    """
    if distance == 0.0:
        return None
    sure, able = (NormalDist().inv_cdf(1.0 - chance) for chance in (alpha, 1.0 - power))
    reach = sure * math.sqrt(max(0.0, spread_at_limit)) + able * math.sqrt(max(0.0, spread))
    needed = math.ceil((reach / distance) ** 2)
    return needed if needed <= planning.MOST_CASES else None


def _whole(differences: Sequence[float]) -> bool:
    return all(value in (-1.0, 0.0, 1.0) for value in differences)


def _counted(differences: Sequence[float]) -> tuple[int, int, int]:
    return sum(value > 0 for value in differences), sum(value < 0 for value in differences), len(differences)
