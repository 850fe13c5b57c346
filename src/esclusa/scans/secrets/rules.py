"""Our own detector of secrets: known forms (`tokens`), values behind names (`named`), what has a place of its
own (`places`: private keys, passwords in addresses, headers), and long drawn texts (`unnamed`).

It finds what the rules of others miss: names in Spanish, lone keys, passwords that people chose, and whatever
has a name that says what it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from esclusa import __version__
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.examples import is_example
from esclusa.scans.secrets.named import named
from esclusa.scans.secrets.names import PROGRAMS
from esclusa.scans.secrets.places import PLACES, places
from esclusa.scans.secrets.tables import tables
from esclusa.scans.secrets.tokens import table, tokens
from esclusa.scans.secrets.unnamed import unnamed

ROTATE = "revoke it where it was issued, for it stays in history; then hand it in from outside"
_JOINTS = re.compile(r"[.:/$]")
_WHAT = {"password": "a password", "key": "a secret value"}


class Rules:
    """Looks by them."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.engine = Engine(name="rules", version=__version__)
        forms = (*(token.id for token in table()), *(place.id for place in PLACES))
        self.rules = frozenset((*forms, *(f"named-{sort}" for sort in _WHAT), "unnamed-value"))
        # Put together here, so that this file has none in it.
        token, password = "ghp_" + "k3Zp9QwX" * 5, "Tundra" + "42-marlin"
        self.known = (
            Known(piece=Piece(name="known.txt", data=f"see {token}\n".encode()), rule="github-token"),
            Known(
                piece=Piece(name="known.env", data=f"DB_PASSWORD={password}\n".encode()),
                rule="named-password",
            ),
        )

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them."""
        for piece in pieces:
            yield from _in(piece)


def _in(piece: Piece) -> Iterator[Hit]:
    data = piece.data
    for token, start, end in tokens(data):
        yield Hit(
            piece=piece,
            rule=token.id,
            message=token.what,
            start=start,
            end=end,
            severity=token.severity,
            mend=token.mend or ROTATE,
        )
    for place, start, end in places(data):
        if is_example(data[start:end].decode(errors="replace"), piece.name):
            continue
        yield Hit(piece=piece, rule=place.id, message=place.what, start=start, end=end, mend=ROTATE)
    program = piece.name.lower().endswith(PROGRAMS)
    for name, sort, start, end in chain(named(data, program), tables(data, piece.name)):
        if is_example(data[start:end].decode(errors="replace"), piece.name):
            continue
        yield Hit(
            piece=piece,
            rule=f"named-{sort}",
            message=f"{_WHAT[sort]}, behind the name `{_last(name)}`",
            start=start,
            end=end,
            confidence="medium",
            mend=ROTATE,
        )
    for start, end in unnamed(data, program):
        yield Hit(
            piece=piece,
            rule="unnamed-value",
            message="a text that a machine drew, which may be a secret",
            start=start,
            end=end,
            severity="medium",
            confidence="low",
            mend=f"if it is none, accept it; else {ROTATE}",
        )


def _last(name: str) -> str:
    """The last word of a name alone: what stands before it in an address may be a secret too."""
    return _JOINTS.split(name)[-1][-40:]
