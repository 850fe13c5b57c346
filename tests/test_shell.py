"""Programs that are started end, with all that they started."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from esclusa import shell
from esclusa.core.errors import OutsideError
from tests.processes import living, numbers_in, wait_until

FAMILY = """
sh -c 'echo $$ > in-the-group.pid; exec sleep 600' &
sh -c 'echo $$ > silent.pid; exec sleep 600' > /dev/null 2>&1 &
setsid sh -c 'echo $$ > in-its-own-session.pid; exec sleep 600' &
echo $$ > itself.pid
"""


def sh(script: str, directory: Path, **options: object) -> shell.Finished:
    return anyio.run(partial(shell.run, ("sh", "-c", script), directory=directory, **options))  # type: ignore[arg-type]


def cut_short(script: str, directory: Path, *, pids: int, grace: float = shell.GRACE) -> shell.Finished:
    """Run it until its time is over, which is not before it has told of that many of its processes."""
    seconds = 0.5
    while True:
        finished = sh(script, directory, timeout=seconds, grace=grace)
        if len([path for path in directory.glob("*.pid") if path.read_text()]) == pids:
            return finished
        for path in directory.glob("*.pid"):
            path.unlink()
        seconds *= 3  # a slow machine


def test_both_streams_are_one_and_the_code_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    finished = sh("echo one; echo two >&2; echo three; exit 7", tmp_path, say=said.append)
    assert (finished.code, finished.ok, finished.timed_out) == (7, False, False)
    assert finished.output == "one\ntwo\nthree"
    assert said == ["one", "two", "three"]


def test_a_signal_is_a_negative_code(tmp_path: Path) -> None:
    assert sh("kill -9 $$", tmp_path).code == -signal.SIGKILL


def test_the_environment_is_what_was_given_and_our_own_if_nothing_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    line = 'echo "$GIVEN $INHERITED $PWD"'
    assert sh(line, tmp_path, variables={"GIVEN": "given"}).output == f"given  {tmp_path}"
    assert sh(line, tmp_path).output == f" yes {tmp_path}"


def test_a_line_is_said_while_the_program_goes_on(tmp_path: Path) -> None:
    """The program ends only because its line was seen."""
    finished = sh(
        "echo waiting; while [ ! -e seen ]; do sleep 0.01; done; echo seen",
        tmp_path,
        say=lambda _line: (tmp_path / "seen").touch(),
        timeout=60,
    )
    assert (finished.code, finished.output) == (0, "waiting\nseen")


def test_a_last_line_without_an_end_is_a_line(tmp_path: Path) -> None:
    assert sh("printf 'one\\n\\ntwo'", tmp_path).output == "one\n\ntwo"


def test_any_amount_can_be_given_to_read(tmp_path: Path) -> None:
    text = "line\n" * 100_000
    assert sh("wc -c", tmp_path, stdin=text).output == str(len(text))
    assert sh("cat", tmp_path, stdin=b"bytes").output == "bytes"
    assert sh("cat", tmp_path).output == ""


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (rb"\033[1;31mred\033[0m", "red"),
        (rb"\033]0;a title\007text", "text"),
        (rb"\033]8;;http://example.org\033\\link\033]8;;\033\\", "link"),
        (rb"\033]0;never closed", "]0;never closed"),
        (rb"\033(B\033=plain", "plain"),
        (rb"10 percent\r50 percent\rdone", "done"),
        (rb"windows\r", "windows"),
        (rb"bell\007 back\010space", "bell backspace"),
        (rb"tab\tstays", "tab\tstays"),
        (rb"bad \377 byte", "bad � byte"),
        (rb"gr\303\274n", "grün"),
        (rb"\302\23331mred", "red"),
    ],
)
def test_what_would_move_a_terminal_is_left_out(printed: bytes, shown: str, tmp_path: Path) -> None:
    assert sh(f"printf '{printed.decode()}\\n'", tmp_path).output == shown


def test_a_long_line_is_cut_and_the_next_is_not(tmp_path: Path) -> None:
    script = f"import sys; sys.stdout.write('a' * {5 * shell.LINE} + '\\nshort\\n')"
    finished = anyio.run(partial(shell.run, (sys.executable, "-c", script), directory=tmp_path))
    assert finished.output.splitlines() == ["a" * shell.LINE + shell.CUT, "short"]


def test_of_endless_output_the_end_is_kept(tmp_path: Path) -> None:
    said = 0

    def count(_line: str) -> None:
        nonlocal said
        said += 1

    finished = sh("seq 200000", tmp_path, say=count)
    assert said == 200_000
    assert len(finished.output) <= shell.TAIL
    assert finished.output.endswith("\n199999\n200000")


def test_when_its_time_is_over_the_whole_family_ends(tmp_path: Path) -> None:
    """Also who is silent, and who left for a session of its own."""
    finished = cut_short(f"echo begun; {FAMILY} wait", tmp_path, pids=4)
    assert (finished.timed_out, finished.ok, finished.output) == (True, False, "begun")
    assert [pid for pid in numbers_in(tmp_path, 4) if living(pid)] == []


def test_cancelling_leaves_no_grandchildren(tmp_path: Path) -> None:
    """A plain cancel of anyio's own `run_process` leaves two."""

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(partial(shell.run, ("sh", "-c", FAMILY + "wait"), directory=tmp_path))
            await anyio.to_thread.run_sync(numbers_in, tmp_path, 4)
            group.cancel_scope.cancel()

    anyio.run(main)
    assert [pid for pid in numbers_in(tmp_path, 4) if living(pid)] == []


@pytest.mark.parametrize("how", ["cancelled", "killed"])
def test_those_end_too_that_a_program_started_in_the_same_way(tmp_path: Path, how: str) -> None:
    """In sessions of their own, with environments of their own: as a scan starts its linters."""
    inner = (
        "import anyio; from functools import partial; from esclusa import shell;"
        "words = ('sh', '-c', 'echo $$ > inner.pid; exec sleep 600');"
        "anyio.run(partial(shell.run, words, directory='.', variables={'PATH': '/usr/bin:/bin'}))"
    )
    pid = tmp_path / "inner.pid"

    async def ended() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(partial(shell.run, (sys.executable, "-c", inner), directory=tmp_path))
            await anyio.to_thread.run_sync(wait_until, lambda: pid.exists() and bool(pid.read_text()))
            if how == "cancelled":
                group.cancel_scope.cancel()
            else:
                os.kill(_parent(int(pid.read_text())), signal.SIGKILL)

    anyio.run(ended)
    assert not living(int(pid.read_text()))


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_what_was_stopped_in_its_tracks_hears_that_it_is_to_end(tmp_path: Path) -> None:
    finished = cut_short("trap 'echo heard; exit' TERM; echo $$ > it.pid; kill -STOP $$", tmp_path, pids=1)
    assert (finished.timed_out, finished.output) == (True, "heard")
    assert [pid for pid in numbers_in(tmp_path, 1) if living(pid)] == []


def test_a_program_is_asked_to_end_and_its_last_words_are_heard(tmp_path: Path) -> None:
    script = "trap 'echo cleaned up; exit 0' TERM; echo begun; echo $$ > it.pid; sleep 600 & wait"
    finished = cut_short(script, tmp_path, pids=1)
    assert finished.output == "begun\ncleaned up"


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "trap '' TERM; echo $$ > one.pid; (trap '' TERM; sh -c 'echo $$ > two.pid'; sleep 600) & sleep 600"
    )
    finished = cut_short(stubborn, tmp_path, pids=2, grace=0.3)
    # The shell itself, or first the program that it waited for and then told of.
    assert finished.code in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert finished.timed_out
    assert [pid for pid in numbers_in(tmp_path, 2) if living(pid)] == []


def test_who_stays_behind_with_the_output_neither_hangs_the_call_nor_lives_on(tmp_path: Path) -> None:
    left = "sh -c 'echo $$ > left.pid; exec sleep 600' &"
    finished = sh(f"{left} until [ -s left.pid ]; do sleep 0.01; done; echo done", tmp_path)
    assert (finished.code, finished.output) == (0, "done")
    assert [pid for pid in numbers_in(tmp_path, 1) if living(pid)] == []


def test_nor_does_who_stays_behind_and_does_not_listen(tmp_path: Path) -> None:
    stubborn = "(trap '' TERM; sh -c 'echo $$ > left.pid; exec sleep 600') > /dev/null 2>&1 &"
    finished = sh(f"{stubborn} until [ -s left.pid ]; do sleep 0.01; done", tmp_path, grace=0.2)
    assert finished.ok
    assert [pid for pid in numbers_in(tmp_path, 1) if living(pid)] == []


def test_what_is_still_written_just_after_the_end_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.shell.LINGER", 20.0)  # "just after" may be long on a slow machine
    assert sh("(sleep 0.1; echo later) & echo first", tmp_path).output == "first\nlater"


def test_a_service_that_left_a_program_which_ended_well_goes_on(tmp_path: Path) -> None:
    service = "setsid sh -c 'echo $$ > service.pid; exec sleep 600' > /dev/null 2>&1 &"
    sh(f"{service} until [ -s service.pid ]; do sleep 0.01; done", tmp_path)
    (pid,) = numbers_in(tmp_path, 1)
    try:
        assert living(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_listener_that_fails_ends_the_program_and_is_heard_of(tmp_path: Path) -> None:
    def say(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="hello"):
        sh("echo $$ > it.pid; echo hello; sleep 600", tmp_path, say=say)
    assert [pid for pid in numbers_in(tmp_path, 1) if living(pid)] == []


def test_nothing_is_started_for_a_caller_that_is_cancelled_already(tmp_path: Path) -> None:
    async def main() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await shell.run(("no-such-program-anywhere",), directory=tmp_path)
        assert scope.cancelled_caught

    anyio.run(main)


def test_an_interruption_while_it_starts_leaves_nobody_of_the_family(tmp_path: Path) -> None:
    """No shield of anyio's holds against the event loop's own cancelling, which is what Ctrl-C does."""

    async def main() -> list[int]:
        begun = asyncio.ensure_future(shell.run(("sh", "-c", FAMILY + "wait"), directory=tmp_path))
        await asyncio.sleep(0)
        family = numbers_in(tmp_path, 4)  # which lets the loop hear of nothing, not even that it has started
        begun.cancel()
        with pytest.raises(asyncio.CancelledError):
            await begun
        return family

    family = anyio.run(main)
    wait_until(lambda: not any(map(living, family)))


def not_a_program(directory: Path) -> tuple[str, ...]:
    (directory / "notes.txt").write_text("only text")
    return (str(directory / "notes.txt"),)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (lambda _: ("no-such-program-anywhere",), "no-such-program-anywhere: no such program"),
        (not_a_program, "notes.txt: may not be executed"),
    ],
)
def test_what_cannot_be_started_is_said_with_the_mend(
    argv: Callable[[Path], tuple[str, ...]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(OutsideError) as caught:
        anyio.run(partial(shell.run, argv(tmp_path), directory=tmp_path))
    assert message in caught.value.message
    assert caught.value.mend


def test_a_missing_directory_is_not_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"sh: cannot start in .*gone: no such directory"):
        sh("true", tmp_path / "gone")


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        await shell.run(("true",), directory=tmp_path)
        gc.collect()  # what earlier tests left open is not counted
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(10):
            await shell.run(("sh", "-c", "echo out; sleep 0.1 &"), directory=tmp_path, stdin="in")
            await shell.run(("sleep", "600"), directory=tmp_path, timeout=0.01)
            await shell.capture(("sh", "-c", "echo out; echo err >&2"), directory=tmp_path)
        return before, len(os.listdir("/proc/self/fd"))

    before, after = anyio.run(main)
    assert after == before


def test_captured_output_is_the_bytes_themselves(tmp_path: Path) -> None:
    script = "printf 'a\\000\\377\\n'; echo problem >&2; exit 2"
    captured = anyio.run(partial(shell.capture, ("sh", "-c", script), directory=tmp_path))
    assert captured == shell.Captured(code=2, output=b"a\x00\xff\n", errors="problem")


def test_what_is_captured_may_be_given_a_text_a_time_and_a_size(tmp_path: Path) -> None:
    def captured(script: str, **more: Any) -> shell.Captured:
        return anyio.run(partial(shell.capture, ("sh", "-c", script), directory=tmp_path, **more))

    assert captured("cat", stdin="given") == shell.Captured(code=0, output=b"given", errors="")
    slow = captured("echo begun; sleep 600", timeout=0.3)
    assert (slow.output, slow.timed_out, slow.overflowed) == (b"begun\n", True, False)
    endless = captured("yes", largest=1000)
    assert (len(endless.output) > 1000, endless.timed_out, endless.overflowed) == (True, False, True)
    assert captured("printf 12345", largest=5).overflowed is False


def test_a_sweep_ends_those_who_carry_the_mark_and_nobody_else(tmp_path: Path) -> None:
    def sleeper(**variables: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(("sleep", "600"), env={**os.environ, **variables})

    marked, other = sleeper(ESCLUSA_TEST=str(tmp_path)), sleeper(ESCLUSA_TEST=f"{tmp_path}.1")
    try:
        wait_until(lambda: b"ESCLUSA_TEST" in Path(f"/proc/{other.pid}/environ").read_bytes())
        assert anyio.run(shell.sweep, "ESCLUSA_TEST", str(tmp_path)) == 1
        assert not living(marked.pid)
        assert living(other.pid)
    finally:
        for process in (marked, other):
            process.kill()
            process.wait()


TWICE = """
import anyio, sys
from functools import partial
from esclusa import shell

script = "trap ': > asked' TERM; " + sys.argv[1] + "echo followed; while :; do sleep 0.1; done"
anyio.run(partial(shell.run, ("sh", "-c", script), directory=".", grace=600, say=print))
"""


def test_a_second_interruption_leaves_nothing_running_either(tmp_path: Path) -> None:
    """The first asks kindly and waits ten minutes for an answer; the second does not wait."""
    ours = subprocess.Popen(
        (sys.executable, "-u", "-c", TWICE, FAMILY),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"followed\n"  # before that, one who interrupts finds it starting
        family = numbers_in(tmp_path, 4)
        ours.send_signal(signal.SIGINT)
        wait_until((tmp_path / "asked").exists)
        assert ours.poll() is None
        ours.send_signal(signal.SIGINT)
        ours.communicate(timeout=30)
    finally:
        ours.kill()
        ours.communicate()
    wait_until(lambda: not any(map(living, family)))


def test_a_detached_program_is_in_a_session_of_its_own_and_writes_to_the_end_of_a_file(
    tmp_path: Path,
) -> None:
    output = tmp_path / "output"
    output.write_text("before\n")
    code = "import os; print(os.getsid(0) == os.getpid(), os.getcwd(), flush=True)"
    pid = shell.detach((sys.executable, "-c", code), directory=tmp_path, output=output)
    assert os.waitpid(pid, 0)[1] == 0
    assert output.read_text() == f"before\nTrue {tmp_path}\n"


def test_what_cannot_be_detached_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no-such-program: no such program"):
        shell.detach(("no-such-program",), directory=tmp_path, output=tmp_path / "output")
