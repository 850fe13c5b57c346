"""Plates of vehicles: forms by country, and what near them says that a text of that form is one.

Hardly any form is of plates alone: two are told in capitals wherever they stand; the forms that little else
has need something of a vehicle near them; and whatever has letters and digits is one right behind a word for
plates.
"""

import re

from esclusa.scans.pii.columns import named
from esclusa.scans.pii.entity import Entity, Spans, bare, lowered, small
from esclusa.scans.pii.plate_forms import FORM, PROVINCIAL, WORLD, of_an_age, shaped
from esclusa.scans.pii.words import UNITS, any_of

_LABEL = any_of("plates")
_JOIN = f"(?:{any_of('joins')}|{any_of('abroad')})"
_RIGHT_BEFORE = small(rf"(?:{_LABEL})(?:[^\d!?.;]|\.(?! [a-z]{{3}})){{0,30}}\Z")
_SPEAKER = r"(?:\n[^\w\n]{0,3}(?:\w[\w ]{0,14}: ?)?)?"
_LEADS = (
    rf"(?:[^\w\n]{{1,3}}{_JOIN}(?![a-z])){{0,3}}[^\w\n]{{0,12}}{_SPEAKER}(?:{_JOIN}[^\w!?]{{1,3}}){{0,6}}\Z"
)
_JOINED = re.compile(rf"(?<![a-z])(?:{_LABEL}){_LEADS}")
_WEAKLY = re.compile(rf"(?<![a-z])(?:{any_of('may_be_plates')}|{any_of('bodies')})(?: \d)?{_LEADS}")
_READ = re.compile(
    rf"(?<![a-z])(?:{any_of('readers')})[^\n]{{0,60}}(?<![a-z])(?:{any_of('readings')})[\"': =\[]{{1,4}}\Z"
)
_ANSWERED = re.compile(rf"[\"'](?:{any_of('answered')})(?:_\w{{1,10}})?[\"']\s?[:=]\s?[\"']\Z")
_TAG = re.compile(r"</?\w[^<>\n]{0,40}>")
_AND = re.compile(
    r"[\s,;/)\"'-]{0,3}(?:(?:and|y|e|to|a|or|o|por|for|not|no|->|→|instead of|en (?:vez|lugar) de)"
    r"[\s:]{1,2})?(?:(?:the|el|la) )?[\s(\"']{0,2}"
)
"""What stands between two plates."""
_LABELLED = small(_LABEL)
_BODIES = f"{any_of('bodies')}|{any_of('makes')}"
_VEHICLE = small(f"{any_of('vehicle')}|{_BODIES}")
_BODY = small(_BODIES)
_AMERICAN = re.compile(
    r"[A-Z]{3}[ -]?\d{3,4}|\d{3}[ -]?[A-Z]{3}|[A-Z]{3} [A-Z]\d\d|\d[A-Z]{2} [A-Z]\d\d|[A-Z]{2} \d{5}"
    r"|[A-Z]{4}-?\d\d|[A-Z]\d\d-[A-Z]{3}|[A-Z]{3}\d\d[A-Z]"
)
_PLURAL = small("plates|tags|matr[ií]culas|placas")
_MAKE = re.compile(rf"(?<![A-Z])(?:{any_of('no_plates')})(?![A-Z])")
_ASKED = 2000
"""Characters before an answer in which its question is."""
_APART = 16
"""Characters between two plates."""
_WHOLE = ("britain", "alone")
"""Kinds whose letters at the end are never those of a unit."""
_HEAD = small(f"{any_of('bodies')}|{any_of('may_be_plates')}")
_ABROAD = small(any_of("abroad"))
_OTHER = re.compile(
    rf"(?<![A-Za-z])(?:{any_of('others')})(?: (?:de|del|of|for) \w{{2,12}})?"
    r"(?:(?<!\w{5})\.)?[^\w,.;!?]{0,3}"
    r"(?:(?:no|number|n[uú]mero|nº|is|es)\W{1,3}){0,2}\Z",
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
    r"(?:name|serial|data|rating)[ -]?plate"
    r"|placa de (?:la |el )?(?:m[aá]q|serie|motor|prensa|caract|caldera|horno|datos|ident)"
    r"|press\b|prensa\b|machine(?:'s)? plate"
)
_COLOURED = small(rf"(?:{any_of('colours')}),? \(?\Z")
_DASHED = re.compile(
    rf"(?:{any_of('provinces')})-\d{{4}}-[A-Z]{{2}}|(?!.-)(?:{any_of('provinces')})-\d{{4}}-[A-Z]"
)
"""Old Spanish ones of three letters at least: fewer are on badges and boxes."""
_SHORT = frozenset(any_of("short").split("|"))
"""Words that begin no plate in small letters."""


def _spans(text: str) -> Spans:
    yield from _in_columns(text)
    at = last = 0
    doubted: re.Match[str] | None = None
    while found := FORM.search(text, at):
        match = _without_a_state(found)
        at = match.end()
        if _is_plate(match) or (last and _goes_on(text, last, match)):
            if doubted and _goes_on(text, doubted.end(), match):
                yield doubted.span()
            yield match.span()
            doubted, last = None, at
        else:  # its second part may begin one
            at = match.start() + 1
            doubted = match if match.lastgroup in ("spain", "britain", "alone") else None


def _without_a_state(match: re.Match[str]) -> re.Match[str]:
    """The plate alone, where the two letters of a state or a country are written behind it."""
    if match.lastgroup != "any" or match[0][-3:-2] != " " or not match[0][-2:].isupper():
        return match
    plate = FORM.fullmatch(match.string, match.start(), match.end() - 3)
    return plate if plate and _has_a_form(plate) else match


def _goes_on(text: str, end: int, match: re.Match[str]) -> bool:
    """Whether it stands right behind another, in a form that plates have."""
    between = text[end : match.start()]
    if len(between) > _APART or not between or not _AND.fullmatch(between.lower()):
        return False
    return _has_a_form(match)


def _has_a_form(match: re.Match[str]) -> bool:
    """Whether plates are written so somewhere."""
    known = match.lastgroup != "any" or WORLD.fullmatch(match[0].upper())
    return bool(known) and shaped(match.lastgroup, bare(match[0]))


def _is_plate(match: re.Match[str]) -> bool:
    value = match[0]
    kind = match.lastgroup
    if not shaped(kind, bare(value)):
        return False
    text, (start, end) = match.string, match.span()
    before, behind = _around(text[max(0, start - 120) : start]), text[end : end + 40].lower()
    asked = text[max(0, start - _ASKED) : start]
    if kind not in _WHOLE and re.fullmatch(r"\d+ ?[A-Za-z]{3}", value) and value[-3:].upper() in UNITS:
        return kind == "spain" and _is_labelled(before, asked)
    told = _is_labelled(before, asked) or _is_near(kind, before, behind, value)
    return told and not _is_else(kind, value, before, behind)


def _around(before: str) -> str:
    """What stands before, in small letters and without tags."""
    return _TAG.sub(" ", before.lower()) if "<" in before else before.lower()


def _is_labelled(before: str, whole: str) -> bool:
    """Whether a word for plates, a camera or a question for one is right before it, whatever its form."""
    if _JOINED.search(before[-80:]):
        return True
    return _ANSWERED.search(before[-30:]) is not None and _LABELLED.search(whole.lower()) is not None


def _is_weakly_labelled(before: str, value: str) -> bool:
    """Whether a word that means a plate in some countries, or a vehicle, is right before a form of one."""
    if not WORLD.fullmatch(value.upper()) or _MAKE.search(value):
        return False
    told = _WEAKLY.search(before[-60:]) or _READ.search(before[-100:])
    # small letters with a blank are mostly words
    return told is not None and (value == value.upper() or " " not in value or not told[0][-2:].isalpha())


def _is_else(kind: str | None, value: str, before: str, behind: str) -> bool:
    """Whether it says itself, or what is beside it does, that it is something else."""
    if kind == "britain" and _WORD.search(value):
        return True
    if kind == "spain" and value[-3:].istitle() and value[:2] in ("19", "20"):  # a year and a name
        return True
    if kind not in ("spain", "britain") and not (value.isupper() or value.islower()):
        return True
    if kind == "any" and value.partition(" ")[0] in _SHORT:
        return True
    if _MEANT.match(value) or _EXAMPLE.search(behind[:25]) or _OTHER.search(before[-40:]):
        return True
    return _is_of_a_machine(kind, before[-40:], behind[:25])


def _is_near(kind: str | None, before: str, behind: str, value: str) -> bool:
    """Whether a vehicle is said to have it, or stands as near as its form needs."""
    if _is_weakly_labelled(before, value):
        return True
    if kind in ("any", "sure") and _MAKE.search(value):
        return False
    if kind == "any":
        return _is_foreign(before, behind, value)
    return _RIGHT_BEFORE.search(before[-60:]) is not None or _is_beside(kind, before, behind, value)


def _is_beside(kind: str | None, before: str, behind: str, value: str) -> bool:
    """Whether something of a vehicle is near what has a form of its own, if that needs it."""
    capitals = value == value.upper()
    if capitals and _stands_out(kind, value, before):
        return True
    if not capitals and kind == "sure" and " " in value and not PROVINCIAL.fullmatch(value.upper()):
        return False
    if _LABELLED.search(before) or _VEHICLE.search(before[-100:]):
        return True
    if _LABELLED.search(behind) or _VEHICLE.search(behind):
        return True
    return kind == "sure" and bool(_ABROAD.search(before[-25:]) or _COLOURED.search(before[-12:]))


def _is_of_a_machine(kind: str | None, before: str, behind: str) -> bool:
    """Whether it is on another kind of plate; of what has a form of its own that has to be said plainly."""
    if kind in ("spain", "britain", "alone"):
        return _NAMEPLATE.search(before) is not None
    return bool(_MACHINE.search(before) or _MACHINE.search(behind) or _UNLIKE.search(before))


def _stands_out(kind: str | None, value: str, before: str) -> bool:
    """Whether little else is written so: Spanish ones with letters of today, British ones with a blank."""
    if kind == "spain":
        if value[2:4] == "00" or value[:2] in ("19", "20"):  # a quantity, or a year
            return _ARTICLE.search(before) is not None and value[2:4] != "00"
        return value[-3] <= "N" or _ALONE.search(before) is not None
    if kind == "alone" or (kind == "sure" and _DASHED.fullmatch(value)):
        return True
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
    close = _BODY.search(before[-45:]) or _BODY.search(behind[:25])
    return bool(close and _AMERICAN.fullmatch(value) and value[-3:].upper() not in UNITS)


_CELL = re.compile(r"[A-Za-z\d]{1,11}(?:[ -][A-Za-z\d]{1,6}){0,3}")


def _in_columns(text: str) -> Spans:
    lower = lowered(text)
    for start, end in named(text, lower, _LABELLED):
        plain = bare(text[start:end])
        mixed = not plain.isdigit() and not plain.isalpha()
        if mixed and 4 <= len(plain) <= 9 and _CELL.fullmatch(text, start, end):
            yield start, end
    for start, end in named(text, lower, _HEAD):
        form = FORM.fullmatch(text, start, end)
        if form and _has_a_form(form):
            yield start, end


PLATES = (Entity("plate", "the plate of a vehicle", _spans, "low", "medium"),)
