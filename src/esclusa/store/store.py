"""One project's store: every port, over one database and one directory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from esclusa import system
from esclusa.core.errors import OutsideError
from esclusa.core.ports import Clock
from esclusa.store.answers import AnswersKept
from esclusa.store.artifacts import Artifacts
from esclusa.store.cases import Cases
from esclusa.store.database import Database, open_database
from esclusa.store.journal import SqlJournal
from esclusa.store.leases import Leases
from esclusa.store.locks import Locks
from esclusa.store.outbox import Outbox
from esclusa.store.releases import Releases
from esclusa.store.results import Results
from esclusa.store.rollouts import Rollouts

SQLITE = "store.db"
"""The database in the state directory, when no other one is asked for."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """The ports. Two stores over the same place see each other's writes at once."""

    journal: SqlJournal
    rollouts: Rollouts
    lease: Leases
    locks: Locks
    outbox: Outbox
    cases: Cases
    answers: AnswersKept
    cache: Results
    releases: Releases
    artifacts: Artifacts
    database: Database

    def close(self) -> None:
        """Let the connections go; nothing is lost without it."""
        self.database.close()


def open_store(
    url: str, directory: Path, clock: Clock, *, alive: Callable[[str], bool] = system.alive
) -> Store:
    """The store at a SQLAlchemy URL (empty: SQLite in the directory), made if it is not there yet.

    `alive` says whether a lease's holder still exists. StateError when the database is torn, foreign or newer
    than this version; OutsideError when it cannot be reached or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{directory} cannot be made: {error.strerror}", mend="see who owns it") from error
    database = open_database(url or f"sqlite:///{directory / SQLITE}")
    journal = SqlJournal(database, clock)
    artifacts = Artifacts(directory / "artifacts")
    return Store(
        journal=journal,
        rollouts=Rollouts(database, journal),
        lease=Leases(database, clock, alive),
        locks=Locks(database, journal),
        outbox=Outbox(database, journal),
        cases=Cases(database),
        answers=AnswersKept(database),
        cache=Results(database, artifacts),
        releases=Releases(database, journal),
        artifacts=artifacts,
        database=database,
    )
