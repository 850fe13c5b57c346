"""The local target: makes the processes of this machine be as a fleet says.

The order is always the same: services, new replicas, clusters, routes, confirmation, drain, and what is not
named goes last. Every step is a short turn under the environment's lock that refuses a generation which has
been overtaken; what takes time is waited for between turns. State is on disk before anything is done by it,
so whoever comes next, after a crash or a cancelled call, goes on from there.

What a fleet says of traffic is read like this. A release in the route takes its share of new conversations,
and keeps those that it began, at weight 0 too. A release that is not in the route has gone away: requests in
flight are finished, and the next turn of its conversations goes where the weights send it.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from esclusa.core.errors import EsclusaError, OutsideError, PortTaken, StartFailed
from esclusa.core.fleet import Endpoint, Fleet, Observation, Program, WorkloadState
from esclusa.core.ports import Clock, SecretSource
from esclusa.core.value import encode, replace
from esclusa.deploy.targets.local import launcher, plan, probe
from esclusa.deploy.targets.local.files import replace_file, tail
from esclusa.deploy.targets.local.ports import free_ports, taken
from esclusa.deploy.targets.local.state import Ledger, Replica, State, Turn
from esclusa.deploy.targets.local.supervisor import Job, Seen, Supervisor
from esclusa.deploy.targets.local.vault import Vault
from esclusa.deploy.traffic import envoy, routing
from esclusa.deploy.traffic.admin import Admin, NoAnswer
from esclusa.deploy.traffic.envoy import Router
from esclusa.deploy.traffic.log import AccessLog

CONFIRM = 20.0
"""Seconds in which the router must have taken what it was told; it takes milliseconds."""
SETTLE = 0.15
"""Seconds after a switch before idleness counts: what has just been routed may not be in flight yet."""
LOG_PART = 64 * 1024 * 1024
"""Bytes after which the access log goes on in another file."""
ENDED = frozenset({"BACKOFF", "EXITED", "FATAL", "STOPPED", "UNKNOWN"})
TRIES = 5


def access_log(directory: Path, environment: str) -> AccessLog:
    """The access log of an environment's router."""
    return AccessLog(directory.absolute() / "targets" / environment / "router" / "log")


class LocalTarget:
    """Replicas, services and routers of one project, on this machine (core.target.Target)."""

    def __init__(
        self, directory: Path, clock: Clock, secrets: SecretSource, *, address: str = "127.0.0.1"
    ) -> None:
        self._directory = directory.absolute()
        self._clock = clock
        self._vault = Vault(directory, secrets)
        self._address = address
        self._supervisor = Supervisor(directory)

    async def apply(self, fleet: Fleet, generation: int) -> Observation:
        """Converge (core.target.Target.apply).

        The generation is in force, and `observe` says so, as soon as the routes are confirmed; this returns
        when the retired have gone. UsageError for a fleet that makes no sense, PortTaken, StartFailed with
        the end of the program's log, StateError for a torn state.
        """
        plan.check(fleet)
        ledger = self._ledger(fleet.environment)
        await asyncio.to_thread(self._begin, ledger, fleet, generation)
        await self._have_services(ledger, fleet, generation)
        await self._have_replicas(ledger, fleet, generation)
        if fleet.route is not None:
            await self._have_routes(ledger, fleet, generation)
        else:
            await self._have_no_router(ledger, fleet, generation)
        await self._retire(ledger, fleet, generation)
        return await self.observe(fleet.environment)

    async def observe(self, environment: str) -> Observation:
        """What is there now (core.target.Target.observe)."""
        try:
            state = self._ledger(environment).read()
        except (EsclusaError, OSError) as error:
            words = error.message if isinstance(error, EsclusaError) else str(error)
            return Observation(environment=environment, generation=0, router=words)
        seen = await asyncio.to_thread(self._supervisor.seen, f"{environment}@")
        router, passing = await self._router(state)
        wanted = {workload.release: workload for workload in state.fleet.workloads} if state.fleet else {}
        weights = dict(state.fleet.route.weights) if state.fleet and state.fleet.route else {}
        releases = list(dict.fromkeys([*wanted, *(replica.of for replica in state.replicas)]))
        workloads = []
        for release in releases:
            mine = [replica for replica in state.replicas if replica.of == release]
            well = [await self._well(replica, passing) for replica in mine if _pid(seen, replica)]
            workloads.append(
                WorkloadState(
                    release=release,
                    wanted=wanted[release].replicas if release in wanted else 0,
                    running=sum(_pid(seen, replica) > 0 for replica in mine),
                    healthy=sum(well),
                    weight=weights.get(release, 0.0),
                    restarts=sum(seen[one.program].restarts for one in mine if one.program in seen),
                    note=_note(mine, seen),
                )
            )
        return Observation(
            environment=environment,
            generation=state.generation,
            endpoint=Endpoint(url=f"http://{self._address}:{state.port}") if state.router else None,
            workloads=tuple(workloads),
            services={one.of: await self._service(one, seen) for one in state.services},
            router=router,
            processes=tuple(sorted(one.pid for one in seen.values() if one.pid)),
        )

    # --- begin

    def _begin(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        with ledger.turn(generation) as turn:
            state = turn.write(replace(turn.state, fence=generation))
            running = self._supervisor.seen(f"{fleet.environment}@")
            ours = state.router in running and running[state.router].pid > 0 and state.port == fleet.port
            if fleet.route is not None and fleet.port and not ours:
                self._refuse_taken(fleet)
        if fleet.workloads or fleet.services or fleet.route:
            self._supervisor.ensure()

    def _refuse_taken(self, fleet: Fleet) -> None:
        holder = taken(fleet.port, self._address)
        if holder:
            raise PortTaken(
                f"port {fleet.port} of environment {fleet.environment} is taken by {holder}",
                mend=f"stop it, or give {fleet.environment} another port",
            )

    # --- services and replicas

    async def _have_services(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        for _ in range(TRIES):
            fresh = await asyncio.to_thread(self._start_services, ledger, fleet, generation)
            if await self._until_ready(ledger, fleet, generation, fresh):
                return
        raise PortTaken(f"no port could be had for the services of {fleet.environment}", mend="try again")

    async def _have_replicas(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        for _ in range(TRIES):
            fresh = await asyncio.to_thread(self._start_replicas, ledger, fleet, generation)
            if await self._until_ready(ledger, fleet, generation, fresh):
                return
        raise PortTaken(f"no port could be had for the replicas of {fleet.environment}", mend="try again")

    def _start_services(self, ledger: Ledger, fleet: Fleet, generation: int) -> list[Replica]:
        with ledger.turn(generation) as turn:
            fresh = []
            for service in plan.missing_services(turn.state, fleet):
                one = self._named(turn.state, service.name, service.key, service.program)
                turn.write(
                    replace(turn.state, serial=turn.state.serial + 1, services=(*turn.state.services, one))
                )
                fresh.append(one)
            wanted = plan.wanted_services(turn.state, fleet)
            programs: dict[str, Program] = {service.key: service.program for service in fleet.services}
            self._keep_running([self._job(ledger, one, programs[one.identity], {}) for one in wanted], fresh)
            return fresh

    def _start_replicas(self, ledger: Ledger, fleet: Fleet, generation: int) -> list[Replica]:
        with ledger.turn(generation) as turn:
            fresh = []
            jobs = []
            for workload in fleet.workloads:
                bound = plan.bindings(turn.state, fleet, workload)
                like = plan.identity(workload.program, bound)
                for _ in range(
                    workload.replicas - len(plan.wanted_replicas(turn.state, fleet)[workload.release])
                ):
                    one = replace(
                        self._named(turn.state, workload.release, like, workload.program), services=bound
                    )
                    turn.write(
                        replace(
                            turn.state, serial=turn.state.serial + 1, replicas=(*turn.state.replicas, one)
                        )
                    )
                    fresh.append(one)
                for one in plan.wanted_replicas(turn.state, fleet)[workload.release]:
                    jobs.append(self._job(ledger, one, workload.program, self._urls(turn.state, one)))
            self._keep_running(jobs, fresh)
            return fresh

    def _named(self, state: State, of: str, identity: str, program: Program) -> Replica:
        used = {one.port for one in (*state.replicas, *state.services)}
        seed = int.from_bytes(hashlib.sha256(str(self._directory).encode()).digest()[:4]) + 17 * state.serial
        seed += int.from_bytes(hashlib.sha256(state.environment.encode()).digest()[:4])
        return Replica(
            program=f"{state.environment}@{_plain(of)}-{state.serial}",
            of=of,
            identity=identity,
            port=next(port for port in free_ports(seed) if port not in used),
            health=program.health,
        )

    def _urls(self, state: State, replica: Replica) -> dict[str, str]:
        ports = {service.identity: service.port for service in state.services}
        return {name: f"http://{self._address}:{ports[key]}" for name, key in replica.services.items()}

    def _job(self, ledger: Ledger, one: Replica, program: Program, urls: Mapping[str, str]) -> Job:
        return Job(
            name=one.program,
            argv=tuple(word.replace("{port}", str(one.port)) for word in program.argv),
            directory=program.directory,
            log=str(self._log(ledger, one.program)),
            port=one.port,
            environment={"PORT": str(one.port), **program.variables, **urls},
            secrets=program.secrets,
        )

    def _keep_running(self, jobs: Sequence[Job], fresh: Sequence[Replica]) -> None:
        """Start what is new, and what should run and does not even try to."""
        new = {one.program for one in fresh}
        seen = self._supervisor.seen()
        for job in jobs:
            if job.name in new or job.name not in seen or seen[job.name].state in ENDED | {"UNWATCHED"}:
                self._supervisor.put(replace(job, handed=self._vault.resolve(job.secrets)))

    async def _until_ready(
        self, ledger: Ledger, fleet: Fleet, generation: int, fresh: Sequence[Replica]
    ) -> bool:
        """Wait until all that was started is healthy. False if one lost its port to somebody and is gone."""
        waiting = list(fresh)
        begun = self._clock.monotonic()
        while waiting:
            answers = await asyncio.gather(
                *(probe.healthy(self._address, one.port, one.health) for one in waiting)
            )
            seen = await asyncio.to_thread(self._supervisor.seen, f"{fleet.environment}@")
            for one, well in zip(tuple(waiting), answers, strict=True):
                trouble = _trouble(seen.get(one.program))
                if not trouble and well:
                    waiting.remove(one)
                    continue
                late = self._clock.monotonic() - begun > one.health.start
                if not trouble and late:
                    trouble = f"GET {one.health.path} was not answered 2xx within {one.health.start:g} s"
                if trouble:
                    said = tail(self._log(ledger, one.program))
                    port_lost = one.program in seen and seen[one.program].code == launcher.PORT_TAKEN
                    await asyncio.to_thread(self._give_up, ledger, generation, fresh)
                    if port_lost:
                        return False
                    raise StartFailed(
                        f"{_what(one, fleet)} did not become healthy: {trouble}"
                        + (f"\n{said}" if said else "; it wrote nothing"),
                        mend=f"its whole log is {self._log(ledger, one.program)}",
                    )
            if waiting:
                await self._clock.sleep(0.05 if self._clock.monotonic() - begun < 3 else 0.25)
        return True

    def _give_up(self, ledger: Ledger, generation: int, fresh: Sequence[Replica]) -> None:
        """Take back what was started and is not well, so that nothing crashes on for ever."""
        names = {one.program for one in fresh}
        with ledger.turn(generation) as turn:
            turn.write(
                replace(
                    turn.state,
                    replicas=tuple(one for one in turn.state.replicas if one.program not in names),
                    services=tuple(one for one in turn.state.services if one.program not in names),
                    retired=(*turn.state.retired, *sorted(names)),
                )
            )
        self._remove(ledger, generation, sorted(names))

    # --- the router

    async def _have_routes(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        state = ledger.read()
        if await self._in_force(state, fleet, generation):
            return
        router, fresh = await asyncio.to_thread(self._have_router, ledger, fleet, generation)
        admin = Admin(router.admin)
        refused = 0 if fresh else await self._refused(admin)
        if not fresh:
            version = await asyncio.to_thread(self._write_clusters, ledger, fleet, generation)
            await self._until_clusters(ledger, admin, version, generation, refused)
            await asyncio.to_thread(self._write_routes, ledger, fleet, generation)
        version = _told(ledger.read()).version
        await self._until_routes(ledger, admin, version, refused)
        await asyncio.to_thread(self._confirm, ledger, fleet, generation)
        await self._drain(ledger, fleet, generation, admin)

    async def _in_force(self, state: State, fleet: Fleet, generation: int) -> bool:
        """Whether exactly this is confirmed already, nothing waits to be retired, and the router says so."""
        if state.fleet != fleet or state.generation != generation or state.routing is None:
            return False
        wanted = plan.routing(state, fleet, generation, state.routing.version, self._address)
        if wanted != state.routing or set(state.clusters) != {arm.cluster for arm in wanted.arms}:
            return False
        with suppress(NoAnswer):
            return await Admin(self._router_of(state).admin).version() == state.routing.version
        return False

    def _have_router(self, ledger: Ledger, fleet: Fleet, generation: int) -> tuple[Router, bool]:
        """The router, and whether it has just been started, with all it needs to know."""
        with ledger.turn(generation) as turn:
            seen = self._supervisor.seen(f"{fleet.environment}@")
            state = turn.state
            moved = bool(fleet.port) and state.port != fleet.port
            if state.router and not moved:
                router = self._router_of(state)
                if seen.get(state.router) is None or seen[state.router].state in ENDED | {"UNWATCHED"}:
                    self._supervisor.put(self._router_job(ledger, state.router, router))
                return router, False
            if state.router:
                self._supervisor.remove(state.router)
            return self._start_router(ledger, turn, fleet, generation), True

    def _start_router(self, ledger: Ledger, turn: Turn, fleet: Fleet, generation: int) -> Router:
        state = turn.state
        port = fleet.port
        if port:
            self._refuse_taken(fleet)
        else:
            used = {one.port for one in (*state.replicas, *state.services)}
            seed = int.from_bytes(
                hashlib.sha256(f"{self._directory}/{state.environment}".encode()).digest()[:4]
            )
            port = next(port for port in free_ports(seed + 17 * state.serial) if port not in used)
        state = turn.write(
            replace(
                state,
                port=port,
                serial=state.serial + 1,
                router=f"{state.environment}@router-{state.serial}",
                routing=plan.routing(state, fleet, generation, f"{generation}.{state.serial}", self._address),
            )
        )
        told = _told(state)
        state = turn.write(replace(state, clusters=tuple(arm.cluster for arm in told.arms)))
        router = self._router_of(state)
        for folder in (router.log.parent, router.pins):
            folder.mkdir(parents=True, exist_ok=True)
        replace_file(router.bootstrap, json.dumps(envoy.bootstrap(router)).encode())
        self._tell_clusters(router, told.version, state)
        replace_file(router.routes, encode(routing.routes(told)))
        self._supervisor.put(self._router_job(ledger, state.router, router))
        return router

    def _router_job(self, ledger: Ledger, name: str, router: Router) -> Job:
        return Job(
            name=name,
            argv=tuple(envoy.command(envoy.binary(), router)),
            directory=router.directory,
            log=str(self._log(ledger, "router")),
            port=router.port,
            router={
                "routes": str(router.routes),
                "clusters": str(router.clusters),
                "confirmed": str(router.confirmed),
                "log": str(router.log),
                "pins": str(router.pins),
                "admin": router.admin,
                "down": str(Path(router.directory, "down")),
                "rotate": str(LOG_PART),
            },
        )

    def _write_clusters(self, ledger: Ledger, fleet: Fleet, generation: int) -> str:
        """Every cluster of the routes to come beside all that the router knows: nothing is taken away yet."""
        with ledger.turn(generation) as turn:
            state = turn.state
            version = f"{generation}.{state.serial}"
            wanted = plan.routing(state, fleet, generation, version, self._address)
            together = dict.fromkeys([*state.clusters, *(arm.cluster for arm in wanted.arms)])
            state = turn.write(replace(state, serial=state.serial + 1, clusters=tuple(together)))
            self._tell_clusters(self._router_of(state), version, state)
            return version

    def _write_routes(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        with ledger.turn(generation) as turn:
            state = turn.state
            told = plan.routing(state, fleet, generation, f"{generation}.{state.serial}", self._address)
            turn.write(replace(state, serial=state.serial + 1, routing=told))
            replace_file(self._router_of(state).routes, encode(routing.routes(told)))

    def _tell_clusters(self, router: Router, version: str, state: State) -> None:
        replace_file(router.clusters, encode(routing.clusters(version, state.clusters, self._address)))

    def _confirm(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        with ledger.turn(generation) as turn:
            state = turn.write(replace(turn.state, fleet=fleet, generation=generation))
            self._remember(state)

    def _remember(self, state: State) -> None:
        """What the launcher rebuilds the router's files from."""
        told = _told(state)
        confirmed = {
            "routes": routing.routes(told),
            "clusters": routing.clusters(told.version, state.clusters, self._address),
        }
        replace_file(self._router_of(state).confirmed, encode(confirmed))

    async def _until_clusters(
        self, ledger: Ledger, admin: Admin, version: str, generation: int, refused: int
    ) -> None:
        """The clusters are known, and each that is to get traffic has a replica that is well."""
        begun = self._clock.monotonic()
        while True:
            with suppress(NoAnswer):
                known = ledger.read().clusters
                well = await admin.healthy(known)
                sick = [one for one in known if not well.get(one.name)]
                if await admin.clusters_version() == version and not sick:
                    return
                await self._raise_refusal(ledger, admin, refused)
            if self._clock.monotonic() - begun > CONFIRM:
                raise OutsideError(
                    f"the router of {ledger.read().environment} has not taken the clusters of generation "
                    f"{generation} within {CONFIRM:g} s",
                    mend=f"its log is {self._log(ledger, 'router')}",
                )
            await self._clock.sleep(0.01)

    async def _until_routes(self, ledger: Ledger, admin: Admin, version: str, refused: int) -> None:
        begun = self._clock.monotonic()
        while True:
            with suppress(NoAnswer):
                if await admin.version() == version:
                    return
                await self._raise_refusal(ledger, admin, refused)
            state = ledger.read()
            seen = await asyncio.to_thread(self._supervisor.seen, state.router)
            ended = state.router in seen and seen[state.router].state in ENDED
            if ended or self._clock.monotonic() - begun > CONFIRM:
                said = tail(self._log(ledger, "router"))
                raise StartFailed(
                    f"the router of {state.environment} did not take its routes\n{said}",
                    mend=f"its whole log is {self._log(ledger, 'router')}",
                )
            await self._clock.sleep(0.01)

    async def _refused(self, admin: Admin) -> int:
        with suppress(NoAnswer):
            return await admin.rejected()
        return 0

    async def _raise_refusal(self, ledger: Ledger, admin: Admin, refused: int) -> None:
        if await admin.rejected() <= refused:
            return
        said = [
            line
            for line in tail(self._log(ledger, "router"), 40).splitlines()
            if "reject" in line.lower() or "failure" in line.lower()
        ]
        raise StartFailed(
            f"the router refused its configuration: {said[-1] if said else 'it does not say why'}",
            mend=f"its whole log is {self._log(ledger, 'router')}",
        )

    async def _drain(self, ledger: Ledger, fleet: Fleet, generation: int, admin: Admin) -> None:
        """Let what is in flight on clusters without routes end, then take them away."""
        state = ledger.read()
        routed = {arm.cluster for arm in _told(state).arms}
        leaving = [one.name for one in state.clusters if one not in routed]
        if not leaving:
            return
        await self._until_idle(admin, leaving, fleet.drain)
        await asyncio.to_thread(self._drop_clusters, ledger, generation)

    async def _until_idle(self, admin: Admin, clusters: Sequence[str], patience: float) -> None:
        begun = self._clock.monotonic()
        idle = 0
        await self._clock.sleep(SETTLE)
        while idle < 2 and self._clock.monotonic() - begun < patience:
            try:
                active = await admin.active(clusters)
            except NoAnswer:
                active = 1
            idle = idle + 1 if active == 0 else 0
            if idle < 2:
                await self._clock.sleep(0.05)

    def _drop_clusters(self, ledger: Ledger, generation: int) -> None:
        with ledger.turn(generation) as turn:
            state = turn.state
            kept = tuple(dict.fromkeys(arm.cluster for arm in _told(state).arms))
            state = turn.write(replace(state, clusters=kept, serial=state.serial + 1))
            self._tell_clusters(self._router_of(state), f"{generation}.{state.serial}", state)
            self._remember(state)

    async def _have_no_router(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        state = ledger.read()
        if state.router:
            admin = Admin(self._router_of(state).admin)
            with suppress(NoAnswer):
                await admin.close_listeners()
                await self._until_idle(admin, [one.name for one in state.clusters], fleet.drain)
        await asyncio.to_thread(self._drop_router, ledger, fleet, generation)

    def _drop_router(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        with ledger.turn(generation) as turn:
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
                    fleet=fleet,
                    generation=generation,
                )
            )

    # --- the retired

    async def _retire(self, ledger: Ledger, fleet: Fleet, generation: int) -> None:
        """Stop what is not named, whoever started it."""
        names = await asyncio.to_thread(self._mark_retired, ledger, fleet, generation)
        if names:
            await asyncio.to_thread(self._remove, ledger, generation, names)
        if not (fleet.workloads or fleet.services or fleet.route):
            await asyncio.to_thread(self._supervisor.rest)

    def _mark_retired(self, ledger: Ledger, fleet: Fleet, generation: int) -> list[str]:
        with ledger.turn(generation) as turn:
            state = turn.state
            replicas = [one for mine in plan.wanted_replicas(state, fleet).values() for one in mine]
            services = plan.wanted_services(state, fleet)
            keep = {one.program for one in (*replicas, *services)} | {state.router}
            running = self._supervisor.seen(f"{fleet.environment}@")
            names = sorted({*state.retired, *running} - keep)
            turn.write(
                replace(state, replicas=tuple(replicas), services=tuple(services), retired=tuple(names))
            )
            return names

    def _remove(self, ledger: Ledger, generation: int, names: Sequence[str]) -> None:
        self._supervisor.remove_all(names)
        with ledger.turn(generation) as turn:
            left = tuple(name for name in turn.state.retired if name not in names)
            turn.write(replace(turn.state, retired=left))

    # --- looking

    async def _router(self, state: State) -> tuple[str, Mapping[int, bool]]:
        """The router in a word, and which ports its health checks find well."""
        if not state.router or state.routing is None:
            return "absent", {}
        admin = Admin(self._router_of(state).admin)
        try:
            version = await admin.version()
            ports = await admin.ports()
        except NoAnswer as error:
            return error.message, {}
        if version != state.routing.version:
            return f"routes {version or 'none'} are in force instead of {state.routing.version}", ports
        return "serving", ports

    async def _well(self, replica: Replica, passing: Mapping[int, bool]) -> bool:
        if replica.port in passing:
            return passing[replica.port]
        return await probe.healthy(self._address, replica.port, replica.health)

    async def _service(self, service: Replica, seen: Mapping[str, Seen]) -> str:
        if not _pid(seen, service):
            return _trouble(seen.get(service.program)) or "not running"
        return "healthy" if await self._well(service, {}) else "starting"

    # --- names and places

    def _ledger(self, environment: str) -> Ledger:
        return Ledger(self._directory / "targets" / environment, environment)

    def _log(self, ledger: Ledger, program: str) -> Path:
        return ledger.directory / "logs" / f"{program.partition('@')[2] or program}.log"

    def _router_of(self, state: State) -> Router:
        digest = hashlib.sha256(state.environment.encode()).hexdigest()[:8]
        return Router(
            address=self._address,
            port=state.port,
            directory=str(self._directory / "targets" / state.environment / "router"),
            admin=str(self._supervisor.private / f"{digest}.sock"),
        )


def _told(state: State) -> routing.Routing:
    if state.routing is None:
        raise OutsideError(f"the router of {state.environment} has no routes", mend="deploy again")
    return state.routing


def _pid(seen: Mapping[str, Seen], one: Replica) -> int:
    return seen[one.program].pid if one.program in seen else 0


def _trouble(seen: Seen | None) -> str:
    """Why a program that was started does not run; empty while it may still come."""
    if seen is None:
        return "it was taken away"
    if seen.state in ENDED:
        return f"it ended with status {seen.code}" if seen.code else "it ended at once"
    return "it was started anew" if seen.restarts else ""


def _note(replicas: Sequence[Replica], seen: Mapping[str, Seen]) -> str:
    words = []
    for one in replicas:
        known = seen.get(one.program)
        if known is None or known.state in ENDED:
            words.append(f"port {one.port}: {_trouble(known)}")
        elif known.state == "UNWATCHED" and known.pid:
            words.append(f"port {one.port}: runs, and nobody would restart it")
    return "; ".join(words)


def _what(one: Replica, fleet: Fleet) -> str:
    services = {service.key for service in fleet.services}
    kind = f"service {one.of}" if one.identity in services else f"release {one.of[:12]}"
    return f"{kind} in {fleet.environment}"


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:12]
