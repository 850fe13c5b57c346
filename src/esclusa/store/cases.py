"""The cases of eval suites."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from esclusa.core.case import Case
from esclusa.core.value import decode, encode
from esclusa.store.database import Database
from esclusa.store.schema import cases


class Cases:
    """core.ports.CaseLog."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = database.insert(cases)
        self._upsert = insert.on_conflict_do_update(
            index_elements=["run", "step", "case", "repeat"], set_={"body": insert.excluded.body}
        )

    def add(self, run: str, step: str, asked: Iterable[Case]) -> None:
        rows = [
            {
                "run": run,
                "step": step,
                "case": case.id,
                "repeat": case.repeat,
                "body": encode(case).decode(),
            }
            for case in asked
        ]
        if rows:
            with self._database.write() as connection:
                connection.execute(self._upsert, rows)

    def read(self, run: str, step: str) -> Sequence[Case]:
        query = select(cases.c.body).where(cases.c.run == run, cases.c.step == step).order_by(cases.c.number)
        with self._database.read() as connection:
            return [decode(Case, body) for body in connection.scalars(query)]
