"""Estimates: the quantity that a rule speaks of, with its interval and what would settle it.

Shares and pass^k have the Wilson interval, means of scores the one of stats.bounded, means of amounts the
bootstrap-t, quantiles one between order statistics. Values of one block of time are not taken for independent
(stats.blocks).
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.core.evidence import Judged
from esclusa.core.gate import Operator
from esclusa.gates.samples import Sample
from esclusa.stats import blocks, bounded, intervals, planning, ppi, repeats

CONFIDENCE = 0.95
Ends = tuple[float | None, float | None]

PASS = "pass^"
"""How the metrics begin that tell how likely several askings of a case are all right."""
_SLACK = 1e-12


class Estimate(NamedTuple):
    """The value over the seen cases, its interval, and its range over all that unseen cases could be."""

    value: float
    interval: Ends | None
    lowest: float
    highest: float


def quantile_of(estimator: str) -> float | None:
    """The share that a quantile's name says: `p95` 0.95, `p999` 0.999, `max` 1; None for a mean."""
    if estimator == "max":
        return 1.0
    if estimator[:1] == "p" and estimator[1:].isdecimal():
        return float(int(estimator[1:]) / 10.0 ** max(2, len(estimator) - 1))
    return None


def value(values: Sequence[float], estimator: str) -> float:
    """The estimator's value; a mean of something infinite is infinite."""
    q = quantile_of(estimator)
    if q is not None:
        return intervals.quantile(values, q)
    return math.fsum(values) / len(values)


def estimate(sample: Sample, estimator: str) -> Estimate:
    """What the sample says about the quantity; where it is a judge's that has labels, what people would."""
    if sample.judged is not None and sample.judged.labels:
        return _as_people_would(sample, sample.judged)
    unseen = len(sample.unseen)
    return Estimate(
        value=value(sample.values, estimator),
        interval=interval(sample, estimator),
        lowest=value(sample.values + (0.0,) * unseen, estimator),
        highest=value(sample.values + (sample.ceiling,) * unseen, estimator),
    )


def _as_people_would(sample: Sample, judged: Judged) -> Estimate:
    """Prediction-powered; the range is as wide as the labels leave open, beside the cases that are unseen."""
    unseen = len(sample.unseen)

    def over(values: Sequence[float]) -> ppi.Corrected:
        return ppi.corrected(values, judged.labels, judged.said, CONFIDENCE)

    seen = over(sample.values)
    return Estimate(
        value=seen.estimate,
        interval=ends(seen.interval),
        lowest=over(sample.values + (0.0,) * unseen).of_labels.low,
        highest=over(sample.values + (sample.ceiling,) * unseen).of_labels.high,
    )


def labels_needed(judged: Judged, found: Estimate, limit: float) -> int | None:
    """How many more labels would tell on which side of the limit the seen cases are; None if none would."""
    if math.isclose(found.value, limit):
        return None
    needed = ppi.labels_for(abs(found.value - limit), judged.labels, judged.said, CONFIDENCE)
    return max(1, needed - len(judged.labels))


def interval(sample: Sample, estimator: str) -> Ends | None:
    """The interval of the estimate at CONFIDENCE; None where the sample bounds it at no end."""
    if sample.blocks:
        return _by_blocks(sample, estimator)
    values = sample.values
    q = quantile_of(estimator)
    if q is not None:
        return ends(intervals.quantile_interval(values, q, CONFIDENCE)) if q < 1 else None
    if sample.binary:
        return ends(intervals.wilson(sample.hits, len(values), CONFIDENCE))
    if sample.unit != "share":
        return ends(intervals.amounts(values, CONFIDENCE))
    if sample.metric.startswith(PASS):
        return ends(repeats.interval(values, CONFIDENCE))
    return ends(bounded.mean(values, CONFIDENCE))


def _by_blocks(sample: Sample, estimator: str) -> Ends | None:
    """The same where values that are near in time hang together."""
    q = quantile_of(estimator)
    if q is not None:
        return ends(blocks.quantile(sample.values, sample.blocks, q, CONFIDENCE)) if q < 1 else None
    if sample.binary:
        return ends(blocks.share(sample.values, sample.blocks, CONFIDENCE))
    found = ends(blocks.mean(sample.values, sample.blocks, CONFIDENCE))
    return found and (max(0.0, found[0] or 0.0), found[1])


def needed(sample: Sample, estimator: str, limit: float) -> int | None:
    """How many more cases like these would bring the interval clear of the limit; None if none would, or if
    they hang together, so that it is the time that counts.
    """
    if sample.blocks:
        return None
    values, n = sample.values, len(sample.values)
    q = quantile_of(estimator)
    if q == 1:
        return None
    if q is not None:
        # The quantile is under the limit exactly when a share q of the cases is: a question about a share.
        return planning.more_cases(sum(one < limit for one in values), n, q, CONFIDENCE) or None
    if sample.binary:
        return planning.more_cases(sample.hits, n, limit, CONFIDENCE) or None
    mean = math.fsum(values) / n
    return planning.more_values(mean, statistics.pstdev(values), n, limit, CONFIDENCE) or None


def holds(found: float, operator: Operator, limit: float) -> bool:
    """Whether the rule holds for a value. Two that differ only by rounding are equal."""
    equal = math.isclose(found, limit, rel_tol=_SLACK, abs_tol=_SLACK)
    match operator:
        case "<":
            return found < limit and not equal
        case "<=":
            return found < limit or equal
        case ">":
            return found > limit and not equal
        case ">=":
            return found > limit or equal
        case "==":
            return equal


def straddles(interval: Ends | None, limit: float) -> bool:
    """Whether the limit lies inside the interval, so that other cases could well give another verdict."""
    if interval is None:
        return False
    low, high = interval
    return (low is None or low < limit) and (high is None or limit < high)


def ends(found: intervals.Interval) -> Ends | None:
    """The interval with None for an end that is not bounded; None when neither is."""
    low = found.low if math.isfinite(found.low) else None
    high = found.high if math.isfinite(found.high) else None
    return None if low is None and high is None else (low, high)
