"""Where text goes: one console, JSON for machines, and what agents said made harmless."""

import json
import os
import signal
import sys
from typing import Any

from rich.console import Console
from rich.theme import Theme

from esclusa.core.text import harmless
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
    width = None if sys.stdout.isatty() else 200
    return Console(theme=THEME, highlight=False, emoji=False, width=width, soft_wrap=not sys.stdout.isatty())


def print_json(value: Any) -> None:
    """A value, or a list of them, as indented JSON."""
    _print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def print_line(value: Any) -> None:
    """A value as one line of JSON."""
    _print(json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")))


def safe(text: str) -> str:
    """A foreign text that can neither steer a terminal nor fail to be printed; may still look like markup."""
    return harmless(text)


def _print(text: str) -> None:
    """A text on standard output. A reader that has seen enough, such as `head`, ends us without a word."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ENOUGH)
