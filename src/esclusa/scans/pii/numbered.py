"""Cards, accounts, identity numbers: told by check digits in every spelling, some by words near them."""

import re

from esclusa.scans.pii import numbers
from esclusa.scans.pii.entity import Entity, both, checked, either, formed, near
from esclusa.scans.pii.words import IBAN_LENGTHS, any_of


def _with_hyphens(match: re.Match[str]) -> bool:
    return match[0].count("-") == 2


_PASSPORT = re.compile(
    r"""(?<!\w)(?:
        [A-Za-z]{1,3}[ -]?\d{6,8} | \d{9}
      | (?!TEL|FAX|MOB|TLF|MOV|CEL|EXT|DNI|NIF|NHS|SSN)[A-Z]{1,3}[ -]?(?:
            \d{3}[ -]\d{3,4} | \d{4}[ -]\d{3,4} | \d\d[ -]\d\d[ -]\d{2,3} | \d{3}[ -]\d{3}[ -]\d{2,3}
        )
      | \d\d[A-Za-z]{2}\d{5}                                                    # France
      | (?=[A-Z]{0,5}\d\w{0,6}\d)[CFGHJKLMNPRTVWXYZ][\dCFGHJKLMNPRTVWXYZ]{8}     # Germany
      | [A-Z]{2}[A-Z\d]{6}\d                                                     # the Netherlands
      | (?P<grouped>\d{3}[ -]\d{3}[ -]\d{3})
    )(?!\w)""",
    re.VERBOSE,
)
_THEN_PASSPORT = re.compile(
    rf"\W{{0,3}}(?:(?:is|was|es|era|as|como|my|mi|the|el|su|his|her|your|our|de)\W{{1,2}}){{0,3}}(?:{any_of('passport')})",
    re.IGNORECASE,
)


_of_passport = near(any_of("passport"), 100)
_right_behind = near(
    rf"(?:{any_of('passport')})(?:\W{{1,3}}(?:no|number|num|n[uú]mero|nº|is|es)\b){{0,3}}\W{{0,3}}\Z", 40
)


def _passport(match: re.Match[str]) -> bool:
    """A number near a word for passports; right behind it if it has groups, which telephones have too."""
    if (_right_behind if match["grouped"] else _of_passport)(match):
        return True
    return _THEN_PASSPORT.match(match.string, match.end()) is not None


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
        "card",
        "the number of a payment card",
        formed(
            re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])"),
            checked(numbers.card),
        ),
        "critical",
    ),
    Entity(
        "iban",
        "the number of a bank account",
        formed(
            _accounts(),
            checked(numbers.iban),
        ),
    ),
    Entity(
        "passport",
        "the number of a passport",
        formed(
            _PASSPORT,
            _passport,
            ("pass", "pasa", "pasp", "ppt", "pp ", "pp.", "travel doc", "de viaje"),
        ),
        confidence="medium",
    ),
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
    Entity(
        "ssn",
        "a social security number of the United States",
        formed(
            re.compile(r"(?<![\w-])\d{3}[ -]?\d{2}[ -]?\d{4}(?![\w-])"),
            both(checked(numbers.ssn), either(_with_hyphens, near(any_of("social"), 60))),
        ),
    ),
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
