"""Zip files, read from memory by their own words and against them: also what the directory at the end does
not name, and what is left of a broken one. Pure.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping

import msgspec

from esclusa.scans.budget import Budget
from esclusa.scans.member import Member, Span, inflated
from esclusa.scans.shown import shown
from esclusa.scans.streams import MAKERS

LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_LOCATOR64 = b"PK\x06\x07"
_SIGN = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x07\x08)")
_METHODS: Mapping[int, str] = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_NAMES: Mapping[int, str] = {9: "deflate64", 14: "lzma", 96: "jpeg", 97: "wavpack", 98: "ppmd", 99: "AES"}
_FULL = 0xFFFFFFFF
_ENCRYPTED, _SIZES_BEHIND, _UTF8 = 0x1, 0x8, 0x800


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory, or the head of an entry, says of it."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int
    """Where its head is."""


def zipped(data: bytes) -> bool:
    """Whether there is a zip in it: from its beginning, or behind something else as in a zipapp."""
    if data.startswith((LOCAL, _END)):
        return True
    directory = _directory(data)
    return directory is not None and data.startswith(_CENTRAL, directory)


def members(data: bytes, budget: Budget) -> Iterator[Member]:
    """Its entries. Spent when there are too many, or too much comes out."""
    directory = _directory(data)
    covered: list[Span] = []
    stop = len(data)
    if directory is not None:
        stop = directory
        for entry in _central(data, directory):
            if isinstance(entry, Member):
                yield entry
                break
            budget.entry()
            member, span = _member(data, entry, budget)
            covered.append(span)
            yield from member
    elif not (data.startswith(_END) and len(data) < 64):
        yield Member(name="", why="its directory is missing: it is broken, or only a part of it is there")
    for gap in _gaps(covered, stop):
        yield from _unnamed(data, gap, budget)


def _directory(data: bytes) -> int | None:
    """Where the directory of the entries begins, if there is one."""
    at = data.rfind(_END, max(0, len(data) - 65_557))
    if at < 0 or at + 22 > len(data):
        return None
    count, length, offset = struct.unpack_from("<HLL", data, at + 10)
    end = at
    if data[at - 20 : at - 16] == _LOCATOR64 and (_FULL in (length, offset) or count == 0xFFFF):
        end = data.rfind(_END64, 0, at - 20)
        if end < 0 or end + 56 > len(data):
            return None
        count, length, offset = struct.unpack_from("<QQQ", data, end + 32)
    start: int = end - length
    if count == 0:
        return end
    return start if start >= 0 and data.startswith(_CENTRAL, start) else None


def _central(data: bytes, at: int) -> Iterator[Entry | Member]:
    shift = None
    while data.startswith(_CENTRAL, at):
        if at + 46 > len(data):
            yield Member(name="", why="its directory is broken")
            return
        facts = struct.unpack_from("<4s6H3L5H2L", data, at)
        flags, method, crc, packed, size = facts[3], facts[4], facts[7], facts[8], facts[9]
        name_length, extra_length, comment_length, offset = facts[10], facts[11], facts[12], facts[16]
        name = data[at + 46 : at + 46 + name_length]
        extra = data[at + 46 + name_length : at + 46 + name_length + extra_length]
        size, packed, offset = _wide(extra, size, packed, offset)
        if shift is None:  # offsets count from where the zip begins, which may be behind something else
            shift = _shift(data, at)
            shift = shift if shift > 0 and data.startswith(LOCAL, offset + shift) else 0
        yield Entry(
            name=name, flags=flags, method=method, crc=crc, packed=packed, size=size, start=offset + shift
        )
        at += 46 + name_length + extra_length + comment_length
    if not data.startswith((_END, _END64), at):
        yield Member(name="", why="its directory is broken")


def _shift(data: bytes, directory: int) -> int:
    """How many bytes stand before the zip."""
    at = data.rfind(_END, directory)
    length, offset = struct.unpack_from("<LL", data, at + 12)
    return int(at - length - offset) if _FULL not in (length, offset) else 0


def _wide(extra: bytes, *values: int) -> list[int]:
    """Sizes and offset, from the extra field where they are too large for their own."""
    wide: list[int] = []
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            held = extra[at + 4 : at + 4 + length]
            wide = [one[0] for one in struct.iter_unpack("<Q", held[: len(held) // 8 * 8])]
        at += 4 + length
    return [wide.pop(0) if value == _FULL and wide else value for value in values]


def _member(data: bytes, entry: Entry, budget: Budget) -> tuple[list[Member], Span]:
    """What an entry is (nothing for a directory), and the bytes of the archive that belong to it."""
    name = _shown(entry)
    head, start = entry.start, entry.start + 30
    if not data.startswith(LOCAL, head) or start > len(data):
        return [Member(name=name, why="it is not where the directory says")], (head, head)
    name_length, extra_length = struct.unpack_from("<HH", data, head + 26)
    start += name_length + extra_length
    end = start + entry.packed
    if start > len(data):
        return [Member(name=name, why="it ends too early")], (head, len(data))
    if name.endswith("/") and not entry.packed:
        return [], (head, start)
    member, span = _content(data, entry, name, (start, min(end, len(data))), budget)
    if not member.why and end > len(data):
        member = msgspec.structs.replace(member, why="it ends too early")
    return [member], (head, span[1])


def _content(data: bytes, entry: Entry, name: str, span: Span, budget: Budget) -> tuple[Member, Span]:
    if entry.flags & _ENCRYPTED or entry.method == 99:
        return Member(name=name, why="it is encrypted"), span
    if why := budget.refusal(max(entry.size, entry.packed if entry.method == 0 else 0), entry.packed):
        return Member(name=name, why=why), span
    if entry.method == 0:
        budget.spend(span[1] - span[0])
        return _checked(Member(name=name, data=data[slice(*span)], span=span), entry), span
    kind = _METHODS.get(entry.method)
    if kind is None:
        how = _NAMES.get(entry.method, f"method {entry.method}")
        return Member(name=name, why=f"it is compressed in a way that is not known here: {how}"), span
    member, used = inflated(name, data, span, MAKERS[kind], budget)
    return _checked(member, entry), (span[0], span[0] + used if member.span else span[1])


def _checked(member: Member, entry: Entry) -> Member:
    if member.why or member.data is None or (entry.flags & _SIZES_BEHIND and not entry.crc):
        return member
    if zlib.crc32(member.data) == entry.crc:
        return member
    return msgspec.structs.replace(member, why="its checksum is wrong: it is not what was packed", span=None)


def _gaps(covered: list[Span], stop: int) -> Iterator[Span]:
    at = 0
    for start, end in sorted(covered):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < stop:
        yield at, stop


def _unnamed(data: bytes, gap: Span, budget: Budget) -> Iterator[Member]:
    """Entries that no directory names."""
    at, end = gap
    held = data[:end]
    while (at := data.find(LOCAL, at, end)) >= 0:
        entry = _head(data, at)
        if entry is None:
            at += 4
            continue
        budget.entry()
        found, span = _member(held, _bounded(data, entry, end), budget)
        yield from found
        sure = entry.packed or not any(one.why for one in found)
        at = max(span[1] if sure else 0, at + 4)


def _head(data: bytes, at: int) -> Entry | None:
    """The head of an entry, if it looks like one."""
    if at + 30 > len(data):
        return None
    _, version, flags, method, _, _, crc, packed, size, length, extra_length = struct.unpack_from(
        "<4s5H3L2H", data, at
    )
    name = data[at + 30 : at + 30 + length]
    known = method == 0 or method in _METHODS or method in _NAMES
    if version & 0xFF > 63 or not known or not name or b"\0" in name:
        return None
    extra = data[at + 30 + length : at + 30 + length + extra_length]
    size, packed = _wide(extra, size, packed)
    return Entry(name=name, flags=flags, method=method, crc=crc, packed=packed, size=size, start=at)


def _bounded(data: bytes, entry: Entry, end: int) -> Entry:
    """With a size, where its head leaves that to what stands behind it."""
    if not entry.flags & _SIZES_BEHIND or entry.packed:
        return entry
    name_length, extra_length = struct.unpack_from("<HH", data, entry.start + 26)
    start = entry.start + 30 + name_length + extra_length
    if entry.method == 0:
        found = _SIGN.search(data, start, end)
        return msgspec.structs.replace(entry, packed=max(0, (found.start() if found else end) - start))
    return msgspec.structs.replace(entry, packed=max(0, end - start))


def _shown(entry: Entry) -> str:
    if entry.flags & _UTF8:
        return shown(entry.name)
    try:
        return shown(entry.name.decode().encode())
    except UnicodeDecodeError:
        return shown(entry.name.decode("cp437").encode())
