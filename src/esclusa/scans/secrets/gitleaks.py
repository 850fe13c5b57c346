"""Gitleaks: a program that is given the pieces as files and says what is there.

Its comments that allow a line are not heeded, and neither are its settings in files or variables.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import anyio
import msgspec

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.as_files import asked, piece_of, span
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import stands_for_one

PROGRAM = "gitleaks"
_WORDS = (
    *("dir", ".", "--ignore-gitleaks-allow", "--max-decode-depth", "0", "--max-archive-depth", "0"),
    *("--report-format", "json", "--report-path", "-", "--exit-code", "0"),
    *("--no-banner", "--no-color", "--log-level", "error"),
)


class Found(msgspec.Struct, frozen=True, rename="pascal"):
    """One finding, as it writes it."""

    rule_id: str = msgspec.field(name="RuleID")
    secret: str
    file: str
    start_line: int


class Gitleaks:
    """Starts it once for each batch."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        found = shutil.which(PROGRAM)
        if found is None:
            raise NotInstalled(PROGRAM, "install it from https://github.com/gitleaks/gitleaks/releases")
        self._program = found
        self.engine = Engine(name=PROGRAM, version=_version(found))
        # Put together here, so that this file has none in it.
        token = "ghp_" + "k3Zp9QwX" * 4 + "a1B2"
        self.known = (Known(piece=Piece(name="known.txt", data=token.encode()), rule="github-pat"),)

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them. OutsideError when it does not end well."""
        yield from hits(asked((self._program, *_WORDS), pieces), pieces)


def hits(output: bytes, pieces: Sequence[Piece]) -> Iterator[Hit]:
    """What its report says of the pieces. OutsideError when it is no report."""
    try:
        found = [(one, piece_of(one.file, pieces)) for one in msgspec.json.decode(output, type=list[Found])]
    except (msgspec.DecodeError, LookupError):
        # Without what was wrong, for that quotes the report.
        raise OutsideError(f"{PROGRAM} wrote a report that cannot be read") from None
    for one, piece in found:
        if stands_for_one(one.secret):
            continue
        start, end = span(piece.data, one.secret, one.start_line)
        yield Hit(
            piece=piece,
            rule=one.rule_id,
            message=f"a secret of the form {one.rule_id}",
            start=start,
            end=end,
            confidence="medium",
            mend=ROTATE,
        )


def _version(program: str) -> str:
    done = anyio.run(partial(shell.capture, (program, "version"), directory="/", timeout=30.0, largest=4096))
    return done.output.decode(errors="replace").strip() if not done.code else ""
