"""python: a function of yours scores, `python: module:function`, in a module beside the suite.

It gets the question and the answer, and returns a number from 0 to 1, true or false, or one of these with a
text that says why. It may be async; one that is not runs in a thread. It runs in this process: what it raises
is kept as the case's error, and after `timeout` it goes on unheard.
"""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.decorator import NEEDS
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import wanting
from esclusa.evals.settings import read_settings, seconds
from esclusa.evals.strangers import imported


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`function` is `module:function`; the module is looked for beside the suite first."""

    function: str
    timeout: Any = 60.0


class Python(Scorer):
    """Imports the function when the first case is looked at."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:
        self._settings = read_settings(Settings, settings)
        self._timeout = seconds(self._settings.timeout, "timeout")
        self._directory = directory
        self._function: Callable[[Question, Answer], Any] | None = None

    def problem(self, question: Question) -> str:
        if self._function is None:
            found = imported(self._settings.function, self._directory, "function")
            if not callable(found):
                raise ConfigurationError(f"expected a function, found {found!r}"[:200], key="function")
            self._function = found
        lacks = (_lacks(question, need) for need in getattr(self._function, NEEDS, ()))
        return next(filter(None, lacks), "")

    async def score(self, question: Question, answer: Answer) -> Score:
        assert self._function is not None, "the panel asked for problems before"
        try:
            async with asyncio.timeout(self._timeout):
                if inspect.iscoroutinefunction(self._function):
                    found = await self._function(question, answer)
                else:
                    found = await asyncio.to_thread(self._function, question, answer)
                    found = await found if inspect.isawaitable(found) else found
        except TimeoutError:
            raise TimeoutError(f"no score within {self._timeout:g} s") from None
        return _score(found)


def _lacks(question: Question, need: str) -> str:
    key, _, part = need.partition(".")
    if key == "expected":
        return wanting(question, part)
    return f"needs `{key}`" if getattr(question, key) is UNSET else ""


def _score(found: Any) -> Score:
    """What a function returned, as a score; the panel looks at its value."""
    if isinstance(found, Score):
        return found
    value, explanation = found if isinstance(found, tuple) and len(found) == 2 else (found, "")
    if not isinstance(value, int | float) or not isinstance(explanation, str):
        raise TypeError(f"expected a number from 0 to 1, with or without a text, got {found!r}"[:300])
    return Score(float(value), explanation)
