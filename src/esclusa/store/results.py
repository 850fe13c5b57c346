"""Results of steps by content key: what need not be done twice."""

from collections.abc import Mapping

from sqlalchemy import select

from esclusa.core.errors import StateError
from esclusa.core.evidence import Evidence
from esclusa.core.ports import ArtifactStore
from esclusa.core.value import decode, encode
from esclusa.store.database import Database
from esclusa.store.schema import results


class Results:
    """core.ports.StepCache. What cannot be read any more, or has lost an artifact, is as if never kept."""

    def __init__(self, database: Database, artifacts: ArtifactStore) -> None:
        self._database = database
        self._artifacts = artifacts
        insert = database.insert(results)
        self._upsert = insert.on_conflict_do_update(
            index_elements=["key"], set_={"body": insert.excluded.body}
        )

    def get(self, key: str) -> Evidence | None:
        with self._database.read() as connection:
            body = connection.scalar(select(results.c.body).where(results.c.key == key))
        if body is None:
            return None
        try:
            evidence = decode(Evidence, body)
            for artifact in evidence.artifacts.values():
                self._artifacts.path(artifact.digest)
        except StateError:
            return None
        return evidence

    def put(self, results: Mapping[str, Evidence]) -> None:
        rows = [{"key": key, "body": encode(evidence).decode()} for key, evidence in results.items()]
        if rows:
            with self._database.write() as connection:
                connection.execute(self._upsert, rows)
