"""A metric's description: static data, so that a plan can be checked without importing what measures it."""

from typing import Literal

from esclusa.core.value import Value

MetricKind = Literal["rate", "scores", "amounts", "count", "swaps"]
Comparison = Literal["threshold", "baseline", "live"]


class Metric(Value, frozen=True, kw_only=True):
    """What a metric is called, what kind of measurement carries it, and which questions it admits."""

    name: str
    kind: MetricKind
    unit: str
    """`share` for rates and scores, `s`, `USD`, `tokens`, `tokens/s`, `rps`, `findings`."""
    better: Literal["higher", "lower"]
    estimators: tuple[str, ...]
    """The first is the default: `mean`, `p50`, `p90`, `p95`, `p99`, `max`, `total`, `count`, `gap`."""
    comparisons: tuple[Comparison, ...]
    measured_by: str
    """Who measures it, in words for the plan: `every eval suite`, `scorer relevance`, `the router`."""
    slices: tuple[str, ...] = ()
    """The only slices it has, as a rule writes them in braces; empty: any tag of a dataset."""
