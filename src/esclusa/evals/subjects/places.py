"""Places: where in a response of any shape the answer stands, by paths into its JSON."""

from typing import Any

import msgspec

from esclusa.evals.answer import NOTHING, Answer, walk
from esclusa.evals.subjects.call import Reply
from esclusa.evals.subjects.openai import count
from esclusa.evals.subjects.tools import read_tool_calls


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Paths such as `reply.text`; an empty one leads nowhere, and without `text` all of it is the text."""

    text: str = ""
    model: str = ""
    tokens_in: str = ""
    tokens_out: str = ""
    tool_calls: str = ""


def read_at(places: Places, reply: Reply) -> Answer:
    """The answer in a response; an error of the agent where it has no text, or tool calls that are none."""

    def at(path: str) -> Any:
        return walk(reply.data, path) if path else NOTHING

    text = at(places.text) if places.text else reply.text
    if not isinstance(text, str):
        found = "nothing" if text is NOTHING else repr(text)[:200]
        problem = f"expected a text at {places.text} in the response, found {found}"
        return Answer(error=problem, error_kind="agent", seconds=reply.seconds)
    try:
        calls = read_tool_calls(at(places.tool_calls))
    except ValueError as error:
        return Answer(error=str(error), error_kind="agent", seconds=reply.seconds)
    model = at(places.model)
    return Answer(
        text=text,
        data=reply.data,
        model=model if isinstance(model, str) else "",
        tokens_in=count(at(places.tokens_in)),
        tokens_out=count(at(places.tokens_out)),
        seconds=reply.seconds,
        tool_calls=calls,
    )
