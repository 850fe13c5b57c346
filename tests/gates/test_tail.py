import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.gates.tail import IN_THE_TAIL, STEP, Tail


def test_nothing_is_known_before_enough_of_the_tail_was_seen() -> None:
    tail = Tail(quantile=0.95)
    for _ in range(20 * IN_THE_TAIL - 1):
        tail.learn(1.0)
    assert (tail.known, tail.baseline_limit(), tail.candidate_limit()) == (False, math.inf, math.inf)
    tail.learn(1.0)
    assert tail.known
    assert tail.baseline_limit() == pytest.approx(1.0, rel=0.03)


def test_the_candidates_limit_is_the_rules() -> None:
    tail = Tail(quantile=0.5, times=1.25, plus=0.1)
    for _ in range(100):
        tail.learn(2.0)
    assert tail.candidate_limit() == 1.25 * tail.baseline_limit() + 0.1


def test_a_tail_of_failures_has_no_end() -> None:
    tail = Tail(quantile=0.95)
    for number in range(200):
        tail.learn(math.inf if number % 4 == 0 else 0.0)
    assert tail.baseline_limit() == math.inf


@given(st.lists(st.floats(1e-4, 100.0), min_size=100, max_size=200), st.sampled_from([0.5, 0.9, 0.95]))
def test_it_is_the_quantile_or_up_to_two_percent_more(seconds: list[float], quantile: float) -> None:
    tail = Tail(quantile=quantile)
    for one in seconds:
        tail.learn(one)
    true = sorted(seconds)[math.ceil(quantile * len(seconds) - 1e-9) - 1]
    assert true * (1 - 1e-9) <= tail.baseline_limit() <= true * STEP * (1 + 1e-9)


@given(st.permutations([0.1, 0.2, 0.4, 0.8, 1.6] * 4))
def test_the_order_in_which_it_learns_is_nothing(seconds: list[float]) -> None:
    tail, other = Tail(quantile=0.5), Tail(quantile=0.5)
    for one in seconds:
        tail.learn(one)
    for one in sorted(seconds):
        other.learn(one)
    assert (tail.counts, tail.seen) == (other.counts, other.seen)
