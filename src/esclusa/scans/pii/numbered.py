"""Cards, accounts, identity numbers: told by check digits in every spelling, some by words near them."""

import re

from esclusa.scans.pii import numbers
from esclusa.scans.pii.entity import Entity, both, checked, formed, near
from esclusa.scans.pii.passports import PASSPORTS
from esclusa.scans.pii.socials import SOCIALS
from esclusa.scans.pii.words import IBAN_LENGTHS


def _accounts() -> re.Pattern[str]:
    """Accounts, by country: each has its length, so that the next word is not taken for a part of it."""
    countries: dict[int, list[str]] = {}
    for country, length in IBAN_LENGTHS.items():
        countries.setdefault(length, []).append(country)
    forms = "|".join(
        rf"(?:{'|'.join(names)})\d\d(?:[ -]?[A-Z0-9]){{{length - 4}}}" for length, names in countries.items()
    )
    return re.compile(rf"(?<![A-Z0-9])(?=[A-Z]{{2}}\d\d)(?:{forms})(?![A-Z0-9])", re.IGNORECASE)


NUMBERED = (
    Entity(
        "iban",
        "the number of a bank account",
        formed(
            _accounts(),
            checked(numbers.iban),
        ),
    ),
    Entity(
        "card",
        "the number of a payment card",
        formed(
            re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])"),
            checked(numbers.card),
        ),
        "critical",
    ),
    *PASSPORTS,
    Entity(
        "nie",
        "a Spanish identity number of a foreigner (NIE)",
        formed(
            re.compile(r"(?<!\w)[XYZxyz][ .-]?\d[. ]?\d{3}[. ]?\d{3}[ .-]?[A-Za-z](?!\w)"),
            checked(numbers.nie),
        ),
    ),
    Entity(
        "dni",
        "a Spanish identity number (DNI)",
        formed(
            re.compile(r"(?<![\w.-])\d{1,2}[. ]?\d{3}[. ]?\d{3}[ .-]?[A-Za-z](?![\w])"),
            checked(numbers.dni),
        ),
    ),
    Entity(
        "cif",
        "the tax number of a Spanish organisation (CIF)",
        formed(
            re.compile(
                r"(?<!\w)[A-HJNP-SUVWa-hjnp-suvw][ .-]?\d{2}[. ]?\d{3}[. ]?\d{2}[ .-]?[0-9A-Ja-j](?!\w)"
            ),
            checked(numbers.cif),
        ),
        "medium",
    ),
    Entity(
        "nuss",
        "a Spanish social security number",
        formed(
            re.compile(r"(?<![\w/-])\d{2}[ /.-]?\d{8}[ /.-]?\d{2}(?![\w/-])"),
            checked(numbers.nuss),
        ),
    ),
    *SOCIALS,
    Entity(
        "nhs",
        "a number of the British health service",
        formed(
            re.compile(r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])"),
            both(checked(numbers.nhs), near(r"nhs|health service", 60)),
            ("nhs", "health service"),
        ),
    ),
)
