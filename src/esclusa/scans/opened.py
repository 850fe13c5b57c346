"""Pieces opened: each one, and then what is inside it, archives in archives and base64 in texts.

Of an archive itself only what none of its entries says is looked at (names, comments, what hides in between),
so that nothing is found twice.
"""

from collections.abc import Iterator

import msgspec

from esclusa.core.scan import Unseen
from esclusa.scans import archives
from esclusa.scans.budget import Budget, Limits
from esclusa.scans.encoded import as_utf8, decoded
from esclusa.scans.member import Member, rest
from esclusa.scans.piece import Piece, Read, Source

__all__ = ["LAYERS", "Limits", "opened"]

LAYERS = 2
"""How often base64 is decoded inside base64."""
_WHOLE = Limits()


def opened(source: Source, limits: Limits = _WHOLE) -> Iterator[Read]:
    """Everything of a source, with what is inside it. Nothing is written anywhere."""
    for read in source:
        if isinstance(read, Piece):
            yield from _opened(read, Budget(limits), 0, LAYERS)
        else:
            yield read


def _opened(piece: Piece, budget: Budget, depth: int, layers: int) -> Iterator[Read]:
    kind = archives.kind_of(piece.data)
    if not kind:
        yield from _text(piece, budget, depth, layers)
    elif depth == budget.limits.depth:
        yield piece
        why = f"more than {depth} archives lie in one another"
        yield _unseen(piece, Member(name="", why=why))
    else:
        yield from _archive(kind, piece, budget, depth, layers)


def _archive(kind: str, piece: Piece, budget: Budget, depth: int, layers: int) -> Iterator[Read]:
    covered = []
    first = True
    for member in archives.members(kind, piece.data, piece.name, budget):
        if first and archives.misnamed(piece.data, member):
            yield from _text(piece, budget, depth, layers)
            return
        first = False
        if member.span:
            covered.append(member.span)
        yield from _member(piece, member, budget, depth, layers)
        if member.why:
            yield _unseen(piece, member)
    # SQLite keeps what was deleted, and a broken one all there is.
    yield msgspec.structs.replace(piece, data=rest(piece.data, covered))


def _member(piece: Piece, member: Member, budget: Budget, depth: int, layers: int) -> Iterator[Read]:
    if member.data is None or (member.why and not member.data):
        return
    if member.name:
        name = f"{piece.name}!{member.name}"
        inner = msgspec.structs.replace(piece, name=name, data=member.data)
        yield from _opened(inner, budget, depth + 1, layers)
    else:  # of the archive itself
        yield msgspec.structs.replace(piece, data=member.data)


def _text(piece: Piece, budget: Budget, depth: int, layers: int) -> Iterator[Read]:
    text = as_utf8(piece.data)
    piece = piece if text is piece.data else msgspec.structs.replace(piece, data=text)
    yield piece
    if layers:
        for line, data in decoded(text, archives.surely):
            inner = msgspec.structs.replace(piece, data=data, line=piece.line or line)
            yield from _opened(inner, budget, depth, layers - 1)


def _unseen(piece: Piece, member: Member) -> Unseen:
    place = f"{piece.name}!{member.name}" if member.name else piece.name
    return Unseen(place=place, why=member.why, mend=member.mend)
