"""The tree: every file below a directory, as pieces. No link is followed and nothing special is opened.

What a link inside the directory points at is read where it lies; what lies outside is no part of the tree.
One that leads in a circle is a mistake of somebody's, and whoever follows it sees no end: it is named.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from esclusa.core.scan import Unseen
from esclusa.scans.listing import Listed, left_empty, listed, walked
from esclusa.scans.patterns import Patterns
from esclusa.scans.piece import Piece, Read
from esclusa.scans.shown import shown, size

POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LONGEST_POINTER = 1024
_EXCLUDE = "exclude it, or raise `largest`"
_AGAIN = "scan again when nothing writes to it, or exclude it"
_INIT = "git submodule update --init --recursive"
_ALONE = "exclude it, and scan it in its own repository: a copy of a commit has no submodules"

Reader = Callable[[int], bytes | None]


def read_tree(
    root: Path,
    excluded: Sequence[str],
    largest: int,
    wanted: Callable[[str], bool] = lambda _: True,
    submodules: Sequence[str] = (),
) -> Iterator[Read]:
    """Every file below a directory, or the one file, with names relative to it; `Unseen` for each that is not
    read, `Excluded` once for each file or directory that a pattern leaves out.

    In a git work tree, the files that git does not ignore. Of a file that is not wanted nothing is said.
    `submodules` are those of the commit that the directory is a copy of.
    """
    patterns = Patterns(excluded)
    try:
        kind = root.stat().st_mode
    except OSError as error:
        yield Unseen(place=shown(root.name), why=f"it is not there: {error.strerror}")
        return
    if stat.S_ISDIR(kind):
        yield from _Tree(root, patterns, largest, wanted, submodules).below("")
    elif not stat.S_ISREG(kind):
        yield Unseen(place=shown(root.name), why="it is neither a file nor a directory", mend="name one")
    elif patterns.excludes(root.name):
        yield from patterns.said(root.name)
    elif wanted(root.name):
        yield from read_file(root.resolve(), root.name, largest)


def read_file(path: Path, name: str, largest: int) -> Iterator[Read]:
    """One file as a piece; nothing for a link or what is no file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return
        yield _piece(path, name, largest)
    except FileNotFoundError:
        yield Unseen(place=shown(name), why="it vanished before it was read", mend=_AGAIN)
    except OSError as error:
        why = f"it cannot be read: {error.strerror}"
        yield Unseen(place=shown(name), why=why, mend="make it readable, or exclude it")


def leads_in_a_circle(path: Path) -> bool:
    """Whether it is a link to itself, by others too, or to a directory that it lies in."""
    if not path.is_symlink():
        return False
    try:
        target = os.path.realpath(path, strict=True)
    except OSError as error:
        return error.errno == errno.ELOOP
    return Path(os.path.realpath(path.parent)).is_relative_to(target)


def pointer(data: bytes) -> bool:
    """Whether it only says where git LFS has the content."""
    return data.startswith(POINTER) and len(data) <= _LONGEST_POINTER


def too_large(name: str, count: int, largest: int) -> Unseen:
    """What is said of a piece that is too large."""
    why = f"{size(count)} is more than the {size(largest)} that are looked at"
    return Unseen(place=name, why=why, mend=_EXCLUDE)


def _piece(path: Path, name: str, largest: int) -> Piece | Unseen:
    # It may have become a link or a pipe since it was listed: neither is followed nor waited for.
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(file, "rb", buffering=0) as reader:
        before = os.fstat(file)
        if before.st_size > largest:
            return too_large(shown(name), before.st_size, largest)
        data = _all(reader.read, before.st_size)
        after = os.fstat(file)
    if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        return Unseen(place=shown(name), why="it changed while it was read", mend=_AGAIN)
    if pointer(data):
        return Unseen(
            place=shown(name), why="a pointer of git LFS: the content is elsewhere", mend="git lfs pull"
        )
    return Piece(name=shown(name), data=data)


def _all(read: Reader, expected: int) -> bytes:
    """All of it, and a byte more if there is one."""
    parts, count = [], 0
    while count <= expected and (part := read(expected + 1 - count)):
        parts.append(part)
        count += len(part)
    return b"".join(parts)


class _Tree:
    """A directory that is read."""

    def __init__(
        self,
        root: Path,
        patterns: Patterns,
        largest: int,
        wanted: Callable[[str], bool],
        submodules: Sequence[str],
    ) -> None:
        self._submodules = submodules
        self._wanted = wanted
        self._root = root
        self._patterns = patterns
        self._largest = largest
        self._real: dict[str, bool] = {"": True}

    def below(self, prefix: str) -> Iterator[Read]:
        """What is below a directory of it, which is "" or ends with a slash."""
        directory = self._root / prefix
        found = listed(directory)
        if isinstance(found, list):
            for one in found:
                yield from self._listed(prefix, one)
            return
        if found is not None:  # git does not answer, so that all there is is read
            yield found if not prefix else Unseen(place=shown(prefix), why=found.why, mend=found.mend)
        for path in dict.fromkeys((*left_empty(directory), *(() if prefix else self._submodules))):
            yield from self._not_checked_out(f"{prefix}{path}/", _ALONE)
        for entry in walked(directory, self._patterns, prefix):
            yield from (entry,) if isinstance(entry, Unseen) else self._file(prefix + entry)

    def _listed(self, prefix: str, one: Listed) -> Iterator[Read]:
        path = prefix + one.path
        if one.submodule or path.endswith("/"):
            yield from self._repository(path.removesuffix("/") + "/")
        elif os.path.lexists(self._root / path) or not one.tracked:
            yield from self._file(path)
        elif one.away and self._wanted(path) and not self._patterns.excludes(path):
            yield Unseen(
                place=shown(path), why="it is not checked out (sparse)", mend="git sparse-checkout disable"
            )
        # else it was deleted and the deletion is not committed yet: it is no part of the tree

    def _repository(self, path: str) -> Iterator[Read]:
        """A submodule, or a repository within the work tree."""
        if self._patterns.excludes(path) or not self._within(path):
            yield from self._patterns.said(path)
        elif os.path.lexists(self._root / path / ".git"):
            yield from self.below(path)
        else:
            yield from self._not_checked_out(path)

    def _not_checked_out(self, path: str, mend: str = _INIT) -> Iterator[Read]:
        if self._patterns.excludes(path):
            yield from self._patterns.said(path)
        else:
            yield Unseen(
                place=shown(path.removesuffix("/")), why="a submodule that is not checked out", mend=mend
            )

    def _file(self, path: str) -> Iterator[Read]:
        if self._patterns.excludes(path):
            yield from self._patterns.said(path)
        elif self._wanted(path) and self._within(path.rpartition("/")[0]):
            if leads_in_a_circle(self._root / path):
                why = "a link that leads in a circle"
                yield Unseen(place=shown(path), why=why, mend="take it out, or exclude it")
            else:
                yield from read_file(self._root / path, path, self._largest)

    def _within(self, directory: str) -> bool:
        """Whether no directory on the way is a link: git's index may name files behind one."""
        known = self._real.get(directory)
        if known is None:
            # And a forged one, files above the root.
            parts = directory.removesuffix("/").split("/")
            steps = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
            known = ".." not in parts and not any((self._root / step).is_symlink() for step in steps)
            self._real[directory] = known
        return known
