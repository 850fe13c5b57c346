"""Artifacts: files and directories by content hash, on the disk.

    <directory>/<first two digits>/<digest>        the file or directory itself
    <directory>/incoming/                          copies under way; what lies there means nothing

A copy becomes an artifact by one rename, after its bytes are on the disk.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from esclusa.core.errors import OutsideError, StateError, UsageError
from esclusa.core.evidence import Artifact

_BLOCK = 1 << 20


class Artifacts:
    """core.ports.ArtifactStore."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, path: Path, *, digest: str | None = None) -> Artifact:
        """Copy in. With a `digest`, the content must have it."""
        try:
            return self._put(path, digest)
        except OSError as error:
            raise OutsideError(
                f"{path} cannot be kept as an artifact: {error.strerror}: {error.filename}",
                mend=f"free some space around {self._directory}, and see who owns it",
            ) from error

    def path(self, digest: str) -> Path:
        path = self._place(digest)
        if not path.exists():
            raise StateError(
                f"artifact {digest[:12]} is gone", mend="run again what made it, without the cache"
            )
        return path

    def remove(self, digest: str) -> None:
        place = self._place(digest)
        if place.is_dir():
            # First out of sight, so that nobody finds half of it.
            aside = self._incoming() / place.name
            place.rename(aside)
            shutil.rmtree(aside.parent, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)

    def _put(self, path: Path, expected: str | None) -> Artifact:
        copy = self._incoming() / "copy"
        try:
            _copy(path, copy)
            digest = content_digest(copy)
            if expected not in (None, digest):
                raise StateError(f"{path} is not what it should be: {digest[:12]}, expected {expected}")
            place = self._place(digest)
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                _move(copy, place)
            kind = "inode/directory" if place.is_dir() else "application/octet-stream"
            return Artifact(digest=digest, path=str(place), media_type=kind)
        finally:
            shutil.rmtree(copy.parent, ignore_errors=True)

    def _place(self, digest: str) -> Path:
        if len(digest) != 64 or not digest.isalnum():
            raise StateError(f"{digest!r} is not an artifact's digest")
        return self._directory / digest[:2] / digest

    def _incoming(self) -> Path:
        incoming = self._directory / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=incoming))


def content_digest(path: Path) -> str:
    """SHA-256: of a plain file its bytes', as anybody would compute it; of a directory over the names, kinds,
    executable bits and bytes of all that is in it, and nothing else.
    """
    if path.is_file() and not _executable(path):
        return _bytes_digest(path)
    if path.is_file():
        return hashlib.sha256(b"program\0" + _bytes_digest(path).encode()).hexdigest()
    total = hashlib.sha256(b"directory\0")
    for entry in _entries(path):
        name = os.fsencode(entry.relative_to(path))
        if entry.is_symlink():
            kind, content = b"link", os.fsencode(os.readlink(entry))
        elif entry.is_dir():
            kind, content = b"directory", b""
        else:
            kind = b"program" if _executable(entry) else b"file"
            content = _bytes_digest(entry).encode()
        for part in (name, kind, content):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _bytes_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entries(directory: Path) -> Iterator[Path]:
    """All that is in a directory, in an order that depends on the names only."""
    for entry in sorted(directory.iterdir(), key=lambda entry: os.fsencode(entry.name)):
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from _entries(entry)


def _copy(source: Path, copy: Path) -> None:
    if not source.exists():
        raise UsageError(f"{source}: there is no such file or directory to keep")
    if source.is_file():
        _copy_file(source, copy)
        return
    copy.mkdir()
    for entry in _entries(source):
        target = copy / entry.relative_to(source)
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
        elif entry.is_dir():
            target.mkdir()
        elif entry.is_file():
            _copy_file(entry, target)
        else:
            raise UsageError(f"{entry} is neither a file nor a directory and cannot be kept")
    for directory in (
        copy,
        *(entry for entry in _entries(copy) if entry.is_dir() and not entry.is_symlink()),
    ):
        _sync(directory)


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("xb") as writing:
        shutil.copyfileobj(reading, writing, _BLOCK)
        os.fchmod(writing.fileno(), 0o555 if _executable(source) else 0o444)
        writing.flush()
        os.fsync(writing.fileno())


def _move(copy: Path, place: Path) -> None:
    try:
        copy.rename(place)
    except OSError:
        if not place.exists():  # else somebody else kept the same content in this very moment
            raise
    _sync(place.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
