"""What belongs to a directory: all that is below it, or in a git work tree what git does not ignore."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from esclusa.core.errors import OutsideError
from esclusa.core.scan import Unseen
from esclusa.scans.patterns import Patterns
from esclusa.scans.repository import NONE, Repository, records, unseen, within
from esclusa.scans.shown import shown

_SUBMODULE = "160000"
_PATH = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*(.+?)[ \t\r]*$", re.MULTILINE)


class Listed(msgspec.Struct, frozen=True):
    """A file, or a directory that is a repository of its own; as git's index has it, or as it lies there."""

    path: str
    """Relative; a directory ends with a slash."""
    tracked: bool = False
    away: bool = False
    """In the index and, because git was told so, not in the work tree (a sparse checkout)."""
    submodule: bool = False


def listed(directory: Path) -> list[Listed] | Unseen | None:
    """What git says is there. None where git has no say: no work tree, or a directory of which it tracks
    nothing, such as a commit's tree that was laid out below a repository."""
    if not within(directory):
        return None
    git = Repository(directory)
    try:
        index = {one.path: one for one in map(_entry, records(git.asked("ls-files", "-s", "-t", "-z")))}
        if not index and not os.path.lexists(directory / ".git"):
            return None
        others = records(git.asked("ls-files", "-z", "--others", "--exclude-standard"))
    except OutsideError as error:
        return None if NONE in error.message else unseen(".", error)
    found = [*index.values(), *(Listed(os.fsdecode(path)) for path in others)]
    # A forged index may name anything.
    return sorted((one for one in found if not one.path.startswith("/")), key=lambda one: one.path)


def walked(directory: Path, patterns: Patterns, prefix: str) -> Iterator[str | Unseen]:
    """Every file below a directory, links and special files among them; into nothing that is left out.

    A directory that is left out comes as a path with a slash at its end.
    """
    waiting = [""]
    while waiting:
        at = waiting.pop()
        if at and patterns.excludes(prefix + at):
            yield at
            continue
        try:
            with os.scandir(directory / at) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = f"the directory cannot be read: {error.strerror}"
            yield Unseen(place=shown(prefix + at), why=why, mend="make it readable, or exclude it")
            continue
        inner = []
        for entry in found:
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                inner.append(f"{at}{entry.name}/")
            else:
                yield at + entry.name
        waiting += reversed(inner)


def left_empty(directory: Path) -> Iterator[str]:
    """Submodules that a `.gitmodules` names and that are not there, where git itself cannot be asked."""
    try:
        text = (directory / ".gitmodules").read_bytes()
    except OSError:
        return
    for match in _PATH.finditer(text):
        path = os.fsdecode(match[1])
        place = directory / path
        if (
            not path.startswith("/")
            and ".." not in path.split("/")
            and not (place.is_dir() and any(place.iterdir()))
        ):
            yield path


def _entry(record: bytes) -> Listed:
    facts, _, path = record.partition(b"\t")
    tag, mode, *_ = facts.decode("ascii").split(" ")
    return Listed(os.fsdecode(path), True, tag == "S", mode == _SUBMODULE)
