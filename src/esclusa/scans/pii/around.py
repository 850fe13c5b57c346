"""What words near it tell: dates of birth, plates of vehicles."""

import re

from esclusa.scans.pii.entity import Entity, bare, both, either, near
from esclusa.scans.pii.words import UNITS, any_of

YOUNGEST = 2015
"""The last year in which somebody is taken to be born: later dates near such words are of other things."""
_MONTHS = any_of("months")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    rf"""(?<![\w./-])(?:
        {_DAY}[./-]{_MONTH}[./-](?:19|20)?\d\d
      | {_MONTH}[./-]{_DAY}[./-](?:19|20)\d\d
      | (?:19|20)\d\d[./-]{_MONTH}[./-]{_DAY}
      | {_DAY}(?:st|nd|rd|th|º)?(?:\ (?:of|de))?\ (?:{_MONTHS})\.?,?(?:\ del?)?\ (?:19|20)\d\d
      | (?:{_MONTHS})\.?\ {_DAY}(?:st|nd|rd|th)?,?\ (?:19|20)\d\d
    )(?![\w/-])""",
    re.VERBOSE | re.IGNORECASE,
)


def _long_ago(match: re.Match[str]) -> bool:
    """Whether somebody can have been born then."""
    years = re.findall(r"(?:19|20)\d\d", match[0])
    return not years or 1900 <= int(years[0]) <= YOUNGEST


def _of_no_unit(match: re.Match[str]) -> bool:
    return bare(match[0])[4:] not in UNITS


def _in_capitals(match: re.Match[str]) -> bool:
    return match[0].upper() == match[0]


AROUND = (
    Entity(
        "birth_date",
        "a date of birth",
        _DATE,
        both(_long_ago, near(any_of("born"), 150)),
        confidence="medium",
    ),
    Entity(
        "plate",
        "the plate of a vehicle",
        re.compile(r"(?<![\w.,-])\d{4}[ -]?[BCDFGHJ-NPR-TV-Zbcdfghj-npr-tv-z]{3}(?![\w-])"),
        both(_of_no_unit, either(_in_capitals, near(any_of("vehicle"), 80))),
        "low",
        "medium",
    ),
    Entity(
        "plate",
        "the plate of a vehicle",
        re.compile(rf"(?<!\w)(?:{any_of('provinces')})[ -]?\d{{4}}[ -]?[A-Z]{{1,2}}(?![\w-])"),
        near(any_of("vehicle"), 100),
        "low",
        "medium",
    ),
    Entity(
        "plate",
        "the plate of a vehicle",
        re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}[ -]?[A-Za-z]{3}(?!\w)"),
        near(any_of("vehicle"), 80),
        "low",
        "medium",
    ),
)
