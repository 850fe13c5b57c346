"""Rollouts, their operations and the wishes about them: what the controller may do, and what it has done."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.exc import IntegrityError

from esclusa.core.errors import Fenced, StateError
from esclusa.core.events import Event
from esclusa.core.notice import notices
from esclusa.core.rollout import Operation, Rollout, RolloutState, Wish
from esclusa.core.value import decode, encode, replace
from esclusa.store.database import Database
from esclusa.store.journal import SqlJournal
from esclusa.store.outbox import post
from esclusa.store.schema import operations, rollouts, wishes


class Rollouts:
    """core.ports.RolloutLog."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def create(self, rollout: Rollout, *events: Event) -> None:
        try:
            with self._database.write() as connection:
                connection.execute(rollouts.insert().values(id=rollout.id, **_columns(rollout)))
                post(connection, notices(rollout, None))
                self._journal.add(connection, events)
        except IntegrityError as error:
            raise self._not_created(rollout) from error

    def record(self, rollout: Rollout, *events: Event, operation: Operation | None = None) -> None:
        with self._database.write() as connection:
            before = _fence(connection, rollout.id, rollout.epoch)
            post(connection, notices(rollout, before))
            connection.execute(
                rollouts.update().where(rollouts.c.id == rollout.id).values(**_columns(rollout))
            )
            if operation is not None:
                _intend(connection, rollout, operation)
            self._journal.add(connection, events)

    def done(self, operation: Operation, *events: Event) -> None:
        done = replace(operation, done=True)
        with self._database.write() as connection:
            _fence(connection, operation.rollout, operation.epoch)
            changed = connection.execute(
                operations.update()
                .where(
                    operations.c.rollout == operation.rollout, operations.c.generation == operation.generation
                )
                .values(done=True, body=encode(done).decode())
            )
            if changed.rowcount != 1:
                raise StateError(
                    f"rollout {operation.rollout}: operation {operation.generation} was never intended"
                )
            self._journal.add(connection, events)

    def load(self, rollout: str) -> Rollout | None:
        found = self._bodies(rollouts.c.id == rollout)
        return found[0] if found else None

    def open(self) -> Sequence[Rollout]:
        return self._bodies(rollouts.c.final.is_(False))

    def latest(self, environment: str) -> Rollout | None:
        return self._newest(rollouts.c.environment == environment)

    def promoted(self, environment: str) -> Rollout | None:
        return self._newest(
            rollouts.c.environment == environment, rollouts.c.state == RolloutState.PROMOTED.value
        )

    def intended(self, rollout: str) -> Operation | None:
        query = (
            select(operations.c.body)
            .where(operations.c.rollout == rollout)
            .order_by(operations.c.generation.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            body = connection.scalar(query)
        return None if body is None else decode(Operation, body)

    def wish(self, rollout: str, wish: Wish) -> None:
        with self._database.write() as connection:
            connection.execute(wishes.insert().values(rollout=rollout, body=encode(wish).decode()))

    def wishes(self, rollout: str, after: int) -> Sequence[Wish]:
        query = (
            select(wishes.c.body).where(wishes.c.rollout == rollout).order_by(wishes.c.number).offset(after)
        )
        with self._database.read() as connection:
            return [decode(Wish, body) for body in connection.scalars(query)]

    def serving(self, environment: str) -> str:
        return next(iter(self._promoted(environment, 1)), "")

    def served(self, environment: str) -> Sequence[str]:
        return [release for release, _ in groupby(self._promoted(environment))]

    def generation(self, environment: str) -> int:
        with self._database.read() as connection:
            return _generation(connection, environment)

    def _promoted(self, environment: str, limit: int | None = None) -> Sequence[str]:
        query = (
            select(rollouts.c.candidate)
            .where(rollouts.c.environment == environment, rollouts.c.state == RolloutState.PROMOTED.value)
            .order_by(rollouts.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return connection.scalars(query).all()

    def _newest(self, *conditions: ColumnElement[bool]) -> Rollout | None:
        query = select(rollouts.c.body).where(*conditions).order_by(rollouts.c.number.desc()).limit(1)
        with self._database.read() as connection:
            body = connection.scalar(query)
        return None if body is None else decode(Rollout, body)

    def _bodies(self, condition: object) -> list[Rollout]:
        query = select(rollouts.c.body).where(condition).order_by(rollouts.c.number)  # type: ignore[arg-type]
        with self._database.read() as connection:
            return [decode(Rollout, body) for body in connection.scalars(query)]

    def _not_created(self, rollout: Rollout) -> StateError:
        latest = self.latest(rollout.environment)
        if latest is not None and not latest.final:
            return StateError(
                f"{rollout.environment} has a rollout on its way already: {latest.id}",
                mend=f"wait for it, or end it: `esclusa abort {latest.id}`",
            )
        return StateError(f"there is a rollout {rollout.id} already")


def _columns(rollout: Rollout) -> dict[str, object]:
    return {
        "environment": rollout.environment,
        "candidate": rollout.candidate,
        "state": rollout.state.value,
        "final": rollout.final,
        "epoch": rollout.epoch,
        "body": encode(rollout).decode(),
    }


def _fence(connection: Connection, rollout: str, epoch: int) -> RolloutState:
    """Hold the rollout's row, and see that nobody later has it; the state that it is in."""
    query = select(rollouts.c.epoch, rollouts.c.state).where(rollouts.c.id == rollout).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise StateError(f"there is no rollout {rollout}")
    if epoch < row.epoch:
        raise Fenced(f"rollout {rollout} is driven by epoch {row.epoch} now; this was epoch {epoch}")
    return RolloutState(row.state)


def _intend(connection: Connection, rollout: Rollout, operation: Operation) -> None:
    newest = _generation(connection, rollout.environment)
    if operation.generation < newest:
        raise Fenced(
            f"{rollout.environment} is at generation {newest} already; this was {operation.generation}"
        )
    same = (operations.c.rollout == operation.rollout, operations.c.generation == operation.generation)
    row = {
        "environment": rollout.environment,
        "done": operation.done,
        "body": encode(operation).decode(),
    }
    if not connection.execute(operations.update().where(*same).values(**row)).rowcount:
        connection.execute(
            operations.insert().values(rollout=operation.rollout, generation=operation.generation, **row)
        )


def _generation(connection: Connection, environment: str) -> int:
    query = select(func.max(operations.c.generation)).where(operations.c.environment == environment)
    return connection.scalar(query) or 0
