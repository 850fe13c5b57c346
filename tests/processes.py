"""Looking at real processes from a test."""

import os
import time
from collections.abc import Callable, Iterable
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


def listening(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Address, as the kernel writes it, and port of every internet socket on which they take connections."""
    mine = set()
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                mine.add(os.readlink(file))
            except OSError:
                continue
    found = set()
    for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == state and f"socket:[{words[9]}]" in mine:
                address, _, port = words[1].partition(":")
                found.add((address, int(port, 16)))
    return found


LOOPBACK = "0100007F"
"""127.0.0.1, as the kernel writes it."""
