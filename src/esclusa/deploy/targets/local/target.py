"""The local target: makes the processes of this machine be as a fleet says.

The order is always the same: services, new replicas, clusters, routes, confirmation, drain, and what is not
named goes last. Where all but the routes is there already, they go first (flip.py), and the rest is looked at
after. Every step is a short turn under the environment's lock that refuses a generation which has been
overtaken; what takes time is waited for between turns. State is on disk before anything is done by it, so
whoever comes next, after a crash or a cancelled call, goes on from there.

What a fleet says of traffic is read like this. A release in the route takes its share of new conversations,
and keeps those that it began, at weight 0 too. A release that is not in the route has gone away: requests in
flight are finished, and the next turn of its conversations goes where the weights send it.
"""

import asyncio
import dataclasses
from pathlib import Path

from esclusa.core.errors import OutsideError
from esclusa.core.fleet import Fleet, Observation
from esclusa.core.ports import Clock, SecretSource
from esclusa.core.target import Restarted
from esclusa.core.value import replace
from esclusa.deploy.stops import Hook, never
from esclusa.deploy.targets.local import plan
from esclusa.deploy.targets.local.flip import flip
from esclusa.deploy.targets.local.look import look
from esclusa.deploy.targets.local.members import have_members, retire
from esclusa.deploy.targets.local.restart import restart_members, restart_router
from esclusa.deploy.targets.local.route import have_no_router, have_routes, refuse_taken
from esclusa.deploy.targets.local.site import PortLost, Site, admin_socket
from esclusa.deploy.targets.local.supervisor import Supervisor
from esclusa.deploy.targets.local.vault import Vault
from esclusa.deploy.traffic.log import AccessLog
from esclusa.deploy.traffic.tap import EnvoyTap

TRIES = 5
"""How often another port is tried when somebody was quicker."""


def access_log(directory: Path, environment: str) -> AccessLog:
    """The access log of an environment's router."""
    return AccessLog(directory.absolute() / "targets" / environment / "router" / "log")


def tap(directory: Path, environment: str) -> EnvoyTap:
    """The tap of an environment's router."""
    return EnvoyTap(admin_socket(Supervisor(directory), environment))


class LocalTarget:
    """Replicas, services and routers of one project, on this machine (core.target.Target)."""

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        secrets: SecretSource,
        *,
        address: str = "127.0.0.1",
        hook: Hook = never,
    ) -> None:
        self._directory = directory.absolute()
        self._clock = clock
        self._vault = Vault(directory, secrets)
        self._address = address
        self._hook = hook
        self._supervisor = Supervisor(directory)

    async def apply(self, fleet: Fleet, generation: int) -> Observation:
        """Converge (core.target.Target.apply).

        The generation is in force, and `observe` says so, as soon as the routes are confirmed; this returns
        when the retired have gone. UsageError for a fleet that makes no sense, PortTaken, StartFailed with
        the end of the program's log, StateError for a torn state.
        """
        plan.check(fleet)
        site = self._site(fleet.environment)
        if await flip(site, fleet, generation):
            site = dataclasses.replace(site, hook=never)  # its stop points lie behind us
        await asyncio.to_thread(_begin, site, fleet, generation)
        await self._converge(site, fleet, generation)
        await retire(site, fleet, generation)
        return await look(site)

    async def observe(self, environment: str) -> Observation:
        """What is there now (core.target.Target.observe)."""
        return await look(self._site(environment))

    async def _converge(self, site: Site, fleet: Fleet, generation: int) -> None:
        for _ in range(TRIES):
            try:
                await have_members(site, fleet, generation)
                site.hook("after-programs")
                if fleet.route is not None:
                    return await have_routes(site, fleet, generation)
                return await have_no_router(site, fleet, generation)
            except PortLost:
                continue
        raise OutsideError(
            f"no free port could be kept for {fleet.environment}: somebody was quicker {TRIES} times",
            mend="try again",
        )

    async def restart(self, environment: str) -> Restarted:
        """Start anew all that serves there, while it serves (core.target.Restarts)."""
        site = self._site(environment)
        replicas = await restart_members(site, self._converge)
        return Restarted(replicas=replicas, router=await restart_router(site))

    async def refuse_taken(self, environment: str, port: int) -> None:
        """PortTaken now, rather than when it is applied: the port that it is to answer at is not free."""
        site = self._site(environment)
        await asyncio.to_thread(lambda: refuse_taken(site, port, site.ledger.read()))

    def _site(self, environment: str) -> Site:
        return Site(
            home=self._directory,
            environment=environment,
            address=self._address,
            supervisor=self._supervisor,
            vault=self._vault,
            clock=self._clock,
            hook=self._hook,
        )


def _begin(site: Site, fleet: Fleet, generation: int) -> None:
    """Raise the fence, and find out at once what would fail in the end."""
    with site.ledger.turn(generation) as turn:
        turn.write(replace(turn.state, fence=generation))
        if fleet.route is not None:
            refuse_taken(site, fleet.port, turn.state)
    if fleet.workloads or fleet.services or fleet.route:
        site.supervisor.ensure()
