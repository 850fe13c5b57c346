"""Generated datasets: `module:function` instead of a file, a function that gives the cases one by one.

It runs in a process of its own, in the suite's directory and with esclusa's Python, each time the suite is
read, for a minute at most: a plan must end, and what the function leaves behind must not be ours. It has to
give the same cases each time, or nothing can be compared with anything.
"""

import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from anyio.from_thread import start_blocking_portal

from esclusa import shell
from esclusa.core.errors import ConfigurationError

LIMIT = 60.0
"""Seconds that it may take."""
LARGEST = 200_000_000
"""Bytes of cases."""
_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_PROGRAM = Path(__file__).with_name("emit.py")


def is_generator(name: str) -> bool:
    """Whether a suite's `dataset` names a function and not a file."""
    return _NAME.fullmatch(name) is not None


def generated(name: str, directory: Path) -> Iterator[tuple[int, Any]]:
    """The rows with their numbers, from 1. ConfigurationError when the function fails or does not end."""
    module, _, function = name.partition(":")
    run = partial(
        shell.capture,
        (sys.executable, str(_PROGRAM), module, function),
        directory=directory,
        timeout=LIMIT,
        largest=LARGEST,
    )
    # A suite is read by plain functions, also within an event loop: the process is watched by another one.
    with start_blocking_portal() as portal:
        ended = portal.call(run)
    if problem := _problem(ended):
        raise ConfigurationError(problem, file=name)
    for number, row in enumerate(filter(None, ended.output.split(b"\n")), start=1):
        try:
            yield number, msgspec.json.decode(row)
        except msgspec.DecodeError as error:  # Python writes NaN, which is no JSON
            yield number, ConfigurationError(f"expected what JSON can say: {error}", file=name, line=number)


def _problem(ended: shell.Captured) -> str:
    if ended.timed_out:
        return f"the cases were not all there after {LIMIT:g} s"
    if ended.overflowed:
        return f"there are more than {LARGEST // 1_000_000} MB of cases: does it end?"
    if ended.code:
        said = ended.errors.strip().splitlines()
        return f"the cases cannot be generated: {said[-1] if said else f'it ended with {ended.code}'}"
    return ""
