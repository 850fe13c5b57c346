"""Durations and shares, as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.config.quantities import duration, share, write_duration, write_share


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60 s", 60.0),
        ("60s", 60.0),
        ("200 ms", 0.2),
        ("1.5 h", 5400.0),
        ("10m", 600.0),
        ("10 min", 600.0),
        ("1h30m", 5400.0),
        ("1 h 30 min 5 s", 5405.0),
        ("2d", 172800.0),
        ("0", 0.0),
        (" 0 s ", 0.0),
    ],
)
def test_a_duration_is_understood(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "60", "s", "1 s 1 h", "1s1s", "1m1min", "-1 s", "1 fortnight", "1,5 s", "١ s", "1e3 s", "0x1 s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        duration(text)


@given(some.integers(0, 10**9).map(lambda milliseconds: milliseconds / 1000))
def test_a_written_duration_is_read_back(seconds: float) -> None:
    assert duration(write_duration(seconds)) == seconds


@given(some.text(max_size=12))
def test_any_text_is_a_duration_of_at_least_nothing_or_refused(text: str) -> None:
    try:
        assert duration(text) >= 0
    except ValueError:
        pass


@given(some.integers(0, 10**6).map(lambda millionths: millionths / 10**6))
def test_a_share_is_the_same_in_percent_and_as_a_number(value: float) -> None:
    assert share(write_share(value)) == share(f"{Decimal(str(value)):f}") == value


@pytest.mark.parametrize("text", ["", "%", "101%", "1.01", "-5%", "5 %%", "five", "1e-2", "NaN", "٥%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        share(text)


@given(some.text(max_size=8))
def test_any_text_is_a_share_of_the_whole_or_refused(text: str) -> None:
    try:
        assert 0 <= share(text) <= 1
    except ValueError:
        pass
