"""Where text goes: one console, JSON for machines, and what agents said made harmless."""

import json
import os
import signal
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.theme import Theme

from esclusa.core.text import escaped, harmless, without_commands
from esclusa.core.value import plain

THEME = Theme(
    {
        "pass": "green",
        "harm": "red",
        "wait": "yellow",
        "quiet": "bright_black",
        "name": "bold",
        "number": "cyan",
    },
    inherit=True,
)
ENOUGH = 128 + signal.SIGPIPE
"""The exit code that a shell gives to a program whose reader has gone."""


def console() -> Console:
    """The console on standard output; wide where there is no terminal, so that nothing is cut in a log."""
    if sys.stdout.isatty():
        return Console(theme=THEME, highlight=False, emoji=False)
    out: Any = _Tame(sys.stdout)
    return Console(theme=THEME, highlight=False, emoji=False, width=200, soft_wrap=True, file=out)


class _Tame:
    """An output that a system which runs the job may read: also a line that folding made is no command."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(without_commands(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def print_json(value: Any) -> None:
    """A value, or a list of them, as indented JSON."""
    _print(escaped(json.dumps(plain(value), indent=2, ensure_ascii=False)))


def print_line(value: Any) -> None:
    """A value as one line of JSON."""
    _print(escaped(json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))))


def safe(text: str) -> str:
    """A foreign text that can steer neither a terminal nor the job it is printed in, nor fail to be printed;
    may still look like markup."""
    return without_commands(harmless(text))


def _print(text: str) -> None:
    """A text on standard output. A reader that has seen enough, such as `head`, ends us without a word."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ENOUGH)
