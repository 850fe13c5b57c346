"""Programs whose output is read while they run."""

import os
import signal
from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError
from esclusa.pipe import Said, piped, said


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_its_output_is_read_while_it_runs_and_it_ends_when_nobody_reads_on(tmp_path: Path) -> None:
    with piped(("yes",), directory=tmp_path) as program:
        assert [program.output.readline() for _ in range(2)] == [b"y\n", b"y\n"]
    assert gone(program.pid)


def test_what_it_said_in_all_is_told_with_the_last_line_of_its_errors(tmp_path: Path) -> None:
    script = "echo out; echo one >&2; printf 'two\\033[31m\\n' >&2; cat; exit 3"
    found = said(("sh", "-c", script), directory=tmp_path, stdin=b"in")
    assert found == Said(code=3, output=b"out\nin", errors="two")


def test_much_on_every_stream_is_no_deadlock(tmp_path: Path) -> None:
    script = "head -c 300000 /dev/zero >&2; cat"
    found = said(("sh", "-c", script), directory=tmp_path, stdin=b"x" * 300_000)
    assert (found.code, len(found.output)) == (0, 300_000)


def test_its_environment_is_what_it_is_given(tmp_path: Path) -> None:
    found = said(("/usr/bin/env",), directory=tmp_path, variables={"ONLY": "this"})
    assert found.output == b"ONLY=this\n"


def test_a_program_that_does_not_end_by_itself_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.pipe.GRACE", 0.1)
    with piped(("sh", "-c", "echo $$; trap '' TERM PIPE; exec sleep 600"), directory=tmp_path) as program:
        pid = int(program.output.readline())
    assert gone(pid)


def test_a_program_is_ended_when_the_block_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = []

    def break_off() -> None:
        with piped(("sh", "-c", "echo $$; exec sleep 600"), directory=tmp_path) as program:
            pids.append(int(program.output.readline()))
            os.kill(pids[0], signal.SIGSTOP)
            raise KeyboardInterrupt

    monkeypatch.setattr("esclusa.pipe.GRACE", 0.1)
    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert gone(pids[0])


def test_it_stays_in_our_group_so_that_who_ends_us_ends_it(tmp_path: Path) -> None:
    with piped(("sh", "-c", "echo $$; cat"), directory=tmp_path) as program:
        assert os.getpgid(int(program.output.readline())) == os.getpgrp()


def test_no_file_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    said(("cat",), directory=tmp_path, stdin=b"a\n")
    with pytest.raises(OutsideError):
        said(("no-such-program",), directory=tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_program_that_is_not_there_is_said_with_a_mend(tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as raised:
        said(("no-such-program",), directory=tmp_path)
    assert raised.value.message == "no-such-program: no such program"
    assert raised.value.mend == "install no-such-program, or put it on the PATH"


def test_a_program_that_a_signal_ends_has_its_number(tmp_path: Path) -> None:
    found = said(("sh", "-c", "kill -KILL $$"), directory=tmp_path)
    assert found.code == -signal.SIGKILL
