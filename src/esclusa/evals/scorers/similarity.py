"""similarity: how near in meaning the answer is to the expected text: the cosine of their embeddings.

It tells what a text is about, and not whether it is true: `It can be returned` and `It cannot be returned`
are near each other. Take it beside a scorer that says right or wrong.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from esclusa.core.ports import Clock
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.embeddings import Local, Remote, cosine_of
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import expected_texts, short, wanting_texts
from esclusa.evals.settings import read_settings

LONGEST = 4000
"""Characters of a text that are embedded; sentence embeddings see little beyond."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Of several expected texts the nearest counts. `embeddings` is an endpoint, instead of the encoder."""

    path: str = ""
    expected: str = ""
    embeddings: dict[str, Any] | None = None


class Similarity(Scorer):
    """The cosine, in [0, 1]: 0 where it is negative, or the answer is empty."""

    def __init__(self, settings: Mapping[str, Any], directory: Path, clock: Clock | None = None) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        given = self._settings.embeddings
        self._source: Local | Remote = Local() if given is None else Remote(given, clock)

    def problem(self, question: Question) -> str:
        self._source.check()
        return wanting_texts(question, self._settings.expected, LONGEST)

    async def score(self, question: Question, answer: Answer) -> Score:
        found = answer.at(self._settings.path)
        if not isinstance(found, str):
            what = "nothing" if found is NOTHING else short(found)
            return Score(0.0, f"expected a text at `{self._settings.path}`, found {what}")
        if not found.strip():
            return Score(0.0, "the answer is empty")
        wanted = expected_texts(question, self._settings.expected)
        given, *others = await self._source.embed([found[:LONGEST], *wanted])
        cosines = [cosine_of(given, other) for other in others]
        nearest = max(range(len(cosines)), key=cosines.__getitem__)
        value = min(max(cosines[nearest], 0.0), 1.0)
        return Score(value, f"cosine {cosines[nearest]:.2f} to {short(wanted[nearest])}")
