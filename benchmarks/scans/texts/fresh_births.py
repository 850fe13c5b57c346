"""Dates of birth for the part `fresh`, as families, clerks, airlines and databases write them."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import month

Maker = Callable[[Stream], str]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_GROWN, _OLD, _CHILD, _BABY, _REACHED = (1956, 2006), (1931, 1949), (2010, 2021), (2023, 2025), (2015, 2025)
_ABBREVIATED = {
    "en": _words("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec"),
    "es": _words("ene feb mar abr may jun jul ago sept oct nov dic"),
}
_DAYS = {
    "en": _words(
        "first second third fourth fifth sixth seventh eighth ninth",
        "tenth eleventh twelfth thirteenth fourteenth",
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        "twenty-first twenty-second twenty-third",
        "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth",
        "twenty-ninth thirtieth thirty-first",
    ),
    "es": _words(
        "uno dos tres cuatro cinco seis siete ocho nueve diez once",
        "doce trece catorce quince dieciséis diecisiete",
        "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis",
        "veintisiete veintiocho veintinueve treinta treinta_y_uno",
    ),
}
_TENS = {
    "en": {60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"},
    "es": {60: "sesenta", 70: "setenta", 80: "ochenta", 90: "noventa"},
}
_ONES = {
    "en": _words("one two three four five six seven eight nine"),
    "es": _words("uno dos tres cuatro cinco seis siete ocho nueve"),
}


@dataclass(frozen=True)
class Day:
    """A day in a calendar, and the pieces its spellings are made of."""

    day: int
    month: int
    year: int
    language: str

    @property
    def dd(self) -> str:
        """The day in two digits."""
        return f"{self.day:02}"

    @property
    def mm(self) -> str:
        """The month in two digits."""
        return f"{self.month:02}"

    @property
    def yy(self) -> str:
        """The year in two digits."""
        return f"{self.year % 100:02}"

    @property
    def name(self) -> str:
        """The month in full."""
        return month(self.language, self.month)

    @property
    def cut(self) -> str:
        """The month as it is abbreviated, without a point."""
        return _ABBREVIATED[self.language][self.month - 1]

    @property
    def nth(self) -> str:
        """1st, 2nd, 3rd, 4th."""
        if self.day in (11, 12, 13):
            return f"{self.day}th"
        return f"{self.day}{ ({1: 'st', 2: 'nd', 3: 'rd'}.get(self.day % 10, 'th')) }"


Spellings = Callable[[Day], tuple[str, ...]]


def _made(language: str, spellings: Spellings, years: tuple[int, int] = _GROWN) -> Maker:
    def make(s: Stream) -> str:
        year, number = s.between(*years), s.between(1, 12)
        return s.pick(spellings(Day(s.between(1, monthrange(year, number)[1]), number, year, language)))

    return make


def _day_first(d: Day) -> tuple[str, ...]:
    usual, plain = f"{d.dd}/{d.mm}/{d.year}", f"{d.day}/{d.month}/{d.year}"
    return (
        *(usual, usual, usual, plain, plain, f"{d.dd}/{d.mm}/{d.yy}", f"{d.day}/{d.month}/{d.yy}"),
        *(f"{d.dd}-{d.mm}-{d.year}", f"{d.day}-{d.month}-{d.year}", f"{d.day}-{d.month}-{d.yy}"),
        *(f"{d.dd}.{d.mm}.{d.year}", f"{d.day}.{d.month}.{d.yy}", f"{d.dd} {d.mm} {d.year}"),
    )


def _day_first_tidy(d: Day) -> tuple[str, ...]:
    return (f"{d.dd}/{d.mm}/{d.year}", f"{d.dd}/{d.mm}/{d.year}", f"{d.dd}-{d.mm}-{d.year}")


def _month_first(d: Day) -> tuple[str, ...]:
    usual = f"{d.mm}/{d.dd}/{d.year}"
    return (
        *(usual, usual, usual, f"{d.month}/{d.day}/{d.year}", f"{d.month}/{d.day}/{d.yy}"),
        *(f"{d.mm}/{d.dd}/{d.yy}", f"{d.mm}-{d.dd}-{d.year}", f"{d.month}-{d.day}-{d.yy}"),
        *(f"{d.mm}.{d.dd}.{d.year}", f"{d.mm} {d.dd} {d.year}"),
    )


def _words_gb(d: Day) -> tuple[str, ...]:
    usual = f"{d.day} {d.name} {d.year}"
    return (
        *(usual, usual, usual, f"{d.nth} {d.name} {d.year}", f"{d.nth} of {d.name} {d.year}"),
        *(f"{d.nth} of {d.name}, {d.year}", f"{d.day} {d.cut} {d.year}", f"{d.nth} {d.cut} {d.year}"),
        *(f"{d.name} {d.nth}, {d.year}", f"{d.day} {d.cut}. {d.year}"),
    )


def _words_us(d: Day) -> tuple[str, ...]:
    usual = f"{d.name} {d.day}, {d.year}"
    return (
        *(usual, usual, usual, f"{d.name} {d.nth}, {d.year}", f"{d.name} {d.nth} {d.year}"),
        *(f"{d.cut}. {d.day}, {d.year}", f"{d.cut} {d.day}, {d.year}", f"{d.cut} {d.day} {d.year}"),
    )


def _chat_en(d: Day) -> tuple[str, ...]:
    name, cut = d.name.lower(), d.cut.lower()
    return (
        *(
            f"{d.nth} {name} {d.year}",
            f"{name} {d.nth} {d.year}",
            f"{d.day} {cut} {d.yy}",
            f"{d.nth} {cut} {d.yy}",
        ),
        *(
            f"{d.day}/{d.month}/{d.yy}",
            f"{d.day}.{d.month}.{d.yy}",
            f"{d.dd}{d.mm}{d.year}",
            f"{d.dd} {d.mm} {d.yy}",
        ),
    )


def _caps(d: Day) -> tuple[str, ...]:
    cut = d.cut[:3].upper()
    return (f"{d.dd}{cut}{d.year}", f"{d.dd}{cut}{d.yy}", f"{d.dd} {cut} {d.year}", f"{d.dd}-{cut}-{d.year}")


def _database(d: Day) -> tuple[str, ...]:
    usual = f"{d.year}-{d.mm}-{d.dd}"
    return (
        usual,
        usual,
        usual,
        usual,
        f"{d.year}/{d.mm}/{d.dd}",
        f"{d.year}{d.mm}{d.dd}",
        f"{d.year}.{d.mm}.{d.dd}",
    )


def _iso(d: Day) -> tuple[str, ...]:
    return (f"{d.year}-{d.mm}-{d.dd}",)


def _compact(d: Day) -> tuple[str, ...]:
    return (f"{d.year}{d.mm}{d.dd}",)


def _aloud(d: Day) -> tuple[str, ...]:
    """The year of the last century in words, or the day alone."""
    day = _DAYS[d.language][d.day - 1].replace("_", " ")
    tens, ones = _TENS[d.language][d.year % 100 // 10 * 10], d.year % 10
    if d.language == "en":
        year = f"nineteen {tens}" + (f"-{_ONES['en'][ones - 1]}" if ones else "")
        return (
            f"{day} of {d.name} {year}",
            f"{d.name} {day}, {year}",
            f"{day} of {d.name}, {d.year}",
        )
    year = tens + (f" y {_ONES['es'][ones - 1]}" if ones else "")
    return (
        f"{day} de {d.name} de mil novecientos {year}",
        f"{day} de {d.name} del {year}",
        f"{day} de {d.name} de {d.year}",
    )


def _words_es(d: Day) -> tuple[str, ...]:
    usual = f"{d.day} de {d.name} de {d.year}"
    return (
        *(
            usual,
            usual,
            usual,
            usual,
            f"{d.day} de {d.name} del {d.year}",
            f"{d.day} de {d.name.title()} de {d.year}",
        ),
        *(f"{d.dd} de {d.name} de {d.year}", f"{d.day} de {d.name}, {d.year}", f"{d.day} {d.name} {d.year}"),
        f"{d.day} de {d.cut}. de {d.year}",
    )


def _month_first_es(d: Day) -> tuple[str, ...]:
    """As Colombian papers do."""
    return (
        f"{d.name} {d.day} de {d.year}",
        f"{d.name.title()} {d.day} de {d.year}",
        f"{d.year}/{d.mm}/{d.dd}",
    )


def _chat_es(d: Day) -> tuple[str, ...]:
    return (
        *(
            f"{d.day} de {d.name} del {d.yy}",
            f"{d.day} de {d.name} de {d.year}",
            f"{d.day} {d.name} {d.year}",
        ),
        *(
            f"{d.day}/{d.month}/{d.yy}",
            f"{d.day}-{d.month}-{d.yy}",
            f"{d.day}.{d.month}.{d.yy}",
            f"{d.dd}{d.mm}{d.year}",
        ),
        *(f"{d.day} de {d.cut} del {d.year}", f"{d.dd} {d.mm} {d.year}"),
    )


def _month_in_letters(d: Day) -> tuple[str, ...]:
    """As Mexican and Peruvian papers do."""
    cut = d.cut[:3]
    return (
        f"{d.dd}/{cut}/{d.year}",
        f"{d.dd}-{cut}-{d.year}",
        f"{d.dd}/{cut.upper()}/{d.year}",
        f"{d.dd} {cut.upper()} {d.year}",
    )


FRESH_BIRTHS: Mapping[str, Maker] = {
    "bday_gb": _made("en", _day_first),
    "bday_gb_tidy": _made("en", _day_first_tidy),
    "bday_gb_words": _made("en", _words_gb),
    "bday_us": _made("en", _month_first),
    "bday_us_words": _made("en", _words_us),
    "bday_chat": _made("en", _chat_en),
    "bday_caps": _made("en", _caps),
    "bday_database": _made("en", _database),
    "bday_iso": _made("en", _iso),
    "bday_compact": _made("en", _compact),
    "bday_aloud": _made("en", _aloud, (1960, 1999)),
    "bday_child": _made("en", _words_gb, _CHILD),
    "bday_child_figures": _made("en", _day_first, _CHILD),
    "bday_child_us": _made("en", _month_first, _CHILD),
    "bday_baby": _made("en", _words_gb, _BABY),
    "bday_old": _made("en", _words_gb, _OLD),
    "bday_old_figures": _made("en", _day_first, _OLD),
    "bday_reached": _made("en", _words_gb, _REACHED),
    "nac": _made("es", _day_first),
    "nac_tidy": _made("es", _day_first_tidy),
    "nac_words": _made("es", _words_es),
    "nac_chat": _made("es", _chat_es),
    "nac_caps": _made("es", _caps),
    "nac_caps_child": _made("es", _caps, _CHILD),
    "nac_month_first": _made("es", _month_first_es),
    "nac_letters": _made("es", _month_in_letters),
    "nac_aloud": _made("es", _aloud, (1960, 1999)),
    "nac_child": _made("es", _words_es, _CHILD),
    "nac_child_figures": _made("es", _day_first, _CHILD),
    "nac_baby": _made("es", _words_es, _BABY),
    "nac_old": _made("es", _words_es, _OLD),
    "nac_old_figures": _made("es", _day_first, _OLD),
    "nac_reached": _made("es", _words_es, _REACHED),
}
"""By slot. A day that is reached is the one on which somebody came to a round age."""
