"""A terminal of a test's own, with a command in it: keys go in, what stands on the screen comes out."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CTRL_C = "\x03"
LEAD = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""The terminal becomes the one that its new session belongs to; without that Ctrl-C would be a letter."""


class Terminal:
    """The near end of a terminal in which one command runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", near: int) -> None:
        self.process = process
        self.shown = ""
        self._near = near

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._near, keys.encode())

    def until(self, text: str, seconds: float = 120.0) -> None:
        """Until that has been shown since the last such call."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"not shown: {text!r}; but: {self.shown[-4000:]}"
            self._read(0.2)
        self.shown = self.shown.partition(text)[2]

    def ended(self, seconds: float = 120.0) -> int:
        """The exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it goes on: {self.shown[-4000:]}"
            self._read(0.2)
        self._read(0.0)
        return self.process.returncode

    def _read(self, patience: float) -> None:
        while select.select([self._near], [], [], patience)[0]:
            try:
                self.shown += os.read(self._near, 65536).decode(errors="replace")
            except OSError:  # the far end is closed
                return
            patience = 0.0


@contextlib.contextmanager
def terminal(argv: tuple[str, ...], directory: Path) -> Iterator[Terminal]:
    """The command in a terminal, killed at the end of the block."""
    near, far = pty.openpty()
    process = subprocess.Popen(
        (sys.executable, "-c", LEAD, *argv),
        cwd=directory,
        stdin=far,
        stdout=far,
        stderr=far,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
    )
    os.close(far)
    try:
        yield Terminal(process, near)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(near)
