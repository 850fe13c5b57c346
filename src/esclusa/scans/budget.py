"""How much is unpacked of one file, whatever lies in what."""

import msgspec

from esclusa.scans.piece import LARGEST
from esclusa.scans.shown import size


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far archives are opened."""

    largest: int = LARGEST
    """Bytes of one entry."""
    total: int = 256 * 1024 * 1024
    """Bytes of all that one file unpacks to, archives inside it too."""
    entries: int = 10_000
    """How many there may be in one file, archives inside it too."""
    depth: int = 4
    """How many archives may lie in one another."""
    ratio: int = 500
    """How many times its packed size an entry may be, if it is larger than `spared`."""
    spared: int = 8 * 1024 * 1024


class Spent(Exception):
    """No more of the file is unpacked: why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Budget:
    """What may still be unpacked of one file."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._entries = limits.entries
        self._total = limits.total

    def entry(self) -> None:
        """One more entry; Spent when there are too many."""
        self._entries -= 1
        self.spend(0)
        if self._entries < 0:
            raise Spent(f"it has more than {self.limits.entries:,} entries, and the rest was not looked at")

    def spend(self, count: int) -> None:
        """So many bytes were unpacked; Spent when they are too many."""
        self._total -= count
        if self._total < 0:
            raise Spent(f"it unpacks to more than {size(self.limits.total)}, and the rest was not looked at")

    def refusal(self, count: int, packed: int) -> str:
        """Why an entry of so many bytes, or more, is not looked at; empty if it is."""
        if count > self.limits.largest:
            return f"it unpacks to more than the {size(self.limits.largest)} that are looked at"
        if count > self.limits.spared and count > self.limits.ratio * packed:
            return f"it unpacks to more than {self.limits.ratio} times its size, like a bomb"
        return ""
