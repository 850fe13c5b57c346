"""Our own detector of personal data: entities by their forms, check digits, and the words around them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from esclusa import __version__
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known
from esclusa.scans.piece import Piece
from esclusa.scans.pii.births import BIRTHS
from esclusa.scans.pii.contact import CONTACT
from esclusa.scans.pii.entity import Entity
from esclusa.scans.pii.numbered import NUMBERED
from esclusa.scans.pii.plates import PLATES
from esclusa.scans.spans import Apart, in_bytes

ENTITIES: tuple[Entity, ...] = (*NUMBERED, *BIRTHS, *PLATES, *CONTACT)
"""In the order in which they are looked for: what is told surely comes first, and nothing is told twice."""
MEND = "take it out, or replace it by what is nobody's; it stays in history"


class PersonalData:
    """Looks for all of them."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.engine = Engine(name="personal-data", version=__version__)
        self.rules = frozenset(one.name for one in ENTITIES)
        # Put together here, so that this file has none in it.
        letter = "TRWAGMYFPDXBNJZSQVHLCKE"[48120371 % 23]
        self.known = (
            Known(piece=Piece(name="known.txt", data=f"DNI 48.120.371-{letter}".encode()), rule="dni"),
            Known(
                piece=Piece(name="known.en", data=b"write to ana.ruiz" + b"@" + b"gmail.com"), rule="email"
            ),
        )

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them."""
        for piece in pieces:
            text = piece.data.decode("utf-8", "surrogateescape")
            found = sorted(entities(text), key=lambda one: one[1:])
            spans = in_bytes(text, (one[1:] for one in found))
            for (entity, *_), (start, end) in zip(found, spans, strict=True):
                yield Hit(
                    piece=piece,
                    rule=entity.name,
                    message=entity.what,
                    start=start,
                    end=end,
                    severity=entity.severity,
                    confidence=entity.confidence,
                    mend=MEND,
                )


def entities(text: str) -> Iterator[tuple[Entity, int, int]]:
    """Where personal data stands in a text, none over another."""
    taken = Apart()
    for entity in ENTITIES:
        for start, end in entity.spans(text):
            if taken.add(start, end):
                yield entity, start, end
