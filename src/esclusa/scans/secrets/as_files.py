"""Pieces as files, for programs that read those: they are laid out, a program is asked, and what it says is
placed in the pieces again.

Programs pass over what looks like an image, an archive or a lock file, by its name or its first bytes, and
say nothing of it. So no file has an ending but those that rules ask for, and each begins with an empty line.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import anyio

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.scans.piece import Piece

LONGEST = 600.0
"""Seconds for one batch of pieces."""
LARGEST = 256 * 1024 * 1024
"""Bytes of what a program says."""
_ENDINGS = (".yaml", ".yml", ".tf", ".hcl", ".php", "nuget.config")
"""What rules for files of one kind ask for."""
_NUMBER = re.compile(r"(?:\./)?(\d+)(?:[.n][a-z.]+)")


def asked(argv: Sequence[str], pieces: Sequence[Piece]) -> bytes:
    """What a program says of a directory with the pieces. OutsideError when it does not end well; it tells
    nothing of what the program printed."""
    with tempfile.TemporaryDirectory() as scratch:
        for number, piece in enumerate(pieces):
            name = piece.name.lower()
            ending = next((one for one in _ENDINGS if name.endswith(one)), ".txt")
            (Path(scratch) / f"{number}{ending}").write_bytes(b"\n" + piece.data)
        done = anyio.run(
            partial(
                shell.capture,
                argv,
                directory=scratch,
                variables=_environment(scratch),
                timeout=LONGEST,
                largest=LARGEST,
            )
        )
    program = Path(argv[0]).name
    if done.timed_out:
        raise OutsideError(f"{program} took too long")
    if done.overflowed:
        raise OutsideError(f"{program} said too much")
    if done.code:
        raise OutsideError(f"{program} ended with {done.code}")
    return done.output


def _environment(home: str) -> Mapping[str, str]:
    """Nothing of ours: no setting, and no secret."""
    return {"PATH": "/usr/bin:/bin", "HOME": home}


def piece_of(path: str, pieces: Sequence[Piece]) -> Piece:
    """The piece that was laid out there. LookupError if there is none."""
    number = _NUMBER.fullmatch(path)
    if number is None:
        raise LookupError(path)
    return pieces[int(number[1])]


def span(data: bytes, value: str, line: int) -> tuple[int, int]:
    """Where in a piece a value is that was caught in a line (from 1) of its file.

    A value that is not there as it was said, for it was no text, is taken to be all of its lines, so that
    nothing of it is shown.
    """
    start = _line(data, line - 1)
    exact = value.encode(errors="surrogateescape")
    at = data.find(exact, start)
    if exact and at >= 0:
        return at, at + len(exact)
    return start, _line(data, line + value.count("\n"))


def _line(data: bytes, number: int) -> int:
    """Where a line (from 1) begins, or the bytes end."""
    at = 0
    for _ in range(number - 1):
        found = data.find(b"\n", at)
        if found < 0:
            return len(data)
        at = found + 1
    return at
