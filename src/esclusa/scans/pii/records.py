"""What tells that a day behind somebody's name is in a record of them: who they are, or what else it says.

A name and a day alone are a signature, a match or a letter as well.
"""

import re
from typing import NamedTuple

from esclusa.scans.pii.dates import GROWN
from esclusa.scans.pii.entity import small
from esclusa.scans.pii.events import happened
from esclusa.scans.pii.words import any_of

ADULT = 2010
"""The last year of a birth of who drives, rents, or is called Mrs."""
CAPITAL, SMALL = "[A-ZÀÁÄÇÈÉÍÑÒÓÖÚÜ]", "(?:[^\\W\\d_]|['’]){1,20}"
"""Of a name: its first letter, and those behind it."""
SOMEBODY = small(rf"(?:{any_of('persons')})\b[\w ,:()/'’-]{{0,40}}\Z")
"""Words for a person, at the end of a text in small letters."""
_NAME = re.compile(
    rf"(?:{CAPITAL}{SMALL}|{CAPITAL}\.?)"
    rf"(?:[ ,/-]{{1,2}}(?:(?:de|del|la|los|van|von|y) ){{0,2}}{CAPITAL}(?:{SMALL}|\.(?= ))){{1,4}}\Z"
)
_FIRST = re.compile(rf"{CAPITAL}{SMALL}")
_KIN = small(rf"(?:(?:{any_of('persons')})\b|{any_of('children')})[^.;\n]{{0,40}}\Z")
"""Before a first name, of one who is said to be somebody's."""
_SAID = re.compile(
    r"\b(?:[Ii]'?m|[Ii]t'?s|[Tt]his is|[Nn]ame is|[Ss]oy|[Mm]e llamo|[Nn]ombre es|[Hh]abla) "
    r"(?P<name>[a-zñáéíóú'’]{2,12}(?: [a-zñáéíóú'’]{2,15}){1,2})\Z"
)
_SHORT = frozenset(any_of("short").split("|"))
_FIELD = re.compile(
    r"[,/|–·;\ (\[-]\ ?[(\[]?"
    rf"(?:[FMHVWX]|[WBHA]/[MF]|[MFHV]\d\d|(?i:{any_of('nationality')}|{any_of('sexes')})"
    r"|(?:née|nee|formerly|alias|aka) \w{2,15}"
    r"|[\w.+-]{1,40}@[\w.-]{3,40}|[A-Z]{0,2}[ -]?\d[\d .-]{5,12}[ -]?[A-Z]?)[)\]]?[ ,;/|–—·-]{0,3}\Z"
)
"""Another field between the name and the day: a sex, a nationality, a number of their own, an address."""
_OWN = re.compile(rf"\b[FMHV]\b|\d|@|\b(?:née|nee)\b|\b(?i:{any_of('sexes')})\b")
"""Fields that only records have."""
_LONGEST = 60
"""Characters of a name, or of a field."""
_SHORTEST = 4
"""Letters of a field in small letters."""
_FIELDS, _SIGNS = 3, " ,;.|/–—-([\n·:"
_TITLED = re.compile(rf"(?:{any_of('titles')})\.? ")
_CALLED = re.compile(rf"\b(?:{any_of('titles')})\.? ?\Z")
_ELSEWHERE = re.compile(rf"(?:{any_of('places')}|{any_of('signing')})\b", re.IGNORECASE)
_THING = small(rf"(?:{any_of('documents')})\b|\A(?:{any_of('named_first')})\b")
_LANDMARK = small(rf"(?:{any_of('named_last')})\Z")
_BY = small(rf"(?:{any_of('acts')}|{any_of('signing')})\b[^\w\n]{{0,3}}\Z")
_ROLE = small(rf"(?:{any_of('roles')})\b")
_HEADED = small(rf"(?:{any_of('persons')}|{any_of('roles')})\b")
_LISTING = small(any_of("listings"))
_CHILD = small(any_of("children"))
_DETAIL = small(rf"[^\n]{{0,25}}?(?<![a-z])(?:{any_of('details')})")
_SIGN = re.compile(r"[^\n]{0,30}?(?:@|\+?\d[\d ().-]{7,}\d|\b\d{7,9}-?[A-Z]\b)")
_ELSE = small(rf"[^\n]{{0,25}}?(?:\d{{1,2}}[:h]\d\d\b|[£$€]|(?<![a-z])(?:{any_of('acted')}))")


class Name(NamedTuple):
    """Of the person whose the day may be."""

    text: str = ""
    """Empty where none stands there."""
    before: str = ""
    """What stands before it."""
    fields: str = ""
    """What else stands between it and the day."""


def named(before: str) -> Name:
    """The name of a person that ends there, past other fields of theirs; places and things have none."""
    rest = before.rstrip(_SIGNS)
    for _ in range(_FIELDS):
        last = rest[rest.rfind(" ") + 1 :]
        if last.islower() and len(last) < _SHORTEST:  # `on`, `el`
            break
        if last[:1].isupper() and (name := _ending(_NAME, rest)):
            found = Name(name[0], rest[: name.start()], before[name.end() :])
            if of_a_thing(found) or _ELSEWHERE.match(name[0]):
                break
            return found
        start = len(rest) - len(last)
        if _FIRST.fullmatch(last) and _KIN.search(rest[max(0, start - _LONGEST) : start].lower()):
            return Name(last, rest[:start], before[len(rest) :])
        if said := _ending(_SAID, rest):
            return _of_a_speaker(said, before)
        field = _ending(_FIELD, rest)
        if field is None or field.start() == 0:
            break
        rest = rest[: field.start()].rstrip(_SIGNS)
    return Name()


def of_a_thing(name: Name) -> bool:
    """Whether it is called so: a report, a street; of what is a surname too, unless it is a person's."""
    lower = name.text.lower()
    if _LANDMARK.search(lower):
        return not (SOMEBODY.search(name.before.lower()) or _OWN.search(name.fields))
    return _THING.search(lower) is not None


def _of_a_speaker(said: re.Match[str], before: str) -> Name:
    """The name that somebody gives in small letters, unless it has words that no name has."""
    if _SHORT.intersection(said["name"].split()) or happened(said["name"], at_once=False):
        return Name()
    return Name(said["name"], said.string[: said.start("name")], before[said.end() :])


def _ending(form: re.Pattern[str], text: str) -> re.Match[str] | None:
    return form.search(text, max(0, len(text) - _LONGEST))


def barred(name: Name, behind: str) -> bool:
    """Whether something was signed, played or paid on the day."""
    line = name.before[name.before.rfind("\n") + 1 :].lower()
    said = _BY.search(line) or _LISTING.search(line) or _ELSE.match(behind.lower())
    return bool(said or happened(name.before, at_once=False))


def last_year(name: Name, behind: str, listed: bool) -> int:
    """The last year of a birth that a day behind the name can be of; 0 where nothing tells that it is one.

    What is listed stands in brackets, or among others; of children alone it may be late.
    """
    line = name.before.lower() if listed else _line(name.before).lower()
    if _CHILD.search(line):
        return GROWN + 11 if listed or line.endswith(":") else GROWN + 5
    if (_HEADED if listed else SOMEBODY).search(line):
        return GROWN + 5
    titled = _TITLED.match(name.text) or _CALLED.search(name.before)
    more = _OWN.search(name.fields) or _SIGN.match(behind) or _DETAIL.match(behind.lower())
    return ADULT if titled or more or _ROLE.search(line) else 0


def _line(before: str) -> str:
    """The line that ends there, or the one above if the name begins it."""
    rest = before.rstrip(" \n-*•")
    return rest[rest.rfind("\n") + 1 :]
