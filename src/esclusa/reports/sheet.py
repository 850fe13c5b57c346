"""A sheet: one suite's results as one value: what was asked and answered, what it came to, and beside each
case what a baseline answered. Every report of an eval is drawn from it.

`esclusa.eval/1` is its file, written by `esclusa eval --json` and read again as a baseline. Within one number
fields may be added, never renamed, removed or given another meaning.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from esclusa.core.errors import UsageError
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.value import EMPTY, Value

SCHEMA = "esclusa.eval/1"
LARGEST = 512 * 1024 * 1024
"""Bytes of a file that is read as a baseline."""


class Change(StrEnum):
    """What became of a case since the baseline."""

    BROKEN = "broken"
    """It was right, and is wrong."""
    FIXED = "fixed"
    DIFFERENT = "different"
    """Another answer, as right or as wrong as before."""
    SAME = "same"
    NEW = "new"
    """The baseline did not see it."""


class Seen(Value, frozen=True, kw_only=True):
    """What came of a case once. `right` is 1 or 0, None where nobody says so or it was not seen."""

    answer: str = ""
    right: float | None = None
    scores: Mapping[str, float] = EMPTY
    explanations: Mapping[str, str] = EMPTY
    seconds: float | None = None
    tokens: int | None = None
    cost: float | None = None
    error: str = ""
    error_kind: str = ""
    """`agent`, `outside` or empty."""

    @property
    def said(self) -> str:
        """The answer, or the first line of why there is none."""
        return self.error.partition("\n")[0] or self.answer


class Row(Value, frozen=True, kw_only=True):
    """One case. `expected` is its JSON, or a text as it is; empty where nothing is expected."""

    id: str
    repeat: int = 0
    tags: tuple[str, ...] = ()
    input: str = ""
    expected: str = ""
    seen: Seen | None = None
    """None: it was not run."""
    before: Seen | None = None

    @property
    def verdict(self) -> str:
        """`right`, `wrong`, `answered` (nobody says which), `agent error`, `unseen` or `not run`."""
        if self.seen is None:
            return "not run"
        if self.seen.error_kind:
            return "agent error" if self.seen.error_kind == "agent" else "unseen"
        if self.seen.right is None:
            return "answered"
        return "right" if self.seen.right >= 1 else "wrong"

    @property
    def change(self) -> Change | None:
        """None where there is nothing to compare."""
        if self.seen is None:
            return None
        if self.before is None:
            return Change.NEW
        now, then = self.seen.right, self.before.right
        if now is not None and then is not None and now != then:
            return Change.BROKEN if now < then else Change.FIXED
        return Change.SAME if self.seen.answer == self.before.answer else Change.DIFFERENT


class Baseline(Value, frozen=True, kw_only=True):
    """What the sheet is compared with, in words, and its evidence."""

    name: str
    evidence: Evidence


class Sheet(Value, frozen=True, kw_only=True):
    """The results of one suite."""

    run: str
    step: str
    project: str
    suite: str
    """The suite's file, as the project names it."""
    agent: str
    """Who was asked, in words: an address, a function, `release 0a1b2c3d4e5f`."""
    commit: str = ""
    dirty: bool = False
    release: str = ""
    started: datetime
    seconds: float = 0.0
    outcome: str = ""
    reason: str = ""
    evidence: Evidence
    judgements: tuple[Judgement, ...] = ()
    rows: tuple[Row, ...] = ()
    baseline: Baseline | None = None

    @property
    def tally(self) -> str:
        """How many cases there are, how often they were asked, and how many askings have which verdict."""
        cases = len({row.id for row in self.rows})
        often = "" if cases == len(self.rows) else f", asked {len(self.rows)} times"
        return f"{cases} cases{often}: " + ", ".join(f"{n} {word}" for word, n in counted(self.rows).items())

    @property
    def flaky(self) -> Mapping[str, tuple[int, int]]:
        """The cases that were right in some of their askings and wrong in others, each with how many were
        right, of how many; those that were right least often first.
        """
        found: dict[str, tuple[int, int]] = {}
        for row in self.rows:
            if row.seen is not None and row.seen.right is not None:
                hits, n = found.get(row.id, (0, 0))
                found[row.id] = (hits + (row.seen.right >= 1), n + 1)
        mixed = {one: (hits, n) for one, (hits, n) in found.items() if 0 < hits < n}
        return dict(sorted(mixed.items(), key=lambda item: item[1][0] / item[1][1]))

    def changed(self, change: Change) -> tuple[Row, ...]:
        """The rows that changed so; none without a baseline."""
        return tuple(row for row in self.rows if row.change is change) if self.baseline else ()


class _File(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    sheet: Sheet


class _Head(msgspec.Struct):
    schema: Any = ""


def sheet_json(sheet: Sheet) -> bytes:
    """The sheet as a file."""
    return msgspec.json.encode(_File(schema=SCHEMA, sheet=sheet)) + b"\n"


def read_sheet(path: Path) -> Sheet:
    """What `sheet_json` wrote; UsageError says why it cannot be used."""
    what = f"{path} is no result of an eval"
    mend = "name a file that `esclusa eval --json FILE` wrote"
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} has more than {LARGEST >> 20} MiB", mend=mend)
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", mend=mend) from error
    try:
        schema = msgspec.json.decode(data, type=_Head).schema
        if schema != SCHEMA:
            raise UsageError(f"{what}: its schema is {schema or 'not named'}, not {SCHEMA}", mend=mend)
        return msgspec.json.decode(data, type=_File).sheet
    except msgspec.DecodeError as error:
        raise UsageError(f"{what}: {error}", mend=mend) from error


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows have each verdict."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.verdict] = found.get(row.verdict, 0) + 1
    return found
