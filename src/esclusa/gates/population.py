"""Population: a fixed limit asked of all the cases that a dataset stands for, and not of its own cases alone.

    pass        the interval is clear of the limit, on the side where the rule holds
    fail        it is clear of it on the other
    undecided   the limit lies inside it; the sentence says how many more cases like these would tell

So a release that keeps no such limit passes with a chance of at most 2.5 %, and one that keeps it fails with
no more. The interval that decides promises that for every n where there is one that does: Clopper & Pearson's
for shares, betting for means of scores, order statistics for quantiles. Means of amounts without an upper end
have the bootstrap-t alone, and means of judges that labels correct an interval put together of two
(stats.ppi): those are right for many cases. It takes for granted that the cases were drawn from what they
stand for, which nobody can see in them.

Cases that could not be seen are put at their worst at the lower end and at their best at the upper one. A
suite does not stop early for such a rule: where it was stopped for others, what was not run counts as unseen.
"""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

from esclusa.core.gate import Rule, Verdict
from esclusa.gates import estimates
from esclusa.gates.estimates import CONFIDENCE, Ends, ends, holds, quantile_of
from esclusa.gates.samples import Sample
from esclusa.stats import betting, binomial, intervals, ppi

TAIL = (1 - CONFIDENCE) / 2
"""The chance that one end of the interval is beyond the truth."""
MOST = 10_000_000
"""More cases than this are not counted."""
PLAYED = 50_000
"""More values than this are not bet on to see how many would do."""


class Decision(NamedTuple):
    """What the cases say beyond themselves."""

    verdict: Verdict
    interval: Ends | None
    needed: int | None
    """How many more cases would tell, where they do not; None where that is not known."""
    chance: float = 1.0
    """Of one that fails: how likely a population that keeps the limit looks this bad."""


def decide(rule: Rule, limit: float, sample: Sample) -> Decision:
    """The rule beyond the cases of the sample."""
    span = bounds(sample, rule.estimator)
    low, high = span or (None, None)
    floor = rule.operator in (">", ">=")
    worst, best = (low, high) if floor else (high, low)
    if worst is not None and holds(worst, rule.operator, limit):
        return Decision(Verdict.PASS, span, None)
    if best is not None and not holds(best, rule.operator, limit):
        return Decision(Verdict.FAIL, span, None, _chance(rule, limit, sample, best))
    return Decision(Verdict.UNDECIDED, span, _needed(sample, rule, limit))


def _chance(rule: Rule, limit: float, sample: Sample, end: float) -> float:
    """The p-value of one that fails, at its kindest: of the same test as the interval, of which `end` is the
    nearest to the limit. Where that is an approximation, the normal one with as wide a side.
    """
    floor = rule.operator in (">", ">=")
    values = sample.values + ((sample.ceiling if floor else 0.0),) * len(sample.unseen)
    exact = not sample.blocks and not (sample.judged and sample.judged.labels)
    q, n = quantile_of(rule.estimator), len(values)
    if exact and q is not None:
        within = sum(value <= limit for value in values)
        return binomial.at_least(within, n, q) if floor else binomial.at_most(within, n, q)
    if exact and sample.binary:
        tail = binomial.at_most if floor else binomial.at_least
        return tail(round(math.fsum(values)), n, limit)
    if exact and sample.unit == "share":
        return _betted(values, limit, above=not floor)
    seen = estimates.value(values, rule.estimator)
    side = abs(end - seen) / intervals.normal_quantile(CONFIDENCE)
    return NormalDist().cdf(-abs(seen - limit) / side) if side else 0.0


def _betted(values: Sequence[float], limit: float, *, above: bool) -> float:
    """How likely a mean on the other side of the limit gives such values; as `mean_bounds` bets."""
    p_value = betting.p_value_above if above else betting.p_value_below
    return p_value(intervals.shuffled(values), limit, TAIL)


def bounds(sample: Sample, estimator: str) -> Ends | None:
    """The interval that decides, of all cases with the unseen ones at either end of what they could be."""
    unseen = len(sample.unseen)
    if not unseen:
        return _interval(sample, sample.values, estimator)
    if sample.blocks:
        return None  # nobody knows in which of them it was
    below = _interval(sample, sample.values + (0.0,) * unseen, estimator)
    finite = sample.ceiling < math.inf or quantile_of(estimator) is not None
    highest = sample.values + (sample.ceiling,) * unseen
    above = _interval(sample, highest, estimator) if finite else None
    low, high = below[0] if below else None, above[1] if above else None
    high = None if high == math.inf else high
    return None if low is None and high is None else (low, high)


def share_decided(rule: Rule, limit: float, hits: int, n: int) -> Verdict:
    """What a share of so many cases comes to."""
    values = (1.0,) * hits + (0.0,) * (n - hits)
    return decide(rule, limit, Sample("", rule.metric, "share", True, values, (), (), "", "")).verdict


def _interval(sample: Sample, values: Sequence[float], estimator: str) -> Ends | None:
    q = quantile_of(estimator)
    if sample.judged is not None and sample.judged.labels:
        return ends(ppi.corrected(values, sample.judged.labels, sample.judged.said, CONFIDENCE).interval)
    if sample.blocks:
        return estimates.interval(sample, estimator)
    if q is not None:
        return ends(intervals.quantile_interval(values, q, CONFIDENCE)) if q < 1 else None
    if sample.binary:
        return ends(intervals.exact(round(math.fsum(values)), len(values), CONFIDENCE))
    if sample.unit == "share":
        return ends(intervals.mean_bounds(intervals.shuffled(values), CONFIDENCE))
    return ends(intervals.amounts(values, CONFIDENCE))


def _needed(sample: Sample, rule: Rule, limit: float) -> int | None:
    """Counted by the same tests; means of amounts by the normal approximation, good enough to plan with."""
    if sample.unseen or sample.blocks:
        return None
    q, values = quantile_of(rule.estimator), sample.values
    if q is not None:
        return _share_needed(sum(value <= limit for value in values), len(values), q) if q < 1 else None
    if sample.binary:
        return _share_needed(sample.hits, len(values), limit)
    if sample.unit == "share" and not (sample.judged and sample.judged.labels):
        return _mean_needed(values, limit)
    return estimates.needed(sample, rule.estimator, limit)


def _share_needed(hits: int, n: int, limit: float) -> int | None:
    share = hits / n
    if math.isclose(share, limit):
        return None
    tail = binomial.at_least if share > limit else binomial.at_most
    return _more(n, MOST, lambda cases: tail(round(share * cases), cases, limit) <= TAIL)


def _mean_needed(values: Sequence[float], limit: float) -> int | None:
    n, mean = len(values), math.fsum(values) / len(values)
    if math.isclose(mean, limit):
        return None

    def tells(cases: int) -> bool:
        again = [values[place % n] for place in range(cases)]
        return _betted(again, limit, above=mean > limit) <= TAIL

    return _more(n, PLAYED, tells)


def _more(n: int, most: int, tells: Callable[[int], bool]) -> int | None:
    """How many more cases like these tell, to one in twenty; None where `most` would not."""
    low, high = n, n
    while not tells(high):
        low, high = high, 2 * high
        if high > most:
            return None
    while high - low > max(1, high // 20):
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return max(1, high - n)
