"""The journal: in order, without gaps, all or nothing, and seen by every process."""

import gc
import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from esclusa.core.errors import StateError
from esclusa.core.events import Recorded, RolloutCreated, RolloutMoved, RunFinished, RunStarted, StepStarted
from esclusa.core.rollout import RolloutState
from esclusa.core.run import Outcome
from esclusa.store import Store
from esclusa.store.schema import events
from esclusa.system import SystemClock
from tests.fakes import START, FakeClock
from tests.store.conftest import Open

STARTED = RunStarted(run="r1", project="p", commit="c")
CREATED = RolloutCreated(
    rollout="r1.prod", run="r1", environment="prod", candidate="a", stable="", strategy="direct"
)
MOVED = RolloutMoved(rollout="r1.prod", state=RolloutState.PREPARING, position=0, share=0.0)
OTHER = RunStarted(run="r2", project="p", commit="c")


def writer(url: str, directory: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    command = (sys.executable, "-m", "tests.store.writer", url, str(directory), *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])


def test_events_are_numbered_from_one_and_have_their_time(store: Store, clock: FakeClock) -> None:
    store.journal.append(STARTED, CREATED)
    clock.seconds = 1.5
    store.journal.append(MOVED)
    assert store.journal.read() == [
        Recorded(sequence=1, at=START, event=STARTED),
        Recorded(sequence=2, at=START, event=CREATED),
        Recorded(sequence=3, at=START + timedelta(seconds=1.5), event=MOVED),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"after": 2}, [3, 4]),
        ({"run": "r1"}, [1, 2]),
        ({"rollout": "r1.prod"}, [2, 3]),
        ({"run": "r2", "after": 3}, [4]),
        ({"limit": 2}, [1, 2]),
        ({"run": "unknown"}, []),
    ],
)
def test_a_part_can_be_asked_for(asked: dict[str, object], found: list[int], store: Store) -> None:
    store.journal.append(STARTED, CREATED, MOVED, OTHER)
    assert [recorded.sequence for recorded in store.journal.read(**asked)] == found  # type: ignore[arg-type]


def test_appending_nothing_is_nothing(store: Store) -> None:
    store.journal.append()
    assert store.journal.read() == []


def test_a_follower_sees_what_was_what_is_and_what_others_write(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.journal.append(STARTED)
    seen: list[Recorded] = []

    async def follow() -> None:
        async for recorded in ours.journal.follow():
            seen.append(recorded)
            if recorded.event == STARTED:
                theirs.journal.append(OTHER, CREATED)
            if recorded.event == CREATED:
                ours.journal.append(MOVED)
            if recorded.event == MOVED:
                return

    anyio.run(follow)
    assert [recorded.event for recorded in seen] == [STARTED, OTHER, CREATED, MOVED]


def test_a_follower_of_one_run_hears_of_no_other(opened: Open) -> None:
    ours, theirs = opened(), opened()
    finished = RunFinished(run="r1", outcome=Outcome.PASSED)
    ours.journal.append(OTHER, STARTED)
    seen = []

    async def follow() -> None:
        async for recorded in ours.journal.follow(after=1, run="r1"):
            seen.append(recorded.event)
            if len(seen) == 1:
                theirs.journal.append(OTHER, finished)
            else:
                return

    anyio.run(follow)
    assert seen == [STARTED, finished]


def test_two_processes_write_at_once_and_no_number_is_missing(url: str, opened: Open, tmp_path: Path) -> None:
    store = opened()
    writers = [writer(url, tmp_path, name, "60") for name in ("one", "two")]
    seen: list[Recorded] = []

    async def follow() -> None:
        async for recorded in store.journal.follow():
            seen.append(recorded)
            if len(seen) == 240:
                return

    async def main() -> None:
        with anyio.fail_after(60):
            await follow()

    # The follower's own clock must be a real one: it waits for others.
    store.journal._clock = SystemClock()
    try:
        anyio.run(main)
    finally:
        for process in writers:
            process.communicate()
    assert [recorded.sequence for recorded in seen] == list(range(1, 241))
    for name in ("one", "two"):
        steps = [r.event.step for r in seen if isinstance(r.event, StepStarted) and r.event.run == name]
        assert steps == [f"{number}.{half}" for number in range(1, 61) for half in ("first", "second")]


@pytest.mark.parametrize("seed", range(3))
def test_a_writer_killed_at_any_moment_leaves_whole_transactions(
    seed: int, url: str, opened: Open, tmp_path: Path
) -> None:
    process = writer(url, tmp_path, "killed")
    assert process.stdout is not None
    said = bytearray()
    wanted = random.Random(seed).randint(3, 60)
    while said.count(b"\n") < wanted:
        said += os.read(process.stdout.fileno(), 1)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    written = len((bytes(said) + rest).split())
    # A server may still carry out what the dead one had sent; whoever appends waits for that.
    opened().journal.append(STARTED)
    left = opened().journal.read()
    assert [recorded.sequence for recorded in left] == list(range(1, len(left) + 1))
    assert left[-1].event == STARTED
    assert len(left) % 2 == 1
    assert len(left) // 2 in (written, written + 1)


def test_an_event_this_version_does_not_know_is_an_error_and_not_skipped(store: Store) -> None:
    store.journal.append(STARTED)
    with store.database.write() as connection:
        connection.execute(events.update().values(body='{"kind":"from.the.future"}'))
    with pytest.raises(StateError, match="cannot be read"):
        store.journal.read()


def test_a_follower_that_is_cancelled_lets_go(opened: Open) -> None:
    store = opened()

    async def main() -> None:
        async def follow() -> None:
            async for _ in store.journal.follow():
                pass

        async with anyio.create_task_group() as group:
            group.start_soon(follow)
            await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()

    anyio.run(main)
    gc.collect()  # what earlier tests left open is not counted
    before = len(os.listdir("/proc/self/fd"))
    anyio.run(main)
    assert len(os.listdir("/proc/self/fd")) == before
