"""Hand-written stand-ins for what the eval room is handed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from esclusa.core.case import Case
from esclusa.system import SystemClock


class FakeClock:
    """Begins at nine on a Monday, and moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class ImpatientClock(SystemClock):
    """Real time, but nobody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class MemoryLog:
    """A case log that remembers each batch."""

    def __init__(self, cases: Iterable[Case] = ()) -> None:
        self.batches: list[list[Case]] = [list(cases)]

    def add(self, run: str, step: str, cases: Iterable[Case]) -> None:  # noqa: ARG002
        self.batches.append(list(cases))

    def read(self, run: str, step: str) -> Sequence[Case]:  # noqa: ARG002
        return list({case.key: case for batch in self.batches for case in batch}.values())


class MemoryAnswers:
    """A cache of answers."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}
        self.releases: set[str] = set()

    def get(self, key: str) -> str | None:
        return self.bodies.get(key)

    def put(self, release: str, bodies: Mapping[str, str]) -> None:
        self.releases.add(release)
        self.bodies.update(bodies)

    def remove(self, release: str) -> None:
        raise NotImplementedError(release)
