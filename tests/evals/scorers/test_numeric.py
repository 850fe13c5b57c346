"""numeric: which number a text has, and how near is near enough."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.scorers import Score
from tests.evals.scorers.asking import problem, scored


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({}, "42", 42),
        ({}, "It is 42.", "42"),
        ({}, "1,234,567.5 EUR", 1234567.5),
        ({}, "\u2212.5e1", -5),
        ({}, "12%", 12),
        ({"decimal": ","}, "1.234,5 EUR", 1234.5),
        ({"take": "first"}, "3 of 4", 3),
        ({"take": "last"}, "3 of 4", 4),
        ({"absolute": 0.1}, "4.1", 4),
        ({"relative": 0.05}, "105", 100),
        ({"absolute": 0.001, "relative": 0.05}, "-105", -100),
        ({"expected": "amount"}, "4", {"amount": 4}),
        ({}, "0.30000000000000004", 0.3),
        ({}, "version v1.2 has 7 parts", 7),
    ],
)
def test_the_number_or_one_near_enough_is_worth_1(settings: dict[str, Any], text: str, expected: Any) -> None:
    assert scored("numeric", settings, text, expected) == Score(1.0)


@pytest.mark.parametrize(
    ("settings", "text", "why"),
    [
        ({}, "41", "expected 42 within 0, found 41"),
        ({"absolute": 0.5}, "42.6", "expected 42 within 0.5, found 42.6"),
        ({}, "3 of 42", "expected one number, found '3 of 42'"),
        ({"take": "first"}, "none", "expected a number, found 'none'"),
        ({}, "1e999", "expected one number, found '1e999'"),
        ({"path": "total"}, "42", "expected one number at `total`, found True"),
        ({"path": "absent"}, "42", "expected one number at `absent`, found nothing"),
    ],
)
def test_any_other_is_worth_0_and_says_why(settings: dict[str, Any], text: str, why: str) -> None:
    assert scored("numeric", settings, text, 42, data={"total": True}) == Score(0.0, why)


def test_a_case_needs_a_number() -> None:
    assert problem("numeric", {}) == "needs `expected`"
    assert problem("numeric", {}, "many") == "needs a number in `expected`, found 'many'"
    assert problem("numeric", {}, True) == "needs a number in `expected`, found True"


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.text("ab \n", max_size=5))
def test_a_number_that_is_written_is_read_again(number: float, around: str) -> None:
    assert scored("numeric", {}, f"{around} {number!r} {around}", number) == Score(1.0)
