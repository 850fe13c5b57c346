"""`esclusa restart`."""

import getpass
from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json, safe
from esclusa.core.target import Restarted
from esclusa.workspace.opened import open_project
from esclusa.workspace.restart import restart


def command(here: Path, *, environment: str, by: str, reason: str, as_json: bool) -> None:
    """Start it anew, and say what was."""

    async def done() -> dict[str, Restarted]:
        return await restart(
            open_project(here),
            environment,
            by=by or getpass.getuser(),
            reason=reason,
            say=_quiet if as_json else _say,
        )

    found = anyio.run(done)
    if as_json:
        print_json({name: {"replicas": one.replicas, "router": one.router} for name, one in found.items()})
        return
    for name, one in found.items():
        replicas = "1 replica" if one.replicas == 1 else f"{one.replicas} replicas"
        _say(f"{name}: {replicas}{' and the router' if one.router else ''} started anew")


def _say(text: str) -> None:
    console().print(safe(text), markup=False)


def _quiet(_: str) -> None:
    """Whoever reads JSON wants nothing else."""
