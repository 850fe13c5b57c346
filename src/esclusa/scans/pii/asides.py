"""Days that stand behind the name of a person, in brackets or after a comma, without a word for birth."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from esclusa.scans.pii.dates import ASIDE, DAY, FIRST, GROWN, year
from esclusa.scans.pii.entity import Spans, small
from esclusa.scans.pii.events import happened
from esclusa.scans.pii.heads import head
from esclusa.scans.pii.records import CAPITAL, SMALL, SOMEBODY, Name, barred, last_year, named, of_a_thing
from esclusa.scans.pii.words import any_of

_NAME = re.compile(
    rf"(?:{CAPITAL}{SMALL}|{CAPITAL}\.)"
    rf"(?:[ ,-]{{1,2}}(?:(?:de|del|la|van|von|y) ){{0,2}}{CAPITAL}{SMALL}){{1,3}} ?\Z"
)
_CALLED = re.compile(
    rf"{CAPITAL}{SMALL}(?: here)?\Z|\b(?i:{any_of('persons')})(?: \d)?\Z|\b(?:yo|me|myself)\Z"
)
_HERE = re.compile(rf"{CAPITAL}{SMALL} (?:here|speaking|al habla|al aparato)\Z")
_BY = small(rf"(?:{any_of('acts')})\W{{1,2}}\Z")
_ACTED = small(any_of("acted"))
_SHORT = re.compile(r"[a-z].*\b[A-Z]{2,4}\Z", re.DOTALL)
_SEX = re.compile(r" ?[(\[,] ?[FMHV]\Z")
_UNTIL = re.compile(rf"\ ?[-–—]\ ?(?:[^\W\d]{{2,15}},?\ ){{0,3}}(?P<day>{DAY})", re.VERBOSE | re.IGNORECASE)
_PLACE = re.compile(rf" \({CAPITAL}[\w '’-]{{2,25}}(?:, {CAPITAL}[\w '’-]{{2,20}})?,?\Z")
_BEING = re.compile(r"\)?,? (?:es|fue|era|is|was)\b")
_MANY = small(
    r"(?:patients|pacientes|participant(?:e)?s|members|socios|students|alumnos|players|jugadores) ?\Z"
)
_NEAR = 25
"""Characters of what somebody is called."""
_LIFE = 15
"""Years that somebody is taken to have lived at least."""
_LIST = 120
"""Characters between two days of one list."""
_GROWN_UP = 2000
"""The last year that no word has to bear out."""
_DIGITS = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{8}")
_CELL = re.compile(r"[,;|] ?\Z")
_APART = 3
"""Years between people in a list, at least."""
_ENDED = re.compile(r"[)\],;\n]|\ [/–-]|\.?\Z")
"""With nothing else beside it."""


class _Aside(NamedTuple):
    """A day, and what stands around it."""

    start: int
    end: int
    day: str
    year: int
    packed: bool
    bracketed: bool
    before: str
    behind: str
    name: Name
    barred: bool
    """Whether the day is said to be of something else."""


def of_persons(text: str) -> Spans:
    """Where they stand."""
    asides = [aside for found in ASIDE.finditer(text) if (aside := _aside(text, found))]
    for aside, beside in zip(asides, _lists(asides), strict=True):
        if _in_a_record(aside, beside) or (not aside.packed and _beside_a_name(text, aside)):
            yield aside.start, aside.end


def _aside(text: str, found: re.Match[str]) -> _Aside | None:
    start, end = found.span("day")
    of = year(found["day"])
    if not FIRST <= of <= GROWN + 11 or (_CELL.search(text, max(0, start - 3), start) and head(text, start)):
        return None
    before = text[max(0, found.start() - 160) : start]
    bracketed = found[0][0] in "(["
    around = (before[: found.start() - start], text[end : end + 60].partition("\n")[0])
    packed = found["packed"] is not None
    name = named(before)
    is_barred = bool(name.text) and barred(name, around[1])
    return _Aside(start, end, found["day"], of, packed, bracketed, *around, name, is_barred)


def _lists(asides: list[_Aside]) -> Iterator[list[_Aside]]:
    """For each, those close before and behind it that have names of their own."""
    for at, aside in enumerate(asides):
        close = (one for one in asides[max(0, at - 2) : at + 3] if abs(one.start - aside.start) < _LIST)
        yield [one for one in close if one.name.text and one.name != aside.name and not one.barred]


def _in_a_record(aside: _Aside, beside: list[_Aside]) -> bool:
    """Whether it is told by what else is said of the person, or by others with their days."""
    if not aside.name.text or aside.barred:
        return False
    listed = aside.bracketed or bool(beside)
    if aside.year <= (_GROWN_UP if _DIGITS.fullmatch(aside.day) else 0):
        return True
    if aside.year <= last_year(aside.name, aside.behind, listed):
        return True
    return not aside.packed and (_spread([*beside, aside]) or any(map(_recorded, beside)))


def _recorded(aside: _Aside) -> bool:
    return aside.year <= last_year(aside.name, aside.behind, listed=False)


def _spread(asides: list[_Aside]) -> bool:
    """Whether their years lie as far apart as births, and not as a rota's."""
    years = [aside.year for aside in asides]
    return min(years) <= _GROWN_UP and max(years) - min(years) >= _APART


def _beside_a_name(text: str, aside: _Aside) -> bool:
    if not _ENDED.match(text, aside.end) or (aside.year > _GROWN_UP and aside.barred):
        return False
    last = _last(aside.before[-60:], aside.bracketed, aside.day)
    if aside.year <= last:
        return not _ACTED.search(aside.behind[:35].lower())
    return aside.year <= GROWN + 5 and _lived(aside.before[-60:], aside.behind, aside.year)


def _lived(before: str, behind: str, born: int) -> bool:
    """Whether the name of a person stands before the day and a day of long after behind."""
    until = _UNTIL.match(behind)
    place = _PLACE.search(before)
    name = _NAME.search(before[: place.start()] if place else before)
    if place and name and _BEING.match(behind):
        return True
    if until is None or name is None or of_a_thing(Name(name[0].rstrip())):
        return False
    return year(until["day"]) - born >= _LIFE


def _last(before: str, bracketed: bool, day: str) -> int:
    """The last year of a birth after such words; a month by its name behind a title is of something else."""
    sex = _SEX.search(before, max(0, len(before) - 6))
    if sex:
        before, bracketed = before[: sex.start()], True
    name = _NAME.search(before)
    if name and of_a_thing(Name(name[0].rstrip(), before[: name.start()], sex[0] if sex else "")):
        return 0
    if _HERE.search(before, max(0, len(before) - _NEAR)):
        return GROWN + 5
    if bracketed or (_CALLED.search(before, max(0, len(before) - _NEAR)) and not _SHORT.search(before)):
        lower = before.lower()
        if SOMEBODY.search(lower) and not happened(lower, bracketed) and not _MANY.search(lower):
            return GROWN + 5
    in_digits = re.search("[a-z]", day) is None
    if name is None or not in_digits or _BY.search(before[: name.start()].lower()):
        return 0
    return GROWN - 5 if bracketed else 0
