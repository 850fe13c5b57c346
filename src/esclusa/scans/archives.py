"""Archives and databases, known by their content and never by their name; opened in memory.

What cannot be opened, or only in part, is said for each entry, and whatever could be read is given. Names of
entries are shown and nothing else: nothing is ever written.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from esclusa.scans import databases, tars, zips
from esclusa.scans.budget import Budget, Spent
from esclusa.scans.encoded import looks_like_text
from esclusa.scans.member import Member, Span, inflated, rest
from esclusa.scans.streams import MAKERS, unpacked

STREAMS: Mapping[str, bytes] = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "zstd": b"\x28\xb5\x2f\xfd",
}
CLOSED: Mapping[str, bytes] = {
    "7z": b"7z\xbc\xaf\x27\x1c",
    "RAR": b"Rar!\x1a\x07",
    "CAB": b"MSCF\0\0\0\0",
    "LZIP": b"LZIP\x01",
    "LZ4": b"\x04\x22\x4d\x18",
    "compress": b"\x1f\x9d",
    "RPM": b"\xed\xab\xee\xdb",
    "XAR": b"xar!\0",
}
_SMALL = (*STREAMS.values(), *CLOSED.values(), zips.LOCAL)
"""What those begin with that are smaller than a block of a tar, a page of a database."""
_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""What a bzip2 stream begins with, one of them an empty one."""
_SUFFIX = re.compile(r"\.(?:gz|bz2|xz|zst|t[gbx]z|zstd)\Z", re.IGNORECASE)


class Opened(msgspec.Struct, kw_only=True):
    """An archive that is being opened."""

    members: Iterator[Member]
    covered: list[Span] = msgspec.field(default_factory=list)
    """The bytes that its members say, of those that were taken so far."""


def kind_of(data: bytes) -> str:
    """What it is, in a word; empty for what is no archive."""
    for kind, magic in (*STREAMS.items(), *CLOSED.items()):
        if data.startswith(magic):
            return "" if kind == "bzip2" and data[4:10] not in _BLOCKS else kind
    if zips.zipped(data):
        return "zip"
    if data.startswith(databases.MAGIC):
        return "SQLite"
    return "tar" if tars.tarred(data) else ""


def surely(data: bytes) -> bool:
    """Whether it is an archive, for bytes of which many are tried: two of magic are not enough."""
    if len(data) < 512 and not data.startswith(_SMALL):
        return False
    kind = kind_of(data)
    if kind == "gzip":
        return len(data) > 18 and data[2] == 8 and data[3] < 0x20 and data[8] in (0, 2, 4)
    return kind not in ("", "compress")


def members(kind: str, data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """What is in an archive of a kind and a name. What it stumbles on is a member without data."""
    if kind in CLOSED:
        yield Member(name="", why=f"{kind} archives cannot be opened here")
        return
    try:
        yield from _stream(kind, data, name, budget) if kind in STREAMS else _READERS[kind](data, budget)
    except Spent as spent:
        yield Member(name="", why=spent.why)
    except Exception as error:  # a foreign file may break anything
        yield Member(name="", why=f"it is broken ({type(error).__name__})")


def misnamed(data: bytes, found: Member) -> bool:
    """Whether a text only begins like a stream: it broke before anything came out, and people can read it.

    What is refused for its size is none: a bomb of zeros may look like a line of letters.
    """
    return found.why != "" and found.data == b"" and looks_like_text(data)


def _stream(kind: str, data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    budget.entry()
    maker = MAKERS[kind]
    inner = _SUFFIX.sub("", name.rpartition("/")[2].rpartition("!")[2]) or "content"
    if maker is not None and tars.tarred(unpacked(data, maker, 512).data):
        yield from _tar(data, maker, budget)
        return
    member, _ = inflated(inner, data, (0, len(data)), maker, budget, several=True)
    yield member


def _tar(data: bytes, maker: Callable[[], object], budget: Budget) -> Iterator[Member]:
    """The entries of a tar that is compressed as a whole; of them only is anything counted."""
    found = unpacked(data, maker, budget.limits.total, several=True)
    if found.more:
        budget.spend(budget.limits.total + 1)
    if found.trouble:
        yield Member(name="", why=found.trouble)
    covered, count = [], 0
    for member in tars.members(found.data, budget):
        if member.span:
            covered.append(member.span)
        count += len(member.data or b"")
        yield msgspec.structs.replace(member, span=None)
    budget.spend(len(found.data) - count)
    yield Member(name="", data=rest(found.data, covered), span=None if found.trouble else (0, found.used))


_READERS: Mapping[str, Callable[[bytes, Budget], Iterator[Member]]] = {
    "zip": zips.members,
    "tar": tars.members,
    "SQLite": databases.members,
}
