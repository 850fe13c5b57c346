"""Tables: what stands below the head of a column, in CSV, in Markdown, and between tabulators."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_SIGNS = "|\t;,"
_LONGEST = 2000
"""Characters of a line that is taken for a row."""
_HEAD = 32
"""Characters of the name of a column."""


class Column(NamedTuple):
    """One column of a table."""

    cells: tuple[tuple[int, int], ...]
    """Where what it holds stands, without blanks and quotes."""
    end: int
    """Where the table ends."""


def named(text: str, lower: str, label: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """What stands below the heads that the label finds in the text without capitals."""
    if "\n" not in text:
        return
    end = 0
    for found in label.finditer(lower):
        if found.start() >= end and (column := below(text, *found.span())):
            end = column.end
            yield from column.cells


def below(text: str, start: int, end: int) -> Column | None:
    """The column that is named by the words at [start, end); None where they are no name of one."""
    first = text.rfind("\n", max(0, start - _LONGEST), start) + 1
    last = text.find("\n", end, end + _LONGEST)
    if last < 0:
        return None
    head = text[first:last]
    sign = next((sign for sign in _SIGNS if sign in head), "")
    if not sign or re.search(r"\d", head):
        return None
    number = text.count(sign, first, start)
    if len(head.split(sign)[number].strip()) > _HEAD:
        return None
    cells = []
    at = last + 1
    for row, start in _rows(text, at):
        parts = row.split(sign)
        if len(parts) < 2 or len(parts) <= number:
            break
        begin = start + sum(map(len, parts[:number])) + number
        cells.append(_inside(text, begin, begin + len(parts[number])))
        at = start + len(row)
    return Column(tuple(cells), at) if cells else None


def _rows(text: str, at: int) -> Iterator[tuple[str, int]]:
    while at < len(text):
        last = text.find("\n", at, at + _LONGEST)
        if last < 0:
            last = min(len(text), at + _LONGEST)
        yield text[at:last], at
        at = last + 1


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    whole = text[start:end]
    inner = whole.strip(" \t\r\"'`*")
    begin = start + whole.find(inner)
    return begin, begin + len(inner)
