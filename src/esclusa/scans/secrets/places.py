"""Places: where a secret stands whatever it looks like: in a block, an address, a header, a command."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from esclusa.scans.secrets.values import is_chosen, is_drawn, stands_for_one


class Place(NamedTuple):
    """One kind of place: what is looked for first, then how it looks, then what the value must be."""

    id: str
    what: str
    first: bytes
    pattern: re.Pattern[bytes]
    good: Callable[[str], bool]
    back: int = 0
    """Bytes before what is looked for first at which the pattern may begin."""


def places(data: bytes) -> Iterator[tuple[Place, int, int]]:
    """Where secrets stand in some bytes."""
    for place in PLACES:
        at = data.find(place.first)
        behind = -1
        while at >= 0:
            for match in place.pattern.finditer(data, max(0, at - place.back), min(len(data), at + _FAR)):
                start, end = match.span("value")
                if start > behind and place.good(data[start:end].decode(errors="replace")):
                    yield place, start, end
                    behind = end
                break
            at = data.find(place.first, at + len(place.first))


_FAR = 24_000
"""Bytes that a private key can be long."""


def _in_address(value: str) -> bool:
    """In an address nothing else can stand there, so a few letters are enough."""
    return len(value) >= 6 and not stands_for_one(value) and not value.isdigit()


def _encoded_pair(value: str) -> bool:
    """Whether it is `user:password`, encoded."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return bool(user and colon) and len(password) >= 4 and not stands_for_one(password)


def _block(value: str) -> bool:
    return len(value) > 150 or "..." not in value


def _drawn_or_chosen(value: str) -> bool:
    return is_drawn(value) or is_chosen(value)


PLACES = (
    Place(
        "private-key",
        "a private key",
        b"-----BEGIN",
        re.compile(
            rb"(?P<value>-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            rb"(?:(?!-----)[\s\S]){40,20000}"
            rb"-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----)"
        ),
        _block,
    ),
    Place(
        "password-in-address",
        "a password in an address",
        b"://",
        re.compile(
            rb"[a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s:@/\"'`<>]{0,80}:(?P<value>[^\s@/\"'`<>]{3,200})@[\w\[]"
        ),
        _in_address,
        31,
    ),
    Place(
        "basic-credentials",
        "a user's name and password, encoded",
        b"Basic ",
        re.compile(rb"Basic (?P<value>[A-Za-z0-9+/]{12,300}={0,2})"),
        _encoded_pair,
    ),
    Place(
        "basic-credentials",
        "a user's name and password, encoded",
        b"auth",
        re.compile(
            rb"auth\\?[\"']?\s?[:=]\s?\\?[\"']?(?P<value>[A-Za-z0-9+/]{12,300}={0,2})(?=[\\\"'\s]|\Z)"
        ),
        _encoded_pair,
    ),
    Place(
        "bearer-token",
        "a bearer token",
        b"Bearer ",
        re.compile(rb"Bearer (?P<value>[\w.~+/=-]{16,600})"),
        is_drawn,
    ),
    Place(
        "okta-token",
        "a token of Okta",
        b"SSWS ",
        re.compile(rb"SSWS (?P<value>[\w-]{30,60})"),
        is_drawn,
    ),
    Place(
        "password-of-curl",
        "a password of a command",
        b"curl ",
        re.compile(rb"curl [^\n]{0,200}?(?:-u|--user) ?[\"']?[^\s:\"']{1,80}:(?P<value>[^\s\"']{6,100})"),
        _drawn_or_chosen,
    ),
    Place(
        "private-key",
        "a private key of PuTTY",
        b"PuTTY-User-Key-File-",
        re.compile(
            rb"PuTTY-User-Key-File-[\s\S]{10,6000}?Private-Lines: \d+\s+(?P<value>[A-Za-z0-9+/=\s]{100,8000})"
        ),
        _block,
    ),
    *(
        Place(
            "password-of-command",
            "a password of a command",
            command,
            re.compile(
                re.escape(command) + rb"[^\n|;]{0,160}?\s" + option + rb"[\"']?(?P<value>[^\s\"']{6,100})"
            ),
            _drawn_or_chosen,
        )
        for command, option in (
            (b"mysql", rb"-p"),
            (b"mariadb", rb"-p"),
            (b"redis-cli", rb"(?:-a|--pass)\s"),
            (b"ldapsearch", rb"-w\s"),
            (b"docker login", rb"-p[ =]?"),
            (b"podman login", rb"-p[ =]?"),
            (b"az login", rb"-p\s"),
            (b"mongo", rb"-p\s"),
            (b"sshpass", rb"-p\s?"),
            (b"htpasswd", rb"-\w*b\w*\s+\S+\s+\S+\s+"),
            (b"smbclient", rb"-U\s?[^\s%]{1,60}%"),
            (b"openssl", rb"-pass(?:in|out)?\s+pass:"),
            (b"ConvertTo-SecureString", rb""),
        )
    ),
    Place(
        "password-of-user",
        "a password of a user",
        b"chpasswd",
        re.compile(rb"\b\w{1,30}:(?P<value>[^\s\"'|]{6,100})[\"']?\s?\|\s?(?:sudo )?chpasswd"),
        is_chosen,
        150,
    ),
    Place(
        "aws-secret-access-key",
        "a secret access key of AWS",
        b"AKIA",
        re.compile(rb"AKIA[A-Z2-7]{16}[^\w\n]{1,12}(?P<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/])"),
        is_drawn,
    ),
    Place(
        "aws-secret-access-key",
        "a secret access key of AWS",
        b"ASIA",
        re.compile(rb"ASIA[A-Z2-7]{16}[^\w\n]{1,12}(?P<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/])"),
        is_drawn,
    ),
    *(
        Place(
            "password-of-postgresql",
            "a password of PostgreSQL",
            port,
            re.compile(
                rb"^[^\s:#]{1,100}:(?:\d{2,5}|\*):[^\s:]{1,60}:[^\s:]{1,60}:(?P<value>\S{6,100})$",
                re.MULTILINE,
            ),
            is_chosen,
            101,
        )
        for port in (b":5432:", b":5433:", b":6432:", b":6543:", b":*:")
    ),
)
