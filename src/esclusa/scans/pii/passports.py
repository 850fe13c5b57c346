"""Numbers of passports: beside a word for them, or in the lines that machines read."""

import re
from collections.abc import Iterator

from esclusa.scans.pii.entity import Entity, bare, parted, worded
from esclusa.scans.pii.labels import OTHERS, Label, Labels
from esclusa.scans.pii.words import any_of, listed

_S = r"[ .\u00a0-]?"
_FORMS = re.compile(
    rf"""(?<![\w.-])(?<!\d/)(?:
        (?P<letters>[A-Za-z]{{1,3}})(?:{_S}\d){{6,8}}(?P<behind>[A-Z]?)
      | (?:[A-Z]\.\ ?){{1,3}}\ ?\d{{6,8}}
      | \d{{3}}{_S}\d{{3}}{_S}\d{{3}} | \d{{2,4}}\ \d{{3,5}}(?:\ \d{{3,4}})?
      | \d{{7,9}} | \d{{6,8}}[A-Z] | \d\d[A-Z]{{2}}\d{{5}}
      | (?=[A-Z]{{0,4}}\d)[A-Z][A-Z0-9]{{7,8}}
    )(?!\w|[-/.]\d)""",
    re.VERBOSE,
)
"""How countries write them; the last is Germany's."""
_MIXED = re.compile(r"[A-Z]?(?:\d+[A-Z]+)+\d+")
_NUMBER = re.compile(rf"(?:\d{_S}){{8}}\d")
_CLOSE = re.compile(r"[^,;?!\n\d]{0,16}")
_THEN = re.compile(
    rf"\W{{0,3}}(?:(?:is|was|es|era|as|como|my|mi|the|el|su|his|her|your|our|de)\W{{1,2}}){{1,3}}(?:{any_of('passport')})"
    rf"|\ ?[-–=(]\ ?(?:{any_of('passport')}) (?:no|num\w*|n[uú]m\w*|n[º°o]|of my|de mi)\b",
    re.IGNORECASE,
)
"""Said behind it: `... is my passport`."""
_HINTS = (
    "pass",
    "pasa",
    "pasp",
    "psp",
    "psap",
    "pas.",
    "pas n",
    "pp n",
    "pp#",
    "travel",
    "viaje",
    "ppt",
    "doc",
    "ident",
)
_SHORT = frozenset(any_of("short").split("|"))
_OTHERS = (
    *listed("of_passports"),
    *OTHERS,
    *listed("phone"),
    "call",
    "ring",
    "ll[aá]m[ae]\\w*",
    *listed("social"),
)
_LABELS = Labels(100, other=_OTHERS, noun=listed("passport"))
_PAPERS = Labels(60, other=_OTHERS, noun=(*listed("passport"), *listed("papers")))
_TRAVELLING = worded(any_of("travelling"))
_AROUND = 250
_SEVERAL = worded("passports|pasaportes")
_NAMED = re.compile(r"[A-ZÁÉÍÓÚÑ][^\W\d_]+,? ?[:(]?\Z")
_LETTERED = re.compile(r"[A-Z]{1,3} ?\d{6,8}", re.IGNORECASE)
_NINE = re.compile(r"\d{9}")
_TOLD = re.compile(r"\b(?:al|on|at|to)\W{0,2}\Z")
"""What stands before a number to be called."""


def _passports(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The number; a short word before it is no part of it."""
    start, end = match.span()
    if match["letters"] and _is_word(match):
        start = match.end("letters") + 1
        again = _FORMS.match(match.string, start)
        if again is None:
            return
        end = again.end()
    written = match.string[start:end]
    if sum(map(str.isdigit, written)) < 4 or len(set(bare(written))) < 3 or re.search(r"\.\d\d?\.", written):
        return
    if _THEN.match(match.string, end):
        yield start, end
        return
    label = _LABELS.of(match.string, start)
    called = _TOLD.search(label.gap) and not written[0].isalpha()
    own = label.own and (label.direct or _is_surely_one(written, label)) and not called
    if own or _is_on_paper(match.string, start, end) or _is_listed(match.string, start, end):
        yield start, end


def _is_on_paper(text: str, start: int, end: int) -> bool:
    """Whether it is the number of a document of a traveller, in a form that passports have."""
    formed = _LETTERED.fullmatch(text, start, end) or _NINE.fullmatch(text, start, end)
    if formed is None or text[end : end + 1] == "-":  # the letter of a foreigner's number follows
        return False
    label = _PAPERS.of(text, start)
    near = (max(0, start - _AROUND), min(len(text), start + _AROUND))
    return label.own and label.direct and _TRAVELLING.search(text, *near) is not None


def _is_listed(text: str, start: int, end: int) -> bool:
    """Whether it stands behind a name in a line of passports."""
    first = max(0, start - _AROUND)
    line = max(first, text.rfind("\n", first, start) + 1)
    named = _LETTERED.fullmatch(text, start, end) and _NAMED.search(text, line, start)
    return bool(named) and _SEVERAL.search(text, line, start) is not None


def _is_word(match: re.Match[str]) -> bool:
    letters, text = match["letters"], match[0]
    if not text[len(letters)].isspace():
        return False
    return (letters.lower() in _SHORT and letters != "A") or (letters.istitle() and len(letters) > 1)


def _is_surely_one(written: str, label: Label) -> bool:
    """Whether a word that is further away is enough."""
    if _MIXED.fullmatch(written) or re.fullmatch(r"\d{7,8}", written):
        return _CLOSE.fullmatch(label.gap) is not None
    return _NUMBER.fullmatch(written) is not None or (written[0].isalpha() and not written[:9].isalpha())


def _in_a_line_for_machines(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The number alone, without what fills its field up."""
    at = match.lastindex or 1
    number = match[at].rstrip("<")
    if sum(map(str.isdigit, number)) >= 4:
        yield match.start(at), match.start(at) + len(number)


PASSPORTS = (
    Entity(
        "passport",
        "the number of a passport",
        parted(_FORMS, _passports, _HINTS),
        confidence="medium",
    ),
    Entity(
        "passport",
        "the number of a passport",
        parted(
            re.compile(
                r"(?<![A-Z0-9<])(?:([A-Z0-9<]{9})\d?[A-Z<]{3}\d{7}[MFX<]\d{7}(?=[A-Z0-9<])"
                r"|P[/-][A-Z]{3}[/-]([A-Z0-9]{7,9})(?=[/-]))"
            ),
            _in_a_line_for_machines,
        ),
    ),
)
