"""Copies of the files in a directory of their own, under names that are ours."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from esclusa.scans.piece import Piece
from esclusa.scans.workflows.files import COPIES, Sort
from esclusa.scans.workflows.linter import Linter

Files = Sequence[tuple[Sort, Piece]]


def lay(directory: Path, files: Files, linters: Sequence[Linter]) -> Mapping[str, Piece]:
    """Writes them, and what each linter has to find; the pieces by the names of their copies."""
    by_copy = {}
    for number, (sort, piece) in enumerate(files):
        copy = f"{number}/{COPIES[sort]}"
        _write(directory / copy, piece.data)
        by_copy[copy] = piece
    for linter in linters:
        _write(directory / known(linter), linter.known.text.encode())
    return by_copy


def known(linter: Linter) -> str:
    """The name of the file in which the linter has to find something."""
    return f"known-{linter.distribution}/{COPIES[linter.known.sort]}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
