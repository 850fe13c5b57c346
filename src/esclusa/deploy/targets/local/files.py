"""Files that are read after a crash: written at one stroke, found whole or not at all."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from esclusa.core.errors import OutsideError

PATIENCE = 60.0
"""Seconds to wait for somebody else to have done; it takes far less."""


def replace_file(path: Path, data: bytes, *, private: bool = False, durable: bool = True) -> None:
    """Write beside it, sync, rename. Whoever reads `path` sees the old bytes or the new ones.

    What is not `durable` is not synced, and may be torn after a power cut: only for what is checked, and
    made again from what is durable, before it is read then.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    if not durable:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def private_directory(path: Path) -> Path:
    """A directory that only we can enter, made if need be. PermissionError if it is somebody else's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or path.is_symlink():
        raise PermissionError(f"{path} belongs to somebody else")
    if status.st_mode & 0o077:
        path.chmod(0o700)
    return path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be alone for a moment. OutsideError when somebody else will not have done: a process that stands still
    must be seen, not waited for without end."""
    with open(path, "a+") as file:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise OutsideError(
                        f"another process has held {path} for {PATIENCE:.0f} s",
                        mend="a stopped process may hold it: find it with fuser, let it go on or end it",
                    ) from None
                time.sleep(0.005)
        yield


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(line[:500] for line in text.splitlines()[-lines:])
