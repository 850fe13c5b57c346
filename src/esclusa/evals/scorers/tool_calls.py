"""tool_calls: the agent called the right tools, with the right arguments, in order, and none forbidden."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.exact import same
from esclusa.evals.scorers.texts import Ignored, normal
from esclusa.evals.settings import read_settings
from esclusa.evals.subjects.tools import read_tool_calls

SHOWN = 8
"""Calls that an explanation names."""

Fits = Callable[[ToolCall, ToolCall], bool]
"""Whether a call that was made is one that was expected."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`tools` are those of every case; without them (and `forbid`) the case says them."""

    tools: list[Any] | None = None
    order: bool = True
    extra: bool = False
    arguments: Literal["exact", "subset", "ignore"] = "exact"
    ignore: tuple[Ignored, ...] = ()
    forbid: tuple[str, ...] = ()


class ToolCalls(Scorer):
    """1 if all is as expected, else 0 with what was called instead."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        try:
            self._fixed = None if self._settings.tools is None else read_tool_calls(self._settings.tools)
        except ValueError as error:
            raise ConfigurationError(str(error), key="tools") from None

    def problem(self, question: Question) -> str:
        return "" if self._wanted(question) is not None or self._settings.forbid else "needs `tools`"

    async def score(self, question: Question, answer: Answer) -> Score:
        calls = answer.tool_calls
        forbidden = [call for call in calls if call.name in self._settings.forbid]
        if forbidden:
            return Score(0.0, f"called {_shown(forbidden[:1])}, which is forbidden")
        wanted = self._wanted(question)
        if wanted is None or self._as_wanted(calls, wanted):
            return Score(1.0)
        return Score(0.0, f"expected {_shown(wanted)}, called {_shown(calls)}")

    def _wanted(self, question: Question) -> Sequence[ToolCall] | None:
        if self._fixed is not None:
            return self._fixed
        return None if question.tools is UNSET else question.tools

    def _as_wanted(self, calls: Sequence[ToolCall], wanted: Sequence[ToolCall]) -> bool:
        if len(calls) < len(wanted) or (len(calls) > len(wanted) and not self._settings.extra):
            return False
        return (in_order if self._settings.order else in_any_order)(calls, wanted, self._fits)

    def _fits(self, call: ToolCall, wanted: ToolCall) -> bool:
        if call.name != wanted.name:
            return False
        if wanted.arguments is UNSET or self._settings.arguments == "ignore":
            return True
        given = {} if call.arguments is UNSET else self._normal(call.arguments)
        asked = self._normal(wanted.arguments)
        if self._settings.arguments == "subset" and isinstance(given, dict) and isinstance(asked, dict):
            return all(key in given and same(given[key], value) for key, value in asked.items())
        return same(given, asked)

    def _normal(self, value: Any) -> Any:
        """The value with its texts as they are compared."""
        if isinstance(value, str):
            return normal(value, self._settings.ignore) if self._settings.ignore else value
        if isinstance(value, list):
            return [self._normal(item) for item in value]
        if isinstance(value, dict):
            return {key: self._normal(item) for key, item in value.items()}
        return value


def in_order(calls: Sequence[ToolCall], wanted: Sequence[ToolCall], fits: Fits) -> bool:
    """Whether the wanted calls are among those made, in their order. The earliest fit is as good as any."""
    left = iter(calls)
    return all(any(fits(call, one) for call in left) for one in wanted)


def in_any_order(calls: Sequence[ToolCall], wanted: Sequence[ToolCall], fits: Fits) -> bool:
    """Whether each wanted call has a call of its own: a matching, by augmenting paths."""
    taken: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for place_, call in enumerate(calls):
            if place_ not in tried and fits(call, wanted[number]):
                tried.add(place_)
                if place_ not in taken or place(taken[place_], tried):
                    taken[place_] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(wanted)))


def _shown(calls: Sequence[ToolCall]) -> str:
    """`find_order({"id":7}), refund`, or `no tool`."""
    words = [_words(call) for call in calls[:SHOWN]]
    more = f" and {len(calls) - SHOWN} more" if len(calls) > SHOWN else ""
    return ", ".join(words) + more if words else "no tool"


def _words(call: ToolCall) -> str:
    if call.arguments is UNSET:
        return call.name
    text = msgspec.json.encode(call.arguments, order="sorted").decode()
    return f"{call.name}({text if len(text) <= 120 else text[:119] + '…'})"
