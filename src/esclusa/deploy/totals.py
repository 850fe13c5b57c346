"""Totals: live evidence that Prometheus keeps, asked for again and again while a rollout is under way.

Any router's metrics will do, and the agent's own. It only asks; what is made of the numbers is the gate's.
"""

import math
from collections.abc import Coroutine, Mapping
from typing import Any

import aiohttp

from esclusa.core.errors import OutsideError
from esclusa.core.ports import Clock
from esclusa.core.project import Prometheus
from esclusa.core.rollout import Rollout
from esclusa.deploy.beside import Beside
from esclusa.gates.counts import Reading, Total

PATIENCE = 10.0
"""Seconds that one question may take."""
RELEASE = "{release}"
"""What stands for a release's id in a query."""


class Totals(Beside[tuple[str, Reading]]):
    """The totals of one rollout, by metric."""

    def __init__(self, rollout: Rollout, source: Prometheus, clock: Clock) -> None:
        super().__init__()
        self._releases = (rollout.candidate, rollout.stable)
        self._source = source
        self._clock = clock
        self._amiss = "nobody has asked Prometheus yet"

    @property
    def trouble(self) -> str:
        return self._amiss

    def _work(self) -> list[Coroutine[None, None, None]]:
        return [self._ask_on()]

    async def _ask_on(self) -> None:
        while True:
            try:
                async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
                    while True:
                        await self._round(session)
                        await self._clock.sleep(self._source.every)
            except OutsideError as error:
                self._amiss = error.message
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self._amiss = f"{self._source.url} does not answer: {error or type(error).__name__}"
            await self._clock.sleep(min(self._source.every, PATIENCE))

    async def _round(self, session: aiohttp.ClientSession) -> None:
        for metric, rate in self._source.rates.items():
            at = self._clock.now().timestamp()
            candidate, baseline = [
                await self._total(session, release, rate.of, rate.failed) if release else None
                for release in self._releases
            ]
            self._found.append((metric, Reading(at, candidate, baseline)))
        self._amiss = ""

    async def _total(
        self, session: aiohttp.ClientSession, release: str, of: str, failed: str
    ) -> Total | None:
        many = await self._value(session, of.replace(RELEASE, release))
        bad = await self._value(session, failed.replace(RELEASE, release))
        # A counter of failures often comes to be with the first one.
        return None if many is None else Total(many, bad or 0.0)

    async def _value(self, session: aiohttp.ClientSession, query: str) -> float | None:
        url = f"{self._source.url.rstrip('/')}/api/v1/query"
        async with session.post(url, data={"query": query}) as response:
            try:
                answer = await response.json(content_type=None)
            except ValueError:
                raise OutsideError(f"{url} answered {response.status} and no JSON") from None
        return read_value(answer, query)


def read_value(answer: Any, query: str) -> float | None:
    """The one number in an answer of Prometheus' HTTP API; None when there is no series. OutsideError for an
    error and for several series.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, Mapping) or answer.get("status") != "success":
        said = answer.get("error") if isinstance(answer, Mapping) else None
        raise OutsideError(f"`{query}`: {said or 'Prometheus gave no answer that can be read'}")
    result = data.get("result")
    found: list[Any] = [{"value": result}] if data.get("resultType") == "scalar" else list(result or ())
    series = [one.get("value") for one in found]
    if len(series) > 1:
        raise OutsideError(f"`{query}` gives {len(series)} series", mend="put `sum(...)` around it")
    if not series:
        return None
    try:
        value = float(series[0][1])
    except (TypeError, ValueError, IndexError):
        raise OutsideError(f"`{query}` gives no number") from None
    return value if math.isfinite(value) else None
