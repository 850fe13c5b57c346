"""Days that stand behind the name of a person, in brackets or after a comma, without a word for birth."""

import re

from esclusa.scans.pii.dates import ASIDE, GROWN, year
from esclusa.scans.pii.entity import Spans, small
from esclusa.scans.pii.events import happened
from esclusa.scans.pii.words import any_of

_CAPITAL, _SMALL = "[A-ZÁÉÍÓÚÑ]", "[A-Za-záéíóúñü']{1,20}"
_NAME = re.compile(
    rf"(?:{_CAPITAL}{_SMALL}|{_CAPITAL}\.)"
    rf"(?:[ ,-]{{1,2}}(?:(?:de|del|la|van|von|y) ){{0,2}}{_CAPITAL}{_SMALL}){{1,3}} ?\Z"
)
_CALLED = re.compile(rf"{_CAPITAL}{_SMALL}(?: here)?\Z|\b(?i:{any_of('persons')})\Z")
_PERSON = small(rf"(?:{any_of('persons')})\b[\w ,:()/'’-]{{0,40}}\Z")
_TITLE = small(rf"(?:{any_of('documents')})\b")


def of_persons(text: str) -> Spans:
    """Where they stand."""
    for found in ASIDE.finditer(text):
        of = year(found["day"])
        if 1900 <= of <= GROWN + 5:
            before = text[max(0, found.start() - 60) : found.start()]
            if of <= _last(before, found[0][0] in "([", found["day"]):
                yield found.span("day")


def _last(before: str, bracketed: bool, day: str) -> int:
    """The last year of a birth after such words; a month by its name behind a title is of something else."""
    name = _NAME.search(before)
    if name and _TITLE.search(name[0].lower()):
        return 0
    if bracketed or _CALLED.search(before):
        lower = before.lower()
        if _PERSON.search(lower) and not happened(lower, True):
            return GROWN + 5
    in_digits = re.search("[a-z]", day) is None
    return GROWN - 5 if name and bracketed and in_digits else 0
