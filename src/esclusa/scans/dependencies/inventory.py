"""What there is to look at: the packages that locks and bills list, and those that are installed."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.installed import installed
from esclusa.scans.dependencies.locks.known import is_unreadable, reader_of
from esclusa.scans.dependencies.locks.python import included, requirements
from esclusa.scans.dependencies.locks.texts import Reader
from esclusa.scans.dependencies.package import Ecosystem, Package
from esclusa.scans.piece import Excluded, Piece, Read
from esclusa.scans.request import Request
from esclusa.scans.shown import shown
from esclusa.scans.tree import read_file, read_tree

UNREAD = "no lock file of this kind can be read"
ANEW = "have what writes it write it anew, or exclude it"
NO_LOCK = "commit a lock with pinned versions, such as requirements.lock, uv.lock or package-lock.json"


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """All of it: `files` is how many were read."""

    packages: tuple[Package, ...]
    unseen: tuple[Unseen, ...]
    excluded: tuple[Unseen, ...]
    files: int

    @property
    def note(self) -> str:
        """How many, in words."""
        many = len({one.identity for one in self.packages})
        packages = f"{many} package{'' if many == 1 else 's'}"
        return f"{packages} in {self.files} file{'' if self.files == 1 else 's'}"

    def once(self) -> Iterator[Package]:
        """Each package at each version, as the first file lists it."""
        first: dict[tuple[Ecosystem, str, str], Package] = {}
        for one in self.packages:
            first.setdefault(one.identity, one)
        yield from first.values()


def inventory(request: Request) -> Inventory:
    """The packages of all locks and bills below the root, or of those at or below what `from` names; and of
    an environment of Python beside them, `environment`, whose own come first. `from: None` names none at all.

    An environment is one that the caller names, never one that is found: what lies in a commit is the word of
    whoever made it.
    """
    said = request.settings.get("environment", "")
    reads = [*_installed(Path(said))] if said else []
    if request.settings.get("from", ()) is not None:
        reads += _found(request, Path(request.root))
    return _taken(reads)


_Read = tuple[str, Package | Unseen | Excluded | None]
"""A file, and something that it lists; None once for each file that was read."""


def _taken(reads: Iterable[_Read]) -> Inventory:
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
    return Inventory(
        packages=tuple(packages), unseen=tuple(unseen), excluded=tuple(excluded), files=len(files)
    )


def _installed(environment: Path) -> Iterator[_Read]:
    for read in installed(environment):
        if isinstance(read, Package):
            yield read.file, None
        yield "", read


def _found(request: Request, root: Path) -> Iterator[_Read]:
    wanted = tuple(request.settings.get("from", ()))
    vex = frozenset(request.settings.get("vex", ()))
    resolved: Sequence[str] = request.settings.get("resolved", ())
    missing = set(wanted)
    taken_in: dict[str, str] = {}
    looked_at: set[str] = set()
    for read in read_tree(root, request.excluded, request.largest, submodules=request.submodules):
        if isinstance(read, Excluded):
            looked_at.add(read.place)
            yield "", read
            continue
        name = read.name if isinstance(read, Piece) else read.place
        if name in vex or not _is_wanted(name, wanted):
            continue
        missing -= {one for one in wanted if _is_at(name, one)}
        looked_at.add(name)
        if isinstance(read, Unseen):
            yield name, read
            continue
        yield name, None
        for one in _of_file(read, read.name in resolved, reader_of(name)):
            yield name, one
        if read.name not in resolved and reader_of(name) is requirements:
            taken_in |= _included(read)
    yield from _taken_in(root, taken_in, looked_at, request.largest)
    for name in sorted(missing):
        yield name, _not_there(root / name, name)


def _not_there(path: Path, name: str) -> Unseen:
    if path.is_dir():
        return Unseen(place=name, why="there is no lock file in it", mend=NO_LOCK)
    return Unseen(place=name, why="there is no such file", mend="correct `from`")


def _included(piece: Piece) -> dict[str, str]:
    """The files that requirements take in, each with the line that says so."""
    text = piece.data.decode("utf-8", "replace")
    return {target: f"{piece.name}:{line}" for line, target in included(text, piece.name)}


def _taken_in(root: Path, named: dict[str, str], looked_at: set[str], largest: int) -> Iterator[_Read]:
    """What requirements take in and the names of files do not tell to be a lock, and what that takes in."""
    while named:
        target, place = named.popitem()
        if any(_is_at(target, one) for one in looked_at):
            continue
        looked_at.add(target)
        path = root / target
        why = "there is no such file here"
        read: Read | None = None
        if path.resolve().is_relative_to(root.resolve()) and path.is_file():
            read = next(read_file(path, target, largest), None)
            why = read.why if isinstance(read, Unseen) else "it is a link"
        if not isinstance(read, Piece):
            mend = "correct the line, or exclude the file in which it stands"
            yield place, Unseen(place=place, why=f"it takes in `{shown(target)}`: {why}", mend=mend)
            continue
        yield target, None
        for one in _of_file(read, False, requirements):
            yield target, one
        named |= _included(read)


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    if name in wanted:
        return True
    if "node_modules/" in name or "site-packages/" in name:
        return False
    known = reader_of(name) is not None or is_unreadable(name)
    return known and (not wanted or any(_is_at(name, one) for one in wanted))


def _is_at(name: str, place: str) -> bool:
    """Whether a file is it, or below it."""
    return name == place or name.startswith(f"{place.rstrip('/')}/")


def _of_file(piece: Piece, resolved: bool, reader: Reader | None) -> Iterator[Package | Unseen]:
    """`resolved`: what the file leaves open is said by the lock of the run."""
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
            yield Unseen(place=f"{piece.name}:{one.line}", why=one.why, mend=one.mend or ANEW)
