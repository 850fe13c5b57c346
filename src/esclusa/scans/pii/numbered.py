"""Cards, accounts, identity numbers: told by check digits in every spelling, some by words near them."""

import re

from esclusa.scans.pii import numbers
from esclusa.scans.pii.entity import Entity, both, checked, either, near
from esclusa.scans.pii.words import IBAN_LENGTHS, any_of


def _with_hyphens(match: re.Match[str]) -> bool:
    return match[0].count("-") == 2


def _accounts() -> re.Pattern[str]:
    """Accounts, by country: each has its length, so that the next word is not taken for a part of it."""
    countries: dict[int, list[str]] = {}
    for country, length in IBAN_LENGTHS.items():
        countries.setdefault(length, []).append(country)
    forms = "|".join(
        rf"(?:{'|'.join(names)})\d\d(?:[ -]?[A-Z0-9]){{{length - 4}}}" for length, names in countries.items()
    )
    return re.compile(rf"(?<![A-Z0-9])(?:{forms})(?![A-Z0-9])", re.IGNORECASE)


NUMBERED = (
    Entity(
        "card",
        "the number of a payment card",
        re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])"),
        checked(numbers.card),
        "critical",
    ),
    Entity(
        "iban",
        "the number of a bank account",
        _accounts(),
        checked(numbers.iban),
    ),
    Entity(
        "passport",
        "the number of a passport",
        re.compile(r"(?<!\w)(?:[A-Za-z]{1,3} ?\d{6,8}|\d{9})(?!\w)"),
        near(any_of("passport"), 100),
        confidence="medium",
    ),
    Entity(
        "nie",
        "a Spanish identity number of a foreigner (NIE)",
        re.compile(r"(?<!\w)[XYZxyz][ .-]?\d[. ]?\d{3}[. ]?\d{3}[ .-]?[A-Za-z](?!\w)"),
        checked(numbers.nie),
    ),
    Entity(
        "dni",
        "a Spanish identity number (DNI)",
        re.compile(r"(?<![\w.-])\d{1,2}[. ]?\d{3}[. ]?\d{3}[ .-]?[A-Za-z](?![\w])"),
        checked(numbers.dni),
    ),
    Entity(
        "cif",
        "the tax number of a Spanish organisation (CIF)",
        re.compile(r"(?<!\w)[A-HJNP-SUVWa-hjnp-suvw][ .-]?\d{2}[. ]?\d{3}[. ]?\d{2}[ .-]?[0-9A-Ja-j](?!\w)"),
        checked(numbers.cif),
        "medium",
    ),
    Entity(
        "nuss",
        "a Spanish social security number",
        re.compile(r"(?<![\w/-])\d{2}[ /.-]?\d{8}[ /.-]?\d{2}(?![\w/-])"),
        checked(numbers.nuss),
    ),
    Entity(
        "ssn",
        "a social security number of the United States",
        re.compile(r"(?<![\w-])\d{3}[ -]?\d{2}[ -]?\d{4}(?![\w-])"),
        both(checked(numbers.ssn), either(_with_hyphens, near(any_of("social"), 60))),
    ),
    Entity(
        "nhs",
        "a number of the British health service",
        re.compile(r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])"),
        both(checked(numbers.nhs), near(r"nhs|health service", 60)),
    ),
)
