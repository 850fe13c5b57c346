"""regex: a regular expression is found in the answer."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import expectation, short, wanting
from esclusa.evals.settings import read_settings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` for every case; without it the case's `expected` is the pattern."""

    path: str = ""
    expected: str = ""
    pattern: str = ""
    full: bool = False
    ignore_case: bool = False


class Regex(Scorer):
    """1 if the pattern is found (with `full`, matches all of the text), else 0."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        self._flags = re.IGNORECASE if self._settings.ignore_case else re.NOFLAG
        try:
            self._pattern = re.compile(self._settings.pattern, self._flags)
        except re.error as error:
            raise ConfigurationError(
                f"expected a regular expression, found {self._settings.pattern!r}: {error}", key="pattern"
            ) from None

    def problem(self, question: Question) -> str:
        if self._settings.pattern:
            return ""
        wanted = expectation(question, self._settings.expected)
        if not isinstance(wanted, str):
            return wanting(question, self._settings.expected) or "needs a regular expression in `expected`"
        try:
            re.compile(wanted, self._flags)
        except re.error as error:
            return f"needs a regular expression in `expected`, found {wanted!r}: {error}"
        return ""

    async def score(self, question: Question, answer: Answer) -> Score:
        found = answer.at(self._settings.path)
        if not isinstance(found, str):
            what = "nothing" if found is NOTHING else short(found)
            return Score(0.0, f"expected a text at `{self._settings.path}`, found {what}")
        pattern = self._pattern
        if not self._settings.pattern:
            pattern = re.compile(expectation(question, self._settings.expected), self._flags)
        if pattern.fullmatch(found) if self._settings.full else pattern.search(found):
            return Score(1.0)
        return Score(0.0, f"{short(found)} does not match {pattern.pattern}")
