"""How amounts are written in rules and shown in sentences."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.gates.units import (
    format_difference,
    format_differences,
    format_interval,
    format_value,
    read_amount,
    write_amount,
)

UNITS = ("share", "s", "USD", "tokens", "findings", "MB")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (56 / 60, "share", "93.3 %"),
        (0.85, "share", "85 %"),
        (0.9997, "share", "99.97 %"),
        (0.99081, "share", "99.1 %"),
        (0.00042, "share", "0.042 %"),
        (0.0, "share", "0 %"),
        (1.0, "share", "100 %"),
        (1.934, "s", "1.93 s"),
        (0.24, "s", "240 ms"),
        (0.99999, "s", "1 s"),
        (123.4, "s", "123 s"),
        (math.inf, "s", "unbounded"),
        (0.0042, "USD", "0.0042 USD"),
        (0.0000421, "USD", "0.0000421 USD"),
        (512.3, "tokens", "512 tokens"),
        (1234567.0, "tokens", "1234567 tokens"),
        (3.0, "findings", "3"),
        (12.0, "MB", "12 MB"),
    ],
)
def test_values_read_as_people_write_them(value: float, unit: str, shown: str) -> None:
    assert format_value(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (-2 / 60, "share", "-3.3 points"),
        (0.0, "share", "0 points"),
        (0.0004, "share", "+0.04 points"),
        (0.24, "s", "+240 ms"),
        (-0.001, "USD", "-0.001 USD"),
    ],
)
def test_differences_carry_a_sign_and_shares_differ_by_points(value: float, unit: str, shown: str) -> None:
    assert format_difference(value, unit) == shown


def test_a_value_beside_its_limit_shows_the_digits_that_tell_them_apart() -> None:
    assert format_value(0.84997, "share", apart_from=0.85) == "84.997 %"
    assert format_value(2.0001, "s", apart_from=2.0) == "2.0001 s"
    assert format_value(0.5, "share", apart_from=0.85) == "50 %"
    assert format_value(0.85, "share", apart_from=0.85) == "85 %"


def test_an_interval_names_its_unit_once_and_says_where_it_has_no_end() -> None:
    assert format_interval(0.841, 0.974, "share") == "84.1 to 97.4 %"
    assert format_interval(0.8, 1.2, "s") == "800 ms to 1.2 s"
    assert format_interval(1.7, None, "s") == "1.7 s or more"
    assert format_interval(None, 1.7, "s") == "1.7 s or less"
    assert format_differences(-0.089, 0.05, "share") == "-8.9 to +5 points"
    assert format_differences(None, -0.05, "share") == "-5 points or less"


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_short_of_the_whole_is_never_shown_as_0_or_100(value: float) -> None:
    if 1e-9 < value < 1 - 1e-9:
        assert format_value(value, "share") not in ("0 %", "100 %")


@given(st.floats(0, 1e12), st.sampled_from(UNITS))
def test_a_written_amount_reads_as_the_same_float(value: float, unit: str) -> None:
    text = write_amount(value, unit)
    number = text.removesuffix("%") if unit == "share" else text.split(" ")[0]
    suffix = text[len(number) :].strip()
    assert read_amount(number, suffix, unit) == value


def test_a_foreign_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="not a unit of share"):
        read_amount("85", "s", "share")
