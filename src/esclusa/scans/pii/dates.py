"""Days with their year, as people write them in English and Spanish: in digits, with names, in words.

Whether somebody was born on one is told by what stands near it (births); here is only what a day looks like.
"""

import re
from collections.abc import Iterator

from esclusa.scans.pii.spellings import plainly
from esclusa.scans.pii.spoken import NUMBERS, TIMES, in_digits
from esclusa.scans.pii.words import any_of


def _either(words: list[str]) -> str:
    """One of the words, with or without accents, the longest first."""
    spelled = "|".join(sorted(words, key=len, reverse=True))
    return spelled.translate(
        {ord(plain): f"[{plain}{accented}]" for plain, accented in zip("aeiou", "áéíóú", strict=True)}
    )


FIRST = 1905
"""The first year of any birth; before that it is what a field holds that nobody filled in."""
GROWN = 2015
"""The last year of a birth that may stand far from its word: later days are mostly of something else."""
_LAST = 26
"""The last year that two digits are taken to be of this century."""
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_CENTURY = r"(?:19|20)\d\d"
_SIGN = r"\ {0,2}(?:[./–-]|\\/|%2F)\ {0,2}"
_NAME = rf"(?:(?:{any_of('months')})[a-zé]{{0,8}}\.?(?:\ ?/\ ?[a-zé]{{3,5}}\b)?)"
"""Of a month: what it begins with is enough, for people mistype the rest."""
_WHOLE = any_of("month_names")
_ROMAN = r"(?:xi{0,2}|ix|iv|vi{0,3}|i{1,3})"
_SAID = _either([word for word, value in NUMBERS.items() if 0 < value <= 31])
_NUMBER = _either([*NUMBERS, *TIMES])
_YEAR_SAID = rf"(?:{_NUMBER})(?:[ -](?:and\ |y\ )?(?:{_NUMBER})){{0,5}}"
_YEAR = rf"(?:{_CENTURY}|1\.9\d\d|['’]?\d\d|{_YEAR_SAID})"
_WHICH = rf"(?:{_DAY}(?:st|nd|rd|th|er|[ºª°])?|(?:(?:thirty|twenty|treinta)[ -](?:y\ )?)?(?:{_SAID})\b)"
_JOIN = r"[ ,./-]{0,3}(?:(?:day\ of|of|de|del|the|in|year|año)\b[ ,]{0,2}){0,3}"
_DIGITS = rf"""
    {_DAY}{_SIGN}{_MONTH}{_SIGN}(?:{_CENTURY}|['’]?\d\d)
  | {_MONTH}{_SIGN}{_DAY}{_SIGN}(?:{_CENTURY}|['’]?\d\d)
  | {_CENTURY}{_SIGN}{_MONTH}{_SIGN}{_DAY}
"""
_NAMED = rf"""
    {_WHICH}{_JOIN}{_NAME}{_JOIN}{_YEAR} | {_NAME}{_JOIN}{_WHICH}(?!\d){_JOIN}{_YEAR}
  | (?:day|d[ií]a)\W{{0,3}}{_DAY}\W{{1,3}}(?:month|mes)\W{{0,3}}(?:{_MONTH}|{_NAME})
      \W{{1,3}}(?:year|año)\W{{0,3}}{_CENTURY}
  | {_CENTURY}{_JOIN}{_NAME}{_JOIN}{_DAY} | {_DAY}[./-]{_ROMAN}[./-](?:{_CENTURY}|['’]?\d\d)
"""
_BLANKS = (
    rf"{_DAY}\ {{1,2}}{_MONTH}\ {{1,2}}{_CENTURY}|\d\d{_SIGN}{_MONTH}{_SIGN}{_DAY}"
    rf"|{_CENTURY},\ {_MONTH},\ {_DAY}(?=\))"
)
_BEGIN, _END = r"(?:(?<!\w)|(?<=%3D))(?<!\d[./-])", r"(?!\w|-\w|/(?!\d{1,3}\b|[FMHVX]\b)\w|\.\d|:\d)"
_FLAGS = re.VERBOSE | re.IGNORECASE

DATE = re.compile(
    rf"{_BEGIN}(?:(?:{_DIGITS})(?:(?=T\d\d)|{_END})|(?:{_NAMED}|{_BLANKS}){_END})",
    _FLAGS,
)
"""A day, a month and a year; some of these forms mean something else where nobody speaks of days."""
_SOME = re.compile(rf"\d|{any_of('months')}", re.IGNORECASE)
_PACKED = (
    rf"(?:{_CENTURY}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|{_DAY}[01]\d{_CENTURY}"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\w)"
)
PACKED = re.compile(rf"(?<!\d){_PACKED}")
"""The same in digits alone."""
YEARLESS = re.compile(
    rf"{_BEGIN}(?:{_WHICH}{_JOIN}(?:{_WHOLE})|(?:{_WHOLE}){_JOIN}{_DAY}(?:st|nd|rd|th)?){_END}", _FLAGS
)
"""A day and a month."""
DAY = rf"(?:{_DIGITS}|{_NAMED})"
"""The surest of these forms, to be put into others that are verbose."""
ASIDE = re.compile(
    r"[(\[,;|\ \n](?:(?<!\ )|(?=[\d/–—·|-]))"  # so that most blanks are passed at once
    r"(?:(?<=[\w.)\ ]\ )(?:(?=\d)|[/–—·|-]\ )|(?<=[(\[])|(?<=[\w.)][,;|])\ ?|(?<=[a-zñéFMHV]\n))"
    rf"(?=\d|{any_of('months')})"
    rf"(?P<day>{_DIGITS}|{_NAMED}|(?P<packed>{_PACKED}|{_DAY}\ {_MONTH}\ (?:{_CENTURY}|\d\d)))"
    r"(?![\w-]|[/.:]\d)",
    _FLAGS,
)
"""A day behind a bracket, a comma, a dash, a word, or at the beginning of a line."""


_PLAIN = re.compile(rf"(?<!\d){_CENTURY}(?!\d)")


def dates(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Those that stand there."""
    if _SOME.search(text, start, end):
        yield from DATE.finditer(text, start, end)


def year(date: str) -> int:
    """The year that a date is of; of one in two digits the last that has them, but none to come."""
    if plain := _PLAIN.search(date):
        return int(plain[0])
    digits = in_digits(plainly(date)).replace("1.9", "19")
    if len(digits) == 8 and digits.isdigit():
        return int(digits[:4] if digits[:2] in ("19", "20") and digits[4] in "01" else digits[4:])
    whole = re.findall(_CENTURY, digits)
    if whole:
        return int(whole[0])
    last = int(digits[-2:]) if digits[-2:].isdigit() else 0
    return 2000 + last if last <= _LAST else 1900 + last
