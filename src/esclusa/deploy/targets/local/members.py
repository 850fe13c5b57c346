"""The members of a fleet: services and replicas are there and healthy, or it is said why not."""

import asyncio
from collections.abc import Mapping, Sequence

from esclusa.core.errors import StartFailed
from esclusa.core.fleet import Fleet, Program
from esclusa.core.value import replace
from esclusa.deploy.targets.local import plan, probe
from esclusa.deploy.targets.local.files import tail
from esclusa.deploy.targets.local.site import ENDED, IDLE, PortLost, Site
from esclusa.deploy.targets.local.state import Replica, State, Turn
from esclusa.deploy.targets.local.supervisor import Job, Seen


async def have_members(site: Site, fleet: Fleet, generation: int) -> None:
    """Services first, replicas next. StartFailed with the end of the log of what is not well."""
    for start in (_start_services, _start_replicas):
        started = await asyncio.to_thread(start, site, fleet, generation)
        await _until_healthy(site, fleet, generation, started)


async def retire(site: Site, fleet: Fleet, generation: int) -> None:
    """Stop what the fleet does not name, whoever started it."""
    names = await asyncio.to_thread(_mark_retired, site, fleet, generation)
    await asyncio.to_thread(_remove, site, generation, names)
    if not (fleet.workloads or fleet.services or fleet.route):
        await asyncio.to_thread(site.supervisor.rest)


def trouble(seen: Seen | None) -> str:
    """Why a program does not run; empty while it does, or may still come."""
    if seen is None:
        return "it was taken away"
    if seen.state in ENDED:
        return f"it ended with status {seen.code}" if seen.code else "it ended at once"
    return ""


# --- starting


def _start_services(site: Site, fleet: Fleet, generation: int) -> list[Replica]:
    """Those that have yet to show that they are well."""
    with site.ledger.turn(generation) as turn:
        if not (fleet.services or turn.state.services):
            return []
        seen = site.seen()
        _forget_lost(site, turn, seen)
        for service in plan.missing_services(turn.state, fleet):
            one = _new(site, turn.state, fleet.port, service.name, service.key, service.program)
            turn.write(
                replace(turn.state, serial=turn.state.serial + 1, services=(*turn.state.services, one))
            )
        programs = {service.key: service.program for service in fleet.services}
        wanted = plan.wanted_services(turn.state, fleet)
        _keep_running(site, [_job(site, one, programs[one.identity], {}) for one in wanted], seen)
        return [one for one in wanted if not one.proven]


def _start_replicas(site: Site, fleet: Fleet, generation: int) -> list[Replica]:
    """Those that have yet to show that they are well."""
    with site.ledger.turn(generation) as turn:
        seen = site.seen()
        _forget_lost(site, turn, seen)
        jobs, unproven = [], []
        for workload in fleet.workloads:
            bound = plan.bindings(turn.state, fleet, workload)
            like = plan.identity(workload.program, bound)
            there = len(plan.wanted_replicas(turn.state, fleet)[workload.release])
            surge = 1 if plan.worn(turn.state, fleet)[workload.release] else 0
            for _ in range(workload.replicas - there + surge):
                one = replace(
                    _new(site, turn.state, fleet.port, workload.release, like, workload.program),
                    services=bound,
                )
                turn.write(
                    replace(turn.state, serial=turn.state.serial + 1, replicas=(*turn.state.replicas, one))
                )
            for one in plan.wanted_replicas(turn.state, fleet)[workload.release]:
                jobs.append(_job(site, one, workload.program, _urls(site, turn.state, one)))
                unproven += [] if one.proven else [one]
        _keep_running(site, jobs, seen)
        return unproven


def _new(site: Site, state: State, port: int, of: str, identity: str, program: Program) -> Replica:
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in of)[:12]
    return Replica(
        program=f"{site.prefix}{name}-{state.serial}",
        of=of,
        identity=identity,
        port=site.free_port(state, port),
        health=program.health,
    )


def _forget_lost(site: Site, turn: Turn, seen: Mapping[str, Seen]) -> None:
    """What cannot have its port back, after this machine was started anew say, is replaced by another."""
    if lost := site.lost(seen) - {turn.state.router}:
        _drop(turn, lost)


def _drop(turn: Turn, names: set[str]) -> None:
    turn.write(
        replace(
            turn.state,
            replicas=tuple(one for one in turn.state.replicas if one.program not in names),
            services=tuple(one for one in turn.state.services if one.program not in names),
            retired=tuple(sorted({*turn.state.retired, *names})),
        )
    )


def _urls(site: Site, state: State, replica: Replica) -> dict[str, str]:
    newest_last = sorted(state.services, key=lambda service: service.program not in state.worn)
    ports = {service.identity: service.port for service in newest_last}
    return {name: f"http://{site.address}:{ports[key]}" for name, key in replica.services.items()}


def _job(site: Site, one: Replica, program: Program, urls: Mapping[str, str]) -> Job:
    return Job(
        name=one.program,
        argv=tuple(word.replace("{port}", str(one.port)) for word in program.argv),
        directory=program.directory,
        log=str(site.log(one.program)),
        port=one.port,
        environment={"PORT": str(one.port), **program.variables, **urls},
        secrets=program.secrets,
    )


def _keep_running(site: Site, jobs: Sequence[Job], seen: Mapping[str, Seen]) -> None:
    """Start what was not seen to run, and does not even try to."""
    for job in jobs:
        if job.name not in seen or seen[job.name].state in IDLE:
            site.supervisor.put(replace(job, handed=site.vault.resolve(job.secrets)))


# --- waiting


async def _until_healthy(site: Site, fleet: Fleet, generation: int, started: Sequence[Replica]) -> None:
    """Until each has answered once. If one does not, all that had yet to show it are taken back."""
    waiting = list(started)
    begun = site.clock.monotonic()
    while waiting:
        answers = await asyncio.gather(
            *(probe.healthy(site.address, one.port, one.health) for one in waiting)
        )
        seen = await asyncio.to_thread(site.seen)
        elapsed = site.clock.monotonic() - begun
        for one, well in zip(tuple(waiting), answers, strict=True):
            now = seen.get(one.program)
            reason = trouble(now) or ("it was started anew" if now is not None and now.restarts else "")
            if well and not reason:
                waiting.remove(one)
            elif not reason and elapsed > one.health.start:
                reason = f"GET {one.health.path} was not answered 2xx within {one.health.start:g} s"
            if reason:
                said = tail(site.log(one.program))
                await asyncio.to_thread(_give_up, site, generation, started)
                if now is not None and now.lost_port:
                    raise PortLost
                raise StartFailed(
                    f"{_what(one, fleet)} did not become healthy: {reason}"
                    + (f"\n{said}" if said else "; it wrote nothing"),
                    mend=f"its whole log is {site.log(one.program)}",
                )
        if waiting:
            await site.clock.sleep(0.05 if elapsed < 3 else 0.25)
    if started:
        await asyncio.to_thread(_prove, site, generation, {one.program for one in started})


def _prove(site: Site, generation: int, names: set[str]) -> None:
    with site.ledger.turn(generation) as turn:
        known = turn.state
        replicas = (replace(one, proven=one.proven or one.program in names) for one in known.replicas)
        services = (replace(one, proven=one.proven or one.program in names) for one in known.services)
        turn.write(replace(known, replicas=tuple(replicas), services=tuple(services)))


def _give_up(site: Site, generation: int, started: Sequence[Replica]) -> None:
    names = {one.program for one in started}
    with site.ledger.turn(generation) as turn:
        _drop(turn, names)
    _remove(site, generation, sorted(names))


def _what(one: Replica, fleet: Fleet) -> str:
    if any(service.key == one.identity for service in fleet.services):
        return f"service {one.of} in {fleet.environment}"
    return f"release {one.of[:12]} in {fleet.environment}"


# --- stopping


def _mark_retired(site: Site, fleet: Fleet, generation: int) -> list[str]:
    with site.ledger.turn(generation) as turn:
        state = turn.state
        replicas = [one for mine in plan.wanted_replicas(state, fleet).values() for one in mine]
        services = plan.wanted_services(state, fleet)
        keep = {one.program for one in (*replicas, *services)} | {state.router}
        names = sorted({*state.retired, *site.seen()} - keep)
        worn = tuple(name for name in state.worn if name in keep)
        turn.write(
            replace(
                state,
                replicas=tuple(replicas),
                services=tuple(services),
                retired=tuple(names),
                worn=worn,
            )
        )
        return names


def _remove(site: Site, generation: int, names: Sequence[str]) -> None:
    if not names:
        return
    site.supervisor.remove_all(names)
    with site.ledger.turn(generation) as turn:
        left = tuple(name for name in turn.state.retired if name not in names)
        turn.write(replace(turn.state, retired=left))
