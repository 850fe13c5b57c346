"""The route of a fleet: a router that sends conversations as the weights say, confirmed by itself.

Clusters are told first, and waited for; routes next, and the router's own word awaited that they are in
force; then what has left is drained. A route to a cluster that is not known yet would be accepted, read back
as applied, and answered with 503.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from esclusa.core.errors import OutsideError, PortTaken, StartFailed
from esclusa.core.fleet import Fleet
from esclusa.core.value import encode, replace
from esclusa.deploy.targets.local import plan
from esclusa.deploy.targets.local.files import replace_file, tail
from esclusa.deploy.targets.local.ports import taken
from esclusa.deploy.targets.local.site import ENDED, IDLE, PortLost, Site
from esclusa.deploy.targets.local.state import State, Turn
from esclusa.deploy.targets.local.supervisor import Job
from esclusa.deploy.traffic import envoy, routing
from esclusa.deploy.traffic.admin import Admin, NoAnswer

CONFIRM = 20.0
"""Seconds in which the router must have taken what it was told; it takes milliseconds."""
SETTLE = 0.5
"""Seconds after a switch before idleness counts: what has just been routed may not be in flight yet."""
LOG_PART = 64 * 1024 * 1024
"""Bytes after which the access log goes on in another file."""


async def have_routes(site: Site, fleet: Fleet, generation: int) -> None:
    """Have the routes in force and confirmed, and what has left idle."""
    if await _in_force(site, fleet, generation):
        return await _drain(site, fleet, generation, Admin(site.router(site.ledger.read()).admin))
    fresh = await asyncio.to_thread(_have_router, site, fleet, generation)
    admin = Admin(site.router(site.ledger.read()).admin)
    failures = 0 if fresh else await _failures(admin)
    if not fresh:
        version = await asyncio.to_thread(_write_clusters, site, fleet, generation)
        await _until_clusters(site, fleet, admin, version, failures)
        site.hook("after-clusters")
        await asyncio.to_thread(_write_routes, site, fleet, generation)
    site.hook("after-routes")
    await _until_routes(site, admin, failures)
    await asyncio.to_thread(confirm, site, fleet, generation)
    site.hook("after-confirm")
    return await _drain(site, fleet, generation, admin)


async def have_no_router(site: Site, fleet: Fleet, generation: int) -> None:
    """Take no new connections, let what is in flight end, and have the router ready to be stopped."""
    state = site.ledger.read()
    if state.router:
        admin = Admin(site.router(state).admin)
        with suppress(NoAnswer):
            await admin.close_listeners()
            await _until_idle(site, admin, [one.name for one in state.clusters], fleet.drain)
    await asyncio.to_thread(_drop_router, site, fleet, generation)


def confirm(site: Site, fleet: Fleet, generation: int) -> None:
    """The routes are in force: keep that, and what the router's files are rebuilt from."""
    with site.ledger.turn(generation) as turn:
        state = turn.write(replace(turn.state, fleet=fleet, generation=generation))
        _remember(site, state)


def refuse_taken(site: Site, port: int, state: State) -> None:
    """PortTaken when the port that the environment is to answer at is somebody else's."""
    seen = site.supervisor.seen(state.router) if state.router else {}
    ours = state.port == port and state.router in seen and seen[state.router].pid > 0
    if not port or ours:
        return
    if holder := taken(port, site.address):
        raise PortTaken(
            f"port {port} of environment {site.environment} is taken by {holder}",
            mend=f"free the port and run again, or give {site.environment} another one",
        )


async def _in_force(site: Site, fleet: Fleet, generation: int) -> bool:
    """Whether exactly this is confirmed already, and the router says so; what left may be there still."""
    state = site.ledger.read()
    if state.fleet != fleet or state.generation != generation or state.routing is None:
        return False
    wanted = plan.routing(state, fleet, generation, state.routing.version, site.address)
    if wanted != state.routing or not {arm.cluster for arm in wanted.arms} <= set(state.clusters):
        return False
    with suppress(NoAnswer):
        return await Admin(site.router(state).admin).version() == state.routing.version
    return False


# --- the router itself


def _have_router(site: Site, fleet: Fleet, generation: int) -> bool:
    """Have it running; whether it is new, and was told at its start all there is to know."""
    with site.ledger.turn(generation) as turn:
        state = turn.state
        seen = site.seen() if state.router else {}
        moved = bool(fleet.port) and state.port != fleet.port
        if state.router and not moved and state.router not in site.lost(seen):
            if state.router not in seen or seen[state.router].state in IDLE:
                site.supervisor.put(router_job(site, state))
            return False
        if state.router:
            site.supervisor.remove(state.router)
        refuse_taken(site, fleet.port, replace(state, router=""))
        _start_router(site, turn, fleet, generation)
        return True


def _start_router(site: Site, turn: Turn, fleet: Fleet, generation: int) -> None:
    state = turn.state
    told = plan.routing(state, fleet, generation, f"{generation}.{state.serial}", site.address)
    state = turn.write(
        replace(
            state,
            port=fleet.port or site.free_port(state, 0),
            serial=state.serial + 1,
            router=f"{site.prefix}router-{state.serial}",
            routing=told,
            clusters=_once(arm.cluster for arm in told.arms),
        )
    )
    router = site.router(state)
    for folder in (router.log.parent, router.pins):
        folder.mkdir(parents=True, exist_ok=True)
    replace_file(router.bootstrap, json.dumps(envoy.bootstrap(router)).encode())
    replace_file(router.clusters, encode(routing.clusters(told.version, state.clusters, site.address)))
    replace_file(router.routes, encode(routing.routes(told)))
    site.supervisor.put(router_job(site, state))


def router_job(site: Site, state: State) -> Job:
    """The router as a program."""
    router = site.router(state)
    return Job(
        name=state.router,
        argv=tuple(envoy.command(envoy.binary(), router)),
        directory=router.directory,
        log=str(site.router_log),
        port=router.port,
        router={
            "bootstrap": str(router.bootstrap),
            "routes": str(router.routes),
            "clusters": str(router.clusters),
            "confirmed": str(router.confirmed),
            "log": str(router.log),
            "pins": str(router.pins),
            "admin": router.admin,
            "down": str(Path(router.directory, "down")),
            "base": str(Path(router.directory, "base-id")),
            "restart": str(router.restart),
            "rotate": str(LOG_PART),
        },
    )


def _drop_router(site: Site, fleet: Fleet, generation: int) -> None:
    with site.ledger.turn(generation) as turn:
        state = turn.state
        gone = (state.router,) if state.router else ()
        turn.write(
            replace(
                state,
                router="",
                port=0,
                routing=None,
                clusters=(),
                retired=(*state.retired, *gone),
                fleet=fleet if fleet.workloads or fleet.services else None,
                generation=generation,
            )
        )


# --- telling it


def _write_clusters(site: Site, fleet: Fleet, generation: int) -> str:
    """What is to come beside all that is known: nothing is taken away yet. The version; empty if no news."""
    with site.ledger.turn(generation) as turn:
        state = turn.state
        version = f"{generation}.{state.serial}"
        wanted = plan.routing(state, fleet, generation, version, site.address)
        together = _once([*state.clusters, *(arm.cluster for arm in wanted.arms)])
        if together == state.clusters:
            return ""
        told = routing.clusters(version, together, site.address)
        # The file first: whoever comes after a death in between finds no state that says it was told.
        replace_file(site.router(state).clusters, encode(told), durable=False)
        turn.write(replace(state, serial=state.serial + 1, clusters=together))
        return version


def _write_routes(site: Site, fleet: Fleet, generation: int) -> None:
    with site.ledger.turn(generation) as turn:
        state = turn.state
        told = plan.routing(state, fleet, generation, f"{generation}.{state.serial}", site.address)
        turn.write(replace(state, serial=state.serial + 1, routing=told))
        replace_file(site.router(state).routes, encode(routing.routes(told)), durable=False)


def _remember(site: Site, state: State) -> None:
    """What the launcher rebuilds the router's files from."""
    told, router = site.told(state), site.router(state)
    confirmed = {
        "bootstrap": envoy.bootstrap(router),
        "routes": routing.routes(told),
        "clusters": routing.clusters(told.version, state.clusters, site.address),
    }
    replace_file(router.confirmed, encode(confirmed))


def _drop_clusters(site: Site, generation: int) -> None:
    with site.ledger.turn(generation) as turn:
        state = turn.state
        kept = _once(arm.cluster for arm in site.told(state).arms)
        state = turn.write(replace(state, clusters=kept, serial=state.serial + 1))
        told = routing.clusters(f"{generation}.{state.serial}", kept, site.address)
        replace_file(site.router(state).clusters, encode(told), durable=False)
        _remember(site, state)


def _once(clusters: Iterable[routing.Cluster]) -> tuple[routing.Cluster, ...]:
    return tuple(dict.fromkeys(clusters))


# --- awaiting it


async def _until_clusters(site: Site, fleet: Fleet, admin: Admin, version: str, failures: int) -> None:
    """The clusters are known, and each that gets new conversations has a replica that is well."""
    state = site.ledger.read()
    assert fleet.route is not None
    members = plan.wanted_replicas(state, fleet)
    needed = [plan.cluster(release, members[release]) for release in fleet.route.asked]
    patience = CONFIRM + max(one.health.start for mine in members.values() for one in mine)
    begun = site.clock.monotonic()
    sick: list[routing.Cluster] = []
    while True:
        with suppress(NoAnswer):
            well = await admin.healthy(needed)
            sick = [one for one in needed if not well.get(one.name)]
            if not sick and (not version or await admin.clusters_version() == version):
                return
            await _raise_failure(site, admin, failures)
        await _raise_lost(site)
        if site.clock.monotonic() - begun > patience:
            raise OutsideError(
                f"no replica of {', '.join(one.release[:12] for one in sick)} in {site.environment} is well"
                if sick
                else f"the router of {site.environment} has not taken its clusters",
                mend=f"look with `esclusa status`; the router's log is {site.router_log}",
            )
        await site.clock.sleep(0.01)


async def _until_routes(site: Site, admin: Admin, failures: int) -> None:
    """The router says that they are in force."""
    begun = site.clock.monotonic()
    while True:
        state = site.ledger.read()
        with suppress(NoAnswer):
            if await admin.version() == site.told(state).version:
                return
            await _raise_failure(site, admin, failures)
        await _raise_lost(site)
        seen = (await asyncio.to_thread(site.supervisor.seen, state.router)).get(state.router)
        ended = seen is None or (not seen.pid and seen.state in ENDED)
        if ended or site.clock.monotonic() - begun > CONFIRM:
            raise StartFailed(
                f"the router of {site.environment} did not take its routes\n{tail(site.router_log)}",
                mend=f"its whole log is {site.router_log}",
            )
        await site.clock.sleep(0.01)


async def _raise_lost(site: Site) -> None:
    if site.lost(await asyncio.to_thread(site.seen)):
        raise PortLost


async def _failures(admin: Admin) -> int:
    with suppress(NoAnswer):
        return await admin.failures()
    return 0


async def _raise_failure(site: Site, admin: Admin, before: int) -> None:
    if await admin.failures() <= before:
        return
    lines = tail(site.router_log, 40).splitlines()
    said = [line for line in lines if "reject" in line.lower() or "failure" in line.lower()]
    raise StartFailed(
        f"the router refused its configuration: {said[-1] if said else 'it does not say why'}",
        mend=f"its whole log is {site.router_log}",
    )


async def _drain(site: Site, fleet: Fleet, generation: int, admin: Admin) -> None:
    """Let what is in flight on clusters without routes end, then take them away."""
    state = site.ledger.read()
    routed = {arm.cluster for arm in site.told(state).arms}
    leaving = [one.name for one in state.clusters if one not in routed]
    if leaving:
        await _until_idle(site, admin, leaving, fleet.drain)
        await asyncio.to_thread(_drop_clusters, site, generation)


async def _until_idle(site: Site, admin: Admin, clusters: Sequence[str], patience: float) -> None:
    begun = site.clock.monotonic()
    idle = 0
    await site.clock.sleep(min(SETTLE, patience))
    while idle < 2 and site.clock.monotonic() - begun < patience:
        try:
            idle = 0 if await admin.active(clusters) else idle + 1
        except NoAnswer:
            idle = 0
        if idle < 2:
            await site.clock.sleep(0.05)
