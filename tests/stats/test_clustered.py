"""Shares and quantiles of turns in conversations, against published numbers, scipy, and simulation."""

import math
import random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from esclusa.stats import clustered, intervals

CONVERSATIONS = st.lists(st.tuples(st.integers(1, 8), st.floats(0, 1)), min_size=2, max_size=40).map(
    lambda them: ([round(part * size) for size, part in them], [size for size, _ in them])
)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_of_turns_that_stand_alone_the_difference_is_that_of_newcombe(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Table II of Newcombe 1998, method 10."""

    def alone(hits: int, n: int) -> clustered.Known:
        return clustered.share([1.0] * hits + [0.0] * (n - hits), [1] * n)

    gap = clustered.difference(alone(*one), alone(*other))
    assert gap.interval == pytest.approx((low, high), abs=5e-5)


@given(CONVERSATIONS)
def test_the_spread_over_conversations_is_that_of_leaving_each_out(
    known: tuple[list[int], list[int]],
) -> None:
    """The delete-one jackknife of numpy: the same to first order, and exactly for equal sizes."""
    hits = numpy.array(known[0], float)
    sizes = numpy.full(len(hits), 8)
    turns, share = sizes.sum(), hits.sum() / sizes.sum()
    if not 0 < share < 1:
        return
    left_out = (hits.sum() - hits) / (turns - sizes)
    jackknife = (len(hits) - 1) / len(hits) * ((left_out - left_out.mean()) ** 2).sum()
    expected = max(1.0, jackknife / (share * (1 - share) / (turns - 1)))
    assert clustered.effect(known[0], list(sizes)) == pytest.approx(expected)


@given(CONVERSATIONS)
def test_an_interval_holds_its_estimate_and_is_no_shorter_than_of_turns_alone(
    known: tuple[list[int], list[int]],
) -> None:
    hits, sizes = known
    found = clustered.share(hits, sizes)
    alone = intervals.wilson(sum(hits), sum(sizes))
    assert found.interval.low - 1e-12 <= found.estimate <= found.interval.high + 1e-12
    assert found.interval.high - found.interval.low >= alone.high - alone.low - 1e-12


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_quantile_lies_within_its_interval_and_among_what_is_possible(
    values: list[float], q: float
) -> None:
    found = clustered.quantile(values, range(len(values)), q, most=30.0)
    assert 0.0 <= found.interval.low <= found.estimate <= found.interval.high <= 30.0
    assert found.estimate in values


def test_the_interval_of_a_quantile_is_about_that_of_scipy() -> None:
    values = list(numpy.random.default_rng(1).lognormal(size=2000))
    found = clustered.quantile(values, range(len(values)), 0.95)
    exact = stats.quantile_test(values, p=0.95).confidence_interval(0.95)
    assert found.interval == pytest.approx((exact.low, exact.high), rel=0.02)


@given(CONVERSATIONS, CONVERSATIONS)
def test_a_difference_turns_round_with_its_sides(
    one: tuple[list[int], list[int]], other: tuple[list[int], list[int]]
) -> None:
    here, there = clustered.share(*one), clustered.share(*other)
    gap, back = clustered.difference(here, there), clustered.difference(there, here)
    assert (gap.estimate, *gap.interval) == pytest.approx(
        (-back.estimate, -back.interval.high, -back.interval.low)
    )


def test_nothing_seen_is_nothing_known() -> None:
    assert clustered.share([], []).interval == (0.0, 1.0)
    assert clustered.quantile([], [], 0.95, most=30.0).interval == (0.0, 30.0)
    assert math.isnan(clustered.share([], []).estimate)


def drawn(chance: random.Random, conversations: int = 200) -> tuple[list[bool], list[float], list[int]]:
    """A tenth of the conversations is bad: most of their turns fail, and all are slow."""
    failed, seconds, numbers = [], [], []
    for number in range(conversations):
        bad = chance.random() < 0.1
        for _ in range(chance.randint(1, 8)):
            failed.append(chance.random() < (0.7 if bad else 0.02))
            seconds.append(chance.lognormvariate(1.0 if bad else 0.0, 0.3))
            numbers.append(number)
    return failed, seconds, numbers


def test_two_groups_that_are_alike_are_told_apart_as_seldom_as_was_said() -> None:
    """200 times at 95 %: more than 20 would happen once in 500; as if turns stood alone, it is far more."""
    chance, alarms, naive, slow = random.Random(1), 0, 0, 0
    for _ in range(200):
        (one, took, talks), (other, also, others) = drawn(chance), drawn(chance)
        gap = clustered.difference(clustered.shares_of(one, talks), clustered.shares_of(other, others))
        alarms += not gap.interval.low <= 0 <= gap.interval.high
        alone = clustered.difference(
            clustered.shares_of(one, range(len(one))), clustered.shares_of(other, range(len(other)))
        )
        naive += not alone.interval.low <= 0 <= alone.interval.high
        later = clustered.difference(
            clustered.quantile(took, talks, 0.95), clustered.quantile(also, others, 0.95)
        )
        slow += not later.interval.low <= 0 <= later.interval.high
    assert alarms <= 20
    assert slow <= 20
    assert naive > 30
