"""Dates of birth for the part `latest`, as forms, records, letters and people at a telephone spell them."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import month

Maker = Callable[[Stream], str]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_ONES = _words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
    "seventeen eighteen nineteen",
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth",
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second",
    "twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth",
    "thirtieth thirty-first",
)
_UNOS = _words(
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis",
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco",
    "veintiséis veintisiete veintiocho veintinueve",
)
_DECENAS = _words("treinta cuarenta cincuenta sesenta setenta ochenta noventa")


@dataclass(frozen=True)
class Birth:
    """A day on which somebody was born."""

    day: int
    month: int
    year: int

    @property
    def short(self) -> str:
        """The last two digits of the year."""
        return f"{self.year % 100:02}"

    @property
    def ordinal(self) -> str:
        """1st, 2nd, 3rd, 4th."""
        if 4 <= self.day <= 20:
            return f"{self.day}th"
        return f"{self.day}{ ({1: 'st', 2: 'nd', 3: 'rd'}.get(self.day % 10, 'th')) }"


def _grown(s: Stream) -> Birth:
    return _born(s, s.between(1938, 2007))


def _born(s: Stream, year: int) -> Birth:
    number = s.between(1, 12)
    return Birth(s.between(1, monthrange(year, number)[1]), number, year)


def _uk(s: Stream) -> str:
    """What a form or a clerk takes down: mostly figures, the day first."""
    b = _grown(s)
    name = month("en", b.month)
    padded = f"{b.day:02}/{b.month:02}"
    forms = (
        *(f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.year}"),
        *(f"{padded}/{b.short}", f"{b.day}/{b.month}/{b.short}", f"{b.day}/{b.month}/{b.year}"),
        *(
            f"{b.day:02}-{b.month:02}-{b.year}",
            f"{b.day:02}.{b.month:02}.{b.year}",
            f"{b.day}.{b.month}.{b.short}",
        ),
        *(f"{b.day} {name} {b.year}", f"{b.day} {name} {b.year}", f"{b.ordinal} {name} {b.year}"),
        *(
            f"{b.day} {name[:3]} {b.year}",
            f"{b.day:02}-{name[:3]}-{b.year}",
            f"{b.day} {name[:3].lower()} {b.short}",
        ),
    )
    return s.pick(forms)


def _uk_long(s: Stream) -> str:
    """As in a sentence."""
    b = _grown(s)
    name = month("en", b.month)
    forms = (
        *(f"{b.day} {name} {b.year}", f"{b.day} {name} {b.year}", f"{b.ordinal} {name} {b.year}"),
        *(f"{b.ordinal} of {name} {b.year}", f"{b.ordinal} {name}, {b.year}", f"{b.day} {name[:3]} {b.year}"),
        *(f"{b.ordinal} {name.lower()} {b.year}", f"{b.ordinal} of {name.lower()} {b.short}"),
    )
    return s.pick(forms)


def _us(s: Stream) -> str:
    """American: the month first."""
    b = _grown(s)
    name = month("en", b.month)
    padded = f"{b.month:02}/{b.day:02}"
    forms = (
        *(f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.short}"),
        *(f"{b.month}/{b.day}/{b.year}", f"{b.month}/{b.day}/{b.short}", f"{b.month:02}-{b.day:02}-{b.year}"),
        *(f"{name} {b.day}, {b.year}", f"{name} {b.day}, {b.year}", f"{name[:3]} {b.day}, {b.year}"),
        *(f"{b.month}-{b.day}-{b.short}", f"{name[:3].upper()} {b.day:02} {b.year}"),
    )
    return s.pick(forms)


def _us_long(s: Stream) -> str:
    """American, as in a sentence."""
    b = _grown(s)
    name = month("en", b.month)
    forms = (
        *(f"{name} {b.day}, {b.year}", f"{name} {b.day}, {b.year}", f"{name} {b.ordinal}, {b.year}"),
        *(
            f"{name} {b.day} {b.year}",
            f"{name[:3]}. {b.day}, {b.year}",
            f"{name.lower()} {b.ordinal} {b.year}",
        ),
    )
    return s.pick(forms)


def _iso(s: Stream) -> str:
    b = _grown(s)
    return f"{b.year}-{b.month:02}-{b.day:02}"


def _year_first(s: Stream) -> str:
    """Mostly ISO 8601 with dashes, which vCards also leave out."""
    dashed = _iso(s)
    return s.pick((dashed,) * 6 + (dashed.replace("-", "/"), dashed.replace("-", "")))


def _typed(s: Stream) -> str:
    """In a hurry: without separators, or with any."""
    b = _grown(s)
    day, number = f"{b.day:02}", f"{b.month:02}"
    forms = (
        *(f"{day}{number}{b.short}", f"{day}{number}{b.year}", f"{day} {number} {b.year}"),
        *(f"{day} {number} {b.short}", f"{b.day}-{b.month}-{b.short}", f"{b.day}.{b.month}.{b.year}"),
    )
    return s.pick(forms)


def _tens(number: int) -> str:
    if number < 20:
        return _ONES[number - 1]
    return _TENS[number // 10 - 2] + (f"-{_ONES[number % 10 - 1]}" if number % 10 else "")


def _year_in_words(year: int) -> str:
    if year == 2000:
        return "two thousand"
    if year > 2000:
        return f"two thousand and {_tens(year - 2000)}"
    return f"nineteen {_tens(year - 1900)}"


def _said(s: Stream) -> str:
    """In words, as a transcript has them; the day and the year sometimes in figures."""
    b = _grown(s)
    name, day, year = month("en", b.month), _ORDINALS[b.day - 1], _year_in_words(b.year)
    forms = (
        *(f"{day} of {name} {year}", f"{day} of {name}, {year}", f"{name} {day}, {year}"),
        *(f"{name} the {day} {year}", f"{b.ordinal} of {name} {year}", f"{day} of {name} {b.year}"),
    )
    said = s.pick(forms)
    return s.pick((said, said.replace("-", " ")))


def _es(s: Stream) -> str:
    """What a form or a clerk takes down."""
    b = _grown(s)
    name = month("es", b.month)
    padded = f"{b.day:02}/{b.month:02}"
    forms = (
        *(f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.year}", f"{padded}/{b.year}"),
        *(f"{padded}/{b.short}", f"{b.day}/{b.month}/{b.year}", f"{b.day}/{b.month}/{b.short}"),
        *(
            f"{b.day:02}-{b.month:02}-{b.year}",
            f"{b.day:02}-{b.month:02}-{b.year}",
            f"{b.day}-{b.month}-{b.short}",
        ),
        *(f"{b.day:02}.{b.month:02}.{b.year}", f"{b.day} de {name} de {b.year}", f"{b.day} {name} {b.year}"),
        *(f"{b.day:02}-{name[:3]}-{b.year}", f"{b.day}/{name}/{b.year}"),
    )
    return s.pick(forms)


def _es_long(s: Stream) -> str:
    """As in a sentence."""
    b = _grown(s)
    name = month("es", b.month)
    forms = (
        *(f"{b.day} de {name} de {b.year}",) * 4,
        *(f"{b.day} de {name} del {b.year}", f"{b.day} de {name} del {b.short}", f"{b.day} {name} {b.year}"),
        *(
            f"{b.day} de {name.title()} de {b.year}",
            f"{b.day} de {name}, {b.year}",
            f"{b.day} de {name} {b.year}",
        ),
    )
    return s.pick(forms)


def _decenas(number: int) -> str:
    if number < 30:
        return _UNOS[number - 1]
    return _DECENAS[number // 10 - 3] + (f" y {_UNOS[number % 10 - 1]}" if number % 10 else "")


def _es_said(s: Stream) -> str:
    """In words, as a deed or a transcript has them."""
    b = _grown(s)
    century, rest = ("dos mil", b.year - 2000) if b.year >= 2000 else ("mil novecientos", b.year - 1900)
    year = f"{century} {_decenas(rest)}" if rest else century
    day = s.pick(("uno", "primero")) if b.day == 1 else _decenas(b.day)
    name = month("es", b.month)
    forms = [f"{day} de {name} de {year}", f"{day} de {name} de {year}", f"{b.day} de {name} de {year}"]
    if b.year < 2000:
        forms.append(f"{day} de {name} del {_decenas(rest)}")
    return s.pick(forms)


def _child(s: Stream) -> Birth:
    return _born(s, s.between(2009, 2025))


def _child_en(s: Stream) -> str:
    b = _child(s)
    name = month("en", b.month)
    numbers = f"{b.day:02}/{b.month:02}/{b.year}"
    return s.pick(
        (
            numbers,
            numbers,
            f"{b.day}/{b.month}/{b.short}",
            f"{b.day} {name} {b.year}",
            f"{b.ordinal} {name} {b.year}",
        )
    )


def _child_es(s: Stream) -> str:
    b = _child(s)
    numbers = f"{b.day:02}/{b.month:02}/{b.year}"
    long = f"{b.day} de {month('es', b.month)} de {b.year}"
    return s.pick((numbers, numbers, long, long, f"{b.day}-{b.month}-{b.short}"))


LATEST_BIRTHS: Mapping[str, Maker] = {
    "dob_uk": _uk,
    "dob_uk_long": _uk_long,
    "dob_us": _us,
    "dob_us_long": _us_long,
    "dob_iso": _year_first,
    "dob_iso_dashed": _iso,
    "dob_typed": _typed,
    "dob_said": _said,
    "dob_child_en": _child_en,
    "dob_es": _es,
    "dob_es_long": _es_long,
    "dob_es_said": _es_said,
    "dob_child_es": _child_es,
}
"""By slot."""
