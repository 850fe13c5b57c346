"""Pieces: what there is to look at, one by one; and what cannot be looked at, or is to be left out.

A piece is small enough to be held in memory. Whoever reads pieces yields an `Unseen` for all that it cannot
give, so that nothing is lost on the way in silence.
"""

from collections.abc import Iterable

import msgspec

from esclusa.core.scan import Unseen

LARGEST = 64 * 1024 * 1024
"""Bytes of one piece, unless said otherwise: of one file, and of one entry of an archive."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes and where they come from."""

    name: str
    """A path as it is shown: `src/agent.py`, `backup.zip!keys/id_rsa`."""
    data: bytes
    commit: str = ""
    """The commit that brought it, where it is not in the tree that is looked at."""
    line: int = 0
    """Of what was decoded from a text: the line (from 1) of `name` where that stands; 0: its own lines."""


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the project wants left out."""

    place: str
    pattern: str


Read = Piece | Unseen | Excluded
Source = Iterable[Read]
