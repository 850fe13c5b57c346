"""`esclusa diff R1 R2`: what changed between two releases, part by part."""

from pathlib import Path

from esclusa.core.release import Release
from esclusa.core.value import Value
from esclusa.releases.diff import PartChange, diff_releases
from esclusa.workspace.opened import Opened
from esclusa.workspace.releases import find_release


class Difference(Value, frozen=True, kw_only=True):
    """Two releases and the parts that differ."""

    old: Release
    new: Release
    parts: tuple[PartChange, ...]


def diff(opened: Opened, old: str, new: str) -> Difference:
    """Compare two releases by id, beginning of an id, or commit."""
    before, after = find_release(opened, old), find_release(opened, new)
    changes = diff_releases(Path(before.artifact), Path(after.artifact))
    return Difference(old=before, new=after, parts=changes)
