"""Where somebody is reached: e-mail addresses, telephone numbers, addresses of the Internet."""

import ipaddress
import re

import phonenumbers

from esclusa.scans.pii.entity import Entity, bare, formed, near
from esclusa.scans.pii.words import any_of

_AT = r"(?:\s?[\[({<]\s?(?:at|arroba)\s?[\])}>]\s?|\s(?:at|arroba|@)\s)"
_DOT = r"(?:\.|\s?[\[({<]\s?(?:dot|punto)\s?[\])}>]\s?|\s(?:dot|punto|\.)\s)"
_NOBODY = re.compile(
    r"(?:@|\bat\b|\barroba\b).{0,40}?(?:\bexample\b|\bejemplo\b|\.test\b|\.invalid\b|\.local(?:host)?\b)"
    r"|^(?:git|no-?reply|noresponder|root|postmaster|mailer-daemon|abuse|hostmaster|webmaster)@",
    re.IGNORECASE,
)
_VERSION = re.compile(rf"(?:{any_of('version')}) ?\Z", re.IGNORECASE)


def _somebody(match: re.Match[str]) -> bool:
    return _NOBODY.search(match[0]) is None


def _phone(match: re.Match[str]) -> bool:
    """A number that is given out, and is written like one of a telephone or stands beside a word for it."""
    text = match[0]
    digits = bare(text)
    if not 9 <= len(digits) <= 15 or len(set(digits)) < 3 or _LIKE_SSN.fullmatch(text):
        return False
    if text.lstrip("(").startswith(("+", "00")):
        return _valid("+" + digits.removeprefix("00"), None)
    if not _GROUPS.fullmatch(text) and not _is_talked_of(match) and not _stands_alone(match):
        return False
    return any(_valid(digits, region) for region in _regions(digits))


_LIKE_SSN = re.compile(r"\d{3}-\d\d-\d{4}")
_GROUPS = re.compile(
    r"""
      \d{3}[ .-]\d{3}[ .-]\d{3} | \d{3}(?:[ .-]\d\d){3} | \d\d[ .-]\d{3}(?:[ .-]\d\d){2}      # Spain
    | (?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}                                             # North America
    | \(?0\d{2,4}\)?[ .-]\d{3,4}[ .-]?\d{3,4} | \(?0\d{4}\)?[ .-]\d{5,6}                     # Britain
    """,
    re.VERBOSE,
)
"""How telephone numbers are written, and little else."""


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether it is a line of its own, as below a letter, or follows an e-mail address."""
    text, (start, end) = match.string, match.span()
    alone = text[max(0, start - 1) : start] in ("", "\n") and text[end : end + 1] in ("", "\n", "\r")
    return (
        alone or re.search(r"@[\w.-]+\W+(?:\w{1,3}\W+){0,4}\Z", text[max(0, start - 60) : start]) is not None
    )


_is_talked_of = near(any_of("talking"), 120, 20)


def _regions(digits: str) -> tuple[str, ...]:
    if digits.startswith("0"):
        return ("GB",)
    if len(digits) == 9:
        return ("ES",)
    return ("US",) if len(digits) in (10, 11) else ()


def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _internet(match: re.Match[str]) -> bool:
    """An address that is somebody's: not of this machine, a private network or a document, and no version."""
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return False
    if not address.is_global or address.is_multicast:
        return False
    if address.version == 6:
        return match[0].count(":") > 1
    like_a_version = max(map(int, match[0].split("."))) < 64
    return (
        not like_a_version
        and _VERSION.search(match.string, max(0, match.start() - 12), match.start()) is None
    )


CONTACT = (
    Entity(
        "ip",
        "an address of the Internet",
        formed(
            re.compile(r"(?<![\w.:-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|[.]\d)"),
            _internet,
        ),
        "low",
        "medium",
    ),
    Entity(
        "ip",
        "an address of the Internet",
        formed(
            re.compile(r"(?<![\w.:-])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,7}(?![\w:])"),
            _internet,
        ),
        "low",
        "medium",
    ),
    Entity(
        "email",
        "an e-mail address",
        formed(
            re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w@-])"),
            _somebody,
            ("@",),
        ),
        "medium",
    ),
    Entity(
        "email",
        "an e-mail address, written so that programs do not see it",
        formed(
            re.compile(
                rf"(?<![\w.+-])[\w.+-]{{2,64}}{_AT}[a-z][\w-]{{1,62}}(?:{_DOT}[a-z][a-z-]{{1,62}}){{1,3}}(?!\w)",
                re.IGNORECASE,
            ),
            _somebody,
        ),
        "medium",
        "medium",
    ),
    Entity(
        "phone",
        "a telephone number",
        formed(
            re.compile(
                r"(?<![\w./:#+-])(?<!\d,)(?:\(?\+|\(?00)?\(?\d(?:[ .()-]{0,2}\d){7,14}(?![\w/]|[.,:-]\d)"
            ),
            _phone,
        ),
        "medium",
        "medium",
    ),
)
