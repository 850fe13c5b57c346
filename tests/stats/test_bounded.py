import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import bounded, intervals
from esclusa.stats.intervals import Interval

scores = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def drawn(values: list[float], more: float, draws: int = 40_000) -> Interval:
    """The same by drawing the weights."""
    source = random.Random(1)
    lows, highs = [], []
    for _ in range(draws):
        weights = [source.expovariate(1.0) for _ in values]
        extra = source.gammavariate(more, 1.0)
        total = sum(weights) + extra
        seen = sum(weight * value for weight, value in zip(weights, values, strict=True))
        lows.append(seen / total)
        highs.append((seen + extra) / total)
    return Interval(intervals.quantile(lows, 0.025), intervals.quantile(highs, 0.975))


@given(st.integers(1, 400), st.data())
def test_for_right_and_wrong_it_is_the_interval_of_clopper_and_pearson(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    values = [1.0] * hits + [0.0] * (n - hits)
    assert bounded.mean(values) == pytest.approx(tuple(intervals.exact(hits, n)), abs=4e-3)


@pytest.mark.parametrize("more", [1.0, 0.5])
@pytest.mark.parametrize(
    "values",
    [[0.5], [0.2, 0.9], [1.0] * 9 + [0.25], [0.9 + step / 100 for step in range(10)], [0.0] * 6 + [0.3] * 6],
)
def test_it_is_the_distribution_of_weights_that_are_drawn(values: list[float], more: float) -> None:
    assert bounded.mean(values, more=more) == pytest.approx(tuple(drawn(values, more)), abs=5e-3)


@given(scores, st.sampled_from([1.0, 0.5]))
def test_it_has_the_mean_in_it_and_stays_in_the_range(values: list[float], more: float) -> None:
    low, high = bounded.mean(values, more=more)
    assert 0.0 <= low <= sum(values) / len(values) + 1e-9
    assert sum(values) / len(values) - 1e-9 <= high <= 1.0


@given(scores)
def test_seen_in_a_mirror_it_is_mirrored(values: list[float]) -> None:
    low, high = bounded.mean(values)
    assert bounded.mean([1.0 - value for value in values]) == pytest.approx((1.0 - high, 1.0 - low), abs=1e-6)


@given(scores)
def test_on_another_range_it_is_moved_and_stretched(values: list[float]) -> None:
    low, high = bounded.mean(values)
    wide = bounded.mean([4.0 * value - 3.0 for value in values], low=-3.0, high=1.0)
    assert wide == pytest.approx((4.0 * low - 3.0, 4.0 * high - 3.0), abs=1e-5)


@given(scores)
def test_a_higher_confidence_and_more_weight_at_the_ends_are_wider(values: list[float]) -> None:
    low, high = bounded.mean(values)
    surer, lighter = bounded.mean(values, 0.99), bounded.mean(values, more=0.5)
    assert surer.low <= low + 1e-6
    assert high <= surer.high + 1e-6
    assert low <= lighter.low + 1e-6
    assert lighter.high <= high + 1e-6


def test_values_that_are_all_alike_are_not_sure_of_the_next_one() -> None:
    assert bounded.mean([1.0] * 20) == pytest.approx((0.832, 1.0), abs=2e-3)
    assert bounded.mean([0.5] * 20) == pytest.approx((0.415, 0.585), abs=2e-3)
    assert bounded.mean([]) == (0.0, 1.0)


def test_many_values_are_put_into_cells_which_changes_next_to_nothing() -> None:
    source = random.Random(3)
    values = [source.betavariate(8, 2) for _ in range(20_000)]
    low, high = bounded.mean(values)
    assert bounded.mean(values[:250]).low < low
    assert (low, high) == pytest.approx(tuple(intervals.normal(values)), abs=5e-4)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda source: source.betavariate(8.0, 2.0), 0.8),
        (lambda source: source.choices((1.0, 0.75, 0.5, 0.0), (0.9, 0.05, 0.04, 0.01))[0], 0.9575),
        (lambda source: source.betavariate(5.0, 0.2), 5.0 / 5.2),
    ],
    ids=["mostly high", "marks of a rubric", "nearly always perfect"],
)
@pytest.mark.parametrize("n", [5, 20])
def test_it_covers_as_often_as_it_says_however_few_the_values(
    draw: Callable[[random.Random], float], truth: float, n: int
) -> None:
    source = random.Random(11)
    found = [bounded.mean([draw(source) for _ in range(n)]) for _ in range(400)]
    assert sum(low <= truth <= high for low, high in found) >= 0.95 * len(found)
