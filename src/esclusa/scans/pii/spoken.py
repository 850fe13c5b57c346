"""Numbers in words, English and Spanish, as digits: `nineteen seventy-nine`, `double five`, `mil diez`.

As telephone numbers are said: what does not add up to one number stands side by side, `sixty oh three` is
603 or 6003 as the words have it, and never their sum.
"""

import re
from collections.abc import Iterator, Mapping

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco "
    "veintiseis veintisiete veintiocho veintinueve",
)
_TENS = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
)
_HUNDREDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
"""Of days."""
NUMBERS: Mapping[str, int] = {
    **{word: value for line in _UNITS for value, word in enumerate(line.split())},
    **{word: value * 10 for line in _TENS for value, word in enumerate(line.split(), 2)},
    **{word: value * 100 for value, word in enumerate(_HUNDREDS.split(), 1)},
    **{word: value for value, word in enumerate(_ORDINALS.split(), 1)},
    **{"twentieth": 20, "thirtieth": 30, "primero": 1, "primer": 1},
    **{"oh": 0, "nought": 0, "un": 1, "una": 1, "cien": 100},
}
TIMES = {"hundred": 100, "thousand": 1000, "mil": 1000}
_AGAIN = {"double": 2, "doble": 2, "triple": 3}
_BETWEEN = {"and", "y"}
_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"[\s,.;:–—-]{0,8}")


def in_digits(text: str) -> str:
    """The text with numbers in digits. It is taken in lower case and without accents."""
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    at = 0
    run: list[str] = []
    begin = end = 0
    for match in _WORD.finditer(text):
        word = match[0]
        counts = word in NUMBERS or word in TIMES or word in _AGAIN
        follows = bool(run) and _GAP.fullmatch(text, end, match.start()) is not None
        if not (counts or (follows and word in _BETWEEN)):
            continue
        if not follows:
            if run:
                yield text[at:begin] + _said(run)
                at = end
            run, begin = [], match.start()
        run.append(word)
        end = match.end()
    if run:
        yield text[at:begin] + _said(run)
        at = end
    yield text[at:]


def _said(words: list[str]) -> str:
    """The digits that number words come to, side by side where they do not add up."""
    said = ""
    value: int | None = None
    room = 0
    times = 1
    for word in words:
        if word in _AGAIN:
            times = _AGAIN[word]
            continue
        if word in TIMES:
            factor = TIMES[word]
            if value is not None and value >= factor:
                said, value = said + str(value), None
            value, room = (value or 1) * factor, factor
            continue
        if word in _BETWEEN:
            continue
        new = NUMBERS[word]
        if times > 1:
            said += ("" if value is None else str(value)) + str(new) * times
            value, room, times = None, 0, 1
        elif value is not None and 0 < new < room:
            value, room = value + new, _room(new)
        else:
            said += "" if value is None else str(value)
            value, room = new, _room(new)
    return said + ("" if value is None else str(value))


def _room(value: int) -> int:
    """What still can be added to a number that ends so: nine to sixty, ninety-nine to six hundred."""
    if value >= 100 and value % 100 == 0:
        return 100
    return 10 if value >= 20 and value % 10 == 0 else 0
