"""VEX files: what they say, and what of them nobody can go by."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.locks.texts import lines_of
from esclusa.scans.dependencies.vex import csaf, cyclonedx, openvex
from esclusa.scans.dependencies.vex.statement import Statement, Unclear

LARGEST = 50_000_000
"""Bytes of one file."""
_FORMATS = (openvex, cyclonedx, csaf)
_NAME = re.compile(r'"(?:[^"]*/)?(?P<name>[A-Z]{2,10}-[^"/\s]{3,60})"')
_CORRECT = "correct `vex`, or what writes the file"
_SAY = "say it whole: why, and since when"


def read_vex(root: Path, names: Iterable[str]) -> tuple[list[Statement], list[Unseen]]:
    """What files below the root say; what is wrong with them."""
    said: list[Statement] = []
    wrong: list[Unseen] = []
    for name in names:
        try:
            read = list(statements(_text(root / name), name))
        except RecursionError:
            wrong.append(Unseen(place=name, why="it is nested too deeply", mend=_CORRECT))
        except ValueError as error:
            wrong.append(Unseen(place=name, why=str(error), mend=_CORRECT))
        else:
            said += [one for one in read if isinstance(one, Statement)]
            unclear = [one for one in read if isinstance(one, Unclear)]
            wrong += [Unseen(place=one.where, why=one.why, mend=_SAY) for one in unclear]
    return said, wrong


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 10**6} MB")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None


def statements(text: str, name: str) -> Iterator[Statement | Unclear]:
    """What a document says; ValueError, or RecursionError, where it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        raise ValueError("it is no JSON") from None
    reader = next((one for one in _FORMATS if isinstance(document, dict) and one.is_one(document)), None)
    if reader is None:
        raise ValueError("it is neither OpenVEX nor CycloneDX with vulnerabilities nor CSAF VEX")
    lines = lines_of(text, _NAME)

    def where(names: frozenset[str]) -> str:
        return f"{name}:{next((at for one in sorted(names) for at in lines.get(one, ())), 1)}"

    yield from reader.statements(document, where)
