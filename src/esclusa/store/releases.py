"""Sealed releases."""

from collections.abc import Sequence

from sqlalchemy import func, select

from esclusa.core.errors import UsageError
from esclusa.core.events import Event
from esclusa.core.release import Release
from esclusa.core.value import decode, encode
from esclusa.store.database import Database
from esclusa.store.journal import SqlJournal
from esclusa.store.schema import releases


class Releases:
    """core.ports.ReleaseLog."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def add(self, release: Release, *events: Event) -> None:
        with self._database.write() as connection:
            connection.execute(releases.delete().where(releases.c.id == release.id))
            connection.execute(releases.insert().values(id=release.id, body=encode(release).decode()))
            self._journal.add(connection, events)

    def get(self, release: str) -> Release | None:
        if not release:
            return None
        begins_so = func.substr(releases.c.id, 1, len(release)) == release
        query = select(releases.c.id, releases.c.body).where(begins_so)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(releases.c.id).limit(10)).all()
        exact = [body for name, body in rows if name == release or len(rows) == 1]
        if rows and not exact:
            raise UsageError(
                f"{release}: several releases begin so: {', '.join(name[:12] for name, _ in rows)}",
                mend="write more of it",
            )
        return decode(Release, exact[0]) if exact else None

    def all(self) -> Sequence[Release]:
        with self._database.read() as connection:
            bodies = connection.scalars(select(releases.c.body).order_by(releases.c.number.desc())).all()
        return [decode(Release, body) for body in bodies]

    def remove(self, release: str) -> None:
        with self._database.write() as connection:
            connection.execute(releases.delete().where(releases.c.id == release))
