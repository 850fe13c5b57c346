"""Blocks of values that hang together: never surer than independent ones, and honest about a queue."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import blocks, intervals


def test_students_reach_is_that_of_the_tables() -> None:
    assert [intervals.student(freedom) for freedom in (4, 7, 9, 30, 1000)] == pytest.approx(
        [2.776, 2.365, 2.262, 2.042, 1.962], abs=0.01
    )


@given(st.lists(st.floats(0, 10), min_size=16, max_size=80), st.integers(2, 8))
def test_values_of_blocks_are_never_worth_more_than_independent_ones(values: list[float], many: int) -> None:
    numbers = [place * many // len(values) for place in range(len(values))]
    assert blocks.effect(values, numbers) >= 1.0
    found = blocks.quantile(values, numbers, 0.5)
    assert found.low <= intervals.quantile(values, 0.5) <= found.high
    low, high = blocks.mean(values, numbers)
    assert low <= math.fsum(values) / len(values) <= high


def test_values_that_are_the_same_within_each_block_are_worth_one_each() -> None:
    values = [float(block in (1, 4, 6)) for block in range(8) for _ in range(100)]
    numbers = [block for block in range(8) for _ in range(100)]
    assert blocks.effect(values, numbers) > 80
    low, high = blocks.share(values, numbers)
    assert (low < 0.15, high > 0.65) == (True, True)


def test_one_block_says_nothing_about_a_mean_and_neither_do_values_that_are_all_alike() -> None:
    assert blocks.mean([1.0, 2.0, 3.0], [0, 0, 0]) == intervals.UNKNOWN
    assert blocks.mean([1.0, 1.0, 1.0], [0, 1, 2]) == intervals.UNKNOWN


def test_the_tail_of_a_queue_is_covered_far_more_often_than_if_requests_were_independent() -> None:
    """M/M/1 at 70 % load: the true p95 of the time in the system is -ln(0.05) / 0.3 services."""
    source, true, worlds = random.Random(5), -math.log(0.05) / 0.3, 120
    by_blocks = independent = 0
    for _ in range(worlds):
        values, numbers = queue(0.7, 1000, 8, source)
        found = blocks.quantile(values, numbers, 0.95)
        by_blocks += found.low <= true <= found.high
        naive = intervals.quantile_interval(values, 0.95)
        independent += naive.low <= true <= naive.high
    assert by_blocks / worlds > 0.7
    assert independent / worlds < 0.5


def queue(load: float, count: int, many: int, source: random.Random) -> tuple[list[float], list[int]]:
    """The times in the system of `count` customers of a queue, and in which of `many` blocks of time each came."""
    wait = moment = 0.0
    times: list[float] = []
    came: list[float] = []
    for number in range(count + 200):
        gap = source.expovariate(load)
        moment += gap
        wait = max(0.0, wait - gap) + source.expovariate(1.0)
        if number >= 200:
            times.append(wait)
            came.append(moment)
    span = came[-1] - came[0]
    return times, [min(many - 1, int((one - came[0]) / span * many)) for one in came]
