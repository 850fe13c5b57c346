"""The database: opened by several at once, migrated when old, refused when torn, foreign or newer."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from esclusa.core.errors import EsclusaError, OutsideError, StateError, UsageError
from esclusa.core.events import RunStarted, StepStarted
from esclusa.core.value import encode
from esclusa.store import database as module
from esclusa.store import open_store, schema
from esclusa.store.schema import REVISIONS, metadata
from tests.fakes import FakeClock

STARTED = RunStarted(run="r", project="p", commit="c")


def test_the_migrations_lead_to_the_tables_of_this_version(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        module._migrate(connection)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == REVISIONS[-1]
        assert compare_metadata(context, metadata) == []
        indexes = {
            (table, index["name"]): index["column_names"]
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
        }
    engine.dispose()
    assert (
        indexes.items()
        >= {
            (table.name, index.name): [column.name for column in index.columns]
            for table in metadata.tables.values()
            for index in table.indexes
        }.items()
    )


def test_a_migrated_store_works(url: str, tmp_path: Path) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        module._migrate(connection)
    engine.dispose()
    store = open_store(url, tmp_path, FakeClock())
    store.journal.append(STARTED)
    assert [recorded.sequence for recorded in store.journal.read()] == [1]
    store.close()


def test_a_store_of_the_first_schema_keeps_what_it_has_and_gets_the_rest(url: str, tmp_path: Path) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        body = encode(STARTED).decode()
        connection.execute(schema.events.insert().values(sequence=1, at=0, run="r", rollout="", body=body))
        connection.execute(schema.counters.update().values(value=1))
    engine.dispose()
    store = open_store(url, tmp_path, FakeClock())
    assert [recorded.event for recorded in store.journal.read()] == [STARTED]
    assert (store.outbox.due(FakeClock().now()), store.locks.get("production")) == ([], None)
    store.close()


def test_an_old_store_is_migrated_when_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store("", tmp_path, FakeClock()).close()
    migrated: list[object] = []
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9999"))
    monkeypatch.setattr(module, "_migrate", migrated.append)
    open_store("", tmp_path, FakeClock()).close()
    assert len(migrated) == 1


def test_a_newer_store_is_refused(url: str, tmp_path: Path) -> None:
    open_store(url, tmp_path, FakeClock()).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StateError, match=r"newer version of esclusa \(schema 9999\)") as caught:
        open_store(url, tmp_path, FakeClock())
    assert "upgrade esclusa" in caught.value.mend


def test_somebody_elses_database_is_left_alone(url: str, tmp_path: Path) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (name TEXT)"))
    with pytest.raises(StateError, match="somebody else's: it holds customers"):
        open_store(url, tmp_path, FakeClock())
    assert inspect(engine).get_table_names() == ["customers"]
    engine.dispose()


def test_a_torn_file_is_refused_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"\0torn" * 2000)
    with pytest.raises(StateError, match=r"store\.db is torn") as caught:
        open_store("", tmp_path, FakeClock())
    assert "mv " in caught.value.mend


def test_a_file_torn_in_the_middle_is_noticed_where_it_is_read(tmp_path: Path) -> None:
    store = open_store("", tmp_path, FakeClock())
    store.journal.append(*[StepStarted(run="r" * 500, step=str(number)) for number in range(200)])
    store.close()
    file = tmp_path / "store.db"
    whole = file.read_bytes()
    kept = len(whole) - 20 * 4096
    file.write_bytes(whole[:kept] + b"\xff" * (len(whole) - kept))
    with pytest.raises(StateError, match=r"store\.db is torn"):
        open_store("", tmp_path, FakeClock()).journal.read()


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path) -> None:
    store = open_store("", tmp_path, FakeClock())
    store.journal.append(STARTED)
    with store.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
    many = [StepStarted(run="r" * 500, step=str(number)) for number in range(200)]
    with pytest.raises(OutsideError, match="the disk is full; nothing was written"):
        store.journal.append(*many)
    assert [recorded.event for recorded in store.journal.read()] == [STARTED]
    store.journal.append(STARTED)
    assert [recorded.sequence for recorded in store.journal.read()] == [1, 2]
    store.close()


def test_a_store_that_somebody_holds_for_too_long_is_said_to_be_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY", 0.05)
    store = open_store("", tmp_path, FakeClock())
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutsideError, match="another process has held the store"):
        store.journal.append(STARTED)
    other.execute("ROLLBACK")
    other.close()
    store.journal.append(STARTED)
    store.close()


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        ("nonsense", UsageError, "write `sqlite:///PATH`"),
        ("oracle9://x", UsageError, "write `sqlite:///PATH`"),
        ("sqlite:////proc/nowhere/store.db", OutsideError, "cannot be written"),
    ],
)
def test_a_wrong_address_is_an_error_in_words(
    url: str, kind: type[EsclusaError], message: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        open_store(url, tmp_path, FakeClock())
    assert message in str(caught.value)


def test_a_state_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutsideError, match=r"file/state cannot be made"):
        open_store("", tmp_path / "file" / "state", FakeClock())


OPEN = """
import sys
from pathlib import Path
from esclusa.store import open_store
from esclusa.system import SystemClock
open_store(sys.argv[1], Path(sys.argv[2]), SystemClock()).close()
assert "alembic" not in sys.modules, "alembic was imported for nothing"
assert "numpy" not in sys.modules
"""


def test_many_processes_make_the_store_at_the_same_moment(url: str, tmp_path: Path) -> None:
    opening = [subprocess.Popen((sys.executable, "-c", OPEN, url, tmp_path)) for _ in range(4)]
    assert [process.wait() for process in opening] == [0, 0, 0, 0]
    store = open_store(url, tmp_path, FakeClock())
    store.journal.append(STARTED)
    assert len(store.journal.read()) == 1
    store.close()
