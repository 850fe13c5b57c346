"""What looks like personal data and is none, and words that vary a sentence.

Numbers here fail the checksum or the range of what they resemble; an alarm on one is false.
"""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts import entities, numbers

Maker = Callable[[Stream], str]


def _other(digit: str, s: Stream) -> str:
    """Any digit but this one."""
    return s.pick("0123456789".replace(digit, ""))


def _bad_card(s: Stream) -> str:
    digits = entities.card_digits(s)
    return entities.spelled_card(s, digits[:-1] + _other(digits[-1], s))


def _track(s: Stream) -> str:
    body = s.digits(15)
    return body + _other(numbers.luhn(body), s)


def _bad_iban(s: Stream) -> str:
    text = entities.iban_text(s, s.pick(("ES", "DE", "GB")))
    wrong = text[:3] + _other(text[3], s) + text[4:]
    return s.pick((wrong, entities.groups(wrong, 4, 4, 4, 4, 4, 4)))


def _bad_dni(s: Stream) -> str:
    number = s.between(10_000_000, 79_999_999)
    return f"{number}{s.pick(numbers.DNI_LETTERS.replace(numbers.dni_letter(number), ''))}"


def _bad_cif(s: Stream) -> str:
    digits = s.digits(7)
    return f"{s.pick('ABG')}{digits}{_other(numbers.cif_control('B', digits), s)}"


def _bad_nuss(s: Stream) -> str:
    province, number = f"{s.between(1, 50):02}", s.digits(8)
    control = int(numbers.nuss_control(province, number))
    return f"{province}/{number}/{(control + s.between(1, 90)) % 97:02}"


def _bad_ssn(s: Stream) -> str:
    return f"{s.pick(('000', '666', str(s.between(900, 999))))}-{s.between(10, 99)}-{s.between(1000, 9999)}"


def _isbn(s: Stream) -> str:
    body = "978" + s.pick(("0", "1", "84")) + s.digits(10)
    body = body[:12]
    check = -sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(body)) % 10
    return s.pick((f"{body}{check}", f"{body[:3]}-{body[3]}-{body[4:8]}-{body[8:12]}-{check}"))


def _ean(s: Stream) -> str:
    body = s.pick(("84", "50", "76")) + s.digits(10)
    return body + str(-sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(body)) % 10)


def _date(language: str) -> Maker:
    """A day of these years, in the spellings of births: only the words near it tell."""

    def make(s: Stream) -> str:
        day, number, year = s.between(1, 28), s.between(1, 12), s.pick((2024, 2025, 2026))
        name = entities.month(language, number)
        words = f"{day} de {name} de {year}" if language == "es" else f"{day} {name} {year}"
        return s.pick((words, f"{day:02}/{number:02}/{year}", f"{year}-{number:02}-{day:02}"))

    return make


def _old_date(language: str) -> Maker:
    """A day when a law, a bridge or a record came out, in the spellings and years of births."""

    def make(s: Stream) -> str:
        day, number, year = s.between(1, 28), s.between(1, 12), s.between(1938, 2012)
        name = entities.month(language, number)
        if language == "es":
            words: tuple[str, ...] = (f"{day} de {name} de {year}", f"{day} de {name} del {year}")
        else:
            words = (f"{day} {name} {year}", f"{name} {day}, {year}")
        return s.pick((*words, *words, f"{day:02}/{number:02}/{year}", f"{year}-{number:02}-{day:02}"))

    return make


def _part(s: Stream) -> str:
    """A number of a spare part, grouped as telephone numbers are."""
    forms = (
        *(
            f"{s.digits(3)}-{s.digits(4)}-{s.digits(2)}",
            f"{s.digits(5)}-{s.digits(3)}",
            f"A{s.digits(3)} {s.digits(3)}",
        ),
        *(f"0 {s.digits(3)} {s.digits(3)} {s.digits(3)}", f"{s.digits(2)}.{s.digits(4)}.{s.digits(4)}"),
    )
    return s.pick(forms)


def _hours(s: Stream) -> str:
    opens = s.between(7, 10)
    return s.pick(
        (f"{opens}:00-{opens + 9}:30", f"{opens:02}:30 - {opens + 8}:00", f"{opens}.00–{opens + 10}.00")
    )


def _price(language: str) -> Maker:
    def make(s: Stream) -> str:
        whole, cents = s.between(3, 1899), s.between(0, 99)
        if language == "es":
            return f"{whole:,}".replace(",", ".") + f",{cents:02} €"
        return f"{s.pick('£$€')}{whole:,}.{cents:02}"

    return make


def _words(text: str) -> Maker:
    words = [word.replace("_", " ") for word in text.split()]
    return lambda s: s.pick(words)


def _coordinates(s: Stream) -> str:
    return f"{s.between(36, 57)}.{s.digits(5)}, -{s.between(0, 8)}.{s.digits(5)}"


_NUMBERS: Mapping[str, Maker] = {
    "bad_card": _bad_card,
    "bad_iban": _bad_iban,
    "bad_dni": _bad_dni,
    "bad_cif": _bad_cif,
    "bad_nuss": _bad_nuss,
    "bad_ssn": _bad_ssn,
    "track": _track,
    "order": lambda s: s.pick(
        (f"#{s.digits(6)}", f"ORD-{s.between(2024, 2026)}-{s.digits(5)}", s.digits(7), f"PO{s.digits(8)}")
    ),
    "long_order": lambda s: s.pick("12345") + s.digits(8),
    "ticket": lambda s: f"{s.pick(('INC', 'CASE-', 'T-'))}{s.digits(6)}",
    "sku": lambda s: f"{s.text('KQXU', 2)}{s.pick('IOEA')}-{s.digits(4)}-{s.text('QKIOU', 2)}",
    "plate_like": lambda s: s.pick(
        (f"{s.digits(4)} {s.pick('AEIOU')}{s.text('BCDF', 2)}", f"K-{s.digits(4)}-Q{s.pick('AEI')}")
    ),
    "version": lambda s: f"{s.between(1, 12)}.{s.between(0, 30)}.{s.between(0, 20)}",
    "version_four": lambda s: f"{s.between(1, 12)}.{s.between(0, 30)}.{s.between(0, 20)}.{s.between(1, 40)}",
    "isbn": _isbn,
    "ean": _ean,
    "hex": lambda s: s.hexadecimal(s.pick((12, 16, 24, 32, 40))),
    "uuid": lambda s: s.uuid(),
    "epoch": lambda s: f"17{s.digits(8)}",
    "epoch_ms": lambda s: f"17{s.digits(11)}",
    "time": lambda s: f"{s.between(0, 23):02}:{s.between(0, 59):02}",
    "n": lambda s: str(s.between(2, 60)),
    "thousands": lambda s: f"{s.between(1, 99)},{s.between(100, 999)}",
    "percent": lambda s: f"{s.between(1, 60)}.{s.between(1, 9)} %",
    "coordinates": _coordinates,
    "loopback": lambda s: s.pick(("127.0.0.1", "0.0.0.0", "255.255.255.0", "::1")),
    "port": lambda s: str(s.between(1025, 9999)),
    "model": lambda s: f"{s.pick(('BMW', 'ISO', 'DIN', 'HP', 'RFC', 'MX'))} {s.between(1000, 9999)}",
    "lot": lambda s: f"L{s.between(20, 26)}{s.digits(4)}{s.pick('AEIOU')}",
    "year": lambda s: str(s.between(1950, 2024)),
    "size": lambda s: f"{s.between(20, 240)}x{s.between(20, 240)} cm",
    "flight": lambda s: f"{s.pick(('IB', 'BA', 'VY', 'LH', 'U2'))}{s.between(100, 8999)}",
    "age": lambda s: str(s.between(19, 84)),
    "age_child": lambda s: str(s.between(3, 14)),
    "age_old": lambda s: str(s.between(75, 91)),
    "part": _part,
    "hours": _hours,
    "booking": lambda s: s.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6),
    "bay": lambda s: f"{s.text('BCDFGK', 2)}{s.between(10, 68)}-{s.text('LMRT', 2)}",
    "clause": lambda s: f"{s.between(1, 24)}.{s.between(1, 9)}.{s.between(1, 9)}",
    "repository": lambda s: (
        s.pick(("git@github.com:lumbre/", "https://github.com/lumbre/")) + f"core-{s.between(2, 90)}.git"
    ),
}
_ENGLISH: Mapping[str, Maker] = {
    **_NUMBERS,
    "date": _date("en"),
    "old_date": _old_date("en"),
    "price": _price("en"),
    "product": _words(
        "kettle office_chair standing_lamp rucksack winter_tyres coffee_grinder mattress bookshelf "
        "garden_hose bread_maker rain_jacket desk_fan tent printer pressure_cooker bike_helmet sofa"
    ),
    "city": _words(
        "Leeds Bristol Chicago Austin Glasgow Denver Norwich Cardiff Portland Dublin Seattle Exeter"
    ),
    "day": _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "company": _words(
        "Northwind Brightwater_Ltd Halden_Foods Copperline Oakmoor_Stores Tessel_Bank Farrow_Travel"
    ),
    "season": _words("spring summer autumn winter"),
    "colour": _words("blue green grey black white red beige navy"),
    "month": lambda s: entities.month("en", s.between(1, 12)),
}
_SPANISH: Mapping[str, Maker] = {
    **_NUMBERS,
    "date": _date("es"),
    "old_date": _old_date("es"),
    "price": _price("es"),
    "product": _words(
        "cafetera lámpara mochila estantería batidora aspiradora impresora bicicleta sartén "
        "tienda_de_campaña silla_de_oficina manta_eléctrica plancha taladradora maleta olla_exprés freidora"
    ),
    "city": _words("Valencia Zaragoza Sevilla Bilbao Málaga Gijón Murcia Vigo Toledo Córdoba Burgos Lleida"),
    "day": _words("lunes martes miércoles jueves viernes sábado domingo"),
    "company": _words(
        "Aceites_Moral Telas_Norte Grupo_Albor Viajes_Brisa Banco_Tejo Librerías_Faro Muebles_Olmo"
    ),
    "season": _words("primavera verano otoño invierno"),
    "colour": _words("azul verde gris negro blanco rojo beige marrón"),
    "month": lambda s: entities.month("es", s.between(1, 12)),
}
FILLERS: Mapping[str, Mapping[str, Maker]] = {"en": _ENGLISH, "es": _SPANISH}
"""By language and slot."""
