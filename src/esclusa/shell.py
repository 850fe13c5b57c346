"""The only door to programs that are not ours: argv in, result out, and nothing left running.

A program is started in a session of its own. However it ends, the rest of its process group ends with it:
when the program ends by itself, when `timeout` has passed, when the caller is cancelled. On the last two, and
when it is killed, the whole family is hunted down, also those who left the group with `setsid`: each carries
a mark in its environment, and what it starts in the same way one that begins with that. Only one that both
leaves the group and clears its environment escapes; and a daemon that left the group of a program that ended
well is let live, for that is how services are started.

The program is forked by `subprocess.Popen` in a thread (vfork: the cheapest there is that can change the
directory, but it waits for the program to be loaded, and ten can wait at once) and then watched through a
pidfd and its pipe in the event loop: half the CPU and half the time of asyncio's own transports.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec

from esclusa.core.errors import OutsideError
from esclusa.core.text import harmless, without_sequences
from esclusa.system import holder

LINE = 16 * 1024
"""Longer lines, in bytes, are cut."""
CUT = " …[line cut]"
TAIL = 256 * 1024
"""How many of the last characters of the output are kept for `Finished.output`."""
GRACE = 5.0
"""Seconds between asking a process to end and killing it."""
LINGER = 0.5
"""Seconds that others in the group may go on writing to the output after the program itself ended."""
MARK = "ESCLUSA_SHELL"
WITHIN = "/"
"""Between the marks of one who started and of whom it started."""

Say = Callable[[str], None]


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended. `code` is negative for a signal, as in `subprocess`."""

    code: int
    output: str
    """The last lines of both streams, as they came."""
    seconds: float
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with 0."""
        return self.code == 0 and not self.timed_out


async def run(
    argv: Sequence[str],
    *,
    directory: Path | str,
    variables: Mapping[str, str] | None = None,
    say: Say | None = None,
    timeout: float | None = None,
    stdin: str | bytes | None = None,
    grace: float = GRACE,
) -> Finished:
    """Run a program to its end.

    `variables` is its whole environment; None hands on our own. `say` gets every line of both streams as it
    comes, free of escape sequences, undecodable bytes replaced. OutsideError when it cannot be started.
    """
    began = anyio.current_time()
    lines = _Lines(say)
    mark = _mark()
    process = await _started(partial(_start, argv, directory, variables, mark, stdin=stdin), mark)
    timed_out = await _follow(process, lines.feed, mark, timeout, grace)
    lines.close()
    return Finished(
        code=process.returncode,
        output=lines.tail(),
        seconds=anyio.current_time() - began,
        timed_out=timed_out,
    )


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended, with its output byte for byte: for output that a program reads, not a person."""

    code: int
    output: bytes
    errors: str
    timed_out: bool = False
    overflowed: bool = False
    """It wrote more than was wanted, and was ended."""


async def capture(
    argv: Sequence[str],
    *,
    directory: Path | str,
    variables: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    timeout: float | None = None,
    largest: int | None = None,
    grace: float = GRACE,
) -> Captured:
    """Run a program whose whole output is wanted, up to `largest` bytes. OutsideError if it cannot start."""
    output = bytearray()

    def take(data: bytes) -> None:
        output.extend(data)
        if largest is not None and len(output) > largest:
            raise _Overflow

    mark = _mark()
    errors = in_memory(b"")
    timed_out = overflowed = False
    try:
        process = await _started(
            partial(_start, argv, directory, variables, mark, stdin=stdin, stderr=errors), mark
        )
        try:
            timed_out = await _follow(process, take, mark, timeout, grace)
        except _Overflow:
            overflowed = True
        said = os.pread(errors, TAIL, max(0, os.fstat(errors).st_size - TAIL)).decode(errors="replace")
    finally:
        os.close(errors)
    return Captured(
        code=process.returncode,
        output=bytes(output),
        errors="\n".join(map(clean, said.splitlines())),
        timed_out=timed_out,
        overflowed=overflowed,
    )


class _Overflow(Exception):
    """More output than is wanted."""


def detach(argv: Sequence[str], *, directory: Path | str, output: Path) -> int:
    """Start a program that outlives us, in a session of its own; its process id.

    What it writes goes to the end of a file. It gets our environment. OutsideError when it cannot be started.
    """
    try:
        with output.open("ab") as end:
            process = subprocess.Popen(
                list(argv),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=end,
                stderr=end,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        raise not_started(argv[0], directory, error) from error
    process.returncode = 0  # whoever adopts it waits for it; we shall not, and are not to be warned of that
    return process.pid


async def sweep(name: str, value: str, grace: float = GRACE) -> int:
    """Stop every process with such a variable of such a value; how many there were."""
    return await _end(lambda: _marked(f"{name}={value}".encode() + b"\0"), grace)


def clean(text: str) -> str:
    """A line without terminal escape sequences and control characters; of what `\\r` overwrote, the last."""
    if "\r" in text:
        text = next((part for part in reversed(without_sequences(text).split("\r")) if part), "")
    return harmless(text.replace("\n", ""))


_numbers = itertools.count()


def _mark() -> str:
    """One that nobody else has; of a program that was started so itself, it begins with that one's own."""
    outer = os.environ.get(MARK)
    return f"{outer}{WITHIN}{holder()}#{next(_numbers)}" if outer else f"{holder()}#{next(_numbers)}"


async def _started(start: Callable[[], "subprocess.Popen[bytes]"], mark: str) -> "subprocess.Popen[bytes]":
    """Start it in a thread; whatever happens meanwhile, it is either handed on or ended."""
    await anyio.lowlevel.checkpoint_if_cancelled()
    future = asyncio.get_running_loop().run_in_executor(None, start)
    try:
        with anyio.CancelScope(shield=True):
            process = await asyncio.shield(future)
    except asyncio.CancelledError:  # not even the shield holds: Ctrl-C, or the loop is being torn down
        future.add_done_callback(partial(_end_unseen, mark))
        raise
    return process


def _end_unseen(mark: str, future: "asyncio.Future[subprocess.Popen[bytes]]") -> None:
    if not future.cancelled() and future.exception() is None:
        process = future.result()
        with process:  # closes its pipe and reaps it
            _kill(lambda: _family(process.pid, mark))


def _start(
    argv: Sequence[str],
    directory: Path | str,
    variables: Mapping[str, str] | None,
    mark: str,
    *,
    stdin: str | bytes | None = None,
    stderr: int = subprocess.STDOUT,
) -> "subprocess.Popen[bytes]":
    source = subprocess.DEVNULL if stdin is None else in_memory(stdin)
    try:
        return subprocess.Popen(
            list(argv),
            cwd=directory,
            env={**(os.environ if variables is None else variables), MARK: mark},
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise not_started(argv[0], directory, error) from error
    finally:
        if stdin is not None:
            os.close(source)


def in_memory(text: str | bytes) -> int:
    """A file that is on no disk, so that any amount can be given without a deadlock."""
    file = os.memfd_create("stdin")
    data = memoryview(text.encode() if isinstance(text, str) else text)
    while data:
        data = data[os.write(file, data) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def not_started(program: str, directory: Path | str, error: OSError | ValueError) -> OutsideError:
    """Why a program could not be started, and what mends it."""
    if not Path(directory).is_dir():
        return OutsideError(f"{program}: cannot start in {directory}: no such directory")
    if isinstance(error, FileNotFoundError):
        return OutsideError(f"{program}: no such program", mend=f"install {program}, or put it on the PATH")
    if isinstance(error, PermissionError):
        return OutsideError(f"{program}: may not be executed", mend=f"chmod +x {program}")
    return OutsideError(f"{program}: cannot be started: {error}")


class _Lines:
    """Cuts a stream of bytes into lines, hands them on, and remembers the last."""

    def __init__(self, say: Say | None) -> None:
        self._say = say
        self._rest = b""
        self._cut = False
        self._last: deque[str] = deque()
        self._size = 0

    def feed(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._line(line)
        if len(self._rest) > LINE:
            self._line(self._rest)
            self._rest, self._cut = b"", True

    def close(self) -> None:
        if self._rest:
            self._line(self._rest)
        self._rest = b""

    def tail(self) -> str:
        return "\n".join(self._last)

    def _line(self, line: bytes) -> None:
        if self._cut:  # what follows the cut, up to the line's end
            self._cut = False
            return
        text = clean(line[:LINE].decode(errors="replace"))
        if len(line) > LINE:
            text += CUT
        self._last.append(text)
        self._size += len(text) + 1
        while self._size > TAIL and len(self._last) > 1:
            self._size -= len(self._last.popleft()) + 1
        if self._say is not None:
            self._say(text)


async def _follow(
    process: "subprocess.Popen[bytes]",
    take: Callable[[bytes], object],
    mark: str,
    timeout: float | None,
    grace: float,
) -> bool:
    """Stay until the program has ended and nothing of it goes on; whether its time had run out."""
    watch = _Watch(process, take)
    try:
        with anyio.move_on_after(timeout) as limit:
            await watch.ended()
    finally:
        with anyio.CancelScope(shield=True):
            await watch.close(mark, grace)
    if watch.error is not None:
        raise watch.error
    return limit.cancelled_caught


class _Watch:
    """A started program, seen through its pidfd and its pipe."""

    def __init__(self, process: "subprocess.Popen[bytes]", take: Callable[[bytes], object]) -> None:
        assert process.stdout is not None
        self.error: Exception | None = None
        self._process = process
        self._take = take
        self._pipe = process.stdout.fileno()
        self._pidfd = os.pidfd_open(process.pid)
        self._exit = asyncio.Event()
        self._wake = asyncio.Event()
        self._eof = asyncio.Event()
        self._let_end = False
        self._loop = asyncio.get_running_loop()
        os.set_blocking(self._pipe, False)
        self._loop.add_reader(self._pidfd, self._exited)
        self._loop.add_reader(self._pipe, self._readable)

    async def ended(self) -> None:
        """The program ended; so did its output, or those who still hold it had their time."""
        await self._wake.wait()
        if not self._eof.is_set() and self.error is None:
            with anyio.move_on_after(LINGER):
                await self._eof.wait()
        self._let_end = self.error is None

    async def close(self, mark: str, grace: float) -> None:
        """Let nothing of it go on, take what is left of the output, and reap it."""
        group = self._process.pid
        family = partial(_family, group, mark)
        try:
            # Not reaped yet, so its number is nobody else's: a group may be signalled without looking.
            _signal_group(group, signal.SIGTERM)
            if self._let_end:
                self._process.wait()
                if self._process.returncode < 0:  # it had no time to end what it had started
                    await _end(family, grace)
                elif _group_exists(group):
                    await _end(lambda: _grouped(group), grace)
            else:
                _signal_group(group, signal.SIGCONT)
                await _end(family, grace)
                await self._exit.wait()
                self._process.wait()
            for _ in range(64):  # one who escaped may write for ever
                if self._eof.is_set() or not self._readable():
                    break
        except BaseException:  # no time is left for kindness: a second Ctrl-C, an event loop torn down
            _kill(family)
            raise
        finally:
            self._loop.remove_reader(self._pidfd)
            self._loop.remove_reader(self._pipe)
            os.close(self._pidfd)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _exited(self) -> None:
        self._loop.remove_reader(self._pidfd)
        self._exit.set()
        self._wake.set()

    def _readable(self) -> bool:
        """Take what is there; whether there may be more."""
        try:
            data = os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._pipe)
            self._eof.set()
            return False
        if self.error is None:
            try:
                self._take(data)
            except (
                Exception
            ) as error:  # the listener's: it belongs to the caller of `run`, not to the event loop
                self.error = error
                self._wake.set()
        return True


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _kill(family: Callable[[], set[int]]) -> None:
    for _ in range(5):  # as often as they may have forked meanwhile
        _signal(family(), family, signal.SIGKILL)


async def _end(family: Callable[[], set[int]], grace: float) -> int:
    """End all who belong to a family, kindly and then not; how many there were at first."""
    members = family()
    count = len(members)
    _signal(members, family, signal.SIGTERM)
    deadline, pause = anyio.current_time() + grace, 0.002
    while members and anyio.current_time() < deadline:
        await anyio.sleep(pause)
        pause = min(pause * 2, 0.1)
        members = family()
    for _ in range(50):
        if not members:
            break
        _signal(members, family, signal.SIGKILL)
        await anyio.sleep(0.02)
        members = family()
    return count


def _signal(members: set[int], family: Callable[[], set[int]], number: signal.Signals) -> None:
    """Through pidfds, looked at twice: a number may have passed to a stranger in between."""
    if not members:
        return
    handles: dict[int, int] = {}
    try:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                handles[pid] = os.pidfd_open(pid)
        for pid in handles.keys() & family():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handles[pid], number)
    finally:
        for handle in handles.values():
            os.close(handle)


def _family(group: int, mark: str) -> set[int]:
    """Who is of a group or carries its mark, and, by a mark within it, whom they started in the same way."""
    return _grouped(group) | _marked(*(f"{MARK}={mark}{end}".encode() for end in ("\0", WITHIN)))


def _grouped(group: int) -> set[int]:
    """The living processes of a group."""
    return {pid for pid, state, of in _processes() if of == group and state not in "ZX"}


def _marked(*entries: bytes) -> set[int]:
    """The living processes of ours whose environment has a variable beginning so; never ourselves."""
    found = set()
    for pid, state, _ in _processes():
        if state in "ZX" or pid == os.getpid():
            continue
        with contextlib.suppress(OSError):
            environment = b"\0" + Path(f"/proc/{pid}/environ").read_bytes()
            if any(b"\0" + entry in environment for entry in entries):
                found.add(pid)
    return found


def _processes() -> Iterator[tuple[int, str, int]]:
    """Number, state and process group of everything that is there."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b") ")[2].split(maxsplit=3)
                yield int(name), fields[0].decode(), int(fields[2])
