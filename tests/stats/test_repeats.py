"""What a case comes to that was asked several times."""

import itertools
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import intervals
from esclusa.stats.repeats import all_right, interval

ASKED = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n)))


@given(ASKED)
def test_it_is_the_share_of_all_ways_to_take_k_askings_that_are_all_right(case: tuple[int, int, int]) -> None:
    right, asked, k = case
    ways = list(itertools.combinations([True] * right + [False] * (asked - right), k))
    assert all_right(right, asked, k) == pytest.approx(sum(map(all, ways)) / len(ways))


@given(st.integers(1, 8), st.integers(1, 8), st.fractions(0, 1, max_denominator=50))
def test_it_is_unbiased_for_the_chance_that_k_askings_are_right(asked: int, k: int, p: Fraction) -> None:
    k = min(k, asked)
    chance = [math.comb(asked, hits) * p**hits * (1 - p) ** (asked - hits) for hits in range(asked + 1)]
    assert float(sum(chance)) == pytest.approx(1)
    expected = sum(float(weight) * all_right(hits, asked, k) for hits, weight in enumerate(chance))
    assert expected == pytest.approx(float(p**k))


@given(st.integers(1, 10).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_one_asking_is_the_mean_and_more_are_never_likelier(case: tuple[int, int]) -> None:
    right, asked = case
    falls = [all_right(right, asked, k) for k in range(1, asked + 1)]
    assert falls[0] == right / asked
    assert falls == sorted(falls, reverse=True)


@pytest.mark.parametrize("k", [0, 4])
def test_askings_that_were_not_made_tell_nothing(k: int) -> None:
    with pytest.raises(ValueError, match=f"{k} askings of 3"):
        all_right(2, 3, k)


def test_the_interval_is_of_cases_and_not_of_their_askings() -> None:
    """Cases that are always right or never: to ask them ten times tells what asking once does."""
    chance = random.Random(1)
    truth, held, alone = 0.7, 0, 0
    for _ in range(300):
        cases = [float(chance.random() < truth) for _ in range(60)]
        low, high = interval(cases)
        held += low <= truth <= high
        few = intervals.wilson(sum(cases) * 10, 600)
        alone += few.low <= truth <= few.high
    assert held >= 0.9 * 300
    assert alone < 0.6 * 300


def test_cases_that_are_all_alike_do_not_make_it_sure() -> None:
    low, high = interval([1.0] * 20)
    assert (low < 0.9, high) == (True, 1.0)
