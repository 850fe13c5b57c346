"""The only real clock, the only real randomness, and who we are among the processes of this machine."""

import asyncio
import os
import secrets
import socket
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"


class SystemClock:
    """The time as this machine has it (core.ports.Clock)."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def new_id(prefix: str) -> str:
    """`run-20261123-090344123-k7wp`: sorts by time, to the millisecond, and is nobody else's."""
    now = datetime.now(UTC)
    ending = "".join(secrets.choice(_LETTERS) for _ in range(5))
    return f"{prefix}-{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{ending}"


def new_secret() -> str:
    """64 hexadecimal digits that nobody guesses."""
    return secrets.token_hex(32)


def holder() -> str:
    """This process, as `pid@host:starttime`: told apart from a later one that got the same number."""
    return _holder(os.getpid())


def alive(holder: str) -> bool:
    """Whether the process that called itself so is still there. One of another host is taken to be."""
    number, _, rest = holder.partition("@")
    host, _, started = rest.rpartition(":")
    if not (number.isdecimal() and host and started):
        return False
    return host != socket.gethostname() or _started(int(number)) == started


@lru_cache(maxsize=1)
def _holder(pid: int) -> str:
    return f"{pid}@{socket.gethostname()}:{_started(pid)}"


def _started(pid: int) -> str:
    """When the process started, in clock ticks since boot; empty when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
