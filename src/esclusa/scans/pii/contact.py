"""Where somebody is reached: e-mail addresses, telephone numbers, addresses of the Internet."""

import ipaddress
import re

from esclusa.scans.pii.entity import Entity, formed
from esclusa.scans.pii.phones import PHONES
from esclusa.scans.pii.phones_spoken import SPOKEN_PHONES
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
    *PHONES,
    *SPOKEN_PHONES,
)
