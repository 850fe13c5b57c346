"""exact: the answer, or a value in the response, is the expected one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from esclusa.evals.answer import NOTHING, Answer, read_json
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import Ignored, expectation, normal, short, wanting
from esclusa.evals.settings import read_settings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`path` leads into the response, `expected` into the case's `expected`."""

    path: str = ""
    expected: str = ""
    ignore: tuple[Ignored, ...] = ()
    any: bool = False


class Exact(Scorer):
    """1 if equal, else 0. Texts are compared as `ignore` says, other JSON values by content."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)

    def problem(self, question: Question) -> str:
        wanted = expectation(question, self._settings.expected)
        if self._settings.any and not isinstance(wanted, list):
            return "needs a list in `expected`, because of `any: true`"
        return wanting(question, self._settings.expected)

    async def score(self, question: Question, answer: Answer) -> Score:
        found = answer.at(self._settings.path)
        if found is NOTHING:
            return Score(0.0, f"no `{self._settings.path}` in the response")
        wanted = expectation(question, self._settings.expected)
        if any(self._equal(found, one) for one in (wanted if self._settings.any else [wanted])):
            return Score(1.0)
        return Score(0.0, f"expected {short(wanted)}, found {short(found)}")

    def _equal(self, found: Any, wanted: Any) -> bool:
        if isinstance(found, str) and isinstance(wanted, str):
            return normal(found, self._settings.ignore) == normal(wanted, self._settings.ignore)
        if isinstance(found, str):
            found = read_json(found)
        return same(found, wanted)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
