import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import binomial, eprocess, means

Lowest = st.floats(-5.0, -1e-3)


@given(Lowest, st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_a_value_is_not_expected_to_pay_while_the_mean_is_not_above_zero(
    lowest: float, depth: float, height: float
) -> None:
    """Of two values, `depth` of the lowest one and `height`, with a mean of 0."""
    low = depth * lowest
    up = -low / (height - low) if height > low else 0.0
    expected = [
        up * math.exp(win) + (1.0 - up) * math.exp(loss)
        for win, loss in zip(means.gains(height, lowest), means.gains(low, lowest), strict=True)
    ]
    assert max(expected) <= 1.0 + 1e-9


@given(Lowest, st.floats(-10.0, 0.0))
def test_no_value_takes_everything(lowest: float, value: float) -> None:
    assert min(means.gains(value, lowest)) >= math.log(0.05) - 1e-9


def test_what_cannot_be_negative_cannot_be_betted_on() -> None:
    with pytest.raises(ValueError, match="cannot be betted on"):
        means.bets(0.0)


def test_a_mean_of_zero_is_called_positive_at_most_as_often_as_promised() -> None:
    source = random.Random(5)
    shown = sum(_shown(source, up=0.5, values=500) is not None for _ in range(400))
    assert binomial.at_least(shown, 400, 0.05) > 0.001


def test_a_mean_well_above_zero_is_seen_soon() -> None:
    source = random.Random(6)
    seen = [_shown(source, up=0.8, values=500) for _ in range(50)]
    assert max(number or 1000 for number in seen) < 150


def _shown(source: random.Random, up: float, values: int) -> int | None:
    capital = list(means.START)
    for number in range(values):
        gains = means.gains(1.0 if source.random() < up else -1.0, -1.0)
        capital = [held + gain for held, gain in zip(capital, gains, strict=True)]
        if eprocess.log_e(capital) >= eprocess.log_threshold(0.05):
            return number + 1
    return None
