"""Real steps with real children: whatever ends the run, nothing of it is left, and nothing that counted is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from esclusa.core.events import StepFinished
from esclusa.core.run import StepState
from esclusa.store import open_store
from esclusa.system import SystemClock
from tests.processes import living, numbers_in, wait_until

Started = Callable[..., "subprocess.Popen[str]"]


def family(place: Path) -> str:
    """A command with a child, a silent child, and a child in a session of its own, which all stay for long."""
    return f"""cd {place}
sh -c 'echo $$ > child.pid; exec sleep 600' &
sh -c 'echo $$ > silent.pid; exec sleep 600' > /dev/null 2>&1 &
setsid sh -c 'echo $$ > away.pid; exec sleep 600' &
echo $$ > itself.pid
wait"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Started]:
    """Starts a run in a process of its own; what a test leaves of it is ended, and was an error."""
    processes: list[subprocess.Popen[str]] = []

    def started(*steps: str) -> "subprocess.Popen[str]":
        run = f"r-{os.getpid()}-{tmp_path.name}"
        command = (sys.executable, "-m", "tests.pipeline.program", str(tmp_path / "state"), run, *steps)
        root = Path(__file__).parents[2]
        processes.append(subprocess.Popen(command, cwd=root, text=True, stdout=-1, stderr=-1))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def states(tmp_path: Path) -> dict[str, StepState]:
    store = open_store("", tmp_path / "state", SystemClock())
    events = [recorded.event for recorded in store.journal.read()]
    store.close()
    return {event.step: event.state for event in events if isinstance(event, StepFinished)}


def ends(process: "subprocess.Popen[str]") -> str:
    out, _ = process.communicate(timeout=60)
    return out.strip()


def test_a_failing_step_leaves_nothing_of_the_others(start: Started, tmp_path: Path) -> None:
    there = " -a ".join(f"-s {tmp_path}/{name}.pid" for name in ("child", "silent", "away", "itself"))
    bad = f"until [ {there} ]; do sleep 0.02; done; exit 3"
    process = start(f"test/family={family(tmp_path)}", f"test/bad={bad}")
    assert ends(process) == "failed"
    assert [pid for pid in numbers_in(tmp_path, 4) if living(pid)] == []
    assert states(tmp_path) == {"test.bad": StepState.FAILED, "test.family": StepState.CANCELLED}


def test_a_daemon_of_a_step_that_ended_well_goes_when_the_run_fails(start: Started, tmp_path: Path) -> None:
    """It left its step's group, so that later steps may use it; but not the run."""
    daemon = f"cd {tmp_path}; setsid sh -c 'echo $$ > it.pid; exec sleep 600' >/dev/null 2>&1 & until [ -s it.pid ]; do sleep 0.01; done"
    process = start(
        f"test/database={daemon}",
        f"later/uses=kill -0 $(cat {tmp_path}/it.pid)",
        "last/bad=exit 1",
    )
    assert ends(process) == "failed"
    assert states(tmp_path)["later.uses"] is StepState.SUCCEEDED
    assert [pid for pid in numbers_in(tmp_path, 1) if living(pid)] == []


@pytest.mark.parametrize("number", [signal.SIGINT])
def test_interrupting_the_run_ends_all_of_it_and_the_journal_knows(
    number: signal.Signals, start: Started, tmp_path: Path
) -> None:
    process = start("build/first=true", f"test/family={family(tmp_path)}")
    pids = numbers_in(tmp_path, 4)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert [pid for pid in pids if living(pid)] == []
    assert states(tmp_path) == {"build.first": StepState.SUCCEEDED, "test.family": StepState.CANCELLED}


def test_after_a_kill_the_run_resumes_ends_what_was_left_and_repeats_nothing(
    start: Started, tmp_path: Path
) -> None:
    first = f"build/first=echo done >> {tmp_path}/first.txt"
    process = start(first, f"test/family={family(tmp_path)}")
    pids = numbers_in(tmp_path, 4)
    wait_until(lambda: states(tmp_path) == {"build.first": StepState.SUCCEEDED})
    process.kill()
    process.communicate()
    assert [pid for pid in pids if living(pid)] == pids
    assert ends(start(first, "test/family=true")) == "passed"
    assert [pid for pid in pids if living(pid)] == []
    assert (tmp_path / "first.txt").read_text() == "done\n"
    assert states(tmp_path) == {"build.first": StepState.SUCCEEDED, "test.family": StepState.SUCCEEDED}
