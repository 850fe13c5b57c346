"""Figures: every number that evidence holds, with its interval, and beside it what a baseline came to.

For people and reports: nothing is decided here, and no limit is known. An interval is by itself at
CONFIDENCE, not adjusted for how many there are; a chance is that of noise alone making a difference look this
bad.
"""

from collections.abc import Iterator, Mapping

from esclusa.core.evidence import Amounts, Count, Evidence, Measurement
from esclusa.core.gate import Operator, Relative, Rule
from esclusa.core.value import Value
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.estimates import Ends, estimate
from esclusa.gates.pairs import contrast, pair
from esclusa.gates.samples import Gap, Sample, sample

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
    """The figures of a step's evidence: of all cases first, then of each slice."""
    found: list[Figure] = []
    for tag, measured in (("", evidence.measurements), *evidence.slices.items()):
        found += _of(tag, measured, evidence, before)
    return tuple(found)


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
    found = estimate(seen, rule.estimator)
    return Figure(
        metric=rule.metric,
        slice=rule.slice,
        estimator=rule.estimator,
        unit=seen.unit,
        better=better(rule.metric),
        value=found.value,
        interval=found.interval,
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
        return Versus(gap=pairs.reason)
    found = contrast(pairs.candidate, pairs.baseline, rule, seen.binary)
    return Versus(
        baseline=found.baseline,
        difference=found.candidate - found.baseline,
        interval=found.difference,
        worse=found.chance,
        gained=found.gained,
        lost=found.lost,
        n=len(pairs.candidate),
    )
