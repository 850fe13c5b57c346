"""Environments, built by the real venv and pip."""

import subprocess
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import OutsideError
from esclusa.sources.environments import MARKER, forget, install
from esclusa.sources.lock import Lock, Package, resolve


def test_an_environment_is_built_once_for_a_lock_even_by_two_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("sniffio==1.3.1\n")
    said: list[str] = []

    async def both() -> tuple[Path, Path]:
        lock = await resolve(tmp_path, ["requirements.txt"], [], said.append)
        found: list[Path] = []

        async def one() -> None:
            found.append(await install(lock, tmp_path / "environments", said.append))

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        return found[0], found[1]

    first, second = anyio.run(both)
    assert first == second
    assert said.count("building the environment of 1 packages") == 1
    subprocess.run([first / "bin" / "python", "-c", "import sniffio"], check=True)


def test_an_environment_without_its_marker_is_built_anew(tmp_path: Path) -> None:
    lock = Lock()
    place = anyio.run(install, lock, tmp_path, print)
    (place / MARKER).unlink()
    (place / "torn").write_text("left by a crash")
    again = anyio.run(install, lock, tmp_path, print)
    assert again == place
    assert not (place / "torn").exists()
    assert (place / MARKER).read_text() == lock.hash


def test_a_package_whose_hash_is_wrong_is_not_installed(tmp_path: Path) -> None:
    lock = Lock(packages=(Package(name="sniffio", version="1.3.1", digests=("0" * 64,)),))
    with pytest.raises(OutsideError, match="the environment could not be built"):
        anyio.run(install, lock, tmp_path, print)
    assert not list(tmp_path.glob(f"*/{MARKER}"))


def test_a_forgotten_environment_is_gone_and_forgetting_it_twice_is_the_same(tmp_path: Path) -> None:
    place = tmp_path / "abc"
    place.mkdir()
    (place / MARKER).write_text("")
    forget(place)
    forget(place)
    assert not place.exists()
