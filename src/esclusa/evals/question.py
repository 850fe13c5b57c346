"""A question: one case of a dataset before it is asked."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

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


class Question(Value, frozen=True, kw_only=True):
    """What to ask, and what is expected. `expected` may be any JSON value; UNSET is not the same as null."""

    id: str
    input: str | tuple[Message, ...]
    expected: Any | UnsetType = UNSET
    tags: tuple[str, ...] = ()
    scorers: Mapping[str, Mapping[str, Any]] = EMPTY
    """Scorer name -> settings that hold for this case instead of the suite's."""

    @property
    def text(self) -> str:
        """What the user says: the input itself, or a chat's user messages."""
        if isinstance(self.input, str):
            return self.input
        return "\n".join(message.text for message in self.input if message.role == "user")

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The input as chat messages."""
        if isinstance(self.input, str):
            return [{"role": "user", "content": self.input}]
        return [msgspec.structs.asdict(message) for message in self.input]
