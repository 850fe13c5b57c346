"""SQLite databases, read from a copy in memory: the cells of their tables, one a line as `column: value`."""

import contextlib
import sqlite3
from collections.abc import Iterator

from esclusa.scans.budget import Budget
from esclusa.scans.member import Member
from esclusa.scans.shown import shown

MAGIC = b"SQLite format 3\0"
STEPS = 200_000
"""Times a thousand steps of SQLite's own machine that one database may take."""
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", MAGIC)
_COLUMNS = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
_MEND = "mend it with `sqlite3 FILE .recover`, or exclude it"


def members(data: bytes, budget: Budget) -> Iterator[Member]:
    """Its tables. Spent when there are too many, or too much comes out."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        try:
            tables = _opened(database, data)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            yield Member(name="", why=f"the database is broken ({type(error).__name__})", mend=_MEND)
            return
        for table in tables:
            budget.entry()
            yield from _table(database, table, budget)


def _opened(database: sqlite3.Connection, data: bytes) -> list[bytes]:
    steps = iter(range(STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, 1000)
    database.text_factory = bytes
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(len(data), 10_000))
    # One that keeps a log beside it says so in two bytes, and could not be opened without the log.
    database.deserialize(data[:18] + b"\1\1" + data[20:])
    for guard in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        database.execute(f"PRAGMA {guard}")
    return [name for (name,) in database.execute(_TABLES)]


def _table(database: sqlite3.Connection, table: bytes, budget: Budget) -> Iterator[Member]:
    lines: list[bytes] = []
    why, count = "", 0
    try:
        # What is computed is not looked at: a page of SQL computes gigabytes.
        columns = [name for (name,) in database.execute(_COLUMNS, (table.decode(),))]
        rows = database.execute(f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}")
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, bytes) and value.startswith(_PACKED):
                    yield _blob(f"{shown(table)}!{shown(column)}", value, budget)
                elif text := _text(value):
                    lines.append(column + b": " + text)
                    count += len(lines[-1]) + 1
            if why := budget.refusal(count, max(count, 1)):
                lines = []
                break
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        why = f"the table cannot be read to its end ({type(error).__name__})"
    budget.spend(count)
    yield Member(name=shown(table), data=b"\n".join(lines), why=why, mend=_MEND)


def _quoted(name: bytes) -> str:
    inner = name.decode().replace('"', '""')
    return f'"{inner}"'


def _text(value: object) -> bytes:
    """Of a number only what may be one of a card or a phone."""
    if isinstance(value, bytes):
        return value
    return str(value).encode() if isinstance(value, int) and abs(value) > 999_999 else b""


def _blob(name: str, value: bytes, budget: Budget) -> Member:
    budget.entry()
    budget.spend(len(value))
    return Member(name=name, data=value)
