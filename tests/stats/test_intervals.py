import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from esclusa.stats import binomial, intervals


@given(st.integers(1, 2000), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_of_a_share_are_those_of_scipy(n: int, data: st.DataObject, confidence: float) -> None:
    hits = data.draw(st.integers(0, n))
    seen = stats.binomtest(hits, n)
    score, exact = seen.proportion_ci(confidence, "wilson"), seen.proportion_ci(confidence, "exact")
    assert intervals.wilson(hits, n, confidence) == pytest.approx((score.low, score.high), abs=1e-8)
    assert intervals.exact(hits, n, confidence) == pytest.approx((exact.low, exact.high), abs=1e-8)


def test_nothing_seen_bounds_nothing() -> None:
    assert intervals.wilson(0, 0) == (0.0, 1.0)
    assert intervals.amounts([]) == (-math.inf, math.inf)
    assert intervals.mean_bounds([]) == (0.0, 1.0)


def test_the_exact_interval_of_a_share_covers_every_true_share() -> None:
    n = 30
    bounds = [intervals.exact(hits, n) for hits in range(n + 1)]
    for share in [step / 200 for step in range(201)]:
        covered = sum(
            math.comb(n, hits) * share**hits * (1 - share) ** (n - hits)
            for hits, (low, high) in enumerate(bounds)
            if low <= share <= high
        )
        assert covered >= 0.95


@pytest.mark.parametrize("seed", range(3))
def test_the_order_statistics_cover_the_quantile(seed: int) -> None:
    source = random.Random(seed)
    covered = 0
    for _ in range(300):
        low, high = intervals.quantile_interval([source.expovariate(1.0) for _ in range(120)], 0.95)
        covered += low <= -math.log(0.05) <= high
    assert covered >= 280


def test_an_upper_bound_on_p95_needs_72_values() -> None:
    values = [float(value) for value in range(72)]
    assert intervals.quantile_interval(values[:71], 0.95).high == math.inf
    assert intervals.quantile_interval(values, 0.95).high == 71.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_a_quantile_is_a_value_and_lies_within_its_interval(values: list[float], q: float) -> None:
    low, high = intervals.quantile_interval(values, q)
    assert intervals.quantile(values, q) in values
    assert low <= intervals.quantile(values, q) <= high


def test_ranks_of_a_quantile_interval_leave_at_most_half_the_error_on_each_side() -> None:
    values = [float(rank) for rank in range(1, 201)]
    low, high = intervals.quantile_interval(values, 0.9)
    assert binomial.at_most(int(low) - 1, 200, 0.9) <= 0.025
    assert binomial.at_least(int(high), 200, 0.9) <= 0.025


def test_betting_bounds_hold_the_mean_and_tighten_with_n() -> None:
    source = random.Random(7)
    widths = []
    for n in (50, 200, 800):
        low, high = intervals.mean_bounds([source.betavariate(8, 2) for _ in range(n)])
        assert low <= 0.8 <= high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.03


def test_betting_bounds_know_the_range_of_the_values() -> None:
    values = [random.Random(3).uniform(-1, 1) for _ in range(50)]
    scaled = intervals.mean_bounds([(value + 1) / 2 for value in values])
    assert intervals.mean_bounds(values, low=-1, high=1) == pytest.approx(
        (2 * scaled.low - 1, 2 * scaled.high - 1)
    )


def test_the_bootstrap_is_seeded() -> None:
    values = [0.1, 0.53, 0.94, 0.42, 0.87, 0.61, 0.33]
    assert intervals.amounts(values, seed=1) == intervals.amounts(values, seed=1)
    assert intervals.amounts(values, seed=1) != intervals.amounts(values, seed=2)


def test_differences_have_the_interval_of_student() -> None:
    values = [0.4, -0.3, 0.1, 0.25, -0.05, 0.6, 0.2, -0.1]
    found = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert intervals.symmetric(values) == pytest.approx((found.low, found.high), abs=2e-3)
    assert intervals.symmetric([0.5] * 10) == intervals.symmetric([0.5]) == intervals.UNKNOWN


def test_amounts_that_are_all_alike_bound_nothing() -> None:
    assert intervals.amounts([0.5] * 10) == intervals.amounts([0.5]) == intervals.UNKNOWN


def test_the_bootstrap_of_amounts_follows_their_skew() -> None:
    source = random.Random(5)
    covered = 0
    for seed in range(100):
        low, high = intervals.amounts([source.lognormvariate(0, 1) for _ in range(60)], seed=seed, draws=300)
        covered += low <= math.exp(0.5) <= high
    assert covered >= 88


def test_shuffling_keeps_the_values_and_needs_no_luck() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    assert sorted(intervals.shuffled(values, 3)) == values
    assert intervals.shuffled(values, 3) == intervals.shuffled(values, 3)
