"""Spans [start, end) of a text: which of them overlap, asked of many without looking at all of them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

Span = tuple[int, int]


class Apart:
    """Spans of which none overlaps another, in order."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans: list[Span] = sorted(spans)

    def add(self, start: int, end: int) -> bool:
        """Take one in, unless it overlaps another; whether it was taken."""
        if self.within(start, end):
            return False
        insort(self._spans, (start, end))
        return True

    def within(self, start: int, end: int) -> Sequence[Span]:
        """Those that overlap [start, end)."""
        # As none overlaps another, they are in the order of their ends too.
        first = bisect_right(self._spans, start, key=itemgetter(1))
        return self._spans[first : bisect_left(self._spans, end, lo=first, key=itemgetter(0))]


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """What they cover, as spans that do not touch."""
    last: Span | None = None
    for start, end in sorted(spans):
        if last is None or start > last[1]:
            if last is not None:
                yield last
            last = (start, end)
        else:
            last = (last[0], max(end, last[1]))
    if last is not None:
        yield last


def in_bytes(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Spans of characters, in the order of their starts, as spans of the bytes that the text was read from.

    Bytes that are not UTF-8 stand in the text as lone surrogates.
    """
    at = before = 0
    for start, end in spans:
        before += _bytes(text[at:start])
        yield before, before + _bytes(text[start:end])
        at = start


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
