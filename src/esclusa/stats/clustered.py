"""Two groups of turns that come in conversations: shares, quantiles, and how far apart they are.

Turns of one conversation resemble each other, so a hundred turns of ten conversations say less than a hundred
of a hundred. How much less is the design effect: the variance of the ratio estimator over conversations
(Cochran 1977, section 6.3) over that of as many independent turns. What is known of independent turns is then
asked of n / effect of them (Rao & Scott 1992).

The interval of a difference is put together from those of the two groups (MOVER: Zou & Donner 2008); with
Wilson's interval for a share it is Newcombe's of 1998. For a horizon that was fixed before: looked at
whenever one likes until it says something, it says too much.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.stats import intervals
from esclusa.stats.intervals import Interval


class Known(NamedTuple):
    """An estimate with its interval."""

    estimate: float
    interval: Interval


def effect(hits: Sequence[float], sizes: Sequence[int]) -> float:
    """By how much fewer turns say as much: `hits` of `sizes` turns in each conversation; at least 1.

    Where no turn or every turn is a hit, or there is one conversation only, nothing shows how alike they are:
    a conversation then counts as one turn.
    """
    turns, conversations = sum(sizes), len(sizes)
    share = sum(hits) / turns
    spread = share * (1.0 - share) / max(1, turns - 1)
    if spread <= 0.0 or conversations < 2:
        return turns / conversations
    squares = math.fsum((hit - share * size) ** 2 for hit, size in zip(hits, sizes, strict=True))
    return max(1.0, squares * conversations / (conversations - 1) / turns**2 / spread)


def share(hits: Sequence[float], sizes: Sequence[int], confidence: float = 0.95) -> Known:
    """A share of turns, over conversations. Without any turn nothing is known."""
    turns = sum(sizes)
    if turns == 0:
        return Known(math.nan, Interval(0.0, 1.0))
    fewer = effect(hits, sizes)
    return Known(sum(hits) / turns, intervals.wilson(sum(hits) / fewer, turns / fewer, confidence))


def quantile(
    values: Sequence[float],
    conversations: Sequence[int],
    q: float,
    confidence: float = 0.95,
    *,
    most: float = math.inf,
) -> Known:
    """A quantile of values in [0, `most`], each of a conversation by its number (Woodruff 1952).

    The interval of the share that stays below the quantile is read back as values. An end that so few turns
    do not bound is 0, or `most`.
    """
    if not values:
        return Known(math.nan, Interval(0.0, most))
    ordered = sorted(values)
    n = len(ordered)
    middle = intervals.quantile(ordered, q)
    hits, sizes = _by_conversation([float(value <= middle) for value in values], conversations)
    return Known(middle, read_back(ordered, q, n / effect(hits, sizes), confidence, most=most))


def read_back(
    ordered: Sequence[float], q: float, left: float, confidence: float, *, most: float = math.inf
) -> Interval:
    """A quantile's interval from that of the share which stays below it, were it seen in `left` turns."""
    n = len(ordered)
    middle = intervals.quantile(ordered, q)
    within = intervals.wilson(q * left, left, confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if (1.0 - q) ** left > tail else ordered[max(1, math.ceil(within.low * n)) - 1]
    high = most if q**left > tail else ordered[min(n, math.ceil(within.high * n)) - 1]
    return Interval(min(low, middle), max(high, middle))


def difference(one: Known, other: Known) -> Known:
    """How much more the one is than the other: as confident as both are."""
    gap = one.estimate - other.estimate
    below = math.hypot(one.estimate - one.interval.low, other.interval.high - other.estimate)
    above = math.hypot(one.interval.high - one.estimate, other.estimate - other.interval.low)
    return Known(gap, Interval(gap - below, gap + above))


def _by_conversation(values: Sequence[float], conversations: Sequence[int]) -> tuple[list[float], list[int]]:
    """The sum and the number of values of each conversation."""
    hits: dict[int, float] = {}
    sizes: dict[int, int] = {}
    for value, conversation in zip(values, conversations, strict=True):
        hits[conversation] = hits.get(conversation, 0.0) + value
        sizes[conversation] = sizes.get(conversation, 0) + 1
    return list(hits.values()), list(sizes.values())


def shares_of(values: Sequence[bool], conversations: Sequence[int], confidence: float = 0.95) -> Known:
    """`share`, from turns and the number of the conversation of each."""
    return share(*_by_conversation([float(value) for value in values], conversations), confidence)
