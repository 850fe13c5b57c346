"""Tar files, read from memory head by head: also behind their end, and past what is broken. Pure."""

import re
from collections.abc import Iterator

from esclusa.scans.budget import Budget
from esclusa.scans.member import Member
from esclusa.scans.shown import shown

_BLOCK = 512
_ZERO = bytes(_BLOCK)
_FILES = (b"0", b"\0", b"7", b"S")
_WITH_DATA = (*_FILES, b"g", b"K", b"D", b"M", b"N", b"V")
_PAX = re.compile(rb"(\d{1,9}) (path|size|GNU\.sparse\.name)=([^\n]*)\n")


def tarred(data: bytes) -> bool:
    """Whether it begins with the head of an entry."""
    return len(data) >= _BLOCK and _head(data[:_BLOCK])


def members(data: bytes, budget: Budget) -> Iterator[Member]:
    """Its entries that are files. Spent when there are too many, or too much comes out."""
    at, ended, lost = 0, False, False
    name, size = b"", -1
    while at < len(data):
        block = data[at : at + _BLOCK]
        if not _head(block):
            ended = ended or block == _ZERO[: len(block)]
            if not ended and not lost:
                yield Member(name="", why=f"it is broken at byte {at:,}")
            lost = lost or not ended
            at += _BLOCK
            continue
        budget.entry()
        ended = lost = False
        kind, own = block[156:157], _number(block[124:136])
        start = at + _BLOCK
        if kind in (b"L", b"x"):
            held = data[start : start + own]
            name, size = (held.rstrip(b"\0"), size) if kind == b"L" else _pax(held, name, size)
        else:
            own = size if size >= 0 else own
            own = own if kind in _WITH_DATA else 0
            if kind in _FILES:
                member = _member(data, start, own, shown(name or _name(block)), budget)
                lost = member.why != "" and start + own > len(data)
                yield member
            name, size = b"", -1
        at = start + -(-own // _BLOCK) * _BLOCK
    if not ended and not lost:
        yield Member(name="", why="its end is missing: it may have been cut")


def _member(data: bytes, start: int, size: int, name: str, budget: Budget) -> Member:
    end = min(start + size, len(data))
    if why := budget.refusal(end - start, end - start):
        return Member(name=name, why=why, span=(start, end))
    held = data[start:end]
    budget.spend(len(held))
    if end < start + size:
        return Member(name=name, data=held, why="it ends too early")
    return Member(name=name, data=held, span=(start, end))


def _head(block: bytes) -> bool:
    """Whether a block is the head of an entry: its checksum says so."""
    if len(block) < _BLOCK or not block[0]:
        return False
    said = _octal(block[148:156])
    return said > 0 and said == sum(block) - sum(block[148:156]) + 8 * 32


def _number(field: bytes) -> int:
    """A size: octal, or binary where the first bit says so."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    return max(0, _octal(field))


def _octal(field: bytes) -> int:
    text = field.strip(b" \0")
    return int(text, 8) if re.fullmatch(rb"[0-7]+", text) else -1


def _name(block: bytes) -> bytes:
    name, prefix = block[:100].rstrip(b"\0"), block[345:500].rstrip(b"\0")
    name = name.partition(b"\0")[0]
    if block[257:262] != b"ustar" or block[257:265] == b"ustar  \0":  # the older ones hold other things there
        return name
    return prefix.partition(b"\0")[0] + b"/" + name if prefix else name


def _pax(held: bytes, name: bytes, size: int) -> tuple[bytes, int]:
    for match in _PAX.finditer(held):
        if match[2] == b"size":
            size = int(match[3]) if re.fullmatch(rb"\d{1,18}", match[3]) else size
        else:
            name = match[3]
    return name, size
