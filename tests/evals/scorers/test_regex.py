"""regex: found, or matching all."""

from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.evals.scorers import Score, build_scorer
from tests.evals.scorers.asking import problem, scored


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({"pattern": r"ORD-\d+"}, "see ORD-17.", "ignored"),
        ({}, "see ORD-17.", r"ORD-\d+"),
        ({"expected": "shape"}, "see ORD-17.", {"shape": r"ORD-\d+"}),
        ({"pattern": r"ORD-\d+", "full": True}, "ORD-17", None),
        ({"pattern": "ord", "ignore_case": True}, "ORD-17", None),
    ],
)
def test_what_matches_is_worth_1(settings: dict[str, Any], text: str, expected: Any) -> None:
    assert scored("regex", settings, text, expected) == Score(1.0)


def test_what_does_not_is_worth_0_and_says_why() -> None:
    assert scored("regex", {"pattern": "a+", "full": True}, "aab") == Score(0.0, "'aab' does not match a+")
    assert scored("regex", {"pattern": "a", "path": "x"}, "a") == Score(
        0.0, "expected a text at `x`, found nothing"
    )


def test_a_pattern_that_is_none_is_an_error_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match=r"^pattern: expected a regular expression, found '\('"):
        build_scorer("regex", {"pattern": "("}, Path())
    assert problem("regex", {}, "(").startswith(
        "needs a regular expression in `expected`, found '(': missing )"
    )
    assert problem("regex", {}, 1) == "needs a regular expression in `expected`"
    assert problem("regex", {}) == "needs `expected`"
