"""Plates of vehicles: forms by country, and what near them says that a text of that form is one.

Hardly any form is of plates alone: two are told in capitals wherever they stand; the forms that little else
has need something of a vehicle near them; and whatever has letters and digits is one right behind a word for
plates.
"""

import re

from esclusa.scans.pii.columns import named
from esclusa.scans.pii.entity import Entity, Spans, bare, lowered, small
from esclusa.scans.pii.plate_forms import FORM, of_an_age, shaped
from esclusa.scans.pii.words import UNITS, any_of

_LABEL = any_of("plates")
_RIGHT_BEFORE = small(rf"(?:{_LABEL})(?:[^\d!?.;]|\.(?! [a-z]{{3}})){{0,30}}\Z")
_JOINED = re.compile(
    rf"(?<![a-z])(?:{_LABEL})[^\w\n]{{0,3}}\n?[^\w\n]{{0,3}}"
    rf"(?:(?:{any_of('joins')}|{any_of('abroad')})[^\w!?]{{1,3}}){{0,6}}\Z"
)
_LABELLED = small(_LABEL)
_VEHICLE = small(f"{any_of('vehicle')}|{any_of('bodies')}")
_BODY = small(any_of("bodies"))
_AMERICAN = re.compile(r"[A-Z]{3}[ -]?\d{3,4}|\d{3}[ -][A-Z]{3}")
_PLURAL = small("plates|tags|matr[ií]culas|placas")
_MAKE = re.compile(
    "BMW|MAN|TG[XSL]|GL[ABCES]|CL[ASK]|SLK|AMG|CBR|GSX|YZF|XSR|SEAT|KIA|DAF|VFR|KTM|AVE|ISO|TDI|TSI|HDI|CDI|DCI|CRD|GTD|GTI|JTD|VTI|THP|RTX|GTX|USB"
)
_ABROAD = small(any_of("abroad"))
_OTHER = re.compile(
    rf"(?<![A-Za-z])(?:{any_of('others')})\W{{0,3}}(?:(?:no|number|n[uú]mero|nº|is|es)\W{{1,3}}){{0,2}}\Z",
)
_UNLIKE = small(
    rf"(?:{any_of('unlike')})(?:['’]s)? (?:reg|registrations?|(?:vehicle )?tags?|licen[cs]es?|index)\b"
    r"[^,;\n]{0,30}\Z"
    rf"|(?:{any_of('enrolled')}) de (?:la )?matr[ií]culas?\b[^,;\n]{{0,30}}\Z"
)
_MEANT = re.compile("(?:ID|NO|NR|REF|CODE|TYPE|MODEL) ")
_WORD = re.compile(r"[A-Z]\d\d (?:and|the|for|but|has|was|are|van|car|you|can|que|con|por|una|los|las)\Z")
_EXAMPLE = small(r"\b(?:examples?|ejemplos?|format|formato)\b")
_MACHINE = small(any_of("machines"))
_NAMEPLATE = small(
    r"(?:name|serial|data|rating)[ -]?plate|placa de (?!taxi|matr)|press\b|prensa|machine|m[aá]quina"
)


def _spans(text: str) -> Spans:
    yield from _in_columns(text)
    at = 0
    while match := FORM.search(text, at):
        if _is_plate(match):
            yield match.span()
            at = match.end()
        else:  # its second part may begin one
            at = match.start() + 1


def _is_plate(match: re.Match[str]) -> bool:
    value = match[0]
    kind = match.lastgroup
    if not shaped(kind, bare(value)):
        return False
    text, (start, end) = match.string, match.span()
    before, behind = text[max(0, start - 120) : start].lower(), text[end : end + 40].lower()
    if kind != "britain" and re.fullmatch(r"\d+ ?[A-Za-z]{3}", value) and value[-3:].upper() in UNITS:
        return kind == "spain" and _JOINED.search(before[-60:]) is not None
    if _is_else(kind, value, before, behind):
        return False
    if kind == "any":
        return _JOINED.search(before[-60:]) is not None or _is_foreign(before, behind, value)
    return _RIGHT_BEFORE.search(before[-60:]) is not None or _is_near(kind, before, behind, value)


def _is_else(kind: str | None, value: str, before: str, behind: str) -> bool:
    """Whether it says itself, or what is beside it does, that it is something else."""
    if kind == "britain" and _WORD.search(value):
        return True
    if _MEANT.match(value) or _EXAMPLE.search(behind[:25]) or _OTHER.search(before[-40:]):
        return True
    return _is_of_a_machine(kind, before[-40:], behind[:25])


def _is_near(kind: str | None, before: str, behind: str, value: str) -> bool:
    """Whether something of a vehicle is near what has a form of its own, if that needs it."""
    capitals = value == value.upper()
    if capitals and _stands_out(kind, value, before):
        return True
    if not capitals and kind == "sure" and " " in value:
        return False
    if _LABELLED.search(before) or _VEHICLE.search(before[-80:]):
        return True
    if _LABELLED.search(behind) or _VEHICLE.search(behind):
        return True
    return kind == "sure" and _ABROAD.search(before[-25:]) is not None


def _is_of_a_machine(kind: str | None, before: str, behind: str) -> bool:
    """Whether it is on another kind of plate; of what has a form of its own that has to be said plainly."""
    if kind in ("spain", "britain"):
        return _NAMEPLATE.search(before) is not None
    return bool(_MACHINE.search(before) or _MACHINE.search(behind) or _UNLIKE.search(before))


def _stands_out(kind: str | None, value: str, before: str) -> bool:
    """Whether little else is written so: Spanish ones with letters of today, British ones with a blank."""
    if kind == "spain":
        if value[2:4] == "00" or value[:2] in ("19", "20"):  # a quantity, or a year
            return _ARTICLE.search(before) is not None and value[2:4] != "00"
        return value[-3] <= "N" or _ALONE.search(before) is not None
    return kind == "britain" and value[4:5] == " " and of_an_age(bare(value))


_ARTICLE = re.compile(r"\b(?:el|al|un) \Z")
_ALONE = re.compile(r"(?:\A|[\n:(,;\"'>=|-]|\b(?:el|al|del|un|mi|tu|su|y|por|para|a|es|era)) ?\Z")


def _is_foreign(before: str, behind: str, value: str) -> bool:
    """Whether it is said from where and what it is of, or right beside it what, in a form of America."""
    if value != value.upper():
        return False
    if _AMERICAN.fullmatch(value) and _PLURAL.search(before[-60:]):
        return True
    vehicle = _VEHICLE.search(before[-60:]) or _VEHICLE.search(behind)
    if vehicle and (_ABROAD.search(before[-40:]) or _ABROAD.search(behind[:25])):
        return True
    close = _BODY.search(before[-30:]) or _BODY.search(behind[:20])
    return bool(
        close and _AMERICAN.fullmatch(value) and not _MAKE.match(value) and value[-3:].upper() not in UNITS
    )


_CELL = re.compile(r"[A-Za-z\d]{1,8}(?:[ -][A-Za-z\d]{1,5}){0,2}")


def _in_columns(text: str) -> Spans:
    for start, end in named(text, lowered(text), _LABELLED):
        plain = bare(text[start:end])
        mixed = not plain.isdigit() and not plain.isalpha()
        if mixed and 4 <= len(plain) <= 9 and _CELL.fullmatch(text, start, end):
            yield start, end


PLATES = (Entity("plate", "the plate of a vehicle", _spans, "low", "medium"),)
