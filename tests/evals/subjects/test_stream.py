"""A stream of pieces: when it began, and what it adds up to."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.subjects.stream import FirstToken, joined
from tests.evals.fakes import FakeClock


def piece(delta: Any, **more: Any) -> str:
    return f"data: {json.dumps({'choices': [{'delta': delta, **more}]}, ensure_ascii=False)}\n\n"


WHOLE = piece({"role": "assistant", "content": ""}) + piece({"content": "x\u2028y"}) + "data: [DONE]\n\n"


def message(stream: str) -> Any:
    data, problem = joined(stream)
    assert problem == ""
    assert data is not None
    return data["choices"][0]["message"]


def test_texts_are_put_together() -> None:
    assert message(WHOLE) == {"role": "assistant", "content": "x\u2028y"}
    assert message(WHOLE.replace("\n", "\r\n"))["content"] == "x\u2028y"


def test_a_reason_to_finish_makes_it_whole_without_done() -> None:
    data, problem = joined(piece({"content": "Hi"}) + piece({}, finish_reason="stop"))
    assert (data, problem) == (
        {
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
            ]
        },
        "",
    )


def test_tool_calls_are_put_together_by_their_number() -> None:
    stream = (
        piece({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "find", "arguments": ""}}]})
        + piece({"tool_calls": [{"index": 0, "function": {"arguments": '{"id"'}}]})
        + piece({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "refund", "arguments": "{}"}}]})
        + piece({"tool_calls": [{"index": 0, "function": {"arguments": ": 7}"}}, "odd"]})
        + "data: [DONE]\n\n"
    )
    assert message(stream)["tool_calls"] == [
        {"type": "function", "function": {"name": "find", "arguments": '{"id": 7}'}, "id": "a"},
        {"type": "function", "function": {"name": "refund", "arguments": "{}"}, "id": "b"},
    ]


def test_only_the_first_choice_counts() -> None:
    other = 'data: {"choices": [{"index": 1, "delta": {"content": "no"}}]}\n\n'
    assert message(other + WHOLE)["content"] == "x\u2028y"


def test_nothing_at_all_is_nothing() -> None:
    assert joined("oops") == (None, "")


@pytest.mark.parametrize(
    "delta", [{"content": "H"}, {"tool_calls": [{"index": 0}]}, {"reasoning_content": "Hm"}]
)
def test_whatever_it_says_first_is_its_beginning(delta: Any) -> None:
    clock = FakeClock()
    first = FirstToken(clock)
    first.feed(piece({"role": "assistant", "content": ""}).encode())
    assert first.at is None
    clock.slept.append(3.0)
    first.feed(piece(delta).encode())
    clock.slept.append(4.0)
    first.feed(piece(delta).encode())
    assert first.at == 3.0


@given(st.sets(st.integers(1, len(WHOLE.encode()) - 1)))
def test_however_the_stream_is_cut_it_begins_with_the_same_line(cuts: set[int]) -> None:
    clock = FakeClock()
    first = FirstToken(clock)
    data = WHOLE.encode()
    begins = data.index(b"\n", data.index(b"x\xe2\x80\xa8y"))
    marks = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(marks):
        first.feed(data[start:end])
        assert (first.at is not None) == (end > begins)
