"""Tool calls, read from a response or from a dataset: OpenAI's form, or plain `name` and `arguments`."""

from typing import Any

from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.value import encode
from esclusa.evals.answer import NOTHING, read_json


def read_tool_calls(value: Any) -> tuple[ToolCall, ...]:
    """The calls in a list; none for null or NOTHING. ValueError says what is no call."""
    if value is NOTHING or value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"expected a list of tool calls, found {str(value)[:200]}")
    return tuple(_call(item) for item in value)


def shortened(calls: tuple[ToolCall, ...], characters: int) -> tuple[ToolCall, ...]:
    """The calls as they are put into the log: without their arguments if all that is longer than so much."""
    if not calls or len(encode(calls)) <= characters:
        return calls
    return tuple(ToolCall(name=call.name[:200]) for call in calls[: characters // 300])


def _call(item: Any) -> ToolCall:
    inner = item.get("function") if isinstance(item, dict) else None
    given = inner if isinstance(inner, dict) else item
    name = given if isinstance(given, str) else given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f"expected a tool call with a `name`, found {str(item)[:200]}")
    arguments = given.get("arguments", UNSET) if isinstance(given, dict) else UNSET
    if isinstance(arguments, str):
        # OpenAI sends them as a text; no text at all is a call without arguments.
        read = read_json(arguments) if arguments.strip() else {}
        arguments = arguments if read is NOTHING else read
    return ToolCall(name=name, arguments=arguments)
