"""A question: one case of a dataset before it is asked."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from esclusa.core.case import ToolCall, asking
from esclusa.core.value import EMPTY, Value


class Message(Value, frozen=True, kw_only=True):
    """One message of a chat. `content` is a text, or the parts of the OpenAI format."""

    role: str
    content: str | list[Any]

    @property
    def text(self) -> str:
        """What of it is text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(part.get("text", "")) for part in self.content if isinstance(part, dict))


class Question(Value, frozen=True, kw_only=True, gc=False):
    """What to ask, and what is expected. `expected` may be any JSON value; UNSET is not the same as null.

    No part of it can lead back to it, so that the garbage collector need not look at thousands of them.
    """

    id: str
    input: str | tuple[Message, ...]
    turns: tuple[str, ...] = ()
    """What the user goes on to say, each after the answer to what was said before."""
    expected: Any | UnsetType = UNSET
    contexts: tuple[str, ...] | UnsetType = UNSET
    """Texts that an agent which looks things up should have found."""
    tools: tuple[ToolCall, ...] | UnsetType = UNSET
    """The tools that it should have called, in this order; none if empty."""
    tags: tuple[str, ...] = ()
    scorers: Mapping[str, Mapping[str, Any]] = EMPTY
    """Scorer name -> settings that hold for this case instead of the suite's."""
    pair: str = ""
    """The counterfactual pair that it is one side of; the sides differ in nothing but the group."""
    group: str = ""
    """What is swapped in that pair: `gender`."""
    repeat: int = 0
    """Which asking of the case this is; the first is 0."""

    @property
    def key(self) -> str:
        """Names this asking."""
        return asking(self.id, self.repeat)

    @property
    def text(self) -> str:
        """What the user says: the input itself, or a chat's user messages."""
        if isinstance(self.input, str):
            return self.input
        return "\n".join(message.text for message in self.input if message.role == "user")

    @property
    def turn(self) -> str:
        """The last thing that the user says."""
        if isinstance(self.input, str):
            return self.input
        return next((message.text for message in reversed(self.input) if message.role == "user"), "")

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The input as chat messages."""
        if isinstance(self.input, str):
            return [{"role": "user", "content": self.input}]
        return [msgspec.structs.asdict(message) for message in self.input]
