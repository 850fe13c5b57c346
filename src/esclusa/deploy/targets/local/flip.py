"""The flip: the routes move before anything else is looked at, when nothing but the routes has to change.

What asks for it waits for it: a rollback, or the switch of a blue-green rollout, whose replicas all stand
there. The router alone is asked whether they are well, and on any doubt nothing is done here: the ordinary
way (members.py, route.py) is taken as if there were no other. It is taken after a flip too, and finds the
routes in force; so nothing is left unlooked at, it is only looked at later.
"""

import asyncio
from contextlib import suppress

from esclusa.core.fleet import Fleet
from esclusa.core.value import encode, replace
from esclusa.deploy.targets.local import plan
from esclusa.deploy.targets.local.files import replace_file
from esclusa.deploy.targets.local.route import confirm
from esclusa.deploy.targets.local.site import Site
from esclusa.deploy.traffic import routing
from esclusa.deploy.traffic.admin import Admin, NoAnswer

PATIENCE = 1.0
"""Seconds in which the router takes routes, or has to say why not; the ordinary way asks it."""
PAUSE = 0.002


async def flip(site: Site, fleet: Fleet, generation: int) -> bool:
    """Whether the fleet's routes were moved and are confirmed; if not, nothing may be taken for granted.

    The stop points of an application are passed on the way. Fenced if a later generation has begun.
    """
    state = site.ledger.read()
    told = plan.rerouted(state, fleet, generation, site.address)
    if told is None:
        return False
    admin = Admin(site.router(state).admin)
    with suppress(NoAnswer):
        if not await _all_well(admin, fleet, told):
            return False
        site.hook("after-programs")
        site.hook("after-clusters")
        version = await asyncio.to_thread(_move, site, fleet, generation)
        if not version:
            return False
        site.hook("after-routes")
        if await _taken(site, admin, version):
            await asyncio.to_thread(confirm, site, fleet, generation)
            site.hook("after-confirm")
            return True
    return False


async def _all_well(admin: Admin, fleet: Fleet, told: routing.Routing) -> bool:
    """Whether the router knows every replica that may be asked, and finds each of them well."""
    assert fleet.route is not None
    needed = [arm.cluster for arm in told.arms if arm.cluster.release in fleet.route.asked]
    well = await admin.healthy(needed)
    return all(well.get(one.name) == len(one.ports) for one in needed)


def _move(site: Site, fleet: Fleet, generation: int) -> str:
    """The fence and the routes in one turn; their version, empty if somebody has changed things meanwhile."""
    with site.ledger.turn(generation) as turn:
        state = turn.state
        told = plan.rerouted(state, fleet, generation, site.address)
        if told is None:
            return ""
        turn.write(replace(state, fence=generation, serial=state.serial + 1, routing=told))
        replace_file(site.router(state).routes, encode(routing.routes(told)), durable=False)
        return told.version


async def _taken(site: Site, admin: Admin, version: str) -> bool:
    begun = site.clock.monotonic()
    while await admin.version() != version:
        if site.clock.monotonic() - begun > PATIENCE:
            return False
        await site.clock.sleep(PAUSE)
    return True
