"""Members: what comes out of an archive, or does not. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from esclusa.scans.budget import Budget
from esclusa.scans.streams import unpacked

Span = tuple[int, int]
MEND = "unpack it and scan what comes out, or exclude the archive"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: its content, or why there is none, or both where only a part could be read."""

    name: str
    """As it is shown; empty for the archive itself."""
    data: bytes | None = None
    why: str = ""
    mend: str = MEND
    span: Span | None = None
    """The bytes of the archive that say no more than `data` does."""


def inflated(
    name: str,
    data: bytes,
    span: Span,
    maker: Callable[[], Any] | None,
    budget: Budget,
    *,
    several: bool = False,
) -> tuple[Member, int]:
    """An entry that is one stream (or `several`), and how many bytes of the archive it takes.

    Spent when the file has unpacked to too much.
    """
    start, end = span
    if maker is None:
        mend = "pip install backports.zstd"
        return Member(name=name, why="it is compressed with zstd, which is not installed", mend=mend), 0
    packed = memoryview(data)[start:end]
    found = unpacked(packed, maker, budget.limits.largest, several=several)
    budget.spend(len(found.data))
    why = budget.refusal(len(found.data), len(packed))
    if why:
        return Member(name=name, why=why), found.used
    whole = None if found.trouble else (start, start + found.used)
    return Member(name=name, data=found.data, why=found.trouble, span=whole), found.used


def rest(data: bytes, covered: Iterable[Span]) -> bytes:
    """What of an archive is in none of its entries: names, comments, what hides in between."""
    parts, at = [], 0
    for start, end in sorted(covered):
        if start > at:
            parts.append(data[at:start])
        at = max(at, end)
    parts.append(data[at:])
    return b"\n".join(part for part in parts if part)
