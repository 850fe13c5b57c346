"""Sampling: live conversations of a rollout heard at the tap, paired, scored, and forgotten."""

from collections.abc import Coroutine
from contextlib import aclosing

from esclusa.core.errors import EsclusaError
from esclusa.core.gate import Absolute
from esclusa.core.ports import Clock, Scoring, Tap
from esclusa.core.rollout import Rollout
from esclusa.core.traffic import Exchange
from esclusa.deploy.beside import Beside
from esclusa.deploy.pairing import Paired, Pairing
from esclusa.gates.scores import Pair
from esclusa.gates.told import scored

BEAT = 0.25
"""Seconds between two looks for pairs."""
AGAIN = 1.0
"""Seconds after which a tap that is away is tried again."""
BURST = 6
"""Pairs that may be scored at once after a pause; beyond, as many as the minute allows."""


class Sampler(Beside[Pair]):
    """The scored conversations of one rollout."""

    def __init__(self, rollout: Rollout, tap: Tap, scoring: Scoring, clock: Clock) -> None:
        super().__init__()
        spec = rollout.spec
        alone = any(isinstance(rule.limit, Absolute) for rule in scored(spec))
        self._pairing = Pairing(rollout.candidate, rollout.stable, spec.deadline, alone)
        self._per_second = spec.scores_per_minute / 120
        self._tap = tap
        self._scoring = scoring
        self._clock = clock
        self._away = "nobody has listened to the router yet"
        self._failed = ""

    @property
    def trouble(self) -> str:
        return self._away or self._failed or self._scoring.trouble

    def _work(self) -> list[Coroutine[None, None, None]]:
        return [self._listen(), self._score()]

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(self._tap.exchanges()) as exchanges:  # type: ignore[type-var]
                    self._away = ""
                    async for exchange in exchanges:
                        if self._scoring.concerns(exchange):
                            self._pairing.take(exchange, self._clock.now().timestamp())
            except EsclusaError as error:
                self._away = error.message
            except Exception as error:  # a stranger's agent must not end what watches it
                self._away = f"a conversation could not be read: {type(error).__name__}: {error}"
            await self._clock.sleep(AGAIN)

    async def _score(self) -> None:
        left, then = float(BURST), self._clock.monotonic()
        while True:
            await self._clock.sleep(BEAT)
            now = self._clock.monotonic()
            left, then = min(BURST, left + (now - then) * self._per_second), now
            for pair in self._pairing.ready(self._clock.now().timestamp()):
                # What the minute has no room for is not kept: later ones are as good, and newer.
                if left >= 1.0:
                    left -= 1.0
                    await self._score_pair(pair)

    async def _score_pair(self, pair: Paired) -> None:
        candidate, baseline = pair
        mine = await self._worth(candidate)
        theirs = await self._worth(baseline) if baseline is not None else None
        self._found.append(Pair(self._clock.now().timestamp(), mine, theirs))

    async def _worth(self, exchange: Exchange) -> dict[str, float]:
        try:
            worth = dict(await self._scoring.score(exchange))
        except Exception as error:  # scorers are strangers
            self._failed = f"scoring failed: {type(error).__name__}: {error}"
            return {}
        self._failed = ""
        return worth
