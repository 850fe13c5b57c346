"""Dates of birth in prose, in forms, in tables and as they are spoken, in English and Spanish."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import month

Maker = Callable[[Stream], str]
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_UNIDADES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
    "veintiséis veintisiete veintiocho veintinueve"
)
_DECENAS = "cero diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"


class Day(NamedTuple):
    """A day and how its month is called."""

    day: int
    month: int
    year: int
    name: str


Spellings = Callable[[Day], tuple[str, ...]]


def _born(language: str, spellings: Spellings, first: int = 1938, last: int = 2008) -> Maker:
    """A day of these years in one of these spellings."""

    def make(s: Stream) -> str:
        number = s.between(1, 12)
        day = Day(s.between(1, 28), number, s.between(first, last), month(language, number))
        return s.pick(spellings(day))

    return make


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 4 <= day <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _prose_en(d: Day) -> tuple[str, ...]:
    nth, short = _ordinal(d.day), f"{d.year % 100:02}"
    return (
        *(f"{d.day} {d.name} {d.year}", f"{d.name} {d.day}, {d.year}", f"{nth} of {d.name} {d.year}"),
        *(f"{nth} of {d.name}, {d.year}", f"{d.name} {nth}, {d.year}", f"{d.name} {nth} {d.year}"),
        *(f"{nth} {d.name} {d.year}", f"{d.day} {d.name[:3]} {d.year}", f"{nth} {d.name[:3]} {d.year}"),
        *(f"{d.name.lower()} {d.day} {d.year}", f"{nth} {d.name.lower()} {d.year}"),
        *(f"{d.name[:3]} {d.day}, {d.year}", f"{d.day} {d.name} '{short}", f"{d.name[:3]}. {d.day} {d.year}"),
    )


def _short_en(d: Day) -> tuple[str, ...]:
    year = f"{d.year % 100:02}"
    usual = (f"{d.day:02}/{d.month:02}/{d.year}", f"{d.month:02}/{d.day:02}/{d.year}")
    spaced = (f"{d.day:02} {d.month:02} {d.year}", f"{d.day}/ {d.month}/{d.year}")
    named = f"{d.day}-{d.name[:3]}-{year}"
    return (
        *(*usual, *usual, *spaced, named, f"{d.day}/{d.month}/{d.year}", f"{d.month}/{d.day}/{year}"),
        *(f"{d.day:02}/{d.month:02}/{year}", f"{d.day:02}-{d.month:02}-{d.year}"),
        *(f"{d.day}.{d.month}.{d.year}", f"{d.day}.{d.month}.{year}"),
    )


def _table(d: Day) -> tuple[str, ...]:
    iso = f"{d.year}-{d.month:02}-{d.day:02}"
    return (
        *(iso, iso, f"{d.day:02}/{d.month:02}/{d.year}", f"{d.year}/{d.month:02}/{d.day:02}"),
        *(f"{d.day:02}-{d.name[:3].upper()}-{d.year}", f"{d.year}{d.month:02}{d.day:02}"),
        *(f"{d.day:02} {d.name[:3].upper()} {d.year}", f"{iso}T00:00:00Z"),
    )


def _spoken_en(d: Day) -> tuple[str, ...]:
    units, tens, ordinals = _UNITS.split(), _TENS.split(), _ORDINALS.split()
    day = ordinals[d.day] if d.day <= 20 else f"twenty {ordinals[d.day - 20]}"
    rest = d.year % 100
    tail = units[rest] if rest < 20 else f"{tens[rest // 10]} {units[rest % 10] if rest % 10 else ''}".strip()
    if d.year < 2000:
        year = f"nineteen {tail}"
    else:
        year = f"two thousand and {tail}" if rest else "two thousand"
    return (f"{day} of {d.name.lower()} {year}", f"{d.name} the {day}, {year}", f"{day} of {d.name} {d.year}")


def _prose_es(d: Day) -> tuple[str, ...]:
    usual, short = f"{d.day} de {d.name} de {d.year}", d.name[:3]
    spoken = f"{_dia(d.day)} de {d.name} de {d.year}"
    return (
        *(
            usual,
            usual,
            spoken,
            f"{d.day} de {d.name} del {d.year}",
            f"{d.day} de {d.name.title()} de {d.year}",
        ),
        *(f"{d.day} {d.name} {d.year}", f"{d.day} de {d.name} del {d.year % 100:02}"),
        *(f"{d.day} de {d.name}, {d.year}", f"{d.day} de {short} de {d.year}", f"{d.day} {short}. {d.year}"),
    )


def _short_es(d: Day) -> tuple[str, ...]:
    usual, year = f"{d.day:02}/{d.month:02}/{d.year}", f"{d.year % 100:02}"
    spaced = (f"{d.day:02} {d.month:02} {d.year}", f"{d.day} / {d.month} / {d.year}")
    dashed = (f"{d.day:02}-{d.month:02}-{d.year}", f"{d.day}-{d.month}-{year}")
    return (
        *(usual, usual, usual, *spaced, *dashed, f"{d.day}/{d.month}/{d.year}", f"{d.day}/{d.month}/{year}"),
        *(f"{d.day:02}/{d.month:02}/{year}", f"{d.day:02}.{d.month:02}.{d.year}"),
        f"{d.day}-{d.name[:3]}-{d.year}",
    )


def _spoken_es(d: Day) -> tuple[str, ...]:
    rest, units = d.year % 100, _UNIDADES.split()
    if rest < 30:
        tail = units[rest] if rest else ""
    else:
        tail = _DECENAS.split()[rest // 10] + (f" y {units[rest % 10]}" if rest % 10 else "")
    year = f"{'mil novecientos' if d.year < 2000 else 'dos mil'} {tail}".strip()
    return (f"{_dia(d.day)} de {d.name} de {year}", f"{_dia(d.day)} de {d.name} de {d.year}")


def _dia(day: int) -> str:
    return "primero" if day == 1 else _UNIDADES.split()[day]


BIRTHS: Mapping[str, Maker] = {
    "born_en": _born("en", _prose_en),
    "born_en_short": _born("en", _short_en),
    "born_en_table": _born("en", _table),
    "born_en_spoken": _born("en", _spoken_en),
    "born_en_child": _born("en", lambda d: (*_prose_en(d), *_short_en(d)), 2012, 2023),
    "born_en_old": _born("en", lambda d: (*_prose_en(d), *_short_en(d)), 1935, 1951),
    "born_es": _born("es", _prose_es),
    "born_es_short": _born("es", _short_es),
    "born_es_table": _born("es", _table),
    "born_es_spoken": _born("es", _spoken_es),
    "born_es_child": _born("es", lambda d: (*_prose_es(d), *_short_es(d)), 2012, 2023),
    "born_es_old": _born("es", lambda d: (*_prose_es(d), *_short_es(d)), 1935, 1951),
}
"""By slot; a child's and an old person's stand beside an age."""
