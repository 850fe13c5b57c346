"""Compressed streams, unpacked in memory and never further than wanted. Pure."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

_STEP = 1 << 20
_GIVEN = 1 << 14
"""Bytes that go in at once: what is broken is broken soon."""


class Decompressor(Protocol):
    """What the standard library's three have in common, nearly."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Unpacked(msgspec.Struct, frozen=True):
    """What came out. `used`: bytes of the input that belonged to the stream."""

    data: bytes
    used: int
    trouble: str = ""
    """Why it is not all."""
    more: bool = False
    """There is more than was wanted."""


def _zstd() -> Callable[[], Decompressor] | None:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            return None
    made: Callable[[], Decompressor] = zstd.ZstdDecompressor
    return made


MAKERS: Mapping[str, Callable[[], Decompressor] | None] = {
    "gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(-15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
    "zstd": _zstd(),
}
"""What unpacks which; None: it is not installed."""


def unpacked(
    data: bytes | memoryview, maker: Callable[[], Any], most: int, *, several: bool = False
) -> Unpacked:
    """The stream that the data begin with, or the `several` one behind the other, up to `most` bytes."""
    parts: list[bytes] = []
    count = used = 0
    while True:
        one = _one(memoryview(data)[used:], maker(), most - count)
        if one.trouble and used and data[used : used + 3] != data[:3]:  # what is behind the last is none
            return Unpacked(b"".join(parts), used)
        parts.append(one.data)
        count += len(one.data)
        used += one.used
        if one.trouble or one.more or not several or used >= len(data):
            return Unpacked(b"".join(parts), used, one.trouble, one.more)


def _one(data: memoryview, stream: Any, most: int) -> Unpacked:
    parts: list[bytes] = []
    count = at = 0
    rest = b""
    while not stream.eof and count <= most:
        given = rest
        if not rest and getattr(stream, "needs_input", True):
            given = bytes(data[at : at + _GIVEN])
            at += len(given)
        try:
            part = stream.decompress(given, min(_STEP, most + 1 - count))
        except Exception as error:  # each library has errors of its own
            return Unpacked(b"".join(parts), at, f"it is broken ({type(error).__name__})")
        if not part and not given and not stream.eof:
            return Unpacked(b"".join(parts), len(data), "it ends too early")
        rest = getattr(stream, "unconsumed_tail", b"")
        parts.append(part)
        count += len(part)
    if count > most:
        return Unpacked(b"".join(parts), at, more=True)
    return Unpacked(b"".join(parts), at - len(stream.unused_data))
