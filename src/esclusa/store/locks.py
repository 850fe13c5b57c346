"""Locks on environments: at most one each."""

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from esclusa.core.events import Event
from esclusa.core.freeze import Lock
from esclusa.core.value import decode, encode
from esclusa.store.database import Database
from esclusa.store.journal import SqlJournal
from esclusa.store.schema import locks


class Locks:
    """core.ports.LockLog."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def lock(self, lock: Lock, *events: Event) -> Lock | None:
        try:
            with self._database.write() as connection:
                before = _get(connection, lock.environment)
                if before is not None and before.holds(lock.since):
                    return before
                if before is not None:
                    # The one that was seen, and not whatever stands there by now.
                    over = (locks.c.environment == lock.environment, locks.c.body == _written(before))
                    connection.execute(locks.delete().where(*over))
                connection.execute(locks.insert().values(environment=lock.environment, body=_written(lock)))
                self._journal.add(connection, events)
        except IntegrityError:  # somebody else was faster by a moment
            return self.get(lock.environment)
        return None

    def unlock(self, environment: str, *events: Event) -> None:
        with self._database.write() as connection:
            connection.execute(locks.delete().where(locks.c.environment == environment))
            self._journal.add(connection, events)

    def get(self, environment: str) -> Lock | None:
        with self._database.read() as connection:
            return _get(connection, environment)


def _get(connection: Connection, environment: str) -> Lock | None:
    body = connection.scalar(select(locks.c.body).where(locks.c.environment == environment))
    return None if body is None else decode(Lock, body)


def _written(lock: Lock) -> str:
    return encode(lock).decode()
