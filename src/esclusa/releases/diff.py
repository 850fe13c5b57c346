"""What changed between two releases, part by part: the first question after a regression."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from esclusa.core.release import PARTS, File
from esclusa.core.value import Value
from esclusa.releases.build import AGENT, manifest_of


class FileChange(Value, frozen=True, kw_only=True):
    """One file that differs; `lines` is a unified diff of a text, empty for anything else."""

    path: str
    change: Literal["added", "removed", "changed"]
    lines: tuple[str, ...] = ()


class PartChange(Value, frozen=True, kw_only=True):
    """The files of one part that differ."""

    part: str
    files: tuple[FileChange, ...]


def diff_releases(old: Path, new: Path) -> tuple[PartChange, ...]:
    """The parts that differ between two built releases, in the order of PARTS."""
    before, after = manifest_of(old).parts, manifest_of(new).parts
    changes = []
    for part in PARTS:
        files = _changed(before.get(part, {}), after.get(part, {}), old, new)
        if files:
            changes.append(PartChange(part=part, files=files))
    return tuple(changes)


def _changed(
    before: Mapping[str, File], after: Mapping[str, File], old: Path, new: Path
) -> tuple[FileChange, ...]:
    changes = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        change: Literal["added", "removed", "changed"] = (
            "added" if path not in before else "removed" if path not in after else "changed"
        )
        shown = path.removeprefix(f"{AGENT}/")
        changes.append(FileChange(path=shown, change=change, lines=_lines(old / path, new / path)))
    return tuple(changes)


def _lines(old: Path, new: Path) -> tuple[str, ...]:
    before, after = _text(old), _text(new)
    if before is None or after is None:
        return ()
    return tuple(difflib.unified_diff(before, after, lineterm="", n=2))[2:]


def _text(path: Path) -> list[str] | None:
    try:
        return path.read_text().splitlines() if path.is_file() else []
    except UnicodeDecodeError:
        return None
