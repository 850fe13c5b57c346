"""Telephone numbers in words, as they are said: `oh seven seven double one`, `seis cero nueve`."""

import re

from esclusa.scans.pii.entity import Entity, formed
from esclusa.scans.pii.labels import Labels
from esclusa.scans.pii.phone_forms import at_home, given_anywhere, possible
from esclusa.scans.pii.spellings import plainly
from esclusa.scans.pii.spoken import NUMBERS, in_digits
from esclusa.scans.pii.words import listed

_ACCENTS = {"dieciseis": "diecis[eé]is", "veintidos": "veintid[oó]s", "veintitres": "veintitr[eé]s"}
_ACCENTS["veintiseis"] = "veintis[eé]is"
_SAID = "|".join(_ACCENTS.get(word, word) for word in (*NUMBERS, "o", "double", "triple", "doble", "hundred"))
_HINTS = (
    *("six", "seven", "eight", "nine"),
    *("seis", "sesenta", "siete", "setec", "setenta", "och", "nueve", "nov"),
)
"""No number of a telephone in these countries has none of them."""
_LABELS = Labels(
    120,
    noun=listed("phone"),
    verb=(*listed("talking"), *listed("number"), "try", "it[’']?s", "el"),
)


def _is_said(match: re.Match[str]) -> bool:
    """Whether it comes to a number of the countries of our languages, and is called one."""
    digits = in_digits(re.sub(r"\bo\b", "oh", plainly(match[0])))
    digits = re.sub(r"\D", "", digits)
    if not 9 <= len(digits) <= 13 or not possible(digits, digits):
        return False
    if not (at_home(digits) or given_anywhere(digits)):
        return False
    text, (start, end) = match.string, match.span()
    return _LABELS.of(text, start).own or _LABELS.behind(text, end, 40)


SPOKEN_PHONES = (
    Entity(
        "phone",
        "a telephone number in words",
        formed(
            re.compile(
                rf"(?<!\w)(?:(?:{_SAID})\b(?:[ ,.;\n–-]{{1,3}}|\ y\ |,?\ and\ )){{3,40}}(?:{_SAID})(?!\w)",
                re.IGNORECASE,
            ),
            _is_said,
            _HINTS,
        ),
        "medium",
        "medium",
    ),
)
