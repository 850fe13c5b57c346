"""The source of a scan: its tree, then the history that the tree does not hold, all of it opened."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from esclusa.core.errors import OutsideError
from esclusa.scans.budget import Limits
from esclusa.scans.history import read_history
from esclusa.scans.listing import listed
from esclusa.scans.opened import opened
from esclusa.scans.patterns import Patterns
from esclusa.scans.piece import Excluded, Piece, Read, Source
from esclusa.scans.repository import Repository
from esclusa.scans.request import Request
from esclusa.scans.shown import shown
from esclusa.scans.tree import read_tree


def source(request: Request) -> Source:
    """What a scan is to look at. ConfigurationError, at once, for a pattern that is none and for a history
    since what is no commit."""
    Patterns(request.excluded)
    looked = _Looked(request)
    history: Iterator[Read] = iter(())
    if request.repository and request.history != "none":
        history = read_history(
            Path(request.repository),
            "" if request.history == "all" else request.history,
            request.largest,
            request.excluded,
            held=looked.held,
            below=looked.below,
        )
    limits = Limits(largest=request.largest, total=max(Limits().total, request.largest))
    return opened(looked.once(history), limits)


class _Looked:
    """The tree, and what of it was looked at: history is told by content, so that neither what is not
    committed yet nor another commit's tree hides anything of it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._root = Path(request.root)
        self._files: set[tuple[str, str]] = set()
        self.below = ""
        self._hash = "sha1"
        if request.repository and request.history != "none":
            self.below = _below(self._root, Path(request.repository))
            self._hash = _hash(Path(request.repository))

    def held(self, path: str, name: str) -> bool:
        """Whether the version of a file that an object names was in the tree."""
        return (shown(path), name) in self._files

    def once(self, history: Iterator[Read]) -> Iterator[Read]:
        """The tree and the history; what both leave out is said once."""
        said = set()
        tree = read_tree(
            self._root,
            self._request.excluded,
            self._request.largest,
            submodules=self._request.submodules,
        )
        for read in tree:
            if isinstance(read, Piece):
                self._files.add((shown(self.below) + read.name, self._object(read.data)))
            elif isinstance(read, Excluded):
                said.add((shown(self.below) + read.place, read.pattern))
            yield read
        for read in history:
            if not (isinstance(read, Excluded) and (read.place, read.pattern) in said):
                yield read

    def _object(self, data: bytes) -> str:
        content = hashlib.new(self._hash, b"blob %d\0" % len(data), usedforsecurity=False)
        content.update(data)
        return content.hexdigest()


def _below(root: Path, repository: Path) -> str:
    """Where the root is in the repository, as `services/agent/`; empty for all of it, and for a copy."""
    directory = root if root.is_dir() else root.parent
    if not isinstance(listed(directory), list):
        return ""
    try:
        below = directory.resolve().relative_to(repository.resolve()).as_posix()
    except ValueError:
        return ""
    return "" if below == "." else f"{below}/"


def _hash(repository: Path) -> str:
    """What objects are named by."""
    try:
        named = Repository(repository).said("rev-parse", "--show-object-format").output.strip()
    except OutsideError:  # which the history says
        return "sha1"
    return "sha256" if named == b"sha256" else "sha1"
