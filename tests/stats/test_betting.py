import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import betting

Values = st.lists(st.floats(0, 1), max_size=60)


@given(Values, st.floats(0, 1), st.floats(0, 1))
def test_the_capital_falls_as_the_claimed_mean_rises(values: list[float], a: float, b: float) -> None:
    low, high = sorted((a, b))
    slack = 1e-9
    assert (
        betting.highest_log_capital(values, low, 0.05)
        >= betting.highest_log_capital(values, high, 0.05) - slack
    )


@given(Values)
def test_the_lower_bound_is_where_the_claim_is_just_refuted(values: list[float]) -> None:
    bound = betting.lower_bound(values, 0.05)
    if bound > 0.0:
        assert betting.p_value_above(values, bound) <= 0.05
    if bound < 1.0 - 1e-5:
        assert betting.p_value_above(values, bound + 1e-5) > 0.05


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_true_claim_is_seldom_refuted(share: float) -> None:
    source = random.Random(11)
    runs = [[float(source.random() < share) for _ in range(150)] for _ in range(300)]
    assert sum(betting.p_value_above(run, share) <= 0.05 for run in runs) <= 25
    assert sum(betting.p_value_below(run, share) <= 0.05 for run in runs) <= 25


def test_a_false_claim_is_refuted() -> None:
    source = random.Random(2)
    values = [source.betavariate(9, 1) for _ in range(200)]
    assert betting.p_value_above(values, 0.8) < 1e-4
    assert betting.p_value_below(values, 0.8) == 1.0
