"""Blocks: values in the order of time, of which neighbours resemble each other, as requests of a load do.

A request that waits in a queue waits behind the one before it, so a thousand of them say less than a thousand
independent ones. The time is cut into a few blocks of equal length (batch means: Schmeiser 1982; Law 2015,
chapter 9), and how much less they say is the variance of the blocks' totals, with what each shares with the
next, over that of as many independent values. The ends then are those of Student's t, for a variance that a
few blocks told.

It is assumed that blocks which do not touch are independent, so that the confidence is reached only for a
time that is long beside the queue's memory. For a queue (M/M/1) in 8 blocks, 200 to 4,000 requests, the 95 %
interval of p95 covered .91 to .96 of the time at 30 % load and .84 to .91 at 70 %; the one that takes
requests for independent .80 to .74 and .32 to .27.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from esclusa.stats import intervals
from esclusa.stats.clustered import read_back
from esclusa.stats.intervals import UNKNOWN, Interval


def effect(values: Sequence[float], blocks: Sequence[int]) -> float:
    """By how much fewer values say as much; at least 1.

    `blocks`: the number of the block of each value. Where all values are alike, or there is one block only,
    nothing shows how they hang together: a block then counts as one value.
    """
    n, count = len(values), len(set(blocks))
    mean = math.fsum(values) / n
    alone = math.fsum((value - mean) ** 2 for value in values) / max(1, n - 1) / n
    if alone <= 0.0 or count < 2:
        return n / count
    return max(1.0, _variance(values, blocks, mean) / alone)


def mean(values: Sequence[float], blocks: Sequence[int], confidence: float = 0.95) -> Interval:
    """A mean of values of any kind; unbounded with fewer than two blocks, or where all values are alike."""
    n, count = len(values), len(set(blocks))
    if count < 2:
        return UNKNOWN
    centre = math.fsum(values) / n
    alone = math.fsum((value - centre) ** 2 for value in values) / (n - 1) / n
    half = intervals.student(count - 1, confidence) * math.sqrt(max(alone, _variance(values, blocks, centre)))
    if half == 0.0:
        return UNKNOWN
    return Interval(centre - half, centre + half)


def share(values: Sequence[float], blocks: Sequence[int], confidence: float = 0.95) -> Interval:
    """A share of values that are 0 or 1."""
    left = len(values) / effect(values, blocks)
    return intervals.wilson(math.fsum(values) / len(values) * left, left, _wider(blocks, confidence))


def quantile(values: Sequence[float], blocks: Sequence[int], q: float, confidence: float = 0.95) -> Interval:
    """A quantile of values of at least 0 (Woodruff 1952); an end that they do not bound is 0, or infinite."""
    ordered = sorted(values)
    middle = intervals.quantile(ordered, q)
    left = len(values) / effect([float(value <= middle) for value in values], blocks)
    return read_back(ordered, q, left, _wider(blocks, confidence))


def _variance(values: Sequence[float], blocks: Sequence[int], mean: float) -> float:
    """Of the mean, from the blocks' totals (a ratio: their sizes differ) and what neighbours share."""
    totals: dict[int, float] = {}
    for value, block in zip(values, blocks, strict=True):
        totals[block] = totals.get(block, 0.0) + value - mean
    count = len(totals)
    own = math.fsum(total * total for total in totals.values())
    shared = math.fsum(total * totals.get(block + 1, 0.0) for block, total in totals.items())
    return (own + 2.0 * max(0.0, shared)) * count / (count - 1) / len(values) ** 2


def _wider(blocks: Sequence[int], confidence: float) -> float:
    """The confidence at which a normal interval is as wide as Student's."""
    # Beyond 8 standard errors a float does not tell the normal tail from nothing.
    reach = min(8.0, intervals.student(max(1, len(set(blocks)) - 1), confidence))
    return 2.0 * NormalDist().cdf(reach) - 1.0
