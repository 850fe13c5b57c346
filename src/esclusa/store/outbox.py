"""The outbox: notices that are not delivered yet. They come in with what they tell of, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from esclusa.core.events import Event
from esclusa.core.notice import Notice
from esclusa.core.value import decode, encode
from esclusa.store.database import Database, insert_into
from esclusa.store.journal import SqlJournal
from esclusa.store.schema import outbox

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outbox:
    """core.ports.Outbox."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def due(self, now: datetime) -> Sequence[Notice]:
        query = select(outbox.c.body).where(outbox.c.due <= _micro(now)).order_by(outbox.c.number)
        with self._database.read() as connection:
            return [decode(Notice, body) for body in connection.scalars(query)]

    def put_off(self, notice: Notice) -> None:
        with self._database.write() as connection:
            connection.execute(outbox.update().where(outbox.c.key == notice.key).values(**_columns(notice)))

    def settle(self, notice: Notice, *events: Event) -> None:
        with self._database.write() as connection:
            gone = connection.execute(outbox.delete().where(outbox.c.key == notice.key))
            if gone.rowcount:  # else another controller has told of it already
                self._journal.add(connection, events)


def post(connection: Connection, notices: Iterable[Notice]) -> None:
    """Put notices in, in a transaction that somebody else has begun; one that is there already is left."""
    rows = [{"key": notice.key, **_columns(notice)} for notice in notices]
    if rows:
        into = insert_into(outbox, connection.dialect.name)
        connection.execute(into.on_conflict_do_nothing(), rows)


def _columns(notice: Notice) -> dict[str, object]:
    return {"due": _micro(notice.due), "body": encode(notice).decode()}


def _micro(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
