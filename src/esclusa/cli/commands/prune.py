"""`esclusa prune`."""

from functools import partial
from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json
from esclusa.workspace.opened import open_project
from esclusa.workspace.prune import prune


def command(here: Path, keep: int, dry_run: bool, as_json: bool) -> None:
    """Remove, and say what."""
    gone = anyio.run(partial(prune, open_project(here), keep=keep, dry_run=dry_run))
    if as_json:
        print_json({"removed": list(gone), "dry_run": dry_run})
    else:
        verb = "would remove" if dry_run else "removed"
        console().print(f"{verb}: " + (", ".join(gone) or "nothing"), markup=False)
