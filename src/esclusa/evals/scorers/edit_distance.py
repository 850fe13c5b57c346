"""edit_distance: how much of the expected text the answer is, letter by letter.

The score is 1 less the Levenshtein distance (insertions, deletions, substitutions) by the longer text's
length.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import Ignored, expected_texts, normal, short, wanting_texts
from esclusa.evals.settings import read_settings

LONGEST = 100_000
"""Characters of a text that are compared: the work grows with the product of both."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`ignore` as for `exact`; of several expected texts the nearest counts."""

    path: str = ""
    expected: str = ""
    ignore: tuple[Ignored, ...] = ()


class EditDistance(Scorer):
    """1 for the same text, 0 for one that shares nothing."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)

    def problem(self, question: Question) -> str:
        return wanting_texts(question, self._settings.expected, LONGEST)

    async def score(self, question: Question, answer: Answer) -> Score:
        from rapidfuzz.distance import Levenshtein

        found = answer.at(self._settings.path)
        if not isinstance(found, str):
            what = "nothing" if found is NOTHING else short(found)
            return Score(0.0, f"expected a text at `{self._settings.path}`, found {what}")
        if len(found) > LONGEST:
            return Score(
                0.0, f"the answer has {len(found):,} characters, and {LONGEST:,} are compared at most"
            )
        text = normal(found, self._settings.ignore)
        wanted = [
            normal(one, self._settings.ignore) for one in expected_texts(question, self._settings.expected)
        ]
        nearest = min(wanted, key=lambda one: Levenshtein.normalized_distance(text, one))
        distance = Levenshtein.distance(text, nearest)
        value = 1 - distance / max(len(text), len(nearest), 1)
        return Score(
            value,
            ""
            if distance == 0
            else f"{distance} {'edit' if distance == 1 else 'edits'} from {short(nearest)}",
        )
