"""Tool calls in the forms they come in."""

from typing import Any

import pytest

from esclusa.core.case import ToolCall
from esclusa.evals.answer import NOTHING
from esclusa.evals.subjects.tools import read_tool_calls, shortened


@pytest.mark.parametrize(
    ("value", "calls"),
    [
        (NOTHING, ()),
        (None, ()),
        ([], ()),
        (["find"], (ToolCall(name="find"),)),
        ([{"name": "find"}], (ToolCall(name="find"),)),
        ([{"name": "find", "arguments": {"id": 7}}], (ToolCall(name="find", arguments={"id": 7}),)),
        (
            [{"id": "a", "type": "function", "function": {"name": "find", "arguments": '{"id": 7}'}}],
            (ToolCall(name="find", arguments={"id": 7}),),
        ),
        ([{"function": {"name": "find", "arguments": ""}}], (ToolCall(name="find", arguments={}),)),
        ([{"name": "find", "arguments": "{torn"}], (ToolCall(name="find", arguments="{torn"),)),
    ],
)
def test_each_form_is_read(value: Any, calls: tuple[ToolCall, ...]) -> None:
    assert read_tool_calls(value) == calls


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"name": "find"}, "expected a list of tool calls, found {'name': 'find'}"),
        ([{"id": "a"}], "expected a tool call with a `name`, found {'id': 'a'}"),
        ([{"function": {"name": 3}}], "expected a tool call with a `name`, found {'function': {'name': 3}}"),
        ([7], "expected a tool call with a `name`, found 7"),
    ],
)
def test_what_is_none_is_said(value: Any, error: str) -> None:
    with pytest.raises(ValueError) as raised:
        read_tool_calls(value)
    assert str(raised.value) == error


def test_calls_that_are_too_long_for_the_log_are_kept_by_their_names() -> None:
    calls = (ToolCall(name="find", arguments={"id": 7}), ToolCall(name="write", arguments="x" * 1000))
    assert shortened(calls, 2000) == calls
    assert shortened(calls, 600) == (ToolCall(name="find"), ToolCall(name="write"))
    assert shortened((ToolCall(name="n" * 1000),) * 9, 600) == (ToolCall(name="n" * 200),) * 2
    assert shortened((), 0) == ()
