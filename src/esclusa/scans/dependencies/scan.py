"""The scan of dependencies: what lock files and bills of materials name, held against known advisories."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.scan import Engine, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.answered import Answered
from esclusa.scans.dependencies.database import Database, merged, read_database
from esclusa.scans.dependencies.fetch import fetch
from esclusa.scans.dependencies.locks import is_unreadable, reader_of
from esclusa.scans.dependencies.matching import untrusted, vulnerabilities
from esclusa.scans.dependencies.package import Ecosystem, Package
from esclusa.scans.dependencies.versions import UnknownVersion, parsed
from esclusa.scans.piece import Excluded, Piece
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first
from esclusa.scans.tree import read_tree

DAY = 86_400.0
UNREAD = "no lock file of this kind can be read"
NO_LOCK = "commit a lock with pinned versions, such as requirements.lock, uv.lock or package-lock.json"


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What of the packages is known to be vulnerable."""
    report = Report(kind="dependencies", target=request.target, unit="package")
    try:
        databases, notes = _databases(request)
    except OutsideError as error:
        return replace(report, trouble=error.message, mend=error.mend)
    engines = tuple(Engine(name="osv", data=one.told) for one in databases)
    report = replace(report, engines=engines, notes=notes)
    stale = next((told for one in databases if (told := _stale(one, request)) is not None), None)
    if stale is not None:
        return replace(report, trouble=stale.why, mend=stale.mend)
    database = merged(databases)
    if trouble := untrusted(database):
        return replace(report, trouble=trouble, mend="name another database")
    packages, unseen, excluded, files = _packages(request)
    if not files:
        return replace(report, ran=False, trouble="there is no lock file", mend=NO_LOCK)
    report = replace(report, excluded=tuple(excluded))
    unseen += _unknown_ecosystems(database, packages)
    return _matched(report, database, packages, unseen, Answered(acceptances, request.today), files)


def _databases(request: Request) -> tuple[list[Database], tuple[str, ...]]:
    said = request.settings.get("database", ())
    named = [said] if isinstance(said, str) else list(said)
    if not named or not all(named):
        raise ConfigurationError("no database is named", mend="database: [security/osv.zip], or its address")
    had = [_database(one, request) for one in named]
    return [database for database, _ in had], tuple(note for _, note in had if note)


def _database(named: str, request: Request) -> tuple[Database, str]:
    if urlsplit(named).scheme in ("http", "https"):
        had = fetch(named, Path(request.cache))
        return read_database(Path(had.path)), had.note
    root = Path(request.root)
    return read_database((root if root.is_dir() else root.parent) / named), ""


def _stale(database: Database, request: Request) -> Unseen | None:
    oldest = request.settings.get("oldest", 7 * DAY)
    if oldest is None:
        return None
    newest = datetime.fromisoformat(database.newest)
    newest = newest if newest.tzinfo else newest.replace(tzinfo=UTC)
    today = datetime.combine(request.today, datetime.min.time(), UTC)
    days = (today - newest).total_seconds() / DAY
    if days <= float(oldest) / DAY:
        return None
    why = f"the database is stale: its newest advisory is of {database.newest[:10]}, {days:.0f} days ago"
    return Unseen(place="", why=why, mend="take a newer one, or say in `oldest` how old it may be")


def _packages(request: Request) -> tuple[list[Package], list[Unseen], list[Unseen], int]:
    """The packages of all lock files; what could not be read; what is left out; how many files were read."""
    packages: list[Package] = []
    unseen: list[Unseen] = []
    excluded: list[Unseen] = []
    wanted = tuple(request.settings.get("from", ()))
    missing = set(wanted)
    files = 0
    for read in read_tree(Path(request.root), request.excluded, request.largest):
        if isinstance(read, Excluded):
            excluded.append(Unseen(place=read.place, why=f"excluded by `{read.pattern}`"))
            continue
        name = read.name if isinstance(read, Piece) else read.place
        if not _is_wanted(name, wanted):
            continue
        missing.discard(name)
        if isinstance(read, Unseen):
            unseen.append(read)
            continue
        files += 1
        _read(read, read.name in request.settings.get("resolved", ()), packages, unseen)
    unseen += [
        Unseen(place=name, why="there is no such file", mend="correct `from`") for name in sorted(missing)
    ]
    return packages, unseen, excluded, files


def _is_wanted(name: str, wanted: Iterable[str]) -> bool:
    named = tuple(wanted)
    if "node_modules/" in name or "site-packages/" in name:
        return name in named
    return name in named if named else reader_of(name) is not None or is_unreadable(name)


def _read(piece: Piece, resolved: bool, packages: list[Package], unseen: list[Unseen]) -> None:
    """`resolved`: what the file leaves open is said by the lock of the run."""
    reader = reader_of(piece.name)
    if reader is None:
        unseen.append(Unseen(place=piece.name, why=UNREAD, mend="exclude it, or write a bill of materials"))
        return
    try:
        text = piece.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        unseen.append(Unseen(place=piece.name, why="it is not UTF-8"))
        return
    for one in reader(text, piece.name):
        if isinstance(one, Package):
            packages.append(one)
        elif not resolved:
            unseen.append(Unseen(place=f"{piece.name}:{one.line}", why=one.why, mend=one.mend))


def _unknown_ecosystems(database: Database, packages: Iterable[Package]) -> list[Unseen]:
    first: dict[Ecosystem, Package] = {}
    for package in packages:
        first.setdefault(package.ecosystem, package)
    return [
        Unseen(
            place=package.file,
            why=f"the database has no advisory on packages of {ecosystem}",
            mend="name one that has",
        )
        for ecosystem, package in first.items()
        if not database.knows(ecosystem)
    ]


def _matched(
    report: Report,
    database: Database,
    packages: Iterable[Package],
    unseen: Sequence[Unseen],
    answered: Answered,
    files: int,
) -> Report:
    """Each package once, and each vulnerability of it."""
    unknown: list[Unseen] = []
    seen = {(one.ecosystem, one.name, one.version): one for one in reversed(list(packages))}
    for package in reversed(seen.values()):
        try:
            parsed(package.ecosystem, package.version)
            for finding in vulnerabilities(database, package):
                answered.take(finding)
        except UnknownVersion as error:
            why = f"{package.name} {package.version}: `{error}` has no place in the order of versions"
            unknown.append(Unseen(place=f"{package.file}:{package.line}", why=why))
    return replace(
        report,
        findings=tuple(sorted(answered.findings, key=worst_first)),
        accepted=tuple(answered.accepted),
        seen=len(seen),
        unseen=(*unseen, *unknown, *answered.unseen),
        notes=(*report.notes, f"{len(seen)} packages in {files} file{'' if files == 1 else 's'}"),
    )
