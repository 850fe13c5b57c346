"""Stop points end a process as hard as a power cut, and only once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from esclusa.core.errors import UsageError
from esclusa.deploy.stops import EFFECTS, POINTS, never, stop_at
from tests.processes import wait_until

PROGRAM = """
import sys
from esclusa.deploy.stops import stop_at
hook = stop_at(sys.argv[1])
for visit in range(3):
    hook("before-intent")
    print(visit, flush=True)
"""


def run(text: str) -> tuple[int, list[str]]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, text], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split()


def test_it_stops_at_the_visit_that_was_named_and_the_next_process_goes_on(tmp_path: Path) -> None:
    text = f"before-intent#2:{tmp_path / 'first'}, before-intent#1:{tmp_path / 'second'}"
    assert run(text) == (-signal.SIGKILL, ["0"])
    assert run(text) == (-signal.SIGKILL, [])
    assert run(text) == (0, ["0", "1", "2"])


def test_it_can_be_held_where_it_stands_and_let_go(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    words = [sys.executable, "-c", PROGRAM, f"hold@before-intent#2:{marker}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as held:
        wait_until(marker.exists)
        assert held.poll() is None
        marker.unlink()
        said, _ = held.communicate(timeout=60)
    assert (held.returncode, said.split()) == (0, ["0", "1", "2"])


@pytest.mark.parametrize("text", ["", "before-intent", "somewhere:m", "after-done#x:m", "keep@after-done:m"])
def test_a_text_that_names_no_stop_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        stop_at(text)
    assert all(point in refused.value.mend for point in (*POINTS, *EFFECTS))


def test_without_a_test_nothing_stops() -> None:
    for point in (*POINTS, *EFFECTS):
        never(point)
