"""Python environments: one for each lock hash, never built twice.

A virtual environment cannot be moved, so it is built in place, under a lock that other processes respect, and
counts only once its marker file is written.
"""

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.sources.lock import Lock

MARKER = "esclusa-complete"


def environment_path(directory: Path, lock_hash: str) -> Path:
    """Where the environment of a lock is, or would be."""
    return directory / lock_hash[:16]


def is_built(place: Path) -> bool:
    """Whether all of an environment is there."""
    return (place / MARKER).exists()


async def install(lock: Lock, directory: Path, say: Callable[[str], None]) -> Path:
    """The environment of the lock, built if it is not there yet. OutsideError when pip cannot install it."""
    place = environment_path(directory, lock.hash)
    if is_built(place):
        return place
    directory.mkdir(parents=True, exist_ok=True)
    async with _alone(directory / f"{place.name}.lock"):
        if not is_built(place):
            await _build(lock, place, say)
    return place


def forget(place: Path) -> None:
    """Remove an environment. First it stops counting, so that half of one is never taken for a whole."""
    (place / MARKER).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)


async def _build(lock: Lock, place: Path, say: Callable[[str], None]) -> None:
    shutil.rmtree(place, ignore_errors=True)
    say(f"building the environment of {len(lock.packages)} packages")
    await _run([sys.executable, "-m", "venv", str(place)], place.parent, say)
    written = place / "requirements.lock"
    written.write_text(lock.text)
    if lock.packages:
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
        await _run([*pip, "--require-hashes", "-r", str(written)], place.parent, say)
    (place / MARKER).write_text(lock.hash)


async def _run(argv: list[str], directory: Path, say: Callable[[str], None]) -> None:
    finished = await shell.run(argv, directory=directory, variables=dict(os.environ), say=say)
    if finished.code != 0:
        raise OutsideError(
            f"the environment could not be built: {' '.join(Path(word).name for word in argv[:4])} failed",
            mend="read pip's own words in the step's log",
        )


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    with path.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield
