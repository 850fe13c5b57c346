"""Figures: every number of an eval, with its interval, beside a baseline's."""

import pytest

from esclusa.core.evidence import Amounts, Count, Evidence, Rate, Scores
from esclusa.core.value import replace
from esclusa.gates.figures import Figure, Versus, figures
from esclusa.stats import intervals
from tests.gates.worlds import SUBJECT, right, seen, times


def by_name(found: tuple[Figure, ...]) -> dict[str, Figure]:
    return {one.name: one for one in found}


def test_each_metric_has_a_figure_and_latency_has_two() -> None:
    found = figures(
        seen({"accuracy": right(8, 10, unseen=1), "latency": times(1.0, 2.0, 3.0), "secrets": Count(n=2)})
    )
    accuracy, median, p95, secrets = found
    assert accuracy == Figure(
        metric="accuracy",
        estimator="mean",
        unit="share",
        better="higher",
        value=0.8,
        interval=tuple(intervals.wilson(8, 10)),
        n=10,
        unseen=1,
    )
    assert [(one.name, one.value, one.unit, one.better) for one in (median, p95)] == [
        ("latency.p50", 2.0, "s", "lower"),
        ("latency.p95", 3.0, "s", "lower"),
    ]
    assert secrets == Figure(metric="secrets", estimator="count", unit="findings", better="lower", value=2.0)


def test_slices_come_after_all_cases_under_their_own_names() -> None:
    whole = seen({"accuracy": right(8, 10)})
    sliced = replace(whole, slices={"lang=es": {"accuracy": right(2, 4)}})
    assert [(one.name, one.value) for one in figures(sliced)] == [
        ("accuracy", 0.8),
        ("accuracy{lang=es}", 0.5),
    ]


def test_beside_a_baseline_a_figure_says_what_changed_case_by_case() -> None:
    now, then = seen({"accuracy": right(9, 12, lost=(0, 1))}), seen({"accuracy": right(9, 12)})
    versus = figures(now, then)[0].versus
    assert versus is not None
    assert (versus.baseline, versus.gained, versus.lost, versus.n) == (0.75, 0, 2, 12)
    assert versus.difference is not None
    assert versus.difference == pytest.approx(-2 / 12)
    assert versus.worse == pytest.approx(0.25), "two of two signs"
    assert versus.interval is not None
    low, high = versus.interval
    assert low is not None
    assert high is not None
    assert low < versus.difference < high


def test_what_cannot_be_compared_says_why() -> None:
    now = seen({"accuracy": right(8, 10), "relevance": Scores(cases={"case-0": 0.5})})
    other = Evidence(measurements={"accuracy": Rate(hits=1, n=1, cases={"x": 1.0})}, subject=SUBJECT)
    found = by_name(figures(now, other))
    assert found["relevance"].versus == Versus(gap="the baseline did not measure it")
    accuracy = found["accuracy"].versus
    assert accuracy is not None
    assert accuracy.gap
    assert accuracy.baseline is None


def test_a_metric_of_ones_own_is_better_when_it_is_higher() -> None:
    own = figures(seen({"politeness": Scores(cases={"case-0": 0.5, "case-1": 0.7})}))[0]
    cost = figures(seen({"cost_per_query": Amounts(unit="USD", cases={"case-0": 0.1})}))[0]
    assert (own.better, cost.better) == ("higher", "lower")
