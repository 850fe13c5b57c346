"""Inspect's packed logs: a `.eval` file is a ZIP archive of the log's header and a JSON text for each sample.

It is put together again as the log would be in its JSON form. Nothing is unpacked to disk, and of what an
archive holds only the header and the samples are looked at, whatever else it may be called. Archives of today
are compressed by Zstandard, which needs the extra `inspect`; older ones are not.
"""

import io
import re
import struct
import zipfile
import zlib
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports.part import parsed

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How an archive begins, and how an empty one does."""
MOST_ENTRIES = 250_000
MOST_ENTRY = 64 * 2**20
"""Bytes of one unpacked entry."""
MOST_UNPACKED = 512 * 2**20
"""Bytes of all of them."""
HEADER = "header.json"
START = "_journal/start.json"
"""What stands in for the header where the run was broken off."""
CONVERT = "inspect log convert {} --to json --output-dir ..."

_SAMPLE = re.compile(r"samples/.*_epoch_\d+(?:\.json|/sample\.json)", re.DOTALL)
_READ = ("id", "epoch", "input", "target", "scores", "error", "working_time", "total_time", "model_usage")
_ENTRY = b"PK\x01\x02"
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What `zipfile` unpacks no further than it is told to; other ways are not Inspect's."""
_ZSTD = 93
_LOCAL = 30
"""Bytes before an entry's name."""


def document(data: bytes, file: str) -> dict[str, Any]:
    """The log that the archive holds, with what is read of its samples.

    ConfigurationError if it is torn, is no log, or holds more than it may.
    """
    if data.count(_ENTRY) > MOST_ENTRIES:
        raise ConfigurationError(f"it holds more than {MOST_ENTRIES} entries", file=file)
    try:
        with _opened(data) as archive:
            # Under one name the last entry counts, as with Inspect: a sample asked again is appended.
            entries = {entry.filename: entry for entry in archive.infolist()}
            return _log(_Unpacked(data, archive, file), entries, file)
    except zipfile.BadZipFile as error:
        raise ConfigurationError(
            f"the archive is torn: {error}",
            file=file,
            mend="a run of Inspect that is still going, or a copy that was broken off, writes such a file",
        ) from None


def _opened(data: bytes) -> zipfile.ZipFile:
    """BadZipFile whatever it is that cannot be made out in its directory."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (NotImplementedError, OSError, OverflowError, ValueError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from None


def _log(unpacked: "_Unpacked", entries: dict[str, zipfile.ZipInfo], file: str) -> dict[str, Any]:
    head = entries.get(HEADER) or entries.get(START)
    if head is None:
        raise ConfigurationError(
            "it is an archive, and no log of Inspect", file=file, mend=f"what is read has a {HEADER}"
        )
    log = _mapping(unpacked.read(head), f"{file}/{head.filename}")
    samples = [
        {key: sample[key] for key in _READ if key in sample}
        for name, entry in entries.items()
        if _SAMPLE.fullmatch(name)
        for sample in (_mapping(unpacked.read(entry), f"{file}/{name}"),)
    ]
    return {"status": "started", **log, "samples": samples}


def _mapping(data: bytes, file: str) -> dict[str, Any]:
    value = parsed(data, file)
    if not isinstance(value, dict):
        raise ConfigurationError("expected a mapping", file=file)
    return value


class _Unpacked:
    """The entries of an archive, until they are more than is allowed."""

    def __init__(self, data: bytes, archive: zipfile.ZipFile, file: str) -> None:
        self._data = data
        self._archive = archive
        self._file = file
        self._left = MOST_UNPACKED

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """One of them, unpacked no further than it may go."""
        most = min(MOST_ENTRY, self._left)
        try:
            if entry.flag_bits & 1:
                raise self._error(entry, "it is encrypted")
            if entry.compress_type == _ZSTD:
                unpacked = self._zstd(entry, most)
            elif entry.compress_type in _BOUNDED:
                with self._archive.open(entry) as packed:
                    unpacked = packed.read(most + 1)
            else:
                raise self._error(entry, "it is compressed in a way that is not Inspect's")
        except (NotImplementedError, zlib.error, EOFError, OSError, ValueError) as error:
            raise zipfile.BadZipFile(f"{entry.filename} cannot be unpacked: {error}") from None
        if len(unpacked) > most:
            what = "it is" if most == MOST_ENTRY else "the archive's entries are together"
            limit = MOST_ENTRY if most == MOST_ENTRY else MOST_UNPACKED
            raise self._error(entry, f"{what} larger than {limit // 2**20} MiB when unpacked")
        self._left -= len(unpacked)
        return unpacked

    def _zstd(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        """An entry that `zipfile` knows only from Python 3.14 on."""
        try:
            from backports import zstd
        except ImportError:
            raise self._error(
                entry,
                "it is compressed by Zstandard",
                mend=f"pip install 'esclusa[inspect]'; or {CONVERT.format(self._file)}",
            ) from None
        try:
            with zstd.open(io.BytesIO(self._raw(entry))) as packed:
                unpacked = packed.read(most + 1)
        except zstd.ZstdError as error:
            raise zipfile.BadZipFile(f"{entry.filename} cannot be unpacked: {error}") from None
        if len(unpacked) <= most and zlib.crc32(unpacked) != entry.CRC:
            raise zipfile.BadZipFile(f"{entry.filename} is not what was packed")
        return unpacked

    def _raw(self, entry: zipfile.ZipInfo) -> bytes:
        """The compressed bytes, which stand behind a second header with lengths of its own."""
        local = self._data[entry.header_offset : entry.header_offset + _LOCAL]
        if len(local) < _LOCAL or local[:4] != ZIP[0]:
            raise zipfile.BadZipFile(f"{entry.filename} is not where the archive says")
        begin = (
            entry.header_offset
            + _LOCAL
            + sum(int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
        )
        return self._data[begin : begin + entry.compress_size]

    def _error(self, entry: zipfile.ZipInfo, problem: str, mend: str = "") -> ConfigurationError:
        return ConfigurationError(problem, file=f"{self._file}/{entry.filename}", mend=mend)
