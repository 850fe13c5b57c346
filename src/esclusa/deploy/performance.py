"""A performance: one operation being brought into force, tried until it is, or until trying is no use."""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Literal, Self

from esclusa.core.errors import EsclusaError, Fenced, PortTaken, StartFailed, StateError, UsageError
from esclusa.core.fleet import Observation
from esclusa.core.ports import Clock
from esclusa.core.rollout import Operation
from esclusa.core.target import Target
from esclusa.deploy.stops import Hook

AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before an operation is tried again; the last one stays."""


def lacking(seen: Observation, operation: Operation) -> str:
    """What an observation lacks of the operation's fleet being in force; empty when it is."""
    fleet = operation.fleet
    if seen.generation < operation.generation:
        return f"generation {seen.generation} is in force, not yet {operation.generation}"
    foreign = {known.release for known in seen.workloads} - {known.release for known in fleet.workloads}
    if foreign:
        return f"still there: {', '.join(sorted(foreign))}"
    if fleet.route is None:
        return ""
    if seen.router != "serving":
        return f"the router is {seen.router}"
    healthy = {known.release: known.healthy for known in seen.workloads}
    needed = {release: 1 for release, weight in fleet.route.weights if weight > 0} | dict(operation.healthy)
    for release, least in needed.items():
        if not healthy.get(release):
            return f"no replica of {release} is healthy"
        if healthy[release] < least:
            return f"{healthy[release]} of {least} replicas of {release} are healthy"
    return ""


class Performance:
    """An operation on its way into force. `stubborn` ones (a way back) are tried whatever happens, unless the
    environment's port is somebody else's: nobody is served there then, and trying does not free it."""

    def __init__(
        self,
        operation: Operation,
        *,
        target: Target,
        clock: Clock,
        hook: Hook,
        say: Callable[[str], None],
        stubborn: bool,
        after: Self | None = None,
    ) -> None:
        self.operation = operation
        self.trouble = ""
        """Why the last try was not enough."""
        self._target = target
        self._clock = clock
        self._hook = hook
        self._say = say
        self._stubborn = stubborn
        self._began = clock.monotonic()
        self._seconds = 0.0
        self.task = asyncio.create_task(self._perform(after))

    @property
    def status(self) -> Literal["running", "done", "failed"]:
        """Where it stands. Raises Fenced when the target has seen a later controller."""
        if not self.task.done():
            return "running"
        return "done" if self.task.result() else "failed"

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self._seconds

    async def stop(self) -> None:
        """Cancel it and wait until it has let go of the target."""
        self.task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # how it ended matters to nobody any more
            await self.task

    async def _perform(self, after: Self | None) -> bool:
        # Two operations never act on one target at once: the new one begins when the old one has let go.
        if after is not None:
            await after.stop()
        for pause in chain(AGAIN, repeat(AGAIN[-1])):
            if await self._try():
                self._seconds = self._clock.monotonic() - self._began
                self._hook("after-effect")
                return True
            if self._hopeless:
                return False
            await self._clock.sleep(pause)
        raise AssertionError("unreachable: it is tried for ever")

    async def _try(self) -> bool:
        self._hopeless = False
        try:
            seen = await self._target.apply(self.operation.fleet, self.operation.generation)
        except Fenced:
            raise
        except PortTaken as error:
            self.trouble, self._hopeless = f"{error.message}: {error.mend}", True
        except (StartFailed, StateError, UsageError) as error:
            self.trouble, self._hopeless = error.message, not self._stubborn
        except EsclusaError as error:
            self.trouble = error.message
        except Exception as error:  # a target is a plugin: what it raises is a failure to apply, not our end
            self._say(traceback.format_exc())
            self.trouble, self._hopeless = f"{type(error).__name__}: {error}", not self._stubborn
        else:
            self.trouble = lacking(seen, self.operation)
            return not self.trouble
        return False
