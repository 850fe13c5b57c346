"""Personal data as people spell it, each kind by slot: a number's right digits, in one of its spellings."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts import numbers

Maker = Callable[[Stream], str]


def groups(text: str, *sizes: int, by: str = " ") -> str:
    """A number in groups of these sizes; what is left over is the last."""
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return by.join(part for part in (*parts, text[at:]) if part)


_BRANDS = (
    *(("4", 16), ("4", 16), ("4", 16), ("51", 16), ("53", 16), ("55", 16), ("2720", 16), ("2223", 16)),
    *(("34", 15), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14)),
)


def card_digits(s: Stream, brands: Sequence[tuple[str, int]] = _BRANDS) -> str:
    """A number of a brand, with its check digit."""
    prefix, length = s.pick(brands)
    body = prefix + s.text("0123456789", length - 1 - len(prefix))
    return body + numbers.luhn(body)


def spelled_card(s: Stream, digits: str) -> str:
    """As on the card, with dashes, or all together."""
    sizes = (4, 4, 4) if len(digits) == 16 else (4, 6)
    by = s.pick((" ", " ", "-", ""))
    return groups(digits, *sizes, by=by)


def _card(s: Stream) -> str:
    return spelled_card(s, card_digits(s))


def iban_text(s: Stream, country: str) -> str:
    """An account of one country, all together."""
    if country == "ES":
        bank = s.pick(("2100", "0049", "0182", "2085", "1465", "0081", "2080")) + s.text("0123456789", 4)
        account = s.text("0123456789", 10)
        bban = bank + numbers.ccc_check(bank, account) + account
    elif country == "GB":
        bban = s.pick(("BARC", "HBUK", "NWBK", "MIDL", "LOYD")) + s.text("0123456789", 14)
    elif country == "DE":
        bban = s.pick("12345678") + s.text("0123456789", 17)
    else:
        bank, branch, account = (s.text("0123456789", size) for size in (5, 5, 11))
        bban = bank + branch + account + numbers.rib_key(bank, branch, account)
    return country + numbers.iban_check(country, bban) + bban


def _iban(*countries: str) -> Maker:
    def make(s: Stream) -> str:
        text = iban_text(s, s.pick(countries))
        return s.pick((text, groups(text, 4, 4, 4, 4, 4, 4), groups(text, 4, 4, 4, 4, 4, 4), text.lower()))

    return make


def _dni(s: Stream) -> str:
    number = s.between(10_000_000, 79_999_999)
    digits, letter = str(number), numbers.dni_letter(number)
    dotted = groups(digits, 2, 3, by=".")
    forms = (
        *(f"{digits}{letter}", f"{digits}{letter}", f"{digits}-{letter}", f"{digits} {letter}"),
        *(f"{dotted}-{letter}", f"{dotted} {letter}", f"{dotted}{letter}", f"{digits}{letter.lower()}"),
        *(f"{digits}-{letter.lower()}", f"{dotted}-{letter.lower()}", f"{groups(digits, 2, 3)} {letter}"),
    )
    return s.pick(forms)


def _nie(s: Stream) -> str:
    first, digits = s.pick("XYZ"), s.text("0123456789", 7)
    letter = numbers.dni_letter(int(str("XYZ".index(first)) + digits))
    forms = (
        *(f"{first}{digits}{letter}", f"{first}{digits}{letter}", f"{first}-{digits}-{letter}"),
        *(f"{first}{digits}-{letter}", f"{first} {digits} {letter}", f"{first}{digits}{letter}".lower()),
        f"{first}-{groups(digits, 1, 3, by='.')}-{letter}",
    )
    return s.pick(forms)


def _cif(s: Stream) -> str:
    kind, digits = s.pick("AABBBGJFQP"), s.pick("01234567") + s.digits(6)
    control = numbers.cif_control(kind, digits)
    forms = (f"{kind}{digits}{control}", f"{kind}{digits}{control}", f"{kind}-{digits}{control}")
    return s.pick((*forms, f"{kind}{digits}{control}".lower(), f"{kind}-{digits}-{control}"))


def _nuss(s: Stream) -> str:
    province, number = f"{s.between(1, 50):02}", s.digits(8)
    control = numbers.nuss_control(province, number)
    by = s.pick(("", "/", " ", "-"))
    return by.join((province, number, control))


def _ssn(s: Stream) -> str:
    area, group = s.pick([n for n in range(100, 773) if n != 666]), s.between(10, 99)
    by = s.pick(("-", "-", "-", " "))
    return by.join((str(area), str(group), f"{s.between(1000, 9999)}"))


def _ssn_plain(s: Stream) -> str:
    return _ssn(s).replace("-", "").replace(" ", "")


def _phone_es(s: Stream) -> str:
    mobile = s.between(1, 4) < 4
    number = s.pick("6667") + s.pick("1234") + s.text("0123456789", 7)
    if not mobile:
        number = s.pick(("91", "93", "95", "963", "985", "944"))
        number += s.text("23456789", 1) + s.text("0123456789", 8 - len(number))
    pairs, threes = groups(number, 3, 2, 2), groups(number, 3, 3)
    forms = (
        *(number, threes, pairs, f"+34 {pairs}", f"+34{number}", f"0034 {threes}", f"(+34) {threes}"),
        *(threes.replace(" ", "-"), pairs.replace(" ", "-"), threes.replace(" ", "."), f"+34-{number}"),
        groups(number, 2, 3, 2) if not mobile else pairs.replace(" ", "."),
    )
    return s.pick(forms)


def _phone_uk(s: Stream) -> str:
    if s.between(1, 3) < 3:
        rest = s.pick(("7817", "7811", "7912", "7723", "7890", "7455", "7538")) + s.digits(6)
        forms = (
            *(f"0{groups(rest, 4)}", f"+44 {groups(rest, 4)}", f"+44 (0){groups(rest, 4)}", f"0{rest}"),
            *(f"0044 {rest}", f"0{groups(rest, 4, 3, by='-')}", f"+44{rest}"),
        )
        return s.pick(forms)
    area, number = s.pick(
        (("20", s.pick("78") + s.digits(7)), ("161", "4" + s.digits(6)), ("131", "2" + s.digits(6)))
    )
    spaced = groups(number, len(number) - 4)
    return s.pick((f"0{area} {spaced}", f"+44 {area} {spaced}", f"(0{area}) {spaced}", f"0{area}{number}"))


def _phone_us(s: Stream) -> str:
    area = s.pick(("212", "415", "312", "617", "206", "303", "512", "702", "305", "404", "503", "919", "646"))
    exchange, line = s.pick("23456789") + s.pick("02345678") + s.pick("02346789"), f"{s.between(1000, 9999)}"
    forms = (
        *(f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}"),
        *(f"+1 {area} {exchange} {line}", f"1-{area}-{exchange}-{line}", f"+1{area}{exchange}{line}"),
        *(f"{area} {exchange} {line}", f"+1 ({area}) {exchange}-{line}"),
    )
    return s.pick(forms)


def _ip4(s: Stream) -> str:
    first = s.pick((31, 46, 62, 77, 80, 81, 83, 85, 88, 90, 93, 151, 185, 188, 193, 212, 213, 217))
    return ".".join(map(str, (first, *(s.between(0, 255) for _ in range(2)), s.between(1, 254))))


def _ip6(s: Stream) -> str:
    head = s.pick(("2a02:9130", "2a00:23c4", "2600:1700", "2001:8a0", "2a01:c50f"))
    full = ":".join((head, *(f"{s.between(1, 65535):x}" for _ in range(6))))
    short = f"{head}:{s.between(1, 65535):x}::{s.between(1, 65535):x}"
    return s.pick((full, full, short, f"{head}:{s.between(4096, 65535):x}:{s.between(1, 9)}::1"))


_PLATE_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"


def _plate_es(s: Stream) -> str:
    number, letters = f"{s.below(10_000):04}", s.pick("BCDFGHJKLM") + s.text(_PLATE_LETTERS, 2)
    forms = (
        f"{number} {letters}",
        f"{number}{letters}",
        f"{number}-{letters}",
        f"{number} {letters.lower()}",
    )
    return s.pick(forms)


def _plate_es_old(s: Stream) -> str:
    province = s.pick(("M", "B", "V", "SE", "MA", "Z", "BI", "GR", "CO", "PM", "TF", "VA", "NA", "SS"))
    by = s.pick(("-", "-", " "))
    return by.join((province, f"{s.between(1000, 9999)}", s.text("ABCDFGHJKLMNPSTUVWXYZ", 2)))


def _plate_uk(s: Stream) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXY"
    age = s.pick((*range(5, 26), *range(52, 75)))
    by = s.pick((" ", " ", ""))
    return f"{s.text(letters[:-4], 2)}{age:02}{by}{s.text(letters, 3)}"


def _passport_es(s: Stream) -> str:
    letters = s.pick(("PA", "XD", "AA", "BA", "PD")) + s.pick("ABCDEFGH")
    return s.pick((f"{letters}{s.digits(6)}", f"{letters} {s.digits(6)}", f"{letters}{s.digits(6)}".lower()))


def _passport_us(s: Stream) -> str:
    return s.pick((s.pick("ABCX") + s.digits(8), s.pick("3456") + s.digits(8)))


_ENGLISH = "January February March April May June July August September October November December"
_SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
_MONTHS = {
    "en": _ENGLISH.split(),
    "es": _SPANISH.split(),
}


def month(language: str, number: int) -> str:
    """A month's name."""
    return _MONTHS[language][number - 1]


def _birth_en(s: Stream) -> str:
    day, name, number, year = _day(s, "en")
    ending = "th" if 4 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    forms = (
        *(
            f"{day} {name} {year}",
            f"{name} {day}, {year}",
            f"{day}{ending} of {name} {year}",
            f"{name[:3]} {day}, {year}",
        ),
        *(f"{day:02}/{number:02}/{year}", f"{number:02}-{day:02}-{year}", f"{year}-{number:02}-{day:02}"),
        f"{day:02}.{number:02}.{year}",
    )
    return s.pick(forms)


def _birth_es(s: Stream) -> str:
    day, name, number, year = _day(s, "es")
    forms = (
        *(f"{day} de {name} de {year}", f"{day} de {name} del {year}", f"{day:02}/{number:02}/{year}"),
        *(f"{day}/{number}/{year}", f"{day:02}-{number:02}-{year}", f"{day:02}.{number:02}.{year}"),
        *(f"{year}-{number:02}-{day:02}", f"{day} {name} {year}", f"{day:02}/{number:02}/{year % 100:02}"),
    )
    return s.pick(forms)


def _birth_iso(s: Stream) -> str:
    day, _, number, year = _day(s, "en")
    return f"{year}-{number:02}-{day:02}"


def _day(s: Stream, language: str) -> tuple[int, str, int, int]:
    number = s.between(1, 12)
    return s.between(1, 28), month(language, number), number, s.between(1941, 2006)


SLOTS: Mapping[str, tuple[str, Maker]] = {
    "card": ("card", _card),
    "card_amex": ("card", lambda s: spelled_card(s, card_digits(s, (("34", 15), ("37", 15))))),
    "card_visa": ("card", lambda s: spelled_card(s, card_digits(s, (("4", 16),)))),
    "card_digits": ("card", card_digits),
    "iban": ("iban", _iban("ES", "GB", "DE", "FR")),
    "iban_es": ("iban", _iban("ES")),
    "iban_gb": ("iban", _iban("GB")),
    "iban_eu": ("iban", _iban("DE", "FR")),
    "dni": ("dni", _dni),
    "nie": ("nie", _nie),
    "cif": ("cif", _cif),
    "nuss": ("nuss", _nuss),
    "ssn": ("ssn", _ssn),
    "ssn_plain": ("ssn", _ssn_plain),
    "phone_es": ("phone", _phone_es),
    "phone_uk": ("phone", _phone_uk),
    "phone_us": ("phone", _phone_us),
    "ip4": ("ip", _ip4),
    "ip6": ("ip", _ip6),
    "plate_es": ("plate", _plate_es),
    "plate_es_old": ("plate", _plate_es_old),
    "plate_uk": ("plate", _plate_uk),
    "passport_es": ("passport", _passport_es),
    "passport_uk": ("passport", lambda s: s.digits(9)),
    "passport_us": ("passport", _passport_us),
    "birth_en": ("birth_date", _birth_en),
    "birth_es": ("birth_date", _birth_es),
    "birth_iso": ("birth_date", _birth_iso),
}
"""By slot: the entity's kind, and how one is made. Names and e-mail addresses: people.py."""
