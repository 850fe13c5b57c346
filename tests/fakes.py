"""Stand-ins by hand, for whoever needs a port and not what is behind it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import anyio.lowlevel

from esclusa.core.events import Event, Recorded
from esclusa.core.evidence import Evidence

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Time that passes only by sleeping, and then at once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()


class MemoryJournal:
    """A journal that is gone with the test."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.recorded: list[Recorded] = []
        self._clock = clock or FakeClock()

    @property
    def events(self) -> list[Event]:
        """What happened, without number and time."""
        return [recorded.event for recorded in self.recorded]

    def append(self, *events: Event) -> None:
        for event in events:
            number = len(self.recorded) + 1
            self.recorded.append(Recorded(sequence=number, at=self._clock.now(), event=event))

    def read(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        return [
            recorded
            for recorded in self.recorded
            if recorded.sequence > after
            and run in (None, getattr(recorded.event, "run", ""))
            and rollout in (None, getattr(recorded.event, "rollout", ""))
        ][:limit]

    async def follow(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None
    ) -> AsyncIterator[Recorded]:
        while True:
            for recorded in self.read(after=after, run=run, rollout=rollout):
                after = recorded.sequence
                yield recorded
            await anyio.lowlevel.checkpoint()


class MemoryCache:
    """Results of steps, for as long as the test lasts."""

    def __init__(self) -> None:
        self.results: dict[str, Evidence] = {}

    def get(self, key: str) -> Evidence | None:
        return self.results.get(key)

    def put(self, results: Mapping[str, Evidence]) -> None:
        self.results.update(results)
