"""Gitleaks: a program that is given the pieces as files and says what is there.

Its comments that allow a line are not heeded, and neither are its settings in files or variables. Betterleaks
installs itself under the same name too; that is not taken for it.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.as_files import Laid, asked
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import stands_for_one

PROGRAM = "gitleaks"
SINCE = (8, 27)
"""The first version that is asked in these words. What betterleaks calls gitleaks is older by its number."""
_WORDS = (
    *("dir", ".", "--ignore-gitleaks-allow", "--max-decode-depth", "0", "--max-archive-depth", "0"),
    *("--report-format", "json", "--report-path", "-", "--exit-code", "0"),
    *("--no-banner", "--no-color", "--log-level", "error"),
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)[.\w-]*")


class Found(msgspec.Struct, frozen=True):
    """One finding, as it writes it."""

    rule_id: str = msgspec.field(name="RuleID")
    secret: str = msgspec.field(name="Secret")
    file: str = msgspec.field(name="File")
    start_line: int = msgspec.field(name="StartLine")
    """0: the file itself is what it found."""


class Gitleaks:
    """Starts it once for each batch."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        self._program, version = _found()
        self.engine = Engine(name=PROGRAM, version=version)
        # Put together here, so that this file has none in it.
        token = "ghp_" + "k3Zp9QwX" * 4 + "a1B2"
        self.known = (Known(piece=Piece(name="known.txt", data=token.encode()), rule="github-pat"),)

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them. OutsideError when it does not end well."""
        yield from hits(asked((self._program, *_WORDS), pieces), pieces)


def hits(output: bytes, pieces: Sequence[Piece]) -> Iterator[Hit]:
    """What its report says of the pieces. OutsideError when it is no report."""
    laid = Laid(pieces)
    try:
        for found in msgspec.json.decode(output, type=list[Found]):
            if not stands_for_one(found.secret):
                yield _hit(found, laid)
    except (msgspec.DecodeError, LookupError):
        # Without what was wrong, for that quotes the report.
        raise OutsideError(f"{PROGRAM} wrote a report that cannot be read") from None


def _hit(found: Found, laid: Laid) -> Hit:
    piece, start, end = laid.place(found.file, found.secret, found.start_line)
    return Hit(
        piece=piece,
        rule=found.rule_id,
        message=f"a secret of the form {found.rule_id}",
        start=start,
        end=end,
        confidence="medium",
        mend=ROTATE,
    )


def _found() -> tuple[str, str]:
    """The first program of that name that is it, and its version. NotInstalled."""
    directories = [*os.environ.get("PATH", os.defpath).split(os.pathsep), str(Path(sys.executable).parent)]
    for directory in filter(os.path.isabs, dict.fromkeys(directories)):
        program = shutil.which(PROGRAM, path=directory)
        version = _VERSION.fullmatch(_version(program)) if program else None
        if program and version and (int(version[1]), int(version[2])) >= SINCE:
            return program, version[0]
    since = ".".join(map(str, SINCE))
    raise NotInstalled(f"{PROGRAM} {since} or later", "https://github.com/gitleaks/gitleaks/releases")


def _version(program: str) -> str:
    done = anyio.run(partial(shell.capture, (program, "version"), directory="/", timeout=30.0, largest=4096))
    return done.output.decode(errors="replace").strip() if not done.code else ""
