"""Population: a fixed limit asked of all the cases that a dataset stands for, and not of its own cases alone.

    pass        the interval is clear of the limit, on the side where the rule holds
    fail        it is clear of it on the other
    undecided   the limit lies inside it; the sentence says how many more cases like these would tell

So a release that keeps no such limit passes with a chance of at most 2.5 %, and one that keeps it fails with
no more. The interval that decides promises that for every n where there is one that does: Clopper & Pearson's
for shares, betting for means of scores, order statistics for quantiles. Means of amounts without an upper end
have the bootstrap-t alone, and means of judges that labels correct the normal approximation: those are right
for many cases. It takes for granted that the cases were drawn from what they stand for, which nobody can see
in them.

Cases that could not be seen are put at their worst at the lower end and at their best at the upper one. A
suite does not stop early for such a rule: where it was stopped for others, what was not run counts as unseen.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.core.gate import Rule, Verdict
from esclusa.gates import estimates
from esclusa.gates.estimates import CONFIDENCE, Ends, ends, holds, quantile_of
from esclusa.gates.samples import Sample
from esclusa.stats import binomial, intervals, ppi

TAIL = (1 - CONFIDENCE) / 2
"""The chance that one end of the interval is beyond the truth."""
MOST = 10_000_000
"""More cases than this are not counted."""


class Decision(NamedTuple):
    """What the cases say beyond themselves."""

    verdict: Verdict
    interval: Ends | None
    needed: int | None
    """How many more cases would tell, where they do not; None where that is not known."""


def decide(rule: Rule, limit: float, sample: Sample) -> Decision:
    """The rule beyond the cases of the sample."""
    span = bounds(sample, rule.estimator)
    low, high = span or (None, None)
    floor = rule.operator in (">", ">=")
    worst, best = (low, high) if floor else (high, low)
    if worst is not None and holds(worst, rule.operator, limit):
        return Decision(Verdict.PASS, span, None)
    if best is not None and not holds(best, rule.operator, limit):
        return Decision(Verdict.FAIL, span, None)
    return Decision(Verdict.UNDECIDED, span, _needed(sample, rule, limit))


def bounds(sample: Sample, estimator: str) -> Ends | None:
    """The interval that decides, of all cases with the unseen ones at either end of what they could be."""
    unseen = len(sample.unseen)
    if not unseen:
        return _interval(sample, sample.values, estimator)
    if sample.blocks:
        return None  # nobody knows in which of them it was
    below = _interval(sample, sample.values + (0.0,) * unseen, estimator)
    finite = sample.ceiling < math.inf or quantile_of(estimator) is not None
    above = _interval(sample, sample.values + (sample.ceiling,) * unseen, estimator) if finite else None
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
    return ends(intervals.amounts(values, CONFIDENCE)) if len(values) > 1 else None


def _needed(sample: Sample, rule: Rule, limit: float) -> int | None:
    """A share is counted; the rest is the normal approximation, good enough to plan with."""
    if sample.unseen or sample.blocks:
        return None
    q, n = quantile_of(rule.estimator), len(sample.values)
    if q is not None:
        return _share_needed(sum(value <= limit for value in sample.values), n, q) if q < 1 else None
    if sample.binary:
        return _share_needed(sample.hits, n, limit)
    return estimates.needed(sample, rule.estimator, limit)


def _share_needed(hits: int, n: int, limit: float) -> int | None:
    """How many more cases like these put an end of Clopper & Pearson's interval on this side of it."""
    share = hits / n
    if math.isclose(share, limit):
        return None

    def tells(cases: int) -> bool:
        seen = round(share * cases)
        tail = binomial.at_least if share > limit else binomial.at_most
        return tail(seen, cases, limit) <= TAIL

    high = n
    while not tells(high):
        high *= 2
        if high > MOST:
            return None
    low = max(n, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle + 1, high)
    return max(1, high - n)
