"""Places: where a secret stands whatever it looks like: in a block, an address, a header, a command."""

import base64
import binascii
import re
from collections.abc import Iterator

from esclusa.scans.secrets.calls import CALLS
from esclusa.scans.secrets.commands import COMMANDS
from esclusa.scans.secrets.place import Place
from esclusa.scans.secrets.values import is_chosen, is_drawn, is_password, is_typed, stands_for_one


def places(data: bytes) -> Iterator[tuple[Place, int, int]]:
    """Where secrets stand in some bytes."""
    behind: dict[Place, int] = {}
    for place in _ALONE:
        at = data.find(place.first)
        while at >= 0:
            yield from _at(place, data, at, behind)
            at = data.find(place.first, at + len(place.first))
    for option in _OPTION.finditer(data):
        for place in _BY_OPTION[option[0]]:
            yield from _at(place, data, option.start(), behind)
    for match in _TAILED.finditer(data):
        yield _MAILGUN, match.start() - 32, match.end()


def _at(place: Place, data: bytes, at: int, behind: dict[Place, int]) -> Iterator[tuple[Place, int, int]]:
    """The secret that is there, if it was not found before."""
    if match := _match(place, data, at):
        start, end = match.span(match.lastgroup or 0)
        if start > behind.get(place, -1) and place.good(data[start:end].decode(errors="replace")):
            yield place, start, end
            behind[place] = end


def _match(place: Place, data: bytes, at: int) -> re.Match[bytes] | None:
    """What is there; what begins before it begins in its line."""
    end = min(len(data), at + place.far)
    if not place.back:
        return place.pattern.match(data, at, end)
    before = max(0, at - place.back)
    return place.pattern.search(data, max(before, data.rfind(b"\n", before, at) + 1), end)


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
    encoded = any(len(set(run)) > 12 for run in _ENCODED.findall(value))
    return encoded and (len(value) > 150 or "..." not in value)


_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}")


def _drawn_or_chosen(value: str) -> bool:
    return is_drawn(value) or is_chosen(value)


_SEED = (
    rb"[^\n]{0,40}?[:=\n][ \t>*-]{0,10}[\"'`]?"
    rb"(?P<value>[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23})(?![ ,]{0,2}[a-z])"
)
_NO_SEEDS = frozenset(
    {"the", "and", "for", "are", "not", "from", "have", "was", "para", "con", "los", "las", "que", "una"}
)
"""Words of sentences that the list of a wallet's words has not."""


def _words(value: str) -> bool:
    words = value.replace(",", " ").split()
    return len(words) in (12, 15, 18, 21, 24) and _NO_SEEDS.isdisjoint(words)


_TAILED = re.compile(rb"-(?<=[0-9a-f]{32}-)[0-9a-f]{8}-[0-9a-f]{8}\b")
_MAILGUN = Place("mailgun-key", "a key of Mailgun", b"-", _TAILED, is_drawn)
"""Its form has no beginning; what is within it is looked for at once."""

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
        far=_FAR,
    ),
    Place(
        "password-in-address",
        "a password in an address",
        b"://",
        re.compile(
            rb"[a-zA-Z][a-zA-Z0-9+.-]{1,30}://(?P<user>[^\s:@/\"'`<>]{0,80}):"
            rb"(?!(?=[^\s@]{0,15}@)(?P=user)@)(?P<value>[^\s@/\"'`<>]{3,200})@[\w\[{$%<]"
        ),
        _in_address,
        31,
    ),
    Place(
        "password-in-address",
        "a password in an address",
        b"@tcp(",
        re.compile(rb"[\"'` =][\w.-]{1,40}:(?P<value>[^\s:\"'`<>]{4,100})@tcp\("),
        _in_address,
        150,
    ),
    Place(
        "token-in-address",
        "a token in an address",
        b"://",
        re.compile(
            rb"https?://(?P<value>[\w.~+-]{16,255})(?::(?:x-oauth-basic|x)?)?@"
            # That alone is where programs send their errors, and public.
            rb"(?![\w.:-]+/\d+(?:[\"'`\s?,;)]|\Z))[\w\[{$%<]"
        ),
        is_drawn,
        10,
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
        "private-key",
        "a private key of PuTTY",
        b"PuTTY-User-Key-File-",
        re.compile(
            rb"PuTTY-User-Key-File-[\s\S]{10,6000}?Private-Lines: \d+\s+(?P<value>[A-Za-z0-9+/=\s]{100,8000})"
        ),
        _block,
        far=_FAR,
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
        for port in (b":543", b":6432:", b":6543:", b":*:")
    ),
    Place(
        "password-of-sql",
        "a password of a user of a database",
        b"IDENTIFIED ",
        re.compile(rb"IDENTIFIED (?:WITH \S{1,40} )?BY N?\\?['\"](?P<value>[^'\"\n]{4,100}?)\\?['\"]"),
        _in_address,
    ),
    Place(
        "password-of-sql",
        "a password of a user of a database",
        b"identified ",
        re.compile(rb"identified (?:with \S{1,40} )?by N?\\?['\"](?P<value>[^'\"\n]{4,100}?)\\?['\"]"),
        _in_address,
    ),
    Place(
        "private-jwk",
        "a private key, written as JSON",
        b'"d"',
        re.compile(rb'"d"\s?:\s?"(?P<value>[\w-]{40,700})"'),
        is_drawn,
        far=900,
    ),
    Place(
        "private-jwk",
        "a secret key, written as JSON",
        b'"oct"',
        re.compile(rb'"oct"[^{}]{0,300}?"k"\s?:\s?"(?P<value>[\w-]{20,700})"'),
        is_drawn,
        far=900,
    ),
    Place(
        "salt-of-wordpress",
        "a key of WordPress",
        b"define(",
        re.compile(rb"define\(\s{0,3}'\w{1,20}_(?:KEY|SALT)',\s{0,20}'(?P<value>[^'\n]{60,70})'"),
        lambda value: "unique phrase" not in value and len(set(value)) > 20,
    ),
    Place(
        "pair-of-user-and-password",
        "a password behind the name of a user",
        b"`",
        re.compile(
            rb"`(?:admin|root|[\w.+-]{1,30}@[\w.-]{1,40}|user|usuario|demo|guest)`\s?(?:/|:|y|and|with)\s?`(?P<value>[^`\s]{6,60})`"
        ),
        is_password,
    ),
    Place(
        "pair-of-user-and-password",
        "a password behind the name of a user",
        b" / ",
        re.compile(
            rb"(?i:login|usuario|user|acces|cred|admin|root|\w@\w)[^\n/|]{0,60} / `?"
            rb"(?P<value>[^\s`'\"/<>(),;|@][^\s`'\"/<>(),;|]{7,40})(?=[\s`'\"),.]|\Z)"
        ),
        is_typed,
        90,
        60,
    ),
    *(
        Place(
            "pair-of-user-and-password",
            "a password behind the name of a user",
            user,
            re.compile(rb"(?<![\w/.-])" + user + rb"(?P<value>[^\s`'\"/<>(),;|]{8,40})(?=[\s`'\"),.]|\Z)"),
            is_typed,
        )
        for user in (b"admin/", b"admin:", b"root/", b"root:")
    ),
    *(
        Place("seed-phrase", "the words of a wallet", name, re.compile(_SEED), _words)
        for name in (b"nemonic", b'seed"', b" phrase", b"emilla")
    ),
    *COMMANDS,
    *CALLS,
)

_OPTION = re.compile(rb" -[pPkwaUuN]")
_BY_OPTION = {
    b" -" + bytes([letter]): tuple(
        place for place in PLACES if place.first.rstrip() == b" -" + bytes([letter])
    )
    for letter in b"pPkwaUuN"
}
"""Options of one letter are looked for all at once."""
_ALONE = tuple(place for place in PLACES if place.first.rstrip() not in _BY_OPTION)
