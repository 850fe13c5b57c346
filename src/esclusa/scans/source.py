"""The source of a request."""

from collections.abc import Iterator
from pathlib import Path

from esclusa.scans.piece import Piece, Read
from esclusa.scans.request import Request


def source(request: Request) -> Iterator[Read]:
    """Every file."""
    root = Path(request.root)
    for path in sorted(root.rglob("*")):
        if path.is_file() and ".git" not in path.relative_to(root).parts:
            yield Piece(name=path.relative_to(root).as_posix(), data=path.read_bytes())
