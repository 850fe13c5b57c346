"""Detectors: what looks at pieces for one kind of thing. Ours and other people's come through the same door.

Entry points of the group `esclusa.detectors` name a factory: settings in, detector out.

    class Badges:
        engine = Engine(name="badges", version="1")
        known = (Known(piece=Piece(name="known.txt", data=b"badge B-1234-X"), rule="badge"),)

        def find(self, pieces):
            for piece in pieces:
                for match in re.finditer(rb"B-[0-9]{4}-[A-Z]", piece.data):
                    start, end = match.span()
                    yield Hit(piece=piece, rule="badge", message="a badge number", start=start, end=end)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from esclusa.core.evidence import Severity
from esclusa.core.scan import Engine
from esclusa.scans.piece import Piece


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something found in a piece: the bytes [start, end) are the value itself, which is shown nowhere."""

    piece: Piece
    rule: str
    message: str
    """What it is, in words, without the value."""
    start: int
    end: int
    severity: Severity = "high"
    confidence: Literal["low", "medium", "high"] = "high"
    mend: str = ""
    advisory: bool = False
    """Said, and not counted."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A piece in which the detector has to find something by this rule, or it cannot be trusted."""

    piece: Piece
    rule: str


class Detector(Protocol):
    """Looks at pieces.

    It may also have `rules`, the names of all that it can find: then an acceptance on a line, by a rule that
    found nothing there, is said to accept nothing.
    """

    @property
    def engine(self) -> Engine:
        """What it is, with its version and what it knows."""
        ...

    @property
    def known(self) -> Sequence[Known]:
        """Looked at before each scan: a miss makes the scan an error."""
        ...

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them. Pieces come in batches, so that a program is started once for many.

        NotInstalled (when it is built) if what it needs is not there. Anything else that is raised makes the
        scan an error. OutsideError is shown with its words; of others only the name, for nobody knows what
        they hold.
        """
        ...


DetectorFactory = Callable[[Mapping[str, Any]], Detector]


class NotInstalled(Exception):
    """What a detector needs is not there: what, and how to install it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
