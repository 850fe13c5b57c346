"""Who knows of vulnerabilities: databases of advisories that are here, or a service on the network."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.scan import Engine, Unseen
from esclusa.scans.dependencies.audit import Audit
from esclusa.scans.dependencies.database import Database, merged, read_database
from esclusa.scans.dependencies.fetch import fetch
from esclusa.scans.dependencies.matching import untrusted, vulnerabilities
from esclusa.scans.dependencies.package import Ecosystem, Package
from esclusa.scans.dependencies.vulnerability import Vulnerability
from esclusa.scans.request import Request

DAY = 86_400.0
NO_ADVISORY = ("the database has no advisory on packages of", "name a second one that has")
NO_OTHERS = (
    "pip-audit does not look at packages of",
    "name a `database` instead of `service`, or exclude it",
)


class Knowledge(NamedTuple):
    """What can be asked about packages."""

    engines: tuple[Engine, ...]
    notes: tuple[str, ...]
    about: Callable[[Package], Iterable[Vulnerability]]
    """UnknownVersion."""
    ecosystems: frozenset[Ecosystem]
    """Those of which anything is known."""
    ignorance: str
    """What is said of the others: `the database has no advisory on packages of`."""
    mend: str
    doubt: OutsideError | None = None
    """Why what it says, or does not, means nothing."""

    def ignorant(self, packages: Iterable[Package]) -> list[Unseen]:
        """The ecosystems of packages of which nothing is known, each once."""
        first: dict[Ecosystem, Package] = {}
        for package in packages:
            first.setdefault(package.ecosystem, package)
        return [
            Unseen(
                place=package.file,
                why=f"{self.ignorance} {ecosystem}",
                mend=self.mend,
            )
            for ecosystem, package in first.items()
            if ecosystem not in self.ecosystems
        ]


def knowledge(request: Request, packages: Sequence[Package]) -> Knowledge:
    """Of a service where one is named, else of databases. OutsideError where they cannot be had."""
    service = request.settings.get("service", "")
    if service:
        audit = Audit(str(service), packages)
        return Knowledge((audit.engine,), (), audit.about, frozenset({"PyPI"}), *NO_OTHERS)
    databases, notes = _databases(request)
    whole = merged(databases)
    lost = untrusted(whole)
    doubt = OutsideError(lost, mend="name another database") if lost else None
    doubt = next((stale for one in databases if (stale := _stale(one, request)) is not None), doubt)

    def about(package: Package) -> Iterable[Vulnerability]:
        return vulnerabilities(whole, package)

    engines = tuple(Engine(name="osv", data=one.told) for one in databases)
    ecosystems = frozenset(ecosystem for ecosystem, _ in whole.by_package)
    return Knowledge(engines, notes, about, ecosystems, *NO_ADVISORY, doubt)


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


def _stale(database: Database, request: Request) -> OutsideError | None:
    oldest = request.settings.get("oldest", 7 * DAY)
    if oldest is None:
        return None
    newest = datetime.fromisoformat(database.newest)
    newest = newest if newest.tzinfo else newest.replace(tzinfo=UTC)
    today = datetime.combine(request.today, datetime.min.time(), UTC)
    days = (today - newest).total_seconds() / DAY
    if days < -2:  # one date that is wrong would keep a database new for ever
        why = f"the database says that an advisory is of {database.newest[:10]}, which is still to come"
        return OutsideError(why, mend="take another one: how old this one is cannot be told")
    if days <= float(oldest) / DAY:
        return None
    why = f"the database is stale: its newest advisory is of {database.newest[:10]}, {days:.0f} days ago"
    return OutsideError(why, mend="take a newer one, or say in `oldest` how old it may be")
