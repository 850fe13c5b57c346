"""The database under the ports: how it is opened, what a transaction is, and what its failures are called.

SQLite runs in WAL mode with `synchronous=FULL`: one fsync a transaction (0.4 ms on a plain disk), so that
what was written is still there after a power cut. What the controller intends must be, and the runner writes
in batches. A writing transaction takes SQLite's lock at its beginning, so that none fails half-way for
another's sake.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from esclusa.core.errors import EsclusaError, OutsideError, StateError, UsageError
from esclusa.store import schema

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

BUSY = 30.0
"""Seconds that a writer waits for another one."""


class Database:
    """A database whose schema is this version's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.postgresql = engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent look."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All of it, or nothing."""
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def changes(self) -> Iterator[Callable[[], bool]]:
        """A question that is cheap to ask: has anything been written since it was asked last?"""
        if self.postgresql:
            yield self._counter_changes()
            return
        path = self._engine.url.database
        watcher = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        try:
            yield _Changed(lambda: watcher.execute("PRAGMA data_version").fetchone()[0])
        finally:
            watcher.close()

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An insert that can say what happens when the row is there already."""
        return insert_into(table, self._engine.dialect.name)

    def close(self) -> None:
        self._engine.dispose()

    def _counter_changes(self) -> Callable[[], bool]:
        def value() -> Any:
            with self.read() as connection:
                return connection.scalar(schema.counters.select().with_only_columns(schema.counters.c.value))

        return _Changed(value)


def insert_into(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """The same, where only the name of the dialect is known."""
    if dialect != "postgresql":
        return sqlite.insert(table)
    # 0.03 s of CPU to import, and seldom needed.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


class _Changed:
    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._last: Any = None

    def __call__(self) -> bool:
        before, self._last = self._last, self._look()
        return bool(before != self._last)


def open_database(url: str) -> Database:
    """The database at the URL, created or migrated as needed."""
    try:
        engine = create_engine(make_url(url))
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            f"store: {error}", mend="write `sqlite:///PATH` or `postgresql+psycopg://HOST/NAME`"
        ) from error
    except ImportError as error:
        raise UsageError(
            f"store: the driver is not installed: {error}", mend="pip install 'esclusa[postgresql]'"
        ) from error
    event.listen(engine, "handle_error", _named)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
    else:
        schema.for_postgresql()
    database = Database(engine)
    try:
        _settle_schema(database)
    except BaseException:
        database.close()
        raise
    return database


def _connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # `_begun` says BEGIN itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
    for _attempt in range(100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:  # changing the mode does not wait for others by itself
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.02)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -512")  # KiB; the system keeps the file in memory as it is
    cursor.close()


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _settle_schema(database: Database) -> None:
    with database.read() as connection:
        found = _revision(connection)
    if found == schema.REVISIONS[-1]:
        return
    with database.write() as connection:
        if database.postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('esclusa schema'))"))
        found = _revision(connection)  # somebody else may have been faster
        if found is None:
            _create(connection)
        elif found in schema.REVISIONS[:-1]:
            _migrate(connection)
        elif found != schema.REVISIONS[-1]:
            raise StateError(
                f"the store was written by a newer version of esclusa (schema {found})",
                mend="upgrade esclusa, or give this version a store of its own",
            )


def _revision(connection: Connection) -> str | None:
    """The schema's revision; None when there is nothing at all."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found or "unknown"
    if tables:
        raise StateError(
            f"the store's database is somebody else's: it holds {', '.join(sorted(tables)[:5])}",
            mend="name another database under `store:`",
        )
    return None


def _create(connection: Connection) -> None:
    schema.metadata.create_all(connection)
    connection.execute(schema.counters.insert().values(name="events", value=0))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(
        text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": schema.REVISIONS[-1]}
    )


def _migrate(connection: Connection) -> None:
    # Seldom needed and slow to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _named(context: ExceptionContext) -> None:
    """Every failure of the database in our own words."""
    error = context.original_exception
    named = _sqlite_failure(error, context) if isinstance(error, sqlite3.Error) else _failure(error)
    if named is not None:
        raise named from error


def _failure(error: BaseException) -> EsclusaError | None:
    if type(error).__name__ == "OperationalError" and not isinstance(error, SQLAlchemyError):
        return OutsideError(f"the store's database cannot be reached: {error}", mend="see that it is running")
    return None


def _sqlite_failure(error: sqlite3.Error, context: ExceptionContext) -> EsclusaError | None:
    place = str(context.engine.url.database) if context.engine is not None else "the store"
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StateError(
            f"{place} is torn: {error}",
            mend=f"restore it from a copy, or move it aside to begin anew: mv {place} {place}.torn",
        )
    if primary == sqlite3.SQLITE_FULL:
        return OutsideError(
            f"{place}: the disk is full; nothing was written", mend="free some space; `esclusa prune` helps"
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return OutsideError(
            f"{place} cannot be written: {error}", mend="see who owns the file and its folder"
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutsideError(
            f"{place}: another process has held the store for {BUSY:g} s",
            mend="see which one: `fuser` with the file's name",
        )
    if primary == sqlite3.SQLITE_IOERR:
        return OutsideError(f"{place}: the disk failed: {error}", mend="look at the system's log")
    return None
