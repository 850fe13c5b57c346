"""numeric: the answer is the expected number, or near enough."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import expectation, short, wanting
from esclusa.evals.settings import read_settings

LONGEST = 100_000
"""Characters of a text in which a number is looked for."""
_DIGITS = r"(?:\d{{1,3}}(?:{thousands}\d{{3}})+(?!\d)|\d+)"
_NUMBER = r"(?<![\w{point}])[-+]?(?:" + _DIGITS + r"(?:{point}\d+)?|{point}\d+)(?:[eE][-+]?\d+)?"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Right within the wider of the two tolerances; `relative` is a share of the expected number."""

    path: str = ""
    expected: str = ""
    absolute: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    relative: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    take: Literal["only", "first", "last"] = "only"
    decimal: Literal[".", ","] = "."


class Numeric(Scorer):
    """1 if the number in the answer is within the tolerance, else 0."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        point, thousands = (r"\.", ",") if self._settings.decimal == "." else (",", r"\.")
        self._number = re.compile(_NUMBER.format(point=point, thousands=thousands))

    def problem(self, question: Question) -> str:
        wanted = expectation(question, self._settings.expected)
        if missing := wanting(question, self._settings.expected):
            return missing
        return (
            "" if self._read(wanted) is not None else f"needs a number in `expected`, found {short(wanted)}"
        )

    async def score(self, question: Question, answer: Answer) -> Score:
        wanted = self._read(expectation(question, self._settings.expected))
        assert wanted is not None, "the panel asked for problems before"
        given = answer.at(self._settings.path)
        found = self._read(given)
        if found is None:
            where = f" at `{self._settings.path}`" if self._settings.path else ""
            what = "nothing" if given is NOTHING else short(given)
            one = {"only": "one number", "first": "a number", "last": "a number"}[self._settings.take]
            return Score(0.0, f"expected {one}{where}, found {what}")
        allowed = max(self._settings.absolute, self._settings.relative * abs(wanted))
        if abs(found - wanted) <= allowed or math.isclose(found, wanted, rel_tol=1e-12):
            return Score(1.0)
        return Score(0.0, f"expected {wanted:g} within {allowed:g}, found {found:g}")

    def _read(self, value: Any) -> float | None:
        """A finite number, or the one in a text; None if there is none, or there are several."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) if abs(value) < 1e300 else None
        if not isinstance(value, str) or len(value) > LONGEST:
            return None
        found = self._number.findall(value.replace("\u2212", "-"))
        if not found or (self._settings.take == "only" and len(found) > 1):
            return None
        text = found[-1 if self._settings.take == "last" else 0]
        if self._settings.decimal == ",":
            text = text.replace(".", "").replace(",", ".")
        number = float(text.replace(",", ""))
        return number if math.isfinite(number) else None
