"""VEX files: what they say, and what of them nobody can go by."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.locks.texts import read_json
from esclusa.scans.dependencies.package import Problem
from esclusa.scans.dependencies.vex import csaf, cyclonedx, openvex
from esclusa.scans.dependencies.vex.statement import Statement, Unclear
from esclusa.scans.piece import Piece
from esclusa.scans.tree import read_file

LARGEST = 50_000_000
"""Bytes of one file."""
_FORMATS = (openvex, cyclonedx, csaf)
_CORRECT = "correct `vex`, or what writes the file"
_SAY = "say it whole: of what, why, who says so, and since when"
_NONE = "it is neither OpenVEX nor CycloneDX with vulnerabilities nor CSAF VEX"


class Vex(NamedTuple):
    """What files say, what is wrong with them, and how much that is."""

    statements: list[Statement]
    wrong: list[Unseen]
    notes: list[str]


def read_vex(root: Path, names: Iterable[str], today: date) -> Vex:
    """What files below the root say."""
    read = Vex([], [], [])
    for name in names:
        try:
            found = list(statements(_text(root, name), name, today))
        except RecursionError:
            read.wrong.append(Unseen(place=name, why="it is nested too deeply", mend=_CORRECT))
            continue
        except ValueError as error:
            read.wrong.append(Unseen(place=name, why=str(error), mend=_CORRECT))
            continue
        said = [one for one in found if isinstance(one, Statement)]
        read.statements.extend(said)
        read.wrong.extend(
            Unseen(place=one.where, why=one.why, mend=_SAY) for one in found if isinstance(one, Unclear)
        )
        about = sum(bool(one.parts) for one in said)
        many = f"{len(said)} statement{'' if len(said) == 1 else 's'}"
        read.notes.append(f"{name}: {many}, {about} about packages of PyPI or npm")
    return read


def statements(text: str, name: str, today: date) -> Iterator[Statement | Unclear]:
    """What a document says; ValueError, or RecursionError, where it is none."""
    document = read_json(text)
    if isinstance(document, Problem):
        raise ValueError(document.why)
    reader = next((one for one in _FORMATS if one.is_one(document)), None)
    if reader is None:
        raise ValueError(_NONE)
    for number, said in enumerate(reader.statements(document), 1):
        where = f"{name}, statement {number}"
        yield Unclear(where, said) if isinstance(said, str) else said.whole(where, today)


def _text(root: Path, name: str) -> str:
    """Not through a link out of the root, which may lead anywhere; a whole path is its caller's word."""
    path = root / name
    if not path.exists():
        raise ValueError("there is no such file")
    if not Path(name).is_absolute() and not path.parent.resolve().is_relative_to(root.resolve()):
        raise ValueError("it is outside")
    read = next(read_file(path, name, LARGEST), None)
    if not isinstance(read, Piece):
        raise ValueError(read.why if isinstance(read, Unseen) else "it is no file")
    try:
        return read.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
