"""`esclusa promote`, `pause`, `resume`, `abort`."""

import getpass
from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json
from esclusa.workspace.opened import open_project
from esclusa.workspace.steer import Verb, steer


def command(here: Path, verb: Verb, rollout: str, by: str, reason: str, as_json: bool) -> None:
    """Leave the wish, and say where to see what comes of it."""

    async def left() -> None:
        found = await steer(open_project(here), verb, rollout, by=by or getpass.getuser(), reason=reason)
        if as_json:
            print_json({"rollout": found.id, "asked": verb})
        else:
            console().print(f"asked to {verb} {found.id}; see: esclusa why {found.id}", markup=False)

    anyio.run(left)
