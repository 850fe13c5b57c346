"""Names that sort by time, and processes that are told apart."""

import os
import subprocess
from pathlib import Path

from esclusa.system import SystemClock, alive, holder, new_id
from tests.processes import wait_until


def test_names_are_nobody_elses_and_sort_by_time() -> None:
    names = [new_id("run") for _ in range(500)]
    assert len(set(names)) == 500
    moments = [name.rsplit("-", 1)[0] for name in names]
    assert moments == sorted(moments)
    assert all(name.startswith("run-2") for name in names)


def test_we_are_alive() -> None:
    assert alive(holder())
    assert holder().startswith(f"{os.getpid()}@")


def test_a_process_that_has_ended_is_not_alive_even_before_it_is_reaped() -> None:
    child = subprocess.Popen(("sleep", "600"))
    _, _, place = holder().partition("@")
    host = place.rpartition(":")[0]
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(") ")[2].split()
    name = f"{child.pid}@{host}:{fields[19]}"
    try:
        assert alive(name)
        child.kill()
        wait_until(lambda: not alive(name))
    finally:
        child.kill()
        child.wait()
    assert not alive(name)


def test_another_process_with_the_same_number_is_somebody_else() -> None:
    name, _, started = holder().rpartition(":")
    assert not alive(f"{name}:{int(started) + 1}")


def test_of_another_machine_nobody_here_can_say_that_it_is_gone() -> None:
    assert alive("1@another.example:5")


def test_what_names_no_process_is_not_alive() -> None:
    assert [alive(text) for text in ("", "me", "1@host", "x@host:5")] == [False] * 4


def test_the_clock_says_utc() -> None:
    offset = SystemClock().now().utcoffset()
    assert offset is not None
    assert not offset
