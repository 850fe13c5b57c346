"""Families of tests: Holm's step-down, against what he wrote and what it promises."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats.families import holm

chances = st.lists(st.floats(0, 1), max_size=12)


def test_the_smallest_is_multiplied_by_all_and_the_next_by_one_less() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.02]) == (0.02,)
    assert holm([]) == ()


@given(chances)
def test_no_p_value_gets_smaller_and_none_leaves_0_to_1(given_chances: list[float]) -> None:
    adjusted = holm(given_chances)
    assert all(before <= after <= 1 for before, after in zip(given_chances, adjusted, strict=True))


@given(chances)
def test_the_order_among_them_stays(given_chances: list[float]) -> None:
    adjusted = holm(given_chances)
    pairs = sorted(zip(given_chances, adjusted, strict=True))
    assert [after for _, after in pairs] == sorted(after for _, after in pairs)


def test_any_false_alarm_among_five_true_claims_stays_within_alpha() -> None:
    source = random.Random(1)
    families = [holm([source.random() for _ in range(5)]) for _ in range(4000)]
    assert sum(min(family) <= 0.05 for family in families) / 4000 <= 0.06
