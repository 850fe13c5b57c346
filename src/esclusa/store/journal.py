"""The journal: events in order, in one table that is only ever added to."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from esclusa.core.events import Event, Recorded
from esclusa.core.ports import Clock
from esclusa.core.value import decode, encode
from esclusa.store.database import Database
from esclusa.store.schema import counters, events

LOOK = 0.1
"""Seconds between two looks of a follower."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SqlJournal:
    """core.ports.Journal."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, *happened: Event) -> None:
        if happened:
            with self._database.write() as connection:
                self.add(connection, happened)

    def add(self, connection: Connection, happened: Sequence[Event]) -> None:
        """Write events in a transaction that somebody else has begun."""
        if not happened:
            return
        # One row is everybody's: whoever has counted it up comes first, and is seen first.
        last = connection.scalar(_COUNT_UP, {"by": len(happened)})
        if last is None:
            raise RuntimeError("the store has no counter of events")
        at = (self._clock.now() - _EPOCH) // _MICROSECOND
        first = last - len(happened) + 1
        connection.execute(
            _INSERT,
            [
                {
                    "sequence": first + offset,
                    "at": at,
                    "run": getattr(event, "run", ""),
                    "rollout": getattr(event, "rollout", ""),
                    "body": encode(event).decode(),
                }
                for offset, event in enumerate(happened)
            ],
        )

    def read(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        query = select(events.c.sequence, events.c.at, events.c.body).where(events.c.sequence > after)
        if run is not None:
            query = query.where(events.c.run == run)
        if rollout is not None:
            query = query.where(events.c.rollout == rollout)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(events.c.sequence).limit(limit)).all()
        return [
            Recorded(sequence=sequence, at=_EPOCH + at * _MICROSECOND, event=decode(Event, body))  # type: ignore[arg-type]
            for sequence, at, body in rows
        ]

    async def follow(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None
    ) -> AsyncIterator[Recorded]:
        with self._database.changes() as changed:
            while True:
                if changed():
                    for recorded in self.read(after=after, run=run, rollout=rollout):
                        after = recorded.sequence
                        yield recorded
                await self._clock.sleep(LOOK)


_INSERT = events.insert()
_COUNT_UP = (
    counters.update()
    .where(counters.c.name == "events")
    .values(value=counters.c.value + bindparam("by"))
    .returning(counters.c.value)
)
