"""Tool calls, as agents tell of them."""

from typing import Any

import pytest

from esclusa.core.case import ToolCall
from esclusa.evals.answer import NOTHING
from esclusa.evals.subjects.tools import read_tool_calls


@pytest.mark.parametrize(
    ("value", "calls"),
    [
        (None, ()),
        (NOTHING, ()),
        ([], ()),
        (["refund"], (ToolCall(name="refund"),)),
        ([{"name": "refund", "arguments": {"order": 7}}], (ToolCall(name="refund", arguments={"order": 7}),)),
        (
            [{"type": "function", "function": {"name": "refund", "arguments": '{"order": 7}'}}],
            (ToolCall(name="refund", arguments={"order": 7}),),
        ),
        ([{"function": {"name": "a", "arguments": ""}}], (ToolCall(name="a", arguments={}),)),
        ([{"function": {"name": "a", "arguments": "{torn"}}], (ToolCall(name="a", arguments="{torn"),)),
    ],
)
def test_both_forms_are_read_and_arguments_that_are_no_json_stay_a_text(
    value: Any, calls: tuple[ToolCall, ...]
) -> None:
    assert read_tool_calls(value) == calls


@pytest.mark.parametrize(
    "value", ["refund", {"name": "refund"}, [{}], [{"name": ""}], [7], [{"function": 1}]]
)
def test_what_is_no_call_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a"):
        read_tool_calls(value)
