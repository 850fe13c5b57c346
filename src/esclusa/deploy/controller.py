"""The controller: drives every open rollout of a project, one look a second, and survives its own death.

One controller at a time holds the project's lease, and every write carries its epoch: one that was paused
and comes back late is refused by the store and by the target, and stops. It owns no store, no target and no
clock; when no rollout is open it keeps the lease and waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress

from esclusa.core.errors import EsclusaError, Fenced, OutsideError
from esclusa.core.events import ControllerStarted, Recovered
from esclusa.core.ports import Clock, Journal, Lease, RolloutLog
from esclusa.core.rollout import Rollout
from esclusa.core.target import Target
from esclusa.deploy.driver import Driver
from esclusa.deploy.sources import MakeSources, no_sources
from esclusa.deploy.stops import Hook, never
from esclusa.deploy.witness import TrafficLog

LEASE = "controller"
LEASE_SECONDS = 3.0
"""How long a dead controller keeps the next one waiting; renewed at every look."""
LOOK = 1.0
"""Seconds between two looks; an operation that ends is looked at once."""
TEND = 1.0
"""Seconds between two rounds of seeing that what must live is alive."""

Say = Callable[[str], None]
Tend = Callable[[], Awaitable[Sequence[Recovered]]]
"""See that what the project needs is alive, and say what had to be brought back."""


Deliver = Callable[[], Coroutine[None, None, None]]
"""Tell people what is in the outbox, until cancelled."""


async def nobody_to_tell() -> None:
    """For whom nobody listens to."""


def aloud(line: str) -> None:
    """Say it on standard output. That is a file on a disk: where it is full, only what is said is lost."""
    with suppress(OSError):
        print(line, flush=True)


async def nothing_to_tend() -> Sequence[Recovered]:
    """For what keeps itself alive."""
    return ()


async def drive(
    *,
    holder: str,
    log: RolloutLog,
    journal: Journal,
    lease: Lease,
    target: Callable[[str], Target],
    traffic: Callable[[str], TrafficLog],
    sources: MakeSources = no_sources,
    clock: Clock,
    say: Say,
    tend: Tend = nothing_to_tend,
    deliver: Deliver = nobody_to_tell,
    hook: Hook = never,
) -> None:
    """Drive the project's rollouts until cancelled; waits while somebody else holds the lease.

    `target` and `traffic` are asked by the environment's name, `sources` by the rollout that they are for.
    `deliver` tells people meanwhile what becomes of them, until it is cancelled. Raises Fenced when another
    controller has taken over: then nothing may be done any more. While the store is out
    of reach, it waits.
    """
    epoch = await _lease(lease, holder, clock, say)
    journal.append(ControllerStarted(holder=holder, epoch=epoch))
    say(f"epoch {epoch}: driving")
    drivers: dict[str, Driver] = {}

    def made(rollout: Rollout) -> Driver:
        return Driver(
            rollout,
            epoch=epoch,
            log=log,
            target=target(rollout.environment),
            traffic=traffic(rollout.environment),
            sources=sources,
            clock=clock,
            say=say,
            hook=hook,
        )

    beside = (
        asyncio.create_task(_tend(tend, journal, clock, say)),
        asyncio.create_task(deliver()),
    )
    try:
        while True:
            try:
                if not lease.renew(LEASE, epoch, LEASE_SECONDS):
                    raise Fenced(f"another controller has taken over from epoch {epoch}")
                await _look(log, drivers, made)
            except OutsideError as error:
                say(f"waiting for the store: {error.message}")
                await _let_go(drivers)
            await _until_next_look(drivers.values(), clock)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await _let_go(drivers)
        with suppress(EsclusaError):
            lease.release(LEASE, epoch)


async def _look(log: RolloutLog, drivers: dict[str, Driver], made: Callable[[Rollout], Driver]) -> None:
    for rollout in log.open():
        if rollout.id not in drivers:
            drivers[rollout.id] = made(rollout)
            await drivers[rollout.id].take_up()
    for driver in drivers.values():
        driver.look()
    for name in [name for name, driver in drivers.items() if driver.ended]:
        await drivers.pop(name).stop()


async def _let_go(drivers: dict[str, Driver]) -> None:
    """Stop acting. What was not written has not happened: it is taken up again from what is written."""
    while drivers:
        await drivers.popitem()[1].stop()


async def _lease(lease: Lease, holder: str, clock: Clock, say: Say) -> int:
    told = ""
    while (epoch := lease.take(LEASE, holder, LEASE_SECONDS)) is None:
        other = lease.holder(LEASE)
        if other != told:
            say(f"waiting: {other} holds the lease")
            told = other
        await clock.sleep(LOOK / 2)
    return epoch


async def _tend(tend: Tend, journal: Journal, clock: Clock, say: Say) -> None:
    while True:
        try:
            for recovered in await tend():
                say(f"{recovered.what}: {recovered.how}")
                journal.append(recovered)
        except EsclusaError as error:
            say(f"tending: {error.message}")
        await clock.sleep(TEND)


async def _until_next_look(drivers: Iterable[Driver], clock: Clock) -> None:
    """A second, or until an operation has ended."""
    nap = asyncio.create_task(clock.sleep(LOOK))
    performing = [driver.performance.task for driver in drivers if driver.performance is not None]
    waiting = {nap, *(task for task in performing if not task.done())}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        nap.cancel()
