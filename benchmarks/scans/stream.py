"""A stream of chance that is the same on every machine and Python: SHA-256 in counter mode, keyed by names.

Every value has its own stream, so that a template added beside others changes none of theirs. Not for
cryptography, though the keys drawn from it are real ones.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Stream:
    """Draws that depend on the names it was made with and on nothing else."""

    def __init__(self, *names: object) -> None:
        self._key = hashlib.sha256("\x1f".join(map(str, names)).encode()).digest()
        self._counter = 0
        self._held = b""

    def bytes(self, count: int) -> bytes:
        """The next bytes."""
        while len(self._held) < count:
            self._held += hashlib.sha256(self._key + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
        drawn, self._held = self._held[:count], self._held[count:]
        return drawn

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1, each as likely as the others."""
        size = (limit.bit_length() + 7) // 8
        ceiling = 256**size // limit * limit
        while (drawn := int.from_bytes(self.bytes(size), "big")) >= ceiling:
            pass
        return drawn % limit

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + self.below(most - least + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """One of these."""
        return items[self.below(len(items))]

    def text(self, alphabet: str, length: int) -> str:
        """So many letters of an alphabet."""
        return "".join(self.pick(alphabet) for _ in range(length))

    def digits(self, length: int) -> str:
        """A number of so many digits that does not begin with zero."""
        return self.pick("123456789") + self.text("0123456789", length - 1)

    def hexadecimal(self, length: int) -> str:
        """So many lower-case hexadecimal digits."""
        return self.text("0123456789abcdef", length)

    def uuid(self) -> str:
        """A random UUID (version 4)."""
        raw = bytearray(self.bytes(16))
        raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
