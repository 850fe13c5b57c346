"""Messages and tool calls."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class ToolCall:
    name: str
    args: dict[str, Any]


@dataclass(kw_only=True)
class HumanMessage:
    content: str


@dataclass(kw_only=True)
class AIMessage:
    content: str
    tool_calls: list[ToolCall] | None = field(default=None)
