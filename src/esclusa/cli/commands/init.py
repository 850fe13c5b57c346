"""`esclusa init`."""

from pathlib import Path

import anyio

from esclusa.cli.output import console
from esclusa.workspace.init import init


def command(here: Path, template: str | None) -> None:
    """Write the file or the sample, and say what to do next."""
    done = anyio.run(init, here, template)
    for line in done:
        console().print(line, markup=False)
