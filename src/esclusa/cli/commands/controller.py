"""`esclusa controller`."""

from pathlib import Path

import anyio

from esclusa.workspace.controller import control
from esclusa.workspace.opened import open_project


def command(here: Path) -> None:
    """Drive until stopped."""
    anyio.run(control, open_project(here))
