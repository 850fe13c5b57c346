"""How else a text can be read: backwards, out of base64, in digits instead of words, and one in another.

A reading is a whole text, not a part of it: who looks for something looks in each. Each is as long as what it
was read from, or shorter, or a few times as long, and takes time in proportion to it.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote_plus

from esclusa.scans.pii.spoken import in_digits

DEPTH = 2
"""How many spellings may be in one another."""


def plainly(text: str) -> str:
    """In lower case, without accents, in one kind of digits and letters; `１`, `①` and `١` are 1."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(_plain(one) for one in apart if unicodedata.category(one) not in _UNSEEN)


_UNSEEN = ("Mn", "Me", "Cf")
"""Accents and frames, and what has no width."""


def _plain(one: str) -> str:
    digit = unicodedata.digit(one, None)
    return one if digit is None else str(digit)


def readings(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The text as it is and in every other reading, each once, with how it was read from the outside in."""
    seen = {text}
    layer: list[tuple[tuple[str, ...], str]] = [((), text)]
    yield (), text
    for _ in range(DEPTH):
        below = []
        for ways, outer in layer:
            for way, read in SPELLINGS.items():
                inner = read(outer)
                if inner and inner not in seen:
                    seen.add(inner)
                    below.append(((*ways, way), inner))
        yield from below
        layer = below


def _decoded(run: re.Pattern[str], decode: Callable[[str], bytes]) -> Callable[[str], str]:
    """What stands in runs of that alphabet, a line for each; what is none says nothing."""

    def read(text: str) -> str:
        found = []
        for match in run.finditer(text):
            try:
                found.append(decode(match[0]).decode("utf-8"))
            except ValueError:
                continue
        return "\n".join(found)

    return read


def _base64(text: str) -> str:
    """What is out of base64; of several lines both as one text and each by itself, for the last may be prose.

    What does not decode stays a gap: models err when they encode.
    """
    found = []
    for run in _BASE64.findall(text):
        lines = run.split()
        found += [_unpacked(one) for one in dict.fromkeys(("".join(lines), *lines))]
    return "\n".join(found)


_BASE64 = re.compile(
    r"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*(?:\r?\n[A-Za-z0-9+/_-]{2,3}(?==))?={0,2}"
)


def _unpacked(run: str) -> str:
    run = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    run = run[: len(run) - (len(run) % 4 == 1)]  # of an answer that was cut short
    return base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8", "replace")


def _base32(run: str) -> bytes:
    run = re.sub(r"\s", "", run).rstrip("=").upper()
    return base64.b32decode(run + "=" * (-len(run) % 8))


def _hex(run: str) -> bytes:
    return binascii.unhexlify(re.sub(r"0x|[^0-9a-fA-F]", "", run))


def _codes(run: str) -> bytes:
    return bytes(map(int, re.findall(r"\d+", run)))


def _bits(run: str) -> bytes:
    return bytes(int(byte, 2) for byte in re.findall(r"[01]{8}", run))


def _escaped(text: str) -> str:
    r"""Without `\u0034`, `\x34` and `&#52;`."""
    codes = re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))", lambda m: chr(int(m[1] or m[2], 16)), text)
    return re.sub(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});", lambda m: html.unescape(m[0]), codes)


def _morse(text: str) -> str:
    """Letters and digits of dots and dashes, put together."""
    runs = re.findall(r"(?<![.\-\w])[.\-]{1,5}(?![.\-\w])", text.translate(str.maketrans("·•–—−", "..---")))
    return "".join(_MORSE.get(run, "") for run in runs)


_SIGNS = """
.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..
----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.
"""
_MORSE = dict(zip(_SIGNS.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "url-encoded": unquote_plus,
    "escaped": _escaped,
    "reversed": lambda text: text[::-1],
    "in words": lambda text: in_digits(plainly(text)),
    "numbered": lambda text: re.sub(r"(?m)^[^\w\n]{0,8}\d{1,2}[.):]\s{1,8}", "", text),
    "letter by letter": lambda text: re.sub(r"(?<=\b\w)[\s.,;·_-]{1,3}(?=\w\b)", "", text),
    "base64": _base64,
    "base32": _decoded(re.compile(r"[A-Za-z2-7]{12,}={0,6}"), _base32),
    "hexadecimal": _decoded(re.compile(r"(?:(?:0x)?[0-9a-fA-F]{2}[\s:,-]{0,2}){6,}"), _hex),
    "codes of characters": _decoded(re.compile(r"\b(?:\d{2,3}[\s,;-]{1,2}){5,}\d{2,3}\b"), _codes),
    "binary": _decoded(re.compile(r"\b(?:[01]{8}[\s,]{0,2}){6,}"), _bits),
    "morse": _morse,
    "rot13": lambda text: codecs.encode(text, "rot13"),
}
