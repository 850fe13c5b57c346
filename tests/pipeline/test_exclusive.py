"""One run at a time on one project."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import Fenced, StepFailed, UsageError
from esclusa.pipeline.exclusive import sole_run
from esclusa.store import Store, open_store
from esclusa.system import SystemClock, holder
from tests.fakes import FakeClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("", tmp_path, SystemClock())
    yield opened
    opened.close()


def test_a_second_run_is_refused_and_told_who_has_the_first(store: Store) -> None:
    async def main() -> None:
        async with sole_run(store.lease, SystemClock(), holder()):
            with pytest.raises(UsageError, match=f"another run is under way .*{holder()}"):
                async with sole_run(store.lease, SystemClock(), "9@example.org:1"):
                    raise AssertionError

    anyio.run(main)


def test_afterwards_the_next_may_come(store: Store) -> None:
    async def main() -> list[int]:
        epochs = []
        for _ in range(2):
            async with sole_run(store.lease, SystemClock(), holder()) as epoch:
                epochs.append(epoch)
        return epochs

    assert anyio.run(main) == [1, 2]
    assert store.lease.holder("run") == ""


def test_what_the_body_raises_is_raised_as_it_is_and_the_lease_given_back(store: Store) -> None:
    async def main() -> None:
        async with sole_run(store.lease, SystemClock(), holder()):
            raise StepFailed("no")

    with pytest.raises(StepFailed, match="no"):
        anyio.run(main)
    assert store.lease.holder("run") == ""


def test_the_lease_is_kept_for_as_long_as_the_run_goes_on(tmp_path: Path) -> None:
    clock = FakeClock()
    store = open_store("", tmp_path, clock)

    async def main() -> None:
        async with sole_run(store.lease, clock, "7@example.org:1", seconds=30):
            while clock.seconds < 100:
                await anyio.lowlevel.checkpoint()
            assert store.lease.holder("run") == "7@example.org:1"

    anyio.run(main)


def test_who_was_away_for_too_long_stops_when_another_has_taken_over(store: Store) -> None:
    stopped: list[str] = []

    async def main() -> None:
        async with sole_run(store.lease, SystemClock(), "7@example.org:1", seconds=0.3):
            store.lease.release("run", 1)
            assert store.lease.take("run", "8@example.org:1", 60) == 2
            try:
                await anyio.sleep_forever()
            finally:
                stopped.append("stopped")

    with pytest.raises(Fenced, match="another one has taken its place"):
        anyio.run(main)
    assert stopped == ["stopped"]
    assert store.lease.holder("run") == "8@example.org:1"


def test_cancelling_gives_the_lease_back(store: Store) -> None:
    async def main() -> None:
        with anyio.move_on_after(0.1):
            async with sole_run(store.lease, SystemClock(), holder()):
                await anyio.sleep_forever()

    anyio.run(main)
    assert store.lease.holder("run") == ""
