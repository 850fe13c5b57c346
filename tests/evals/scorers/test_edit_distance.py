"""edit_distance: letters that differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.scorers import Score
from tests.evals.scorers.asking import problem, scored


def test_the_same_text_is_worth_1_and_each_edit_takes_its_part() -> None:
    assert scored("edit_distance", {}, "kitten", "kitten") == Score(1.0)
    assert scored("edit_distance", {}, "kitten", "sitting") == Score(1 - 3 / 7, "3 edits from 'sitting'")
    assert scored("edit_distance", {}, "", "abc") == Score(0.0, "3 edits from 'abc'")
    assert scored("edit_distance", {}, "", "") == Score(1.0)


def test_of_several_texts_the_nearest_counts() -> None:
    assert scored("edit_distance", {}, "cat", ["dog", "cart"]) == Score(0.75, "1 edit from 'cart'")


def test_what_is_ignored_is_no_edit() -> None:
    assert scored("edit_distance", {"ignore": ["case"], "expected": "said"}, "HI", {"said": "hi"}) == Score(
        1.0
    )


def test_what_is_no_text_or_much_too_long_is_worth_0() -> None:
    assert (
        scored("edit_distance", {"path": "n"}, "", "x", data={"n": 3}).explanation
        == "expected a text at `n`, found 3"
    )
    long = scored("edit_distance", {}, "x" * 100_001, "x")
    assert long == Score(0.0, "the answer has 100,001 characters, and 100,000 are compared at most")


def test_a_case_needs_a_text() -> None:
    assert problem("edit_distance", {}) == "needs `expected`"
    for wanted in (7, [], ["a", 7]):
        assert problem("edit_distance", {}, wanted) == "needs a text or a list of texts in `expected`"
    assert (
        problem("edit_distance", {}, "x" * 100_001)
        == "needs texts of at most 100,000 characters in `expected`"
    )


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    there, back = scored("edit_distance", {}, one, other).value, scored("edit_distance", {}, other, one).value
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    assert (there == 1) == (one == other)
