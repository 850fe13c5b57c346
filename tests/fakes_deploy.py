"""Stand-ins for what the controller acts on: time, a target and its traffic. The store in tests is real."""

import asyncio
import heapq
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from esclusa.core.errors import Fenced
from esclusa.core.fleet import Endpoint, Fleet, Observation, WorkloadState
from esclusa.core.traffic import Request
from esclusa.core.value import EMPTY
from esclusa.deploy.witness import Reading

START = datetime(2026, 1, 1, tzinfo=UTC)


class VirtualClock:
    """Time that goes on to the next sleeper when everybody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.leap = 0.0
        """By how much somebody has set the wall clock, on which nothing steady depends."""
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds + self.leap)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._order), done))
        await done

    async def run(self, until: Callable[[], bool], *, at_most: float = 7200.0) -> None:
        """Let time pass until something is so."""
        end = self.seconds + at_most
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            if until():
                return
            if not self._sleepers or self._sleepers[0][0] > end:
                raise AssertionError(f"not so by {self.seconds:g} s")
            at, _, sleeper = heapq.heappop(self._sleepers)
            self.seconds = max(self.seconds, at)
            if not sleeper.done():
                sleeper.set_result(None)


class FakeTarget:
    """An environment that becomes what it is told, after a while, and remembers what was done to it."""

    def __init__(self, clock: VirtualClock, *, seconds: float = 0.5) -> None:
        self.fleet: Fleet | None = None
        self.generation = 0
        self.effects: list[tuple[int, Mapping[str, float]]] = []
        """Every change that came into force: generation and weights."""
        self.seconds = seconds
        self.raises: dict[str, list[Exception]] = {}
        """What goes wrong, in order, for fleets in which a release has workloads."""
        self.cancelled = 0
        self._clock = clock

    @property
    def weights(self) -> Mapping[str, float]:
        """Who gets which share now."""
        return dict(self.fleet.route.weights) if self.fleet and self.fleet.route else {}

    async def apply(self, fleet: Fleet, generation: int) -> Observation:
        if generation < self.generation:
            raise Fenced(f"generation {self.generation} is in force; {generation} came late")
        try:
            await self._clock.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        for workload in fleet.workloads:
            if self.raises.get(workload.release):
                raise self.raises[workload.release].pop(0)
        if generation > self.generation:
            self.fleet, self.generation = fleet, generation
            self.effects.append((generation, self.weights))
        return await self.observe(fleet.environment)

    async def observe(self, environment: str) -> Observation:
        workloads = self.fleet.workloads if self.fleet else ()
        serves = self.fleet is not None and self.fleet.route is not None
        return Observation(
            environment=environment,
            generation=self.generation,
            endpoint=Endpoint(url="http://127.0.0.1:20080") if serves else None,
            workloads=tuple(
                WorkloadState(
                    release=known.release,
                    wanted=known.replicas,
                    running=known.replicas,
                    healthy=known.replicas,
                    weight=self.weights.get(known.release, 0.0),
                    urls=(f"http://{known.release}.test",),
                )
                for known in workloads
            ),
            router="serving" if serves else "absent",
        )


class FakeTraffic:
    """Customers at a steady pace, sent where the target's weights say, failing as each release does."""

    def __init__(
        self,
        clock: VirtualClock,
        target: FakeTarget,
        *,
        rate: float = 20.0,
        errors: Mapping[str, float] = EMPTY,
    ) -> None:
        self.lines: list[Request] = []
        self.down = ""
        self.restarts: list[tuple[float, float]] = []
        self._clock = clock
        self._target = target
        self._rate = rate
        self._errors = errors
        self._random = random.Random(7)
        self._until = clock.seconds

    def read(self, offset: Mapping[str, int]) -> Reading:
        self._go_on()
        if self.down:
            return Reading((), offset, self.down)
        restarts, self.restarts = self.restarts, []
        return Reading(self.lines[offset.get("line", 0) :], {"line": len(self.lines)}, "", restarts)

    def _go_on(self) -> None:
        weights = self._target.weights
        while self._until < self._clock.seconds:
            self._until += 1 / self._rate
            if weights:
                self.lines.append(self._request(weights))

    def _request(self, weights: Mapping[str, float]) -> Request:
        (arm,) = self._random.choices(list(weights), list(weights.values()))
        started = START.timestamp() + self._clock.leap + self._until - 0.1
        return Request(
            id=f"q{len(self.lines)}",
            conversation=None,
            arm=arm,
            started=started,
            ended=started + 0.1,
            failed=self._random.random() < self._errors.get(arm, 0.0),
        )
