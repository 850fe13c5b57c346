"""Unnamed values: long texts that a machine drew, with nothing beside them that says what they are.

Digests, identifiers and public keys look the same, so that what is said to be one is passed over, and only
what has capitals, small letters and digits counts: those of digests have not.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from esclusa.scans.secrets.values import is_drawn

DIGITS = 3
_QUOTED = rb"""["'](?P<quoted>[A-Za-z0-9_-]{30,100})["']"""
_BARE = rb"""[:=] ?(?P<bare>[A-Za-z0-9_-]{30,100})(?=[ \t]*\r?(?:\n|\Z))"""
_IN_PROGRAMS = re.compile(_QUOTED)
_ELSEWHERE = re.compile(rb"%b|%b" % (_QUOTED, _BARE))
_SOMETHING_ELSE = re.compile(
    rb"sha\d|sha-|\bsha|integrity|digest|hash|checksum|base64|cert|signature|fingerprint|public|publishable|site.?key"
    rb"|measurement|etag|nonce|revision|commit|trace|request.?id|video|model|image|\bpk[-_]|\bid\b|_id\b|(?-i:[a-z]Id\b)"
    rb"|\bsample\b|csrf|xsrf|cursor|next.?token|page.?token|continuation|embedding|vector|[\"'](?:crv|x|y)[\"']\s?:|site-verification|alphabet|challenge|\bazp\b|vault:v\d|\bENC[\[(]",
    re.IGNORECASE,
)
_LONGEST_LINE = 400
"""Bytes of a line that a person wrote; what is longer was packed by a program."""


_BLOCK = re.compile(rb"\n\s*[rb]?[\"'][A-Za-z0-9+/_=-]{30,}\\?n?[\"'],?\s*\\?\n")
"""A line of a block of encoded data."""

_CUT = re.compile(rb"""["'][ \t]*\\?[ \t]*(?:#[^\n]*)?\n[ \t]*[rbu]?["']\Z""")
"""The line above has the first part of the same text."""


def unnamed(data: bytes, program: bool) -> Iterator[tuple[int, int]]:
    """Where they stand."""
    for match in (_IN_PROGRAMS if program else _ELSEWHERE).finditer(data):
        start, end = match.span(match.lastgroup or 0)
        value = data[start:end].decode()
        if (
            _of_all_kinds(value)
            and is_drawn(value)
            and not (_is_text(value) or _said_to_be_else(data, start, end))
        ):
            yield start, end


_NUMBERED = re.compile(r"[A-Z]{2}[0-9a-f]{32}|\w{6}-(?:\w{4}-){5}\w{6}")
"""An identifier, as Twilio writes them, or LVM."""
_IDENTIFIER = re.compile(
    r"(?:call|toolu|tooluse|msg|chatcmpl|cmpl|file|thread|run|req|resp|asst|step|vs|batch|price|cus|sub|evt|pi|ch|in|seti"
    r"|org|proj|user|team|item|rs|fc|acct|img|gen|sess|conv|task|job)[-_]"
)
"""How identifiers begin that services of models and of payments hand out."""


def _of_all_kinds(value: str) -> bool:
    if _NUMBERED.fullmatch(value) or _IDENTIFIER.match(value):
        return False
    digits = sum(map(str.isdigit, value))
    return digits >= DIGITS and any(map(str.islower, value)) and any(map(str.isupper, value))


def _is_text(value: str) -> bool:
    """Whether it is a text that was encoded, which `encoded` reads."""
    try:
        return base64.b64decode(value[: len(value) // 4 * 4], altchars=b"-_").decode().isprintable()
    except (binascii.Error, UnicodeDecodeError):
        return False


def _said_to_be_else(data: bytes, start: int, end: int) -> bool:
    first = data.rfind(b"\n", max(0, start - _LONGEST_LINE), start)
    last = data.find(b"\n", end, end + _LONGEST_LINE)
    if (first < 0 and start > _LONGEST_LINE) or (last < 0 and len(data) - end > _LONGEST_LINE):
        return True
    if _CUT.search(data, max(0, first - _LONGEST_LINE), start):
        return True
    if _BLOCK.search(data, max(0, first - _LONGEST_LINE), first + 1) or _BLOCK.match(
        data, last, last + _LONGEST_LINE
    ):
        return True
    line = data[first + 1 : start] + data[end : last if last >= 0 else len(data)]
    return len(line) > _LONGEST_LINE or _SOMETHING_ELSE.search(line) is not None
