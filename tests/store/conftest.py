"""Every test of the ports runs on SQLite, and on PostgreSQL where its programs and driver are installed."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from esclusa.store import Store, open_store
from tests.fakes import FakeClock

Open = Callable[[], Store]


def _postgresql_programs() -> Path | None:
    if importlib.util.find_spec("psycopg") is None:
        return None
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


PROGRAMS = _postgresql_programs()
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL that nobody else has: its socket's directory."""
    if PROGRAMS is None:
        pytest.skip("the programs of PostgreSQL, or psycopg, are not installed")
    # Not under pytest's own directory: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        user = "nobody" if os.geteuid() == 0 else None  # it refuses to be root

        def program(*argv: str) -> None:
            subprocess.run(
                (str(PROGRAMS / argv[0]), *argv[1:]),
                check=True,
                user=user,
                cwd="/",
                stdout=subprocess.DEVNULL,
            )

        if user:
            shutil.chown(directory, user)
        data = f"{directory}/data"
        program("initdb", "-D", data, "-A", "trust", "-U", "tester", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {directory}"
        program("pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{directory}/log", "start")
        try:
            yield directory
        finally:
            program("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


_numbers = count()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    socket = request.getfixturevalue("server")
    name = f"test{next(_numbers)}"
    place = f"host={socket}&user=tester"
    engine = create_engine(f"postgresql+psycopg:///postgres?{place}")
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"postgresql+psycopg:///postgres?{place}&options=-csearch_path%3D{name}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def opened(url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Open]:
    """Opens the same store as often as it is called, as several processes would."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(open_store(url, tmp_path, clock, alive=lambda holder: holder != "dead"))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Open) -> Store:
    return opened()
