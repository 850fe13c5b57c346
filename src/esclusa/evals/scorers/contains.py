"""contains: the answer contains the expected texts, and none of the forbidden."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import Ignored, expectation, normal, short, wanting
from esclusa.evals.settings import read_settings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are the texts for every case; without them (and `forbid`) the case's `expected` says them."""

    path: str = ""
    expected: str = ""
    words: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    any: bool = False
    ignore: tuple[Ignored, ...] = ()


class Contains(Scorer):
    """1 if all texts (or, with `any`, one of them) occur and no forbidden one does, else 0."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        self._fixed = bool(self._settings.words or (self._settings.forbid and not self._settings.expected))

    def problem(self, question: Question) -> str:
        if self._fixed:
            return ""
        wanted = expectation(question, self._settings.expected)
        if isinstance(wanted, str) or (
            isinstance(wanted, list) and wanted and all(isinstance(word, str) for word in wanted)
        ):
            return ""
        return wanting(question, self._settings.expected) or "needs a text or a list of texts in `expected`"

    async def score(self, question: Question, answer: Answer) -> Score:
        found = answer.at(self._settings.path)
        if not isinstance(found, str):
            what = "nothing" if found is NOTHING else short(found)
            return Score(0.0, f"expected a text at `{self._settings.path}`, found {what}")
        text = self._normal(found)
        forbidden = [word for word in self._settings.forbid if self._normal(word) in text]
        if forbidden:
            return Score(0.0, f"contains {short(forbidden[0])}")
        words = self._words(question)
        absent = [word for word in words if self._normal(word) not in text]
        if absent and (not self._settings.any or len(absent) == len(words)):
            return Score(0.0, f"does not contain {' or '.join(map(short, absent))}")
        return Score(1.0)

    def _words(self, question: Question) -> list[str]:
        if self._fixed:
            return list(self._settings.words)
        wanted = expectation(question, self._settings.expected)
        return [wanted] if isinstance(wanted, str) else list(wanted)

    def _normal(self, text: str) -> str:
        return normal(text, self._settings.ignore)
