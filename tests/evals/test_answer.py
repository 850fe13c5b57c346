"""Paths into a response."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.answer import NOTHING, Answer, read_json, walk

DATA = {
    "metadata": {"intent": "refund", "none": None},
    "choices": [{"content": '{"label": ["a", "b"]}'}],
    "0": "x",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", "the text"),
        ("metadata.intent", "refund"),
        ("metadata.none", None),
        ("choices.0.content", '{"label": ["a", "b"]}'),
        ("choices.0.content.label.1", "b"),
        ("0", "x"),
        ("choices.1", NOTHING),
        ("choices.-1", NOTHING),
        ("choices.x", NOTHING),
        ("metadata.intent.deeper", NOTHING),
        ("metadata.none.deeper", NOTHING),
        ("absent", NOTHING),
    ],
)
def test_a_path_leads_through_mappings_lists_and_texts_that_are_json(path: str, value: Any) -> None:
    assert Answer(text="the text", data=DATA).at(path) == value


@pytest.mark.parametrize("text", ["", "refund", "{", "[" * 100_000, "NaN", '"\ud800"'])
def test_what_is_not_json_is_nothing(text: str) -> None:
    assert read_json(text) is NOTHING


@given(
    st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
    st.text(),
)
def test_any_path_into_any_value_ends_somewhere(value: Any, path: str) -> None:
    found = walk(value, path)
    assert found is NOTHING or isinstance(found, str | list | dict | int | float | None)
