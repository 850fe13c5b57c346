"""contains: all words, any word, no forbidden word."""

from typing import Any

import pytest

from esclusa.evals.scorers import Score
from tests.evals.scorers.asking import problem, scored


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({}, "Your refund is on its way", "refund"),
        ({}, "refund for ORD-1", ["ORD-1", "refund"]),
        ({"any": True}, "money back", ["refund", "money back"]),
        ({"ignore": ["case", "accents"]}, "DEVOLUCIÓN", "devolucion"),
        ({"words": ["sorry"]}, "so sorry!", "something else"),
        ({"forbid": ["as an AI"]}, "Hello", None),
        ({"forbid": ["as an AI"], "expected": "says"}, "Hello", {"says": "Hell"}),
    ],
)
def test_what_contains_it_is_worth_1(settings: dict[str, Any], text: str, expected: Any) -> None:
    assert scored("contains", settings, text, expected) == Score(1.0)


@pytest.mark.parametrize(
    ("settings", "text", "expected", "why"),
    [
        ({}, "Hello", "refund", "does not contain 'refund'"),
        ({}, "refund", ["refund", "ORD-1"], "does not contain 'ORD-1'"),
        ({"any": True}, "Hello", ["a refund", "money"], "does not contain 'a refund' or 'money'"),
        ({"forbid": ["as an AI"], "ignore": ["case"]}, "As an ai, I", None, "contains 'as an AI'"),
        ({"path": "a"}, "refund", "refund", "expected a text at `a`, found nothing"),
    ],
)
def test_what_does_not_is_worth_0_and_says_why(
    settings: dict[str, Any], text: str, expected: Any, why: str
) -> None:
    assert scored("contains", settings, text, expected) == Score(0.0, why)


def test_a_value_that_is_no_text_contains_nothing() -> None:
    assert scored("contains", {"path": "a"}, "", "1", {"a": 1}) == Score(
        0.0, "expected a text at `a`, found 1"
    )


@pytest.mark.parametrize("expected", [3, [], ["a", 1], None, {}])
def test_an_expectation_that_is_no_text_is_a_problem(expected: Any) -> None:
    assert problem("contains", {}, expected) == "needs a text or a list of texts in `expected`"


def test_no_expectation_is_a_problem_unless_the_suite_says_the_words() -> None:
    assert problem("contains", {}) == "needs `expected`"
    assert problem("contains", {"words": ["a"]}) == ""
    assert problem("contains", {"forbid": ["a"]}) == ""
    assert problem("contains", {"forbid": ["a"], "expected": "says"}) == "needs `expected.says`"
