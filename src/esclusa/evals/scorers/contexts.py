"""context_recall and context_precision: whether an agent that looks things up found the right texts.

What it found is in its response, at `path`; what it should have found is in the case's `contexts`. A found
text counts as one of these if it has it in it, letter by letter, by at least `match` (0 to 1) of its best
part (rapidfuzz's partial ratio), so that white space and cut ends do not count. Whether the answer follows
from what was found is for `faithfulness` to say.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET

from esclusa.evals.answer import NOTHING, Answer, walk
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import normal, short
from esclusa.evals.settings import read_settings

MOST = 100
"""Found texts that count: the first, in the order of the response."""
LONGEST = 10_000
"""Characters of a text that are compared."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`text` leads to the text within each thing at `path`; without it they are texts, or have a `text`."""

    path: str
    text: str = ""
    match: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8


class _Contexts(Scorer):
    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)

    def problem(self, question: Question) -> str:
        return "needs `contexts`" if question.contexts is UNSET else ""

    async def score(self, question: Question, answer: Answer) -> Score:
        assert question.contexts is not UNSET, "the panel asked for problems before"
        found = found_texts(answer, self._settings.path, self._settings.text)
        if found is None:
            return Score(0.0, f"expected a list of texts at `{self._settings.path}`, found none")
        return self._worth(
            [_prepared(text) for text in found], [_prepared(text) for text in question.contexts]
        )

    @abstractmethod
    def _worth(self, found: Sequence[str], wanted: Sequence[str]) -> Score:
        """What finding these is worth where those are wanted."""

    def _has(self, found: str, wanted: str) -> bool:
        return alike(found, wanted) >= self._settings.match


class ContextRecall(_Contexts):
    """The share of the case's contexts that were found; 1 where there are none to find."""

    def _worth(self, found: Sequence[str], wanted: Sequence[str]) -> Score:
        missed = [one for one in wanted if not any(self._has(text, one) for text in found)]
        if not missed:
            return Score(1.0)
        return Score(1 - len(missed) / len(wanted), f"not found: {short(missed[0])}")


class ContextPrecision(_Contexts):
    """How far the found texts are contexts of the case, those in front counting most: the average precision,
    which is the mean, over the places of the right ones, of the share of right ones up to there.
    """

    def _worth(self, found: Sequence[str], wanted: Sequence[str]) -> Score:
        if not found:
            return Score(float(not wanted), "" if not wanted else "nothing was found")
        right = [any(self._has(text, one) for one in wanted) for text in found]
        shares = [sum(right[:place]) / place for place, one in enumerate(right, start=1) if one]
        if not shares:
            return Score(0.0, f"none of the {len(found)} found texts is right")
        return Score(sum(shares) / len(shares), f"{len(shares)} of the {len(found)} found texts are right")


def found_texts(answer: Answer, path: str, within: str) -> list[str] | None:
    """The texts that the agent found; None if there is no list of texts at the path."""
    value = answer.at(path)
    if not isinstance(value, list):
        return None
    texts = [_text(item, within) for item in value[:MOST]]
    return [text for text in texts if isinstance(text, str)] if all(map(_is_text, texts)) else None


def alike(found: str, wanted: str) -> float:
    """How much of the wanted text is in the found one, in [0, 1]."""
    from rapidfuzz import fuzz

    if wanted in found:
        return 1.0
    compare = fuzz.partial_ratio if len(wanted) <= len(found) else fuzz.ratio
    return float(compare(wanted, found)) / 100


def _text(item: Any, within: str) -> Any:
    if within:
        return walk(item, within)
    return item.get("text", NOTHING) if isinstance(item, dict) else item


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _prepared(text: str) -> str:
    return normal(text, ("case", "spaces"))[:LONGEST]
