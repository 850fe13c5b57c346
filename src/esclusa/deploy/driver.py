"""A driver: one rollout on its way. It sees, lets the engine decide, writes the move, and performs it.

Everything that a move changes is written in one transaction, the intended operation with it, before anything
is done. An abort or a violation in the middle of a long operation intends the restored fleet with a higher
generation first; only then is what was being applied cancelled.
"""

import asyncio
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from esclusa.core.errors import EsclusaError
from esclusa.core.events import Event, OperationDone, Recovered
from esclusa.core.ports import Clock, RolloutLog
from esclusa.core.rollout import Operation, Rollout, RolloutState
from esclusa.core.target import Target
from esclusa.core.trial import Trial
from esclusa.core.value import replace
from esclusa.deploy.engine import Account, Move, Seen, decide, owes_preflight
from esclusa.deploy.performance import Performance, lacking
from esclusa.deploy.reporter import Reporter
from esclusa.deploy.sources import MakeSources, made, no_sources
from esclusa.deploy.stops import Hook
from esclusa.deploy.telling import judged
from esclusa.deploy.witness import TrafficLog, Witness

LEAP = 5.0
"""Seconds by which the wall clock leaves the steady one between two looks when somebody has set it."""
TELL = 5.0
"""Seconds between two events that only say how the judging goes."""


class Driver:
    """One rollout, what is known of it, and the operation being performed."""

    def __init__(
        self,
        rollout: Rollout,
        *,
        epoch: int,
        log: RolloutLog,
        target: Target,
        traffic: TrafficLog,
        sources: MakeSources = no_sources,
        clock: Clock,
        say: Callable[[str], None],
        hook: Hook,
    ) -> None:
        # Of a wait that has not begun yet nothing is over: the clock was set back while nobody looked.
        self.rollout = replace(rollout, epoch=epoch, since=min(rollout.since, clock.now()))
        self.performance: Performance | None = None
        self._log = log
        self._target = target
        self._sources = made(sources, rollout)
        self._witness = Witness(rollout, traffic, self._sources)
        self._flight: asyncio.Task[str] | None = None
        self._reporter = Reporter(traffic)
        self._clock = clock
        self._say = say
        self._hook = hook
        self._written = rollout
        self._done = False
        self._told = clock.monotonic()
        self._noticed = len(rollout.restarts)
        self._looked = (clock.now(), clock.monotonic())

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.rollout.final

    async def take_up(self) -> None:
        """Go on from where an earlier controller was, if one was: nothing done twice, nothing left undone."""
        self._sources.start()
        found = self._log.intended(self.rollout.id)
        if found is None:
            return
        operation = replace(found, epoch=self.rollout.epoch)
        if operation.done:
            self._done = True
            self._write(self._recovered(f"took the rollout up again in {self.rollout.state.value}"))
            return
        there = not lacking(await self._target.observe(self.rollout.environment), operation)
        how = "is in force" if there else "is not in force: issued again"
        intended = f"operation {operation.generation} was intended and {how}"
        self._write(self._recovered(intended), operation=operation)
        if not there:
            self._hook("after-intent")
        # In force or not: applying it again confirms it, and finishes what retires behind it.
        self._perform(operation)

    def look(self) -> None:
        """See, decide and act, until there is nothing more to do now."""
        now = self._clock.now()
        self._count_lived_time(now)
        seen = self._see(now)
        while not self.ended:
            before = self.rollout
            move = decide(before, seen)
            self._act(move, now)
            granted = self.rollout.wishes - before.wishes
            went = (self.rollout.state, self.rollout.position) != (before.state, before.position)
            if move.operation is not None or not (went or granted):
                return
            seen = replace(seen, account=None, wishes=seen.wishes[granted:])

    async def stop(self) -> None:
        """Let go of the target; what was intended stays intended."""
        await self._sources.stop()
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)
        if self.performance is not None:
            await self.performance.stop()

    def _count_lived_time(self, now: datetime) -> None:
        """A wait is over when its seconds have passed, whatever somebody sets the clock to meanwhile."""
        before, began = self._looked
        self._looked = (now, self._clock.monotonic())
        leap = now - before - timedelta(seconds=self._looked[1] - began)
        if abs(leap.total_seconds()) < LEAP:
            return
        self.rollout = replace(self.rollout, since=self.rollout.since + leap)
        forward = leap.total_seconds() > 0
        how = f"was set {'forward' if forward else 'back'} by {abs(leap.total_seconds()):.0f} s"
        self._write(Recovered(what="clock", how=f"{how}; waits go on as lived", rollout=self.rollout.id))

    def _see(self, now: datetime) -> Seen:
        status, trouble = self._result(now)
        return Seen(
            now=now,
            highest=self._log.generation(self.rollout.environment),
            operation=status,
            trouble=trouble,
            account=self._judge(now),
            blind=self._witness.blind,
            preflight=self._preflight(status),
            wishes=tuple(self._log.wishes(self.rollout.id, self.rollout.wishes)),
            trial=self._report(now),
        )

    def _result(self, now: datetime) -> tuple[Literal["none", "running", "done", "failed"], str]:
        if self.performance is None:
            return ("done" if self._done else "none"), ""
        status = self.performance.status
        if status == "done" and not self._done:
            self._finish(self.performance.operation, self.performance.seconds)
            self.rollout = self._witness.shifted(self.rollout, now.timestamp())
        return status, self.performance.trouble

    def _preflight(self, status: str) -> str | None:
        """What the preflight suite came to; begun once it is owed and the candidate is there."""
        if not owes_preflight(self.rollout) or self.rollout.state is not RolloutState.PREPARING:
            return None
        if self._flight is None and status == "done":
            self._say(f"asking the preflight suite of {self.rollout.candidate[:12]}")
            self._flight = asyncio.create_task(self._fly())
        return self._flight.result() if self._flight is not None and self._flight.done() else None

    async def _fly(self) -> str:
        try:
            if self._sources.preflight is None:
                return f"the preflight suite cannot be asked: {self._sources.amiss}"
            seen = await self._target.observe(self.rollout.environment)
            urls = [
                url for one in seen.workloads if one.release == self.rollout.candidate for url in one.urls
            ]
            if not urls:
                return "the preflight suite cannot be asked: no replica of the candidate is healthy"
            return await self._sources.preflight.ask(urls[0])
        except EsclusaError as error:
            return f"the preflight suite cannot be asked: {error.message}"
        except Exception as error:  # agents and scorers are strangers
            self._say(traceback.format_exc())
            return f"the preflight suite failed: {type(error).__name__}: {error}"

    def _judge(self, now: datetime) -> Account | None:
        try:
            return self._witness.look(self.rollout, now.timestamp())
        except Exception as error:  # a fault in judging must hold this rollout, not end all of them
            self._say(traceback.format_exc())
            self._witness.blind = f"judging failed: {type(error).__name__}: {error}"
            return None

    def _report(self, now: datetime) -> Trial | None:
        try:
            return self._reporter.look(self.rollout, now.timestamp())
        except Exception:  # as in judging: it holds this rollout and ends none
            self._say(traceback.format_exc())
            return None

    def _act(self, move: Move, now: datetime) -> None:
        self.rollout = move.rollout
        if move.operation is None:
            if move.events or self.rollout != self._written or self._due:
                self._write(*(move.events or self._progress()))
            return
        self.rollout = self._witness.shifted(self.rollout, now.timestamp())
        self._hook("before-intent")
        self._write(*move.events, operation=move.operation)
        self._hook("after-intent")
        self._perform(move.operation)

    def _perform(self, operation: Operation) -> None:
        self._done = False
        self.performance = Performance(
            operation,
            target=self._target,
            clock=self._clock,
            hook=self._hook,
            say=self._say,
            stubborn=self.rollout.state is RolloutState.RESTORING,
            after=self.performance,
        )

    def _finish(self, operation: Operation, seconds: float) -> None:
        self._done = True
        self._log.done(
            operation,
            OperationDone(
                rollout=operation.rollout,
                generation=operation.generation,
                epoch=operation.epoch,
                seconds=seconds,
            ),
        )
        self._hook("after-done")

    def _write(self, *events: Event, operation: Operation | None = None) -> None:
        self._log.record(self.rollout, *self._router_came_back(), *events, operation=operation)
        self._written = self.rollout

    def _router_came_back(self) -> tuple[Recovered, ...]:
        fresh = self.rollout.restarts[self._noticed :]
        self._noticed += len(fresh)
        return tuple(
            Recovered(
                what="router",
                how=f"was away and is back: {up - down:.1f} s are left out of both releases' statistics",
                rollout=self.rollout.id,
            )
            for down, up, _ in fresh
        )

    @property
    def _due(self) -> bool:
        return self.rollout.judgement is not None and self._clock.monotonic() - self._told >= TELL

    def _progress(self) -> tuple[Event, ...]:
        if not self._due:
            return ()
        self._told = self._clock.monotonic()
        return judged(self.rollout)

    def _recovered(self, how: str) -> Recovered:
        return Recovered(what="controller", how=how, rollout=self.rollout.id)
