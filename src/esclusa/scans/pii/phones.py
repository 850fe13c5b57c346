"""Telephone numbers: written like one and given out, or beside a word for it, and of nothing else."""

import re
from collections.abc import Iterator

from esclusa.scans.pii.entity import Entity, parted
from esclusa.scans.pii.labels import OTHERS, OWN, Label, Labels
from esclusa.scans.pii.phone_forms import (
    GAP,
    LOCAL,
    at_home,
    given,
    given_anywhere,
    international,
    is_grouped,
    is_of_a_country,
    is_shaped,
    plausible,
    possible,
    surely,
)
from esclusa.scans.pii.phone_place import Place
from esclusa.scans.pii.words import listed

_RUN = re.compile(rf"\d(?:{GAP}{{0,3}}\d){{6,40}}")
"""Digits with what may stand between them; a number, or more than one."""
_GROUP = re.compile(r"\d+")
_MOST = 8
"""Groups that a number has at most where it stands beside other digits."""
_LABELS = Labels(
    120,
    noun=listed("phone"),
    verb=listed("talking"),
    other=(*listed("numbered"), *OTHERS, *listed("social"), *listed("passport")),
    weak=listed("number"),
)


def _phones(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The whole run if it is one; else what of it is."""
    text, end = match.string, match.end()
    start = _opening(text, match.start(), end)
    if _is_phone(Place.at(text, start, end)):
        yield start, end
    elif re.search(r"[\s/]", match[0]):
        yield from _parts(text, start, end)


def _opening(text: str, start: int, end: int) -> int:
    """Where it begins, with a plus and the bracket that is closed in it."""
    if text[start - 1 : start] == "+":
        start -= 1
    closes = text.find(")", start, end) >= 0 or text.find("]", start, end) >= 0
    if closes and text[start - 1 : start] in ("(", "["):
        start -= 1
    return start - 1 if text[start - 1 : start] == "+" and text[start] != "+" else start


def _is_phone(place: Place) -> bool:
    if not possible(place.written, place.digits) or place.is_of_something_longer:
        return False
    country = international(place.written)
    if country and given_anywhere(country):
        return not place.is_glued
    label = _label(place)
    if label.name == "other" or (place.is_glued and not _is_tied(label)):
        return False
    if country and is_of_a_country(country) and (label.own or not place.written[1:].isdigit()):
        return True
    if label.name == "noun" and label.direct and plausible(place.written, place.digits):
        return True
    return _is_talked_of(place, label) or _is_known(place, label)


def _label(place: Place) -> Label:
    """The word before it decides; one behind it, if that before is not right at it."""
    label = _LABELS.of(place.text, place.start)
    if label.name == "other" and not label.direct and _is_called_so_behind(place):
        return Label("verb")
    return label


def _is_called_so_behind(place: Place) -> bool:
    """Whether a word follows; what is not even grouped has to be called a telephone."""
    names = ("noun",) if place.written.isdigit() else OWN
    return _LABELS.behind(place.text, place.end, 25, names)


def _is_tied(label: Label) -> bool:
    return label.name == "noun" and re.fullmatch(r"\W{0,3}", label.gap) is not None


def _is_talked_of(place: Place, label: Label) -> bool:
    """Whether a word for it is near, and it is written like one or given out."""
    written, digits = place.written, place.digits
    if not label.own and not _is_called_so_behind(place):
        return False
    if at_home(digits) and (is_grouped(written) or digits == written or given(digits)):
        return True
    if label.name == "verb" and label.direct and LOCAL.fullmatch(written):
        return True
    if len(digits) > 10 and digits == written and given_anywhere(digits):
        return True
    like_abroad = digits != written and (written[0] in "(0" or len(digits) == 10)
    return like_abroad and given(digits, abroad=True)


def _is_known(place: Place, label: Label) -> bool:
    """Whether it needs no word, or hardly one: by how it is written, or where it stands."""
    written, digits = place.written, place.digits
    if written.startswith("(0") and given(digits, abroad=True):
        return True
    if not at_home(digits):
        return False
    british = digits[0] == "0" and len(digits) == 11
    if is_grouped(written):
        return british or label.name == "weak" or given(digits)
    led = place.follows_a_comma or (place.is_led_to and label.name != "past")
    if british and (led or given(digits)):
        return True
    if label.name == "weak" and label.gap.strip(" \"'") == ":":
        return digits[0] in "67" and given(digits)
    return (place.stands_alone or led) and given(digits)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of a run is a telephone number: in brackets of its own, or if a word stands before it all."""
    parts = list(_apart(text, start, end))
    own = bool(parts) and _LABELS.of(text, start).own
    for first, last in parts:
        bracketed = text[first - 1 : first] == "(" and text[last : last + 1] == ")"
        if (own and surely(text[first:last])) or (bracketed and _is_phone(Place.at(text, first, last))):
            yield first, last


def _apart(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of a run is written like a number, longest first and none over another."""
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    at = 0
    while at < len(groups):
        for to in range(min(len(groups), at + _MOST), at, -1):
            last = groups[to - 1][1]
            first = _opening(text, groups[at][0], last)
            if _is_cut(text, first, last, end) and is_shaped(text[first:last]):
                yield first, last
                at = to - 1
                break
        at += 1


def _is_cut(text: str, first: int, last: int, end: int) -> bool:
    """Whether it stands apart from what else is in the run."""
    return text[first - 1 : first] in (" ", "/", "(", "\u00a0") and (last == end or text[last] in " /\u00a0")


PHONES = (Entity("phone", "a telephone number", parted(_RUN, _phones), "medium", "medium"),)
