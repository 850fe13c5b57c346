"""Pieces as files, for programs that read those: they are laid out, a program is asked, and what it says is
placed in the pieces again.

Programs pass over what looks like an image, an archive or a lock file, by its name or its first bytes, and
say nothing of it. So no file has an ending but those that their rules ask for, and each begins with an empty
line.
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
NEAR = 65_536
"""Bytes behind the line that a program names in which a value begins, at most: some name the line of what
leads to it."""
_OF_PROGRAMS = (
    *(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".cs", ".dart", ".ex", ".exs", ".fs", ".fsx", ".go"),
    *(".groovy", ".java", ".js", ".jsx", ".mjs", ".cjs", ".kt", ".kts", ".lua", ".m", ".mm", ".php", ".pl"),
    *(
        ".pm",
        ".py",
        ".pyw",
        ".r",
        ".rake",
        ".rb",
        ".rs",
        ".scala",
        ".sql",
        ".swift",
        ".ts",
        ".tsx",
        ".vb",
        ".vue",
    ),
)
"""In the source of a program a value without quotes is none."""
_ENDINGS = (".yaml", ".yml", ".tf", ".tfvars", ".hcl", ".p12", ".pfx", "nuget.config", *_OF_PROGRAMS)
"""What rules for files of one kind ask for."""
_NUMBER = re.compile(r"(?:\./)?(\d+)[.n][a-z0-9.+]+")


def asked(argv: Sequence[str], pieces: Sequence[Piece]) -> bytes:
    """What a program says of a directory with the pieces. OutsideError when it does not end well; it tells
    nothing of what the program printed."""
    with tempfile.TemporaryDirectory() as scratch:
        home, files = Path(scratch) / "home", Path(scratch) / "files"
        home.mkdir()
        files.mkdir()
        for number, piece in enumerate(pieces):
            name = piece.name.lower()
            ending = next((one for one in _ENDINGS if name.endswith(one)), ".txt")
            (files / f"{number}{ending}").write_bytes(b"\n" + piece.data)
        done = anyio.run(
            partial(
                shell.capture,
                argv,
                directory=files,
                variables=_environment(home),
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


def _environment(home: Path) -> Mapping[str, str]:
    """Nothing of ours: no setting, and no secret."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home)}


class Laid:
    """Pieces that were laid out, and where in them a value is that a program names by file and line."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._starts: dict[int, list[int]] = {}

    def place(self, path: str, value: str, line: int) -> tuple[Piece, int, int]:
        """The piece, and the bytes that are the value. LookupError if no such file was laid out.

        `line` is the file's, from 1; with 0 the finding is all of the file. A value that is not there as it
        was said, for it was no text, is taken to be all of its lines, so that nothing of it is shown.
        """
        number = _NUMBER.fullmatch(path)
        if number is None:
            raise LookupError(path)
        piece = self._pieces[int(number[1])]
        return piece, *self._span(int(number[1]), value, line)

    def _span(self, number: int, value: str, line: int) -> tuple[int, int]:
        data, starts = self._pieces[number].data, self._lines(number)
        if line < 1:
            return 0, len(data)

        def begins(of: int) -> int:
            return starts[max(0, of)] if of < len(starts) else len(data)

        # The file has an empty line before what the piece has: its line 2 is the first here.
        start, end = begins(line - 2), begins(line - 1 + value.count("\n"))
        exact = value.encode(errors="surrogatepass")
        at = data.find(exact, start, max(end, start + NEAR) + len(exact)) if exact else -1
        return (at, at + len(exact)) if at >= 0 else (start, end)

    def _lines(self, number: int) -> list[int]:
        """Where lines begin, counted once for each piece."""
        if number not in self._starts:
            ends = re.finditer(b"\n", self._pieces[number].data)
            self._starts[number] = [0, *(end.end() for end in ends)]
        return self._starts[number]
