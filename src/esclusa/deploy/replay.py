"""Replay: the cases of a suite, asked of both releases while they serve, and compared case by case.

It goes to the replicas and not through the router: what it asks is no traffic, so it needs none, and
customers' statistics do not see it. Each pair is a case drawn anew, asked of both at the same time.
"""

import random
from collections.abc import Coroutine

from esclusa.core.errors import EsclusaError
from esclusa.core.fleet import Observation
from esclusa.core.ports import Clock, Replaying
from esclusa.core.rollout import Rollout
from esclusa.core.target import Target
from esclusa.deploy.beside import Beside
from esclusa.gates.scores import Pair

AGAIN = 1.0
"""Seconds after which replicas that are not there yet are looked for again."""
LOOK = 5.0
"""Seconds for which an observation of the target is good."""


class Replayer(Beside[Pair]):
    """The replayed cases of one rollout."""

    def __init__(self, rollout: Rollout, target: Target, replaying: Replaying, clock: Clock) -> None:
        super().__init__()
        self._rollout = rollout
        self._target = target
        self._replaying = replaying
        self._clock = clock
        self._every = 60.0 / rollout.spec.replays_per_minute
        # What is drawn after a restart may be drawn again: each draw is new.
        self._chance = random.Random(f"{rollout.id} {rollout.epoch} {clock.now().timestamp()}")
        self._amiss = "no case has been asked yet"

    @property
    def trouble(self) -> str:
        return self._amiss

    def _work(self) -> list[Coroutine[None, None, None]]:
        return [self._ask_on()]

    async def _ask_on(self) -> None:
        while True:
            try:
                async with self._replaying:
                    await self._rounds()
            except EsclusaError as error:
                self._amiss = error.message
            except Exception as error:  # agents and scorers are strangers
                self._amiss = f"replaying failed: {type(error).__name__}: {error}"
            await self._clock.sleep(AGAIN)

    async def _rounds(self) -> None:
        seen, looked = None, -LOOK
        while True:
            began = self._clock.monotonic()
            if seen is None or began - looked >= LOOK:
                seen, looked = await self._target.observe(self._rollout.environment), began
            mine, theirs = (self._url(seen, one) for one in (self._rollout.candidate, self._rollout.stable))
            if mine and theirs:
                await self._pair(mine, theirs)
            else:
                which = "the candidate" if not mine else "the stable release"
                self._amiss, seen = f"no replica of {which} is healthy", None
            left = (self._every if mine and theirs else AGAIN) - (self._clock.monotonic() - began)
            await self._clock.sleep(max(0.05, left))

    async def _pair(self, mine: str, theirs: str) -> None:
        results = await self._replaying.compare(mine, theirs, self._chance.random())
        if results is None:
            self._amiss = "something outside the agent failed"
            return
        self._amiss = ""
        self._found.append(Pair(self._clock.now().timestamp(), *results))

    def _url(self, seen: Observation, release: str) -> str:
        urls = [url for one in seen.workloads if one.release == release for url in one.urls]
        return self._chance.choice(urls) if urls else ""
