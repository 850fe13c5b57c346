"""The question of one rule and so many cases, with what is expected: what `resolution` answers."""

import statistics
from statistics import NormalDist
from typing import NamedTuple

from esclusa.core.gate import Rule
from esclusa.core.metric import Metric
from esclusa.core.value import Value
from esclusa.gates import sentences
from esclusa.gates.estimates import CONFIDENCE, quantile_of
from esclusa.gates.units import format_value
from esclusa.stats import intervals


class Expected(Value, frozen=True, kw_only=True):
    """What is known of a metric before a suite is asked."""

    share: float = 0.9
    """Of a rate: the cases that come out as one would wish."""
    correlation: float = 0.6
    """Between two releases, case by case."""
    values: tuple[float, ...] = ()
    """What a stored run measured, by case; of a rate as its hits, 0 or 1."""
    before: tuple[float, ...] = ()
    """The same cases in another run."""


class Question(NamedTuple):
    """One rule over so many cases. `drop` is the change to the worse that matters, if one is said."""

    rule: Rule
    metric: Metric
    cases: int
    expected: Expected
    power: float
    drop: float | None

    @property
    def reach(self) -> float:
        """So many standard errors from the limit a value is told from it with the power."""
        return intervals.normal_quantile(CONFIDENCE) + NormalDist().inv_cdf(self.power)

    @property
    def higher(self) -> bool:
        """Whether the rule sets a floor."""
        return self.rule.operator in (">", ">=")

    @property
    def often(self) -> str:
        """The power, in words."""
        return f"in {format_value(self.power, 'share')} of runs"

    @property
    def name(self) -> str:
        """What is judged, in words."""
        return sentences.name(self.rule, self.metric.unit)

    @property
    def good(self) -> float:
        """The share of cases that come out as wished: as stored, or as one says."""
        if not self.expected.values:
            return self.expected.share
        hits = statistics.fmean(self.expected.values)
        return hits if self.metric.better == "higher" else 1.0 - hits

    @property
    def unit(self) -> str:
        """Of the numbers: a quantile's are shares of the cases."""
        return self.metric.unit if quantile_of(self.rule.estimator) is None else "share"
