"""Populations drawn in a random order: what is settled early is what all cases would have said."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.value import decode, encode
from esclusa.stats.finite import Race, drawn, interval, race
from esclusa.stats.planning import wald_cases

shares = st.floats(0, 1)


def ran(values: Sequence[float], limit: float, *, strict: bool = True, size: int = 0) -> Race:
    """The race after the values, or as soon as it is settled."""
    state = race(size or len(values), limit, strict=strict)
    for value in values:
        if state.answer is not None:
            break
        state = drawn(state, value)
    return state


def population(share: float, size: int, seed: int) -> list[float]:
    right = round(share * size)
    values = [1.0] * right + [0.0] * (size - right)
    random.Random(seed).shuffle(values)
    return values


@given(st.lists(shares, min_size=1, max_size=30), shares, st.booleans())
def test_the_last_value_settles_it_at_the_latest(values: list[float], limit: float, strict: bool) -> None:
    assert ran(values, limit, strict=strict).answer is not None


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=12), st.integers(0, 12), st.booleans())
def test_a_certain_answer_is_what_every_rest_would_give(values: list[float], over: int, strict: bool) -> None:
    size = len(values) + 3
    over = min(over, size)
    state = race(size, over / size, strict=strict)
    for value in values:
        state = drawn(state, value)
    ends = {
        (sum(values) + sum(rest) > over if strict else sum(values) + sum(rest) >= over)
        for rest in itertools.product([0.0, 1.0], repeat=3)
    }
    assert state.exact == (len(ends) == 1)
    if state.exact:
        assert ends == {state.answer}


def test_half_of_the_cases_wrong_is_settled_by_counting_alone() -> None:
    assert ran([0.0] * 4, 0.6, size=10) == Race(
        size=10,
        limit=0.6,
        strict=True,
        alpha=0.05,
        alpha_under=0.05,
        seen=4,
        least=0.0,
        most=0.0,
        higher=ran([0.0] * 4, 0.6, size=10).higher,
        lower=ran([0.0] * 4, 0.6, size=10).lower,
        answer=False,
        exact=True,
    )


def test_a_limit_that_no_mean_can_miss_is_settled_before_the_first_value() -> None:
    assert race(5, 0.0, strict=False).answer is True
    assert race(5, 1.0, strict=True).answer is False
    assert race(5, 1.0, strict=False).answer is None


@pytest.mark.parametrize(("share", "limit"), [(0.85, 0.85), (0.86, 0.85), (0.05, 0.05)])
def test_an_early_answer_is_seldom_another_than_that_of_all_cases(share: float, limit: float) -> None:
    size, strict = 200, True
    answers = [ran(population(share, size, seed), limit, strict=strict).answer for seed in range(200)]
    truth = round(share * size) > limit * size
    assert sum(answer is not truth for answer in answers) / 200 <= 0.05 + 0.03


def test_far_from_the_limit_it_takes_about_as_few_cases_as_wald_allows() -> None:
    seen = [ran(population(0.95, 1000, seed), 0.85).seen for seed in range(200)]
    assert sum(seen) / 200 <= 1.25 * wald_cases(0.95, 0.85)


def test_scores_that_hardly_differ_are_settled_sooner_than_right_and_wrong() -> None:
    source = random.Random(3)
    values = [0.93 + 0.04 * source.random() for _ in range(1000)]
    assert ran(values, 0.85).seen < 45


def test_a_value_that_could_not_be_seen_speaks_for_neither_side() -> None:
    """Every second value unseen: nothing is ever shown, however many there are."""
    state = race(300, 0.5, strict=True)
    for number in range(250):
        state = drawn(state, 0.0, 1.0) if number % 2 else drawn(state, 0.8)
    assert state.answer is None


def test_the_state_goes_to_json_and_back() -> None:
    state = drawn(drawn(race(10, 0.5, strict=True), 1.0), 0.3)
    assert decode(Race, encode(state)) == state


@settings(max_examples=50)
@given(st.lists(shares, min_size=1, max_size=40), st.integers(0, 40))
def test_the_interval_holds_the_mean_of_what_was_seen_alone_once_all_is_seen(
    values: list[float], more: int
) -> None:
    size = len(values) + more
    low, high = interval([(value, value) for value in values], size)
    assert sum(values) / size - 1e-6 <= low <= high + 1e-6
    assert high <= (sum(values) + more) / size + 1e-6


def test_the_interval_holds_the_mean_of_all_whenever_one_stops() -> None:
    missed = 0
    for seed in range(100):
        values = population(0.9, 300, seed)
        stopped = ran(values, 0.8).seen
        low, high = interval([(value, value) for value in values[:stopped]], 300)
        missed += not low <= 0.9 <= high
    assert missed / 100 <= 0.05


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(0, 200))
def test_the_interval_has_the_mean_of_what_was_seen_in_it(values: list[float], left: int) -> None:
    low, high = interval([(value, value) for value in values], len(values) + left)
    assert low - 1e-6 <= sum(values) / len(values) <= high + 1e-6


def test_each_answer_may_have_a_chance_of_its_own() -> None:
    def after(value: float, **alphas: float) -> int:
        state = race(1000, 0.5, strict=False, **alphas)
        while state.answer is None:
            state = drawn(state, value)
        return state.seen

    assert after(1.0, alpha=0.05, alpha_under=0.001) == after(1.0, alpha=0.05)
    assert after(0.0, alpha=0.05, alpha_under=0.001) == after(0.0, alpha=0.001) > after(0.0, alpha=0.05)
