"""Text in another dress: UTF-16 and UTF-32 with a byte order mark, and base64 inside texts. Pure.

A run of base64 is looked at when it is long enough to hide something, and told from a long word, a path or a
digest by what comes out: text, or an archive. Anything else is noise, and passed over.
"""

import binascii
import codecs
import re
from collections.abc import Callable, Iterator

SHORTEST = 40
"""Characters of the shortest run of base64 that is decoded; of one wrapped over lines, of its first line."""
PRINTABLE = 0.9
"""The part of decoded bytes that has to be printable for a text; of random bytes it is 0.38."""

_MARKS = (  # those of UTF-32 first: the little-endian one begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_SHAPE = bytes(ord("x") if one in _LETTERS else ord(" ") for one in range(256))
_RUN = b"x" * SHORTEST
_TEXT = bytes(one for one in range(256) if one in b"\t\n\r\f" or 0x20 <= one < 0x7F)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BETWEEN = re.compile(
    rb"""(?: ["']? [ \t]* [+.\\,]? [ \t]* \r? \n [ \t\#*>|]* ["']?   # a line's end, in code or a comment too
           | \\{1,2} (?: r \\{1,2} )? n )                            # or written as an escape
         ([A-Za-z0-9+/_-]++)
         (?! [.:(\[{] | [ \t]*[=:][^=\r\n"'] | [ \t]+[A-Za-z0-9] )  # and on it nothing else
    """,
    re.VERBOSE,
)
_WORDS = (re.compile(rb"[A-Za-z0-9+/]{40,}"), re.compile(rb"[A-Za-z0-9_-]{40,}"))

_PADDING = (b"", b"", b"==", b"=")
_BLOCK = 512
"""Bytes from which on it may be an archive that is not known by how it begins."""
BEGINNINGS = (
    *(mark for mark, _ in _MARKS),
    *(b"\x1f\x8b", b"\x1f\x9d", b"PK", b"BZ", b"\xfd7", b"\x28\xb5", b"7z", b"Ra", b"MS", b"LZ"),
    *(b"\x04\x22", b"\xed\xab", b"xa"),
)
"""How what is wanted begins, if it is smaller than that, and texts in another dress."""

Wanted = Callable[[bytes], bool]
Part = tuple[int, bytes]


def as_utf8(data: bytes) -> bytes:
    """A text with the mark of UTF-16 or UTF-32 as UTF-8, its lines the same; anything else as it is."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace").encode("utf-8", "replace")
    return data


def looks_like_text(data: bytes) -> bool:
    """Whether nearly all of it is printable, or it is UTF-8 without control characters."""
    strange = data.translate(None, _TEXT)
    if len(strange) <= (1 - PRINTABLE) * len(data):
        return bool(data)
    if min(strange) < 0x80:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def decoded(data: bytes, wanted: Wanted = lambda _: False) -> Iterator[tuple[int, bytes]]:
    """What stands as base64 in a text: the line (from 1) where it begins, and what it says.

    What looks like text is given, as UTF-8, and what is `wanted`.
    """
    line, counted = 1, 0
    for parts in _runs(data):
        for start, found in _read(parts, wanted):
            line += data.count(b"\n", counted, start)
            counted = start
            yield line, found


def _read(parts: list[Part], wanted: Wanted) -> Iterator[Part]:
    """What a run says as a whole, or else what each of its lines does."""
    if (whole := _said(b"".join(text for _, text in parts), wanted)) is not None:
        yield parts[0][0], whole
    elif len(parts) > 1:
        for start, text in parts:
            if len(text) >= SHORTEST and (found := _said(text, wanted)) is not None:
                yield start, found


def _runs(data: bytes) -> Iterator[list[Part]]:
    """Runs of base64 by their lines, each with where it begins."""
    shape = data.translate(_SHAPE)
    at = 0
    while (start := shape.find(_RUN, at)) >= 0:
        end = shape.find(b" ", start)
        end = end if end >= 0 else len(data)
        if data[start - 1 : start] == b"\\" and data[start] in b"nrt":
            start += 1  # a line's end that is written as an escape
        parts = [(start, data[start:end])]
        at = _go_on(data, end, parts)
        yield parts


def _go_on(data: bytes, at: int, parts: list[Part]) -> int:
    """Add the lines that go on with a run, all but the last as long as the first; where it ends."""
    width = len(parts[0][1])
    while (more := _BETWEEN.match(data, at)) and len(more[1]) <= width:
        parts.append((more.start(1), more[1]))
        at = more.end(1)
        if len(more[1]) < width:
            break
    return at


def _said(run: bytes, wanted: Wanted) -> bytes | None:
    """What a run says, if it says anything: as a whole, or without what only hangs on to it."""
    if (found := _unpacked(run, wanted)) is not None:
        return found
    for words in _WORDS:
        for match in words.finditer(run):
            if len(match[0]) < len(run) and (found := _unpacked(match[0], wanted)) is not None:
                return found
    return None


def _unpacked(run: bytes, wanted: Wanted) -> bytes | None:
    run = run.translate(_URL_SAFE)
    # It may hang on to up to three characters of something else.
    for skip in range(4):
        left = (len(run) - skip) % 4
        found = binascii.a2b_base64(run[skip : len(run) - (left == 1)] + _PADDING[left])
        if _noise(found):
            continue
        if wanted(found):
            return found
        if (said := _text(found)) is not None:
            return said
    return None


def _noise(data: bytes) -> bool:
    """Whether something short is neither a text nor begins like anything else: most of what is tried."""
    if len(data) >= _BLOCK or data.startswith(BEGINNINGS) or not data[1]:
        return False
    strange = data.translate(None, _TEXT)
    return len(strange) > (1 - PRINTABLE) * len(data) and min(strange) < 0x80


def _text(data: bytes) -> bytes | None:
    """As UTF-8, also from UTF-16 without a mark, as one system's shell wants its commands; None for noise."""
    text = as_utf8(data)
    if looks_like_text(text):
        return text
    if len(data) % 2 == 0 and not any(data[1::2]) and looks_like_text(data[::2]):
        return data[::2]
    return None
