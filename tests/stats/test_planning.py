import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import intervals, planning


def test_walds_bounds_are_the_known_ones() -> None:
    assert planning.wald_cases(0.95, 0.85) == pytest.approx(59, abs=0.1)
    assert planning.wald_cases(0.85, 0.85) == math.inf
    seconds = [planning.wald_seconds(50, 0.10, failing, 0.01) for failing in (0.02, 0.05, 0.20, 0.01)]
    assert seconds == pytest.approx([175.0, 17.57, 1.945, math.inf], abs=0.05)
    with_margin = [planning.wald_seconds(50, 0.10, failing, 0.01, plus=0.005) for failing in (0.03, 0.05)]
    assert with_margin == pytest.approx([111.3, 26.1], abs=0.05)


@given(st.integers(1, 400), st.data(), st.floats(0.05, 0.95))
def test_so_many_more_cases_settle_it_and_one_fewer_does_not(
    n: int, data: st.DataObject, threshold: float
) -> None:
    hits = data.draw(st.integers(0, n))
    more = planning.more_cases(hits, n, threshold)
    if more is None:
        return

    def clear(total: int) -> bool:
        half = intervals.normal_quantile(0.95) * math.sqrt(threshold * (1 - threshold) / total)
        return abs(hits / n - threshold) > half

    assert clear(n + more)
    assert more == 0 or not clear(n + more - 1)


def test_clear_and_hopeless_cases_say_so() -> None:
    assert planning.more_cases(95, 100, 0.80) == 0
    assert planning.more_cases(80, 100, 0.80) is None
    assert planning.more_cases(0, 0, 0.80) is None
    assert planning.more_values(0.5, 0.1, 20, 0.5) is None
    assert planning.more_values(0.80, 0.2, 40, 0.85) == 22


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_busier_traffic_never_needs_longer_strata(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert planning.stratum_seconds(high) <= planning.stratum_seconds(low)


def test_strata_are_a_second_on_a_busy_router_and_half_a_minute_on_an_idle_one() -> None:
    assert [planning.stratum_seconds(rate) for rate in (50, 12, 2, 0)] == [1, 2, 10, 30]


def test_what_cases_resolve_is_what_takes_so_many_cases() -> None:
    above = planning.distance_resolved(80, 0.85, below=False)
    below = planning.distance_resolved(80, 0.85, below=True)
    assert above is not None
    assert below is not None
    assert planning.cases_against_limit(0.85 + above, 0.85) <= 80
    assert planning.cases_against_limit(0.85 - below, 0.85) <= 80 < below * 1000


def test_too_few_cases_resolve_nothing() -> None:
    assert planning.distance_resolved(2, 0.95, below=False) is None
    with pytest.raises(OverflowError):
        planning.cases_against_limit(0.85, 0.85)
