"""exact: equal or not, and why."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.scorers import Score, build_scorer
from esclusa.evals.scorers.exact import same
from tests.evals.scorers.asking import problem, scored


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({}, " refund\n", "refund"),
        ({"ignore": ["case"]}, "Refund", "refund"),
        ({}, "42", 42),
        ({}, '{"a": [1.0]}', {"a": [1]}),
        ({"expected": "intent"}, "refund", {"intent": "refund", "other": 1}),
        ({"any": True}, "b", ["a", "b"]),
    ],
)
def test_what_is_equal_is_worth_1(settings: dict[str, Any], text: str, expected: Any) -> None:
    assert scored("exact", settings, text, expected) == Score(1.0)


@pytest.mark.parametrize(
    ("settings", "text", "expected", "why"),
    [
        ({}, "Refund", "refund", "expected 'refund', found 'Refund'"),
        ({}, "true", 1, "expected 1, found 'true'"),
        ({}, "", None, "expected None, found ''"),
        ({"any": True}, "c", ["a", "b"], "expected ['a', 'b'], found 'c'"),
        ({"path": "metadata.intent"}, "refund", "refund", "no `metadata.intent` in the response"),
    ],
)
def test_what_is_not_is_worth_0_and_says_why(
    settings: dict[str, Any], text: str, expected: Any, why: str
) -> None:
    assert scored("exact", settings, text, expected) == Score(0.0, why)


def test_a_path_leads_into_the_response() -> None:
    data = {"metadata": {"intent": "refund"}}
    assert scored("exact", {"path": "metadata.intent"}, "Sure!", "refund", data) == Score(1.0)


def test_a_null_in_the_response_can_be_expected() -> None:
    assert scored("exact", {"path": "a"}, "", None, {"a": None}) == Score(1.0)


@pytest.mark.parametrize(
    ("settings", "lacks"),
    [
        ({}, "needs `expected`"),
        ({"expected": "intent"}, "needs `expected.intent`"),
        ({"any": True}, "needs a list in `expected`, because of `any: true`"),
    ],
)
def test_a_case_without_what_it_needs_is_a_problem(settings: dict[str, Any], lacks: str) -> None:
    assert problem("exact", settings) == lacks


def test_a_case_without_the_part_it_needs_is_a_problem() -> None:
    assert problem("exact", {"expected": "intent"}, {"label": "x"}) == "needs `expected.intent`"


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^ignor: unknown key 'ignor'; did you mean 'ignore'\?"):
        build_scorer("exact", {"ignor": []}, Path())


def test_an_unknown_scorer_is_named_with_its_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"^unknown scorer 'exakt'; did you mean 'exact'\?"):
        build_scorer("exakt", {}, Path())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        ([1], [True]),
        ({"a": 1}, {"a": 1, "b": None}),
        ([1, 2], [2, 1]),
        ("1", 1),
        (None, False),
    ],
)
def test_values_that_json_tells_apart_differ(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
def test_equality_is_reflexive_and_symmetric(one: Any, other: Any) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)
