"""What there is to look at: the packages that the locks, the bills and the environment of a request list."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.installed import installed, is_environment
from esclusa.scans.dependencies.locks.known import is_unreadable, reader_of
from esclusa.scans.dependencies.package import Package
from esclusa.scans.piece import Excluded, Piece
from esclusa.scans.request import Request
from esclusa.scans.tree import read_tree

UNREAD = "no lock file of this kind can be read"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """All of it: `files` is how many were read."""

    packages: tuple[Package, ...]
    unseen: tuple[Unseen, ...]
    excluded: tuple[Unseen, ...]
    files: int

    @property
    def note(self) -> str:
        """How many, in words."""
        many = len({(one.ecosystem, one.name, one.version) for one in self.packages})
        packages = f"{many} package{'' if many == 1 else 's'}"
        return f"{packages} in {self.files} file{'' if self.files == 1 else 's'}"


def listed(request: Request) -> Listed:
    """The packages of all locks and bills below the root, or of those that `from` names.

    A root that is an environment is asked what is installed in it. `environment`, a path, is one beside it.
    """
    root = Path(request.root)
    said = request.settings.get("environment", "")
    environments = [Path(said)] if said else []
    if is_environment(root):
        return _listed(_installed([root, *environments]))
    return _listed([*_found(request, root), *_installed(environments)])


_Read = tuple[str, Package | Unseen | Excluded | None]
"""A file, and something that it lists; None once for each file that was read."""


def _listed(reads: Iterable[_Read]) -> Listed:
    packages: list[Package] = []
    unseen: list[Unseen] = []
    excluded: list[Unseen] = []
    files = set()
    for file, read in reads:
        if isinstance(read, Package):
            packages.append(read)
        elif isinstance(read, Unseen):
            unseen.append(read)
        elif isinstance(read, Excluded):
            excluded.append(Unseen(place=read.place, why=f"excluded by `{read.pattern}`"))
        else:
            files.add(file)
    return Listed(packages=tuple(packages), unseen=tuple(unseen), excluded=tuple(excluded), files=len(files))


def _installed(environments: Iterable[Path]) -> Iterator[_Read]:
    for one in environments:
        for read in installed(one):
            if isinstance(read, Package):
                yield read.file, None
            yield "", read


def _found(request: Request, root: Path) -> Iterator[_Read]:
    wanted = tuple(request.settings.get("from", ()))
    resolved: Sequence[str] = request.settings.get("resolved", ())
    missing = set(wanted)
    for read in read_tree(root, request.excluded, request.largest):
        if isinstance(read, Excluded):
            yield "", read
            continue
        name = read.name if isinstance(read, Piece) else read.place
        if not _is_wanted(name, wanted):
            continue
        missing.discard(name)
        if isinstance(read, Unseen):
            yield name, read
            continue
        yield name, None
        for one in _of_file(read, read.name in resolved):
            yield name, one
    for name in sorted(missing):
        yield name, Unseen(place=name, why="there is no such file", mend="correct `from`")


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    if "node_modules/" in name or "site-packages/" in name:
        return name in wanted
    return name in wanted if wanted else reader_of(name) is not None or is_unreadable(name)


def _of_file(piece: Piece, resolved: bool) -> Iterator[Package | Unseen]:
    """`resolved`: what the file leaves open is said by the lock of the run."""
    reader = reader_of(piece.name)
    if reader is None:
        yield Unseen(place=piece.name, why=UNREAD, mend="exclude it, or write a bill of materials")
        return
    try:
        text = piece.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield Unseen(place=piece.name, why="it is not UTF-8")
        return
    for one in reader(text, piece.name):
        if isinstance(one, Package):
            yield one
        elif not resolved:
            yield Unseen(place=f"{piece.name}:{one.line}", why=one.why, mend=one.mend)
