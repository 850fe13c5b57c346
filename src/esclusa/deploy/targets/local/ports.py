"""Ports: free ones below those the kernel gives away, and a lock for each that the whole machine shares."""

import socket
from collections.abc import Iterator
from pathlib import Path

from esclusa.deploy.targets.local import launcher

LOWEST = 10_000
HIGHEST = 32_767


def free_ports(seed: int) -> Iterator[int]:
    """Ports that nobody has, beginning somewhere that `seed` decides, so that two seldom try the same."""
    ports = range(LOWEST, max(LOWEST + 1000, min(HIGHEST, _ephemeral() - 1)))
    for step in range(len(ports)):
        port = ports[(seed + step) % len(ports)]
        if not taken(port):
            yield port


def taken(port: int, address: str = "127.0.0.1") -> str:
    """Who has a port, in words; empty when nobody has."""
    lock = launcher.port_lock(port)
    if lock is None:
        return launcher.port_holder(port)
    with lock, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((address, port))
            trying.listen(1)
        except PermissionError:
            return "the system: ports below 1024 need its permission"
        except OSError:
            return _listener(port)
    return ""


def _ephemeral() -> int:
    """Where the kernel's own choice begins."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        return HIGHEST + 1


def _listener(port: int) -> str:
    """The process that listens on a port, as far as we may see it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                    words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                    return f"process {process.name} ({words.strip()[:200]})"
            except OSError:
                continue
    return "a process of another user"
