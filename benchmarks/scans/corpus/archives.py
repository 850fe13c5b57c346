"""Archives whose bytes do not depend on a build of zlib: deflate with fixed codes alone (RFC 1951, 3.2.6).

Every unpacker reads them, and no secret stands in them in plain.
"""

import io
import json
import pickle
import struct
import tarfile
import zlib
from collections.abc import Mapping

_MODIFIED = 1_767_225_600
"""Of every member: the first second of 2026."""
_DOS_DATE = (2026 - 1980) << 9 | 1 << 5 | 1


def deflated(data: bytes) -> bytes:
    """One final block of literals."""
    bits, count = 0b011, 3
    out = bytearray()
    for value in (*data, 256):
        code, length = _code(value)
        for place in reversed(range(length)):
            bits, count = bits | (code >> place & 1) << count, count + 1
        while count >= 8:
            out.append(bits & 255)
            bits, count = bits >> 8, count - 8
    out.append(bits & 255)
    return bytes(out)


def _code(value: int) -> tuple[int, int]:
    if value < 144:
        return 0x30 + value, 8
    return (0x190 + value - 144, 9) if value < 256 else (0, 7)


def gzipped(data: bytes) -> bytes:
    """RFC 1952 without a name."""
    head = struct.pack("<4sIBB", b"\x1f\x8b\x08\x00", _MODIFIED, 0, 3)
    return head + deflated(data) + struct.pack("<II", zlib.crc32(data), len(data))


def tarred(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz of these members, in this order."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), _MODIFIED
            archive.addfile(info, io.BytesIO(data))
    return gzipped(held.getvalue())


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A .zip of these members, in this order (APPNOTE 4.3)."""
    out, directory = bytearray(), bytearray()
    for name, data in members.items():
        packed, path = deflated(data), name.encode()
        sizes = struct.pack("<IIIHH", zlib.crc32(data), len(packed), len(data), len(path), 0)
        common = struct.pack("<HHHHH", 20, 0x800, 8, 0, _DOS_DATE) + sizes
        directory += b"PK\x01\x02" + struct.pack("<H", 0x0314) + common
        directory += struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, len(out)) + path
        out += b"PK\x03\x04" + common + path + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def pickled(text: str) -> bytes:
    """The pickle (protocol 4) of what a JSON text says."""
    return pickle.dumps(json.loads(text), protocol=4)
