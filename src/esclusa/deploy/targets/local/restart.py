"""The restart: all that serves an environment is started anew while it serves, and nothing is cut short.

Backing services come up a second time first, then replicas are replaced by others like them, one at a time:
the new one is well before it has traffic, and the old one is idle before it is stopped. What is to be
replaced stands in the state, so that whoever is interrupted leaves an environment that serves, and which any
later application goes on with. The router comes last, by Envoy's hot restart (launcher.py).
"""

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.fleet import Fleet
from esclusa.core.value import replace
from esclusa.deploy.targets.local import launcher, plan
from esclusa.deploy.targets.local.files import replace_file
from esclusa.deploy.targets.local.members import retire
from esclusa.deploy.targets.local.route import router_job
from esclusa.deploy.targets.local.site import Site
from esclusa.deploy.traffic import envoy

PATIENCE = launcher.UP + 10.0
"""Seconds in which the launcher must have said what became of a new router."""
LOOK = 0.05

Converge = Callable[[Site, Fleet, int], Awaitable[None]]


async def restart_members(site: Site, converge: Converge) -> int:
    """Replace every service and replica; how many replicas. StartFailed when one does not come up: the old
    ones then serve on, and are not to be replaced any more.
    """
    fleet, generation = _confirmed(site)
    await asyncio.to_thread(_wear, site, generation)
    number = 0
    try:
        while left := sum(map(len, plan.worn(site.ledger.read(), fleet).values())):
            await converge(site, fleet, generation)
            await retire(site, fleet, generation)
            number += left - sum(map(len, plan.worn(site.ledger.read(), fleet).values()))
    except OutsideError:
        await asyncio.to_thread(_spare, site, generation)
        raise
    return number


async def restart_router(site: Site) -> bool:
    """Replace the router; whether there is one. Returns as soon as the new one serves: what the old one had
    begun has until the fleet's drain is over. OutsideError when it did not come up: the old one serves on or,
    if the new one died when it had half taken over, has gone with it and is back.
    """
    fleet, generation = _confirmed(site)
    state = site.ledger.read()
    if not state.router:
        return False
    router = site.router(state)
    await _until_alone(site, router.restart, fleet.drain)
    name = uuid4().hex
    wanted = {"id": name, "state": "asked", "drain": fleet.drain}
    with site.ledger.turn(generation):
        replace_file(router.bootstrap, json.dumps(envoy.bootstrap(router)).encode())
    await _refuse_broken(site, router)
    with site.ledger.turn(generation):
        replace_file(router.restart, json.dumps(wanted).encode())
        await asyncio.to_thread(site.supervisor.tell, router_job(site, state))
    told = await _outcome(site, router.restart, name)
    if told.get("state") == "failed":
        raise OutsideError(
            f"the router of {site.environment} was not replaced: {told.get('why')}",
            mend=f"look with `esclusa status`; the router's log is {site.router_log}",
        )
    return True


def _confirmed(site: Site) -> tuple[Fleet, int]:
    """What is in force. UsageError when nothing is, or something else is on its way."""
    state = site.ledger.read()
    if state.fleet is None or state.routing is None:
        raise UsageError(f"nothing serves in {site.environment}", mend="esclusa status")
    if state.fence != state.generation:
        raise UsageError(
            f"a change of {site.environment} is under way", mend="wait for it, or end it: esclusa status"
        )
    return state.fleet, state.generation


def _wear(site: Site, generation: int) -> None:
    with site.ledger.turn(generation) as turn:
        state = turn.state
        names = tuple(one.program for one in (*state.services, *state.replicas))
        turn.write(replace(state, worn=names))


def _spare(site: Site, generation: int) -> None:
    with site.ledger.turn(generation) as turn:
        turn.write(replace(turn.state, worn=()))


def _told(path: Path) -> dict[str, Any]:
    told = launcher.document(str(path))
    return told if isinstance(told, dict) else {}


async def _refuse_broken(site: Site, router: envoy.Router) -> None:
    """One that comes up half takes the one that serves down with it: what can be known is asked before."""
    words = envoy.validation(envoy.binary(), router)
    asked = await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
    said, _ = await asked.communicate()
    if asked.returncode:
        last = " ".join(said.decode(errors="replace").splitlines()[-1:])
        raise OutsideError(
            f"the router of {site.environment} is not replaced, and serves on: a new one would not start"
            f" (status {asked.returncode}) {last}".rstrip(),
            mend=f"see whether `{words[0]} --version` runs",
        )


async def _outcome(site: Site, path: Path, name: str) -> dict[str, Any]:
    """What became of the restart of this name."""
    begun = site.clock.monotonic()
    while (told := _told(path)).get("state") in ("asked", "coming"):
        if told.get("id") != name or site.clock.monotonic() - begun > PATIENCE:
            raise _silent(site)
        await site.clock.sleep(LOOK)
    return told


async def _until_alone(site: Site, path: Path, drain: float) -> None:
    """Until the router before has gone: Envoy can be replaced by one only."""
    begun = site.clock.monotonic()
    while _told(path).get("state") in ("coming", "serving"):
        if site.clock.monotonic() - begun > drain + PATIENCE:
            raise _silent(site)
        await site.clock.sleep(LOOK)


def _silent(site: Site) -> OutsideError:
    return OutsideError(
        f"the router of {site.environment} was not replaced, and serves on: its launcher does not answer",
        mend=f"look with `esclusa status`, and into {site.router_log}; one that an older version started is"
        f" replaced by `esclusa down {site.environment}` and a deployment",
    )
