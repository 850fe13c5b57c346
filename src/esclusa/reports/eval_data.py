"""The data of an eval's page: a small index of all cases, and their texts in pieces, read when needed.

Texts that would make the page larger than MOST bytes are shortened, all alike, and the page says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from esclusa.reports.foreign import clipped, plain
from esclusa.reports.sheet import Change, Row, Seen, Sheet

PER = 100
"""Cases in a piece."""
MOST = 28_000_000
"""Bytes of all data together, while there are so many cases that what is in the index allows it."""
LENGTHS = (100_000, 50_000, 16_000, 8_000, 4_000, 2_000, 1_000, 500, 250, 120, 60, 20, 0)
_PREVIEW = 90
_TITLE = 120
_EXPLANATION = 2_000

VERDICTS = (
    ("right", "✓", "pass"),
    ("wrong", "✗", "harm"),
    ("agent error", "!", "harm"),
    ("answered", "•", ""),
    ("unseen", "?", "wait"),
    ("not run", "–", "wait"),
)
"""Each with its icon and its look."""
CHANGES = (
    ("", "", ""),
    (Change.BROKEN.value, "▼", "harm"),
    (Change.FIXED.value, "▲", "pass"),
    (Change.DIFFERENT.value, "≠", "wait"),
    (Change.SAME.value, "=", ""),
    (Change.NEW.value, "+", ""),
)


class Pieces(NamedTuple):
    """JSON for script elements, harmless inside them.

    `cut_at` is how many characters a text may have, `cut` how many texts are shorter for it.
    """

    head: str
    chunks: tuple[str, ...]
    cut_at: int = LENGTHS[0]
    cut: int = 0


def pieces(sheet: Sheet, most: int = MOST) -> Pieces:
    """The rows for the page."""
    head = _json(_index(sheet))
    room = most - len(head.encode())
    chunks, length = _fitting(sheet.rows, room)
    cut = sum(len(text) > length for row in sheet.rows for text in _texts(row))
    return Pieces(head, chunks, length, cut)


def _fitting(rows: Sequence[Row], room: int) -> tuple[tuple[str, ...], int]:
    """The texts in pieces that fit, and how long each may be."""
    lengths = [len(text) for row in rows for text in _texts(row)]
    for most in LENGTHS:
        # A character is a byte at least: what is too much by that is not even written.
        if most != LENGTHS[-1] and sum(min(one, most) for one in lengths) > room:
            continue
        chunks = tuple(_chunks(rows, most))
        if sum(len(chunk.encode()) for chunk in chunks) <= room:
            break
    return chunks, most


def _chunks(rows: Sequence[Row], most: int) -> Iterator[str]:
    for at in range(0, len(rows), PER):
        yield _json([_whole(row, most) for row in rows[at : at + PER]])


def _index(sheet: Sheet) -> Mapping[str, object]:
    rows = sheet.rows
    names = sorted({tag for row in rows for tag in row.tags})
    number = {tag: at for at, tag in enumerate(names)}
    verdicts = {word: at for at, (word, _, _) in enumerate(VERDICTS)}
    changes = {word: at for at, (word, _, _) in enumerate(CHANGES)}
    seen = [row.seen or Seen() for row in rows]
    compared = sheet.baseline is not None
    return {
        "per": PER,
        "names": [plain(clipped(tag, _TITLE)) for tag in names],
        "verdicts": VERDICTS,
        "changes": CHANGES,
        "ids": titles(rows),
        "verdict": [verdicts[row.verdict] for row in rows],
        "change": [changes[row.change.value] if compared and row.change else 0 for row in rows],
        "tags": [[number[tag] for tag in row.tags] for row in rows],
        "input": [preview(row.input) for row in rows],
        "answer": [preview(one.said) for one in seen],
        "seconds": [_short(one.seconds) for one in seen],
        "cost": [_short(one.cost) for one in seen],
        "tokens": [one.tokens for one in seen],
        "scores": {plain(name): [_short(one.scores.get(name)) for one in seen] for name in scorers(sheet)},
    }


def scorers(sheet: Sheet) -> Sequence[str]:
    """The names of all that scored a case."""
    return sorted({name for row in sheet.rows if row.seen for name in row.seen.scores})


def titles(rows: Sequence[Row]) -> Sequence[str]:
    """What each row is called: the case, and which asking of it where there are several."""
    several = {row.id for row in rows if row.repeat}
    return [
        plain(clipped(row.id, _TITLE)) + (f" (asking {row.repeat + 1})" if row.id in several else "")
        for row in rows
    ]


def preview(text: str) -> str:
    """The beginning of a text, in one line."""
    flat = " ".join(plain(text[: 4 * _PREVIEW]).split())
    return flat if len(flat) <= _PREVIEW else f"{flat[: _PREVIEW - 1]}…"


def _whole(row: Row, most: int) -> Sequence[object]:
    seen = row.seen or Seen()
    return [_cut(row.input, most), _cut(row.expected, most), *_told(seen, most), _before(row.before, most)]


def _before(seen: Seen | None, most: int) -> Sequence[object] | None:
    return None if seen is None else [*_told(seen, most), seen.seconds, seen.cost, seen.tokens]


def _told(seen: Seen, most: int) -> Sequence[object]:
    """The answer, the error, and by scorer its value and its explanation."""
    names = dict.fromkeys((*seen.scores, *seen.explanations))
    longest = min(most, _EXPLANATION)
    said = {
        plain(one): [seen.scores.get(one), _cut(seen.explanations.get(one, ""), longest)] for one in names
    }
    return _cut(seen.answer, most), _cut(seen.error, most), said


def _texts(row: Row) -> Iterator[str]:
    yield from (row.input, row.expected)
    for seen in (row.seen, row.before):
        if seen is not None:
            yield from (seen.answer, seen.error)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _cut(text: str, most: int) -> str:
    return plain(clipped(text, most))


def _json(value: object) -> str:
    # Inside a script element only `<` could end it or begin a comment.
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")
