"""What an environment needs to become as a fleet says, from what its state knows. Pure."""

import re
from collections.abc import Iterable, Mapping
from math import isclose

from esclusa.core.errors import UsageError
from esclusa.core.fleet import Fleet, Program, Service, Workload
from esclusa.core.value import digest
from esclusa.deploy.targets.local.state import Replica, State
from esclusa.deploy.traffic.routing import Arm, Cluster, Routing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


def check(fleet: Fleet) -> None:
    """UsageError for a fleet that makes no sense: nothing is touched for its sake."""
    if not _NAME.match(fleet.environment):
        raise UsageError(
            f"`{fleet.environment}` cannot be an environment's name",
            mend="use letters, digits, dot, dash and underscore",
        )
    if not 0 <= fleet.port <= 65535:
        raise UsageError(f"{fleet.port} is no port", mend="use 1 to 65535, or 0 to have one chosen")
    releases = [workload.release for workload in fleet.workloads]
    if len(set(releases)) < len(releases):
        raise UsageError(f"a release stands twice among the workloads of {fleet.environment}")
    there = {service.key for service in fleet.services}
    for workload in fleet.workloads:
        if lost := [variable for variable, key in workload.services.items() if key not in there]:
            raise UsageError(
                f"{workload.release} in {fleet.environment} has no service of its own for {lost[0]}"
            )
    if fleet.route is None:
        return
    weights = fleet.route.weights
    served = {workload.release for workload in fleet.workloads if workload.replicas > 0}
    if strangers := [release for release, _ in weights if release not in served]:
        raise UsageError(f"traffic of {fleet.environment} would go to {strangers[0]}, which has no replicas")
    if len(dict(weights)) < len(weights):
        raise UsageError(f"a release stands twice in the route of {fleet.environment}")
    if odd := [weight for _, weight in weights if not 0 <= weight <= 1]:
        raise UsageError(f"a weight of {odd[0]:g} in {fleet.environment} is no share of its traffic")
    total = sum(weight for _, weight in weights)
    if not isclose(total, 1, abs_tol=1e-6):
        raise UsageError(f"the weights of {fleet.environment} sum to {total:g} instead of 1")
    shadow = fleet.route.shadow
    if shadow and shadow.release not in dict(weights):
        raise UsageError(f"copies of {fleet.environment} would go to {shadow.release}, which has no route")
    if shadow and not 0 < shadow.share <= 1:
        raise UsageError(f"{shadow.share:g} is no share of the conversations of {fleet.environment} to copy")
    for match in fleet.route.matches:
        if match.release not in dict(weights):
            raise UsageError(
                f"requests of {fleet.environment} would go to {match.release}, which has no route"
            )
        if not _HEADER.match(match.header or match.cookie) or (match.header and match.cookie):
            raise UsageError(f"a match of {fleet.environment} names no header and no cookie, or both")
    if fleet.route.sticky and not _HEADER.match(fleet.route.sticky):
        raise UsageError(f"`{fleet.route.sticky}` cannot be the name of a header")


def missing_services(state: State, fleet: Fleet) -> list[Service]:
    """Those that do not run yet, or have to run anew."""
    running = {service.identity for service in state.services if service.program not in state.worn}
    return [service for service in fleet.services if service.key not in running]


def wanted_services(state: State, fleet: Fleet) -> list[Replica]:
    """Those that run and should. One that is to be replaced stays as long as a replica that is, too."""
    keys = {service.key for service in fleet.services}
    used = any(worn(state, fleet).values())
    return [
        service
        for service in state.services
        if service.identity in keys and (used or service.program not in state.worn)
    ]


def bindings(state: State, fleet: Fleet, workload: Workload) -> dict[str, str]:
    """Which service stands behind each variable of a release, by key.

    A release's own services are its own, always. Of those that are shared, replicas that run keep the one
    that they have, while it is there; new ones get the one named last.
    """
    shared = {service.variable: service.key for service in fleet.services if service.shared}
    named = {**shared, **workload.services}
    keys = {service.key for service in fleet.services}
    for replica in state.replicas:
        bound = dict(replica.services)
        if (
            replica.of == workload.release
            and bound.keys() == named.keys()
            and set(bound.values()) <= keys
            and workload.services.items() <= bound.items()
            and replica.identity == identity(workload.program, bound)
        ):
            return bound
    return named


def wanted_replicas(state: State, fleet: Fleet) -> dict[str, list[Replica]]:
    """By release: the replicas that run and should, as many as are wanted at most. Of those that are to be
    replaced only as many as there are no others for.
    """
    wanted = {}
    for workload in fleet.workloads:
        like = identity(workload.program, bindings(state, fleet, workload))
        mine = [one for one in state.replicas if one.of == workload.release and one.identity == like]
        mine.sort(key=lambda one: one.program in state.worn)
        wanted[workload.release] = mine[: workload.replicas]
    return wanted


def worn(state: State, fleet: Fleet) -> dict[str, list[Replica]]:
    """By release: those that serve until others have taken their places."""
    return {
        release: [one for one in mine if one.program in state.worn]
        for release, mine in wanted_replicas(state, fleet).items()
    }


def rerouted(state: State, fleet: Fleet, generation: int, address: str) -> Routing | None:
    """What the router is to be told if its routes alone have to change; None if anything else has to, too.

    All that the fleet names runs and was well once, the router was told all its clusters and answers at its
    port, and the routes that it has are confirmed.
    """
    before = state.routing
    if fleet.route is None or before is None or not state.router or before.generation != state.generation:
        return None
    if fleet.port not in (0, state.port) or (state.fleet == fleet and state.generation == generation):
        return None
    replicas = wanted_replicas(state, fleet)
    few = any(len(replicas[workload.release]) < workload.replicas for workload in fleet.workloads)
    members = [*wanted_services(state, fleet), *(one for mine in replicas.values() for one in mine)]
    if few or missing_services(state, fleet) or not all(one.proven for one in members):
        return None
    told = routing(state, fleet, generation, f"{generation}.{state.serial}", address)
    return told if {arm.cluster for arm in told.arms} <= set(state.clusters) else None


def identity(program: Program, services: Mapping[str, str]) -> str:
    """A digest of all that a replica is started with."""
    return digest((program, services))[:16]


def cluster(release: str, replicas: Iterable[Replica]) -> Cluster:
    """The replicas of a release as the router knows them."""
    members = sorted(replicas, key=lambda replica: replica.port)
    return Cluster(
        release=release,
        ports=tuple(replica.port for replica in members),
        health_path=members[0].health.path,
        health_timeout=members[0].health.timeout,
    )


def routing(state: State, fleet: Fleet, generation: int, version: str, address: str) -> Routing:
    """What the router is to be told. A release that had traffic before keeps the entry it came in with."""
    assert fleet.route is not None
    known = {arm.cluster.release: arm.entered for arm in state.routing.arms} if state.routing else {}
    replicas = wanted_replicas(state, fleet)
    return Routing(
        version=version,
        generation=generation,
        arms=tuple(
            Arm(
                cluster=cluster(release, replicas[release]),
                weight=weight,
                entered=known.get(release, generation),
            )
            for release, weight in fleet.route.weights
        ),
        sticky=fleet.route.sticky.lower(),
        sample=fleet.route.sample,
        feedback=fleet.route.feedback,
        shadow=fleet.route.shadow,
        matches=fleet.route.matches,
        address=address,
    )
