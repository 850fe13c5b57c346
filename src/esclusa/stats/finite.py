"""The mean of a known number of cases, drawn in a random order: settled early, or known in the end.

Is the mean of all `size` values in [0, 1] over a limit? Two things settle it before the last value is seen:

    curtailment   the sum is already enough, or cannot be any more; exact
    betting       without replacement (Waudby-Smith & Ramdas 2020, arXiv 2006.04347): were the mean exactly at
                  the limit, the next value would have the mean mu = (size limit - sum) / (values left). A
                  bettor on "higher" keeps an expected capital of at most 1 while the mean is not over the
                  limit, so that P(it ever reaches 1/alpha) <= alpha (Ville 1939); the mirror image bets on
                  "lower".

One of the two claims is true, so only one bettor can be wrong, and alpha need not be split. That rests on one
thing only: the order of the values is one uniform permutation, drawn before any of them was known. A part of
the values in the order that the whole was drawn in is in such an order too. Values in the order in which
answers happen to come are not.

Both bettors mix their capital over bets on the odds, as `eprocess` does. The state is a few floats.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from esclusa.stats.intervals import Interval

STAKES = {1.25: 0.10, 1.7: 0.20, 2.5: 0.25, 4.0: 0.25, 8.0: 0.15, 25.0: 0.05}
"""By how much the odds are betted to be raised (or lowered), and the part of the capital on each bet.

With 1,000 cases and a limit of 0.85 this takes 1.04 of Wald's bound at a true mean of 0.95, 1.03 at 0.75, and
0.86 of it at 0.80 and 0.90, where what is left to draw helps (1,000 simulations each).
"""

ODDS = tuple(STAKES)
START = tuple(math.log(stake) for stake in STAKES.values())
SLACK = 1e-9
"""Sums that differ by less are equal: they differ by rounding."""


class Race(NamedTuple):
    """How far a question about one population has come; `answer` is None until it is settled."""

    size: int
    limit: float
    strict: bool
    """Whether exactly at the limit is not over it."""
    alpha: float
    """The chance that "over the limit" is wrong."""
    alpha_under: float
    """The chance that "not over it" is."""
    seen: int = 0
    least: float = 0.0
    """The sum, with values that could not be seen at 0."""
    most: float = 0.0
    """The same, with those at 1."""
    higher: tuple[float, ...] = START
    """The log capital of each bet on "over the limit"."""
    lower: tuple[float, ...] = START
    answer: bool | None = None
    """Whether the mean is over the limit."""
    exact: bool = False
    """Whether the answer is certain, whatever the values that are left."""


def race(
    size: int, limit: float, *, strict: bool, alpha: float = 0.05, alpha_under: float | None = None
) -> Race:
    """The question before anything was seen; some limits settle it already. `alpha_under`: the chance that
    "not over the limit" is wrong, where it is not to be `alpha` too.
    """
    under = alpha if alpha_under is None else alpha_under
    return _curtailed(Race(size=size, limit=limit, strict=strict, alpha=alpha, alpha_under=under))


def drawn(state: Race, low: float, high: float | None = None) -> Race:
    """The state after the next value in the drawn order, in [0, 1]; a value that could not be seen lies in
    [`low`, `high`]. A betted answer stays, unless what is known for certain contradicts it.
    """
    high = low if high is None else high
    left = state.size - state.seen
    mean = state.size * state.limit
    next_state = state._replace(
        seen=state.seen + 1,
        least=state.least + low,
        most=state.most + high,
        higher=_betted(state.higher, (mean - state.least) / left, low),
        lower=_betted(state.lower, 1.0 - (mean - state.most) / left, 1.0 - high),
    )
    return _judged(_curtailed(next_state))


def interval(values: Sequence[tuple[float, float]], size: int, confidence: float = 0.95) -> Interval:
    """Where the mean of all `size` values lies, from the first ones in the drawn order, each as the ends
    between which it is; valid whenever one stopped. What earlier looks had excluded is not: an interval that
    its own mean is not in tells nobody anything.
    """
    needed = math.log(2.0 / (1.0 - confidence))
    lows, highs = [value[0] for value in values], [1.0 - value[1] for value in values]
    return Interval(_bound(lows, size, needed), 1.0 - _bound(highs, size, needed))


def shown(values: Sequence[float], size: int, mean: float, confidence: float = 0.95) -> bool:
    """Whether the first values in the drawn order show, or once did, that the mean of all `size` is over
    `mean`; as sure as one end of an `interval`.
    """
    return _highest(values, size, mean) >= math.log(2.0 / (1.0 - confidence))


def _bound(values: Sequence[float], size: int, needed: float) -> float:
    """The highest mean that a bettor on "higher" has refuted, or the sum has, to 1e-6."""
    low, high = math.fsum(values) / size, 1.0
    if _last(values, size, low) < needed:
        return low
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (middle, high) if _last(values, size, middle) >= needed else (low, middle)
    return low


def _highest(values: Iterable[float], size: int, mean: float) -> float:
    """The highest log capital that a bettor on "higher than `mean`" ever has."""
    return max(map(_log_sum, _capitals(values, size, mean)), default=0.0)


def _last(values: Iterable[float], size: int, mean: float) -> float:
    """The log capital that the bettor has in the end; falls as `mean` rises."""
    capital = START
    for capital in _capitals(values, size, mean):  # noqa: B007 (the last one)
        pass
    return _log_sum(capital)


def _capitals(values: Iterable[float], size: int, mean: float) -> Iterator[tuple[float, ...]]:
    """What the bettor has after each value; without end, once the sum alone is too much for `mean`."""
    capital, total = START, 0.0
    for seen, value in enumerate(values):
        expected = (size * mean - total) / (size - seen)
        if expected < 0.0:
            yield (math.inf,)
            return
        capital = _betted(capital, expected, value)
        total += value
        yield capital


def _betted(capital: tuple[float, ...], mean: float, value: float) -> tuple[float, ...]:
    """The capital of a bettor on "higher" after a value whose mean would be `mean`."""
    if not 0.0 < mean < 1.0:
        return capital
    # A bet raises the odds: a 1 pays odds/scale, a 0 pays 1/scale, and what is between, in proportion.
    return tuple(
        [
            log + math.log1p((odds - 1.0) * value) - math.log1p((odds - 1.0) * mean)
            for log, odds in zip(capital, ODDS, strict=True)
        ]
    )


def _log_sum(capital: Sequence[float]) -> float:
    most = max(capital)
    if most == math.inf:
        return most
    return most + math.log(math.fsum(math.exp(log - most) for log in capital))


def _curtailed(state: Race) -> Race:
    """The state with its certain answer, if it has one."""
    left = state.size - state.seen
    surely = _over(state.least, state)
    if surely or not _over(state.most + left, state):
        return state._replace(answer=surely, exact=True)
    return state


def _judged(state: Race) -> Race:
    """The state with the answer of whichever bettor got there first."""
    if state.answer is not None:
        return state
    if _log_sum(state.higher) >= math.log(1.0 / state.alpha):
        return state._replace(answer=True)
    if _log_sum(state.lower) >= math.log(1.0 / state.alpha_under):
        return state._replace(answer=False)
    return state


def _over(total: float, state: Race) -> bool:
    distance = total - state.size * state.limit
    slack = SLACK * max(1, state.size)
    return distance > slack if state.strict else distance >= -slack
