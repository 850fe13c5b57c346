"""Figures: every number that evidence holds, with its interval, and beside it what a baseline came to.

For people and reports: nothing is decided here, and no limit is known. An interval is by itself at
CONFIDENCE, not adjusted for how many there are; a chance is that of noise alone making a difference look this
bad. Means of more than MANY values have the normal approximation instead of a resampling, which costs seconds
there and says the same.
"""

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist

from esclusa.core.evidence import Amounts, Count, Evidence, Measurement, Rate, Scores
from esclusa.core.gate import Operator, Relative, Rule
from esclusa.core.value import Value
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.estimates import CONFIDENCE, Ends, ends, interval, quantile_of, value
from esclusa.gates.pairs import Pairs, contrast, pair
from esclusa.gates.samples import Gap, Sample, sample
from esclusa.stats import intervals

MANY = 2_000
"""Values, from which on a mean is taken for normal."""
WORST = 20
"""Slices that are told of."""

_LOWER = frozenset(metric.name for metric in BUILT_IN if metric.better == "lower")
_OF_AMOUNTS = {"latency": ("p50", "p95")}


class Versus(Value, frozen=True, kw_only=True):
    """A figure's difference to the baseline, over the cases seen in both; or why there is none."""

    baseline: float | None = None
    difference: float | None = None
    interval: Ends | None = None
    """Of the difference; None for quantiles."""
    worse: float | None = None
    """How likely noise alone makes it look this much worse (a p-value)."""
    gained: int = 0
    """Cases that are better than before."""
    lost: int = 0
    n: int = 0
    gap: str = ""
    """Why nothing could be compared; empty if something was."""


class Figure(Value, frozen=True, kw_only=True):
    """One number: shares in [0, 1], times in seconds, amounts in `unit`."""

    metric: str
    slice: str = ""
    estimator: str
    unit: str
    better: str
    """`higher` or `lower`."""
    value: float
    interval: Ends | None = None
    n: int = 0
    unseen: int = 0
    versus: Versus | None = None
    """None without a baseline."""

    @property
    def name(self) -> str:
        """As a rule would write it: `latency.p95`, `accuracy{lang=es}`."""
        what = self.metric if self.estimator in ("mean", "count") else f"{self.metric}.{self.estimator}"
        return f"{what}{{{self.slice}}}" if self.slice else what


def figures(evidence: Evidence, before: Evidence | None = None) -> tuple[Figure, ...]:
    """The figures of all cases of a step's evidence."""
    return tuple(_of("", evidence.measurements, evidence, before))


def slipped(evidence: Evidence, before: Evidence) -> tuple[Figure, ...]:
    """The shares of slices that are worse than in the baseline, the worst first, WORST of them at most.

    Most slices say nothing: which did is found by their means alone, and only those get intervals.
    """
    drops = {
        (tag, metric): drop
        for tag, measured in evidence.slices.items()
        for metric, measurement in measured.items()
        if (drop := _drop(metric, measurement, before.slices.get(tag, {}).get(metric))) > 0
    }
    worst = sorted(drops, key=lambda one: -drops[one])[:WORST]
    found = (
        figure
        for tag, metric in worst
        for figure in _of(tag, {metric: evidence.slices[tag][metric]}, evidence, before)
    )
    return tuple(one for one in found if one.versus is not None and not one.versus.gap)


def weakest(
    evidence: Evidence, before: Evidence | None, metric: str, most: int = WORST
) -> tuple[Figure, ...]:
    """The figures of a share over the slices in which it is worst, the worst first, at most `most`."""
    means = {
        tag: math.fsum(share.cases.values()) / len(share.cases)
        for tag, measured in evidence.slices.items()
        if isinstance(share := measured.get(metric), Rate | Scores) and share.cases
    }
    worst = sorted(means, key=lambda tag: means[tag], reverse=better(metric) == "lower")[:most]
    return tuple(
        figure
        for tag in worst
        for figure in _of(tag, {metric: evidence.slices[tag][metric]}, evidence, before)
    )


def _drop(metric: str, now: Measurement, then: Measurement | None) -> float:
    """By how much the mean over the cases seen in both is worse; 0 for what is no share."""
    if not isinstance(now, Rate | Scores) or not isinstance(then, Rate | Scores):
        return 0.0
    moves = [seen - then.cases[case] for case, seen in now.cases.items() if case in then.cases]
    if not moves:
        return 0.0
    mean = math.fsum(moves) / len(moves)
    return mean if better(metric) == "lower" else -mean


def better(metric: str) -> str:
    """Which way is better: `higher`, also for metrics that the catalogue has never heard of, or `lower`."""
    return "lower" if metric in _LOWER else "higher"


def _of(
    tag: str, measured: Mapping[str, Measurement], evidence: Evidence, before: Evidence | None
) -> Iterator[Figure]:
    for metric, measurement in measured.items():
        if isinstance(measurement, Count):
            count = float(measurement.n)
            yield Figure(
                metric=metric, slice=tag, estimator="count", unit="findings", better="lower", value=count
            )
            continue
        kinds = _OF_AMOUNTS.get(metric, ("mean",)) if isinstance(measurement, Amounts) else ("mean",)
        for estimator in kinds:
            rule = _rule(metric, estimator, tag)
            seen = sample("", rule, evidence)
            if isinstance(seen, Sample):
                yield _figure(seen, rule, before)


def _rule(metric: str, estimator: str, tag: str) -> Rule:
    operator: Operator = "<=" if metric in _LOWER else ">="
    return Rule(
        text=metric, metric=metric, operator=operator, limit=Relative(), estimator=estimator, slice=tag
    )


def _figure(seen: Sample, rule: Rule, before: Evidence | None) -> Figure:
    rough = _rough(seen, rule)
    return Figure(
        metric=rule.metric,
        slice=rule.slice,
        estimator=rule.estimator,
        unit=seen.unit,
        better=better(rule.metric),
        value=value(seen.values, rule.estimator),
        interval=ends(intervals.normal(seen.values, CONFIDENCE)) if rough else interval(seen, rule.estimator),
        n=len(seen.values),
        unseen=len(seen.unseen),
        versus=None if before is None else _versus(seen, rule, before),
    )


def _versus(seen: Sample, rule: Rule, before: Evidence) -> Versus:
    was = sample("", rule, before)
    if not isinstance(was, Sample):
        return Versus(gap="the baseline did not measure it")
    pairs = pair(seen, was, rule)
    if isinstance(pairs, Gap):
        # A rule speaks of the stable release; here the baseline may as well be a file.
        return Versus(gap=pairs.reason.replace("the stable release", "the baseline"))
    if _rough(seen, rule):
        return _means(pairs, rule)
    found = contrast(pairs.candidate, pairs.baseline, rule, seen)
    return Versus(
        baseline=found.baseline,
        difference=found.candidate - found.baseline,
        interval=found.difference,
        worse=found.chance,
        gained=found.gained,
        lost=found.lost,
        n=len(pairs.candidate),
    )


def _rough(seen: Sample, rule: Rule) -> bool:
    """Whether it is a mean of so many independent values that resampling them would tell no more."""
    mean = quantile_of(rule.estimator) is None and not seen.binary
    return mean and not seen.blocks and len(seen.values) > MANY


def _means(pairs: Pairs, rule: Rule) -> Versus:
    """The difference of two means, by its standard error (a z-test of the paired differences)."""
    moves = [now - then for now, then in zip(pairs.candidate, pairs.baseline, strict=True)]
    low, high = intervals.normal(moves, CONFIDENCE)
    gain = 1 if better(rule.metric) == "higher" else -1
    error = (high - low) / 2 / intervals.normal_quantile(CONFIDENCE)
    mean = (low + high) / 2
    return Versus(
        baseline=value(pairs.baseline, rule.estimator),
        difference=mean,
        interval=(low, high) if error else None,
        worse=NormalDist().cdf(gain * mean / error) if error else 1.0 if gain * mean >= 0 else 0.0,
        gained=sum(gain * move > 0 for move in moves),
        lost=sum(gain * move < 0 for move in moves),
        n=len(moves),
    )
