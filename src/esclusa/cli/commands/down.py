"""`esclusa down`."""

from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json
from esclusa.workspace.down import down
from esclusa.workspace.opened import open_project


def command(here: Path, environment: str, as_json: bool) -> None:
    """Stop it, and say what was stopped."""
    stopped = anyio.run(down, open_project(here), environment)
    if as_json:
        print_json({"stopped": list(stopped)})
    else:
        console().print("stopped: " + (", ".join(stopped) or "nothing was running"), markup=False)
