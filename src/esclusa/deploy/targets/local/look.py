"""What is to be seen of an environment; what is broken is said and never raised."""

import asyncio
from collections.abc import Mapping, Sequence

from esclusa.core.errors import StateError
from esclusa.core.fleet import Endpoint, Observation, WorkloadState
from esclusa.deploy.targets.local import probe
from esclusa.deploy.targets.local.members import trouble
from esclusa.deploy.targets.local.site import Site
from esclusa.deploy.targets.local.state import Replica, State
from esclusa.deploy.targets.local.supervisor import Seen
from esclusa.deploy.traffic.admin import Admin, NoAnswer


async def look(site: Site) -> Observation:
    """The environment now."""
    try:
        state = site.ledger.read()
    except (StateError, OSError) as error:
        words = error.message if isinstance(error, StateError) else str(error)
        return Observation(environment=site.environment, generation=0, router=words)
    seen = await asyncio.to_thread(site.supervisor.seen, site.prefix)
    router, passing = await _router(site, state)
    endpoint = Endpoint(url=f"http://{site.address}:{state.port}") if state.router else None
    return Observation(
        environment=site.environment,
        generation=state.generation,
        endpoint=endpoint,
        workloads=tuple([await _workload(site, state, one, seen, passing) for one in _releases(state)]),
        services={one.of: await _service(site, one, seen) for one in state.services},
        service_restarts={
            one.of: seen[one.program].restarts for one in state.services if one.program in seen
        },
        router=router,
        processes=tuple(sorted(one.pid for one in seen.values() if one.pid)),
    )


def _releases(state: State) -> list[str]:
    named = [workload.release for workload in state.fleet.workloads] if state.fleet else []
    return list(dict.fromkeys([*named, *(replica.of for replica in state.replicas)]))


async def _workload(
    site: Site, state: State, release: str, seen: Mapping[str, Seen], passing: Mapping[int, bool]
) -> WorkloadState:
    mine = [replica for replica in state.replicas if replica.of == release]
    running = [one for one in mine if one.program in seen and seen[one.program].pid]
    wanted = [one.replicas for one in state.fleet.workloads if one.release == release] if state.fleet else []
    well = [one for one in running if await _well(site, one, passing)]
    weights = dict(state.fleet.route.weights) if state.fleet and state.fleet.route else {}
    return WorkloadState(
        release=release,
        wanted=wanted[0] if wanted else 0,
        running=len(running),
        healthy=len(well),
        weight=weights.get(release, 0.0),
        restarts=sum(seen[one.program].restarts for one in mine if one.program in seen),
        note=_note(mine, seen),
        urls=tuple(f"http://{site.address}:{one.port}" for one in well),
    )


async def _router(site: Site, state: State) -> tuple[str, Mapping[int, bool]]:
    """The router in a word, and which ports its health checks find well."""
    if not state.router or state.routing is None:
        return "absent", {}
    admin = Admin(site.router(state).admin)
    try:
        version, ports = await admin.version(), await admin.ports()
    except NoAnswer as error:
        return error.message, {}
    if version != state.routing.version:
        return f"routes {version or 'none'} are in force instead of {state.routing.version}", ports
    return "serving", ports


async def _service(site: Site, service: Replica, seen: Mapping[str, Seen]) -> str:
    known = seen.get(service.program)
    if known is None or not known.pid:
        return trouble(known) or "starting"
    return "healthy" if await _well(site, service, {}) else "starting"


async def _well(site: Site, replica: Replica, passing: Mapping[int, bool]) -> bool:
    if replica.port in passing:
        return passing[replica.port]
    return await probe.healthy(site.address, replica.port, replica.health)


def _note(replicas: Sequence[Replica], seen: Mapping[str, Seen]) -> str:
    words = []
    for one in replicas:
        known = seen.get(one.program)
        if reason := trouble(known):
            words.append(f"port {one.port}: {reason}")
        elif known is not None and known.state == "UNWATCHED" and known.pid:
            words.append(f"port {one.port}: runs, and nobody would restart it")
    return "; ".join(words)
