"""Days that stand behind the name of a person, in brackets or after a comma, without a word for birth."""

import re

from esclusa.scans.pii.dates import ASIDE, DAY, GROWN, year
from esclusa.scans.pii.entity import Spans, small
from esclusa.scans.pii.events import happened
from esclusa.scans.pii.words import any_of

_CAPITAL, _SMALL = "[A-ZÁÉÍÓÚÑ]", "[A-Za-záéíóúñü']{1,20}"
_NAME = re.compile(
    rf"(?:{_CAPITAL}{_SMALL}|{_CAPITAL}\.)"
    rf"(?:[ ,-]{{1,2}}(?:(?:de|del|la|van|von|y) ){{0,2}}{_CAPITAL}{_SMALL}){{1,3}} ?\Z"
)
_CALLED = re.compile(rf"{_CAPITAL}{_SMALL}(?: here)?\Z|\b(?i:{any_of('persons')})\Z")
_HERE = re.compile(rf"{_CAPITAL}{_SMALL} (?:here|speaking|al habla|al aparato)\Z")
_PERSON = small(rf"(?:{any_of('persons')})\b[\w ,:()/'’-]{{0,40}}\Z")
_BY = small(rf"(?:{any_of('acts')})\W{{1,2}}\Z")
_ACTED = small(any_of("acted"))
_SHORT = re.compile(r"[a-z].*\b[A-Z]{2,4}\Z", re.DOTALL)
_SEX = re.compile(r" ?[(\[,] ?[FMHV]\Z")
_UNTIL = re.compile(rf"\ ?[-–—]\ ?(?:[^\W\d]{{2,15}},?\ ){{0,3}}(?P<day>{DAY})", re.VERBOSE | re.IGNORECASE)
_ITEM = re.compile(r"\n(?:\d{1,2}[.)]|[-*•]) ?\Z")
_PEOPLE = small(rf"(?:{any_of('persons')})\b[^\n:]{{0,30}}:\n")
_PLACE = re.compile(rf" \({_CAPITAL}[\w '’-]{{2,25}}(?:, {_CAPITAL}[\w '’-]{{2,20}})?,?\Z")
_BEING = re.compile(r"\)?,? (?:es|fue|era|is|was)\b")
_MANY = small(
    r"(?:patients|pacientes|participant(?:e)?s|members|socios|students|alumnos|players|jugadores) ?\Z"
)
_LIFE = 15
"""Years that somebody is taken to have lived at least."""
_TITLE = small(rf"(?:{any_of('documents')})\b")


def of_persons(text: str) -> Spans:
    """Where they stand."""
    for found in ASIDE.finditer(text):
        of = year(found["day"])
        if not 1905 <= of <= GROWN + 5:
            continue
        before = text[max(0, found.start() - 60) : found.start()]
        behind = text[found.end() : found.end() + 35]
        bracketed = found[0][0] in "(["
        last = _last(before, bracketed, found["day"])
        named = of <= last and not _ACTED.search(behind.lower())
        if named or (of > last and (_lived(before, behind, of) or _listed(text, found.start(), before))):
            yield found.span("day")


def _lived(before: str, behind: str, born: int) -> bool:
    """Whether the name of a person stands before the day and a day of long after behind."""
    until = _UNTIL.match(behind)
    place = _PLACE.search(before)
    name = _NAME.search(before[: place.start()] if place else before)
    if place and name and _BEING.match(behind):
        return True
    if until is None or name is None or _TITLE.search(name[0].lower()):
        return False
    return year(until["day"]) - born >= _LIFE


def _listed(text: str, start: int, before: str) -> bool:
    """Whether it stands behind a name in a list of persons."""
    name = _NAME.search(before)
    if name is None or not _ITEM.search(before[: name.start()]):
        return False
    return _PEOPLE.search(text[max(0, start - 300) : start].lower()) is not None


def _last(before: str, bracketed: bool, day: str) -> int:
    """The last year of a birth after such words; a month by its name behind a title is of something else."""
    if sex := _SEX.search(before):
        before, bracketed = before[: sex.start()], True
    name = _NAME.search(before)
    if name and _TITLE.search(name[0].lower()):
        return 0
    if _HERE.search(before):
        return GROWN + 5
    if bracketed or (_CALLED.search(before) and not _SHORT.search(before)):
        lower = before.lower()
        if _PERSON.search(lower) and not happened(lower, bracketed) and not _MANY.search(lower):
            return GROWN + 5
    in_digits = re.search("[a-z]", day) is None
    if name is None or not in_digits or _BY.search(before[: name.start()].lower()):
        return 0
    return GROWN - 15 if bracketed else 0
