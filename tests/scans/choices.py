"""Choices for a property that tries very many inputs, all taken from one draw of bytes.

What hypothesis does for each draw costs it more than what is tried with them: an input out of ten draws took four
times as long to make up. Bytes are made smaller like anything else it draws, so what fails is still told short.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choices:
    """One after another; when the bytes are used up, always the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __repr__(self) -> str:
        return f"Choices({self._data!r})"

    def below(self, bound: int) -> int:
        """A number from 0; at most 65,536 of them."""
        size = 1 if bound <= 256 else 2
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at]) % bound

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.below(len(of))]

    def part(self, of: bytes, longest: int) -> bytes:
        """Some bytes that stand in others."""
        start = self.below(len(of))
        return of[start : start + self.below(longest + 1)]

    def damaged(self, data: bytes) -> bytes:
        """The same, cut, or with some of it left out, put in again or overwritten; at one to four places."""
        made = bytearray(data)
        for _ in range(1 + self.below(4)):
            how, size, at = self.below(7), self.below(256), self.below(max(1, len(made)))
            if how == 0:
                made[at : at + 1] = bytes((size,))
            elif how == 1:
                made[at : at + size % 40] = b""
            elif how == 2:
                made[at:at] = made[at : at + size]
            elif how == 3:
                made[at : at + 4] = b"\xff" * 4
            elif how == 4:
                del made[at:]
            elif how == 5:
                made[at : at + size % 9] = self.one(STRANGE)
            else:
                made[at:at] = bytes((size,))
        return bytes(made)


STRANGE = (
    *(
        one.encode()
        for one in ("\0", "\x85", "\u2028", "\ufeff", "ñ", "ﬁ", "🜁", "\x1b[0m", "\r", "\n", "\\", '"')
    ),
    *(
        b"\xff",
        b"\xc3",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"0",
        b"-1",
        b"1e999",
        b"9" * 30,
        b"null",
        b"true",
        b"[]",
    ),
    *(b"{}", b'""', b"'", b"=", b"==", b"*", b"#", b"@", b"/", b" ", b"&a", b"*a", b"!!", b"%", b"\t"),
)
"""What foreign texts break at: marks of their languages, letters of several bytes, none at all, no numbers."""

choices = st.binary(min_size=24, max_size=24).map(Choices)
