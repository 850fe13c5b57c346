"""Entities: kinds of personal data, each with how it is written and what makes a text of that form one."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from esclusa.core.evidence import Severity

Spans = Iterator[tuple[int, int]]
Good = Callable[[re.Match[str]], bool]
"""Whether a text of that form is one; the match knows the text around it."""


class Entity(NamedTuple):
    """One kind of personal data."""

    name: str
    what: str
    spans: Callable[[str], Spans]
    """Where it stands in a text."""
    severity: Severity = "high"
    confidence: Literal["low", "medium", "high"] = "high"


def hinted(text: str, hints: tuple[str, ...]) -> bool:
    """Whether one of the hints is in the text, in capitals or not."""
    return any(map(lowered(text).__contains__, hints))


def formed(pattern: re.Pattern[str], good: Good, hints: tuple[str, ...] = ()) -> Callable[[str], Spans]:
    """Where something of that form stands that is good.

    Of the hints, in small letters, one stands in every text that has any; what has none is passed at once.
    """

    def spans(text: str) -> Spans:
        if hints and not hinted(text, hints):
            return
        for match in pattern.finditer(text):
            if good(match):
                yield match.span()

    return spans


def parted(
    pattern: re.Pattern[str], parts: Callable[[re.Match[str]], Spans], hints: tuple[str, ...] = ()
) -> Callable[[str], Spans]:
    """The same where only parts of something of that form are good, or several."""

    def spans(text: str) -> Spans:
        if hints and not hinted(text, hints):
            return
        for match in pattern.finditer(text):
            yield from parts(match)

    return spans


def bare(text: str) -> str:
    """Its letters and digits alone, in capitals."""
    return "".join(filter(str.isalnum, text)).upper()


def checked(check: Callable[[str], bool]) -> Good:
    """Good is what passes the check without its separators."""
    return lambda match: check(bare(match[0]))


def worded(words: str) -> re.Pattern[str]:
    """What finds one of the words, in capitals or not, where it begins."""
    return re.compile(rf"(?<![A-Za-z])(?:{words})", re.IGNORECASE)


def small(words: str) -> re.Pattern[str]:
    """The same in a text without capitals, which takes a third of the time."""
    return re.compile(rf"(?<![a-z])(?:{words})")


@lru_cache(maxsize=1)
def lowered(text: str) -> str:
    """The text without capitals, every letter in its place.

    The last is kept, for every entity asks for the same one in turn, and it takes long with accents.
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def near(words: str, reach: int = 80, behind: int = 0) -> Good:
    """Good is what one of the words stands before, at most `reach` characters away, or behind."""
    pattern = worded(words)

    def good(match: re.Match[str]) -> bool:
        text, (start, end) = match.string, match.span()
        if pattern.search(text, max(0, start - reach), start):
            return True
        return bool(behind and pattern.search(text, end, end + behind))

    return good


def both(*goods: Good) -> Good:
    """Good is what all say is."""
    return lambda match: all(good(match) for good in goods)


def either(*goods: Good) -> Good:
    """Good is what one of them says is."""
    return lambda match: any(good(match) for good in goods)
