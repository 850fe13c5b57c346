"""Leases: a right that one process has at a time, until it gives it back, its time is over, or it is gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, select

from esclusa.core.ports import Clock
from esclusa.store.database import Database
from esclusa.store.schema import leases

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Leases:
    """core.ports.Lease. Machines are expected to agree on the time, well within a lease's length."""

    def __init__(self, database: Database, clock: Clock, alive: Callable[[str], bool]) -> None:
        self._database = database
        self._clock = clock
        self._alive = alive
        insert = database.insert(leases)
        self._begin = insert.on_conflict_do_nothing()

    def take(self, name: str, holder: str, seconds: float) -> int | None:
        with self._database.write() as connection:
            connection.execute(self._begin, {"name": name, "holder": "", "epoch": 0, "until": 0})
            row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).one()
            if row.holder != holder and self._held(row):
                return None
            epoch: int = row.epoch + 1
            connection.execute(
                leases.update()
                .where(leases.c.name == name)
                .values(holder=holder, epoch=epoch, until=self._in(seconds))
            )
            return epoch

    def renew(self, name: str, epoch: int, seconds: float) -> bool:
        with self._database.write() as connection:
            renewed = connection.execute(
                leases.update()
                .where(leases.c.name == name, leases.c.epoch == epoch, leases.c.holder != "")
                .values(until=self._in(seconds))
            )
            return renewed.rowcount == 1

    def release(self, name: str, epoch: int) -> None:
        with self._database.write() as connection:
            connection.execute(
                leases.update()
                .where(leases.c.name == name, leases.c.epoch == epoch)
                .values(holder="", until=0)
            )

    def holder(self, name: str) -> str:
        with self._database.read() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).first()
        return row.holder if row is not None and self._held(row) else ""

    def _held(self, row: "Row[tuple[str, str, int, int]]") -> bool:
        return bool(row.holder) and row.until > self._in(0) and self._alive(row.holder)

    def _in(self, seconds: float) -> int:
        return (self._clock.now() + timedelta(seconds=seconds) - _EPOCH) // timedelta(microseconds=1)
