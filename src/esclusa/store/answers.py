"""Answers of releases, kept so that they need not be asked for again."""

from collections.abc import Mapping

from sqlalchemy import select

from esclusa.store.database import Database
from esclusa.store.schema import answers


class AnswersKept:
    """core.ports.AnswerCache."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = database.insert(answers)
        self._upsert = insert.on_conflict_do_update(
            index_elements=["key"], set_={"body": insert.excluded.body}
        )

    def get(self, key: str) -> str | None:
        with self._database.read() as connection:
            body: str | None = connection.scalar(select(answers.c.body).where(answers.c.key == key))
        return body

    def put(self, release: str, bodies: Mapping[str, str]) -> None:
        rows = [{"key": key, "release": release, "body": body} for key, body in bodies.items()]
        if rows:
            with self._database.write() as connection:
                connection.execute(self._upsert, rows)

    def remove(self, release: str) -> None:
        with self._database.write() as connection:
            connection.execute(answers.delete().where(answers.c.release == release))
