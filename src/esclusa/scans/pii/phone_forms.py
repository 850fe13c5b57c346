"""How telephone numbers are written, and whether one can be given out: groups, countries, lengths."""

import re
from functools import lru_cache

import phonenumbers

from esclusa.scans.pii.entity import bare

GAP = r"[ \u00a0\u202f.·()\[\]/‐‑–-]"
"""What stands between the groups of a number."""
_S = r"[ \u00a0\u202f.·‐‑–-]"
_GROUPS = re.compile(
    rf"""
      \d{{3}}(?P<a>{_S})\d{{3}}(?P=a)\d{{3}} | \d{{3}}(?:{_S}\d\d){{3}}                   # Spain
    | \d\d{_S}\d{{3}}(?:{_S}\d\d){{2}} | \d{{3}}{_S}\d{{6}}
    | (?:1{_S})?\(?\d{{3}}\)?{_S}?(?<=\D)\d{{3}}{_S}\d{{4}}                            # North America
    | [2-9]\d\d/\d{{3}}-\d{{4}}
    | \(?0\d{{1,4}}\)?{_S}\d{{3,4}}{_S}?\d{{3,4}} | \(?0\d{{3,4}}\)?(?:{_S}|/)\d{{5,6}}   # Britain, Ireland
    | 0\d{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{3}}
    """,
    re.VERBOSE,
)
"""How they are written in the countries of our languages, and little else."""
_DATE = re.compile(
    r"(?<![\d./-])(?:[0-3]?\d([./-])[0-3]?\d\1(?:19|20)\d\d|(?:19|20)\d\d([./-])[01]\d\2[0-3]\d)(?![\d./-])"
)
_EIGHT = re.compile(r"[2-9]\d{3}[ -]\d{4}")
LOCAL = re.compile(r"[2-9]\d\d[ .-]\d{4}")
"""In North America, without the area."""
_HOME = re.compile(r"0[1-37]\d{8,9}|08\d{8}|[679]\d{8}|8[1-8]\d{7}|1?[2-9]\d\d[2-9]\d{6}")
_ABROAD = ("MX", "CO", "AR", "CL", "PE", "FR", "DE", "IT", "PT", "IN", "AU")
_DRAMA = re.compile(
    r"0(?:7700900|2079460|1632960|1[1-9]14960|1[1-9]14960|8081570|3069990)\d{3}|1?[2-9]\d\d555\d{4}"
)
"""What regulators give to films, and what no list knows for that reason: in a text it is somebody's."""


def given(digits: str, *, abroad: bool = False) -> bool:
    """Whether a number as it is dialled within a country is given out: where our languages are spoken, or in
    some other countries too."""
    return any(_valid(digits, region) for region in _regions(digits, abroad=abroad))


def given_anywhere(digits: str) -> bool:
    """Whether a number that begins with its country's code is given out; one of a film counts."""
    return _valid("+" + digits, None) or _of_a_film(digits)


def possible(written: str, digits: str) -> bool:
    """Whether it can be one: neither too long nor one that is counted up or of one digit, and no date."""
    if len(digits) < 9 and not plausible(written, digits):
        return False
    return (
        len(digits) <= 15
        and len(set(digits)) > 2
        and not _DATE.search(written)
        and digits not in _COUNTED
        and not digits.startswith("000")
    )


_UP, _DOWN = "01234567890123456789", "98765432109876543210"
_COUNTED = {row[at : at + n] for row in (_UP, _DOWN) for n in range(7, 16) for at in range(20 - n + 1)}


def at_home(digits: str) -> bool:
    """Whether it has the length and the beginning of a number of Britain, Ireland, Spain or North America."""
    return _HOME.fullmatch(digits) is not None


def is_of_a_country(digits: str) -> bool:
    """Whether it begins with the code of a country and is about as long as numbers are."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return 9 <= len(digits) <= 14 and any(int(digits[:n]) in codes for n in (1, 2, 3))


def is_grouped(written: str) -> bool:
    """Whether it is written as in the countries of our languages."""
    return _GROUPS.fullmatch(written) is not None


def plausible(written: str, digits: str) -> bool:
    """Whether what is called a telephone number can be one of some country."""
    if len(digits) < 9:
        return LOCAL.fullmatch(written) is not None or _EIGHT.fullmatch(written) is not None
    return len(digits) <= 13


def is_shaped(written: str) -> bool:
    """Whether it is written as a number is that other digits stand beside."""
    digits = bare(written)
    if not 9 <= len(digits) <= 14 or not possible(written, digits):
        return False
    return bool(international(written)) or ((digits == written or is_grouped(written)) and at_home(digits))


def surely(written: str) -> bool:
    """Whether what is shaped so is given out."""
    country = international(written)
    return given_anywhere(country) if country else given(bare(written))


def _of_a_film(digits: str) -> bool:
    return _DRAMA.fullmatch(re.sub(r"^44", "0", digits)) is not None


def _regions(digits: str, *, abroad: bool) -> tuple[str, ...]:
    """Where it may be dialled so; asking a country takes long."""
    home = ("GB", "IE") if digits[0] == "0" else ("ES",) if len(digits) == 9 else ("US",)
    return (*home, *(_ABROAD if abroad else ()))


@lru_cache(maxsize=4096)
def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def international(text: str) -> str:
    """Its digits from the country's code on; empty if it is not written so."""
    digits = bare(text)
    if "+" in text[:4]:
        return digits
    if digits.startswith("00"):
        return digits[2:]
    return digits[3:] if digits.startswith("011") and len(digits) > 12 else ""
