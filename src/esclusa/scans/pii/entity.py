"""Entities: kinds of personal data, each with how it is written and what makes a text of that form one."""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from esclusa.core.evidence import Severity

Spans = Iterator[tuple[int, int]]


class Entity(NamedTuple):
    """One kind of personal data."""

    name: str
    what: str
    pattern: re.Pattern[str]
    good: Callable[[re.Match[str]], bool]
    """Whether a text of that form is one; the match knows the text around it."""
    severity: Severity = "high"
    confidence: Literal["low", "medium", "high"] = "high"

    def spans(self, text: str) -> Spans:
        """Where it stands."""
        for match in self.pattern.finditer(text):
            if self.good(match):
                yield match.span()


def bare(text: str) -> str:
    """Its letters and digits alone, in capitals."""
    return "".join(filter(str.isalnum, text)).upper()


def checked(check: Callable[[str], bool]) -> Callable[[re.Match[str]], bool]:
    """Good is what passes the check without its separators."""
    return lambda match: check(bare(match[0]))


def near(words: str, reach: int = 80, behind: int = 0) -> Callable[[re.Match[str]], bool]:
    """Good is what one of the words stands before, at most `reach` characters away, or behind."""
    pattern = re.compile(rf"(?<![A-Za-z])(?:{words})", re.IGNORECASE)

    def good(match: re.Match[str]) -> bool:
        text, (start, end) = match.string, match.span()
        if pattern.search(text, max(0, start - reach), start):
            return True
        return bool(behind and pattern.search(text, end, end + behind))

    return good


def both(*goods: Callable[[re.Match[str]], bool]) -> Callable[[re.Match[str]], bool]:
    """Good is what all say is."""
    return lambda match: all(good(match) for good in goods)


def either(*goods: Callable[[re.Match[str]], bool]) -> Callable[[re.Match[str]], bool]:
    """Good is what one of them says is."""
    return lambda match: any(good(match) for good in goods)
