"""The letters that keys are made of, and the checksums that some carry."""

import base64
import hashlib
import hmac
import json
import string
import zlib
from collections.abc import Mapping

UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase
DIGITS = string.digits
ALNUM = DIGITS + UPPER + LOWER
LOWER_ALNUM = LOWER + DIGITS
UPPER_ALNUM = UPPER + DIGITS
BASE32 = UPPER + "234567"
URL_SAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"


def base62(number: int, width: int) -> str:
    """A number in digits, capitals and small letters, padded with zeros."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = ALNUM[digit] + text
    return text.rjust(width, "0")


def with_crc(prefix: str, body: str) -> str:
    """GitHub's and npm's form: the CRC-32 of the random part as the last six letters, in base 62."""
    return f"{prefix}{body}{base62(zlib.crc32(body.encode()), 6)}"


def b64(raw: bytes) -> str:
    """Standard base64 with its padding."""
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    """The URL-safe kind without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def jwt(key: bytes, claims: Mapping[str, object]) -> str:
    """A JSON Web Token signed with HMAC-SHA256 (RFC 7519)."""
    parts = [b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (_HEADER, claims)]
    signature = hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join((*parts, b64url(signature)))


_HEADER = {"alg": "HS256", "typ": "JWT"}
