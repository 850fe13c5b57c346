"""Looking at real processes from a test."""

import time
from collections.abc import Callable
from pathlib import Path


def living(pid: int) -> bool:
    """Whether the process is there, and not only waits to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:
        return False
    return state not in (b"Z", b"X")


def wait_until(so: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return as soon as it is so; AssertionError if it never is."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def numbers_in(directory: Path, count: int) -> list[int]:
    """The process numbers that programs of a test have written, each into a file `*.pid`, once all are there."""

    def found() -> list[int]:
        return [int(text) for path in directory.glob("*.pid") if (text := path.read_text().strip())]

    wait_until(lambda: len(found()) >= count)
    return found()
