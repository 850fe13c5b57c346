"""`esclusa rollback`."""

import getpass
from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json
from esclusa.workspace.opened import open_project
from esclusa.workspace.rollback import rollback


def command(here: Path, *, release: str, environment: str, by: str, reason: str, as_json: bool) -> None:
    """Set the rollback off, and say where to see what comes of it."""

    async def begun() -> None:
        found = await rollback(
            open_project(here), environment, release, by=by or getpass.getuser(), reason=reason
        )
        if as_json:
            print_json({"rollout": found.id, "environment": found.environment, "release": found.candidate})
        else:
            console().print(
                f"{found.environment}: going back, rollout {found.id}; see: esclusa why {found.id}",
                markup=False,
            )

    anyio.run(begun)
