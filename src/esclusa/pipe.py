"""Programs whose output is read while they run: the door beside `shell`, for those who do not wait.

Synchronous, for what runs in a process of its own. A program stays in our process group, so that whoever ends
us ends it too; and it surely has ended when the block is left, in whatever way.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from esclusa.shell import TAIL, clean, in_memory, not_started

GRACE = 5.0
"""Seconds that a program has to end by itself once nobody reads what it says."""


class Piped:
    """A program that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: int) -> None:
        assert process.stdout is not None
        self.output: IO[bytes] = process.stdout
        self.pid = process.pid
        self._process = process
        self._errors = errors

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        return self._process.wait()

    @property
    def errors(self) -> str:
        """The last line that it wrote to its error stream; empty if there is none."""
        size = os.fstat(self._errors).st_size
        said = os.pread(self._errors, TAIL, max(0, size - TAIL)).decode(errors="replace")
        return clean((said.strip().splitlines() or [""])[-1])


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a program said in all."""

    code: int
    output: bytes
    errors: str
    """The last line of its error stream."""


@contextlib.contextmanager
def piped(
    argv: Sequence[str],
    *,
    directory: Path | str,
    variables: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Iterator[Piped]:
    """Start a program and end it.

    `variables` is its whole environment; None hands on our own. OutsideError when it cannot be started.
    """
    errors = in_memory(b"")
    source = in_memory(stdin)
    try:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=directory,
                env=None if variables is None else dict(variables),
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except (OSError, ValueError) as error:
            raise not_started(argv[0], directory, error) from error
        try:
            yield Piped(process, errors)
        finally:
            _end(process)
    finally:
        os.close(errors)
        os.close(source)


def said(
    argv: Sequence[str],
    *,
    directory: Path | str,
    variables: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Said:
    """Run a program to its end; all that it said. OutsideError when it cannot be started."""
    with piped(argv, directory=directory, variables=variables, stdin=stdin) as program:
        output = program.output.read()
        return Said(code=program.ended(), output=output, errors=program.errors)


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None
    process.stdout.close()  # who still writes to it is ended by that
    try:
        process.wait(GRACE)
    except BaseException as error:
        process.kill()
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
