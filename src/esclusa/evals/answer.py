"""An answer: what came back for one question, or how the call failed, as a value."""

from typing import Any, Literal

import msgspec

from esclusa.core.case import ToolCall

NOTHING: Any = msgspec.UNSET


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent answered.

    With `error` set nothing was answered. `agent`: the agent failed (5xx, timeout, connection refused, an
    answer that cannot be read); the case scores 0. `outside`: something else did; the case is unseen.
    """

    text: str = ""
    data: Any = None
    """The whole response, if it is JSON; what a scorer's `path` leads into."""
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0
    """Of the last attempt, without waiting for a rate limit; the timeout itself if it timed out."""
    first_token: float | None = None
    """Seconds until the first piece of an answer that came as a stream, counted as `seconds` is."""
    tool_calls: tuple[ToolCall, ...] = ()
    """In the order in which they were made."""
    earlier: tuple[str, ...] = ()
    """In a conversation by a script, the answers before this one."""
    error: str = ""
    error_kind: Literal["", "agent", "outside"] = ""

    def at(self, path: str) -> Any:
        """The value at a path such as `metadata.intent` or `choices.0.message.content`; the text without one.

        NOTHING if there is none. A text on the way is read as JSON: a path may lead into what a model wrote.
        """
        return self.text if not path else walk(self.data, path)


def walk(value: Any, path: str) -> Any:
    """The value at a dotted path, NOTHING if there is none."""
    for word in path.split("."):
        if isinstance(value, str):
            value = read_json(value)
        if isinstance(value, dict) and word in value:
            value = value[word]
        elif isinstance(value, list) and word.isdecimal() and int(word) < len(value):
            value = value[int(word)]
        else:
            return NOTHING
    return value


def read_json(text: str) -> Any:
    """The JSON value that a text is, NOTHING if it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return NOTHING
