"""Ports: what crafts are handed instead of a database, a clock or a vault."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from esclusa.core.case import Case
from esclusa.core.events import Event, Recorded
from esclusa.core.evidence import Artifact, Evidence
from esclusa.core.freeze import Lock
from esclusa.core.notice import Notice
from esclusa.core.release import Release
from esclusa.core.rollout import Operation, Rollout, Wish
from esclusa.core.secret import Secret
from esclusa.core.traffic import Exchange


class Clock(Protocol):
    """The time. Only `system` has the real one."""

    def now(self) -> datetime:
        """The wall-clock time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellable."""
        ...


class Journal(Protocol):
    """The events of a project, in order. Appending is durable when it returns."""

    def append(self, *events: Event) -> None:
        """Write events in one transaction."""
        ...

    def read(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        """Events after a sequence number, oldest first, of one run or rollout if named."""
        ...

    def follow(
        self, *, after: int = 0, run: str | None = None, rollout: str | None = None
    ) -> AsyncIterator[Recorded]:
        """The same, then every new one as it comes, whichever process wrote it; ends by cancellation."""
        ...


class RolloutLog(Protocol):
    """Rollouts with their operations. Each call is one transaction; a lower epoch raises Fenced.

    Who is to be told of a state that a rollout comes into has a notice in the outbox by the same transaction.
    """

    def create(self, rollout: Rollout, *events: Event) -> None:
        """A new rollout. StateError if the environment has one that is not final."""
        ...

    def record(self, rollout: Rollout, *events: Event, operation: Operation | None = None) -> None:
        """The rollout's new state, what it intends to do, and the events that say so."""
        ...

    def done(self, operation: Operation, *events: Event) -> None:
        """The operation is in force."""
        ...

    def load(self, rollout: str) -> Rollout | None:
        """The rollout as last recorded."""
        ...

    def open(self) -> Sequence[Rollout]:
        """All rollouts that are not final, oldest first."""
        ...

    def latest(self, environment: str) -> Rollout | None:
        """The newest rollout of an environment, final or not."""
        ...

    def intended(self, rollout: str) -> Operation | None:
        """The newest operation of a rollout, done or not."""
        ...

    def wish(self, rollout: str, wish: Wish) -> None:
        """A person's wish, for the controller to find."""
        ...

    def wishes(self, rollout: str, after: int) -> Sequence[Wish]:
        """Wishes after the first `after`, in order."""
        ...

    def promoted(self, environment: str) -> Rollout | None:
        """The rollout that brought the stable release into an environment; None before the first."""
        ...

    def serving(self, environment: str) -> str:
        """The release that is stable in an environment; empty if none."""
        ...

    def served(self, environment: str) -> Sequence[str]:
        """The releases an environment was promoted to, newest first, none twice in a row."""
        ...

    def generation(self, environment: str) -> int:
        """The highest generation ever intended for an environment, 0 if none."""
        ...


class Lease(Protocol):
    """A right that one holder has at a time. Every taking raises the epoch."""

    def take(self, name: str, holder: str, seconds: float) -> int | None:
        """The new epoch, or None while somebody else's lease has not run out."""
        ...

    def renew(self, name: str, epoch: int, seconds: float) -> bool:
        """False when the epoch is not the newest any more: stop at once."""
        ...

    def release(self, name: str, epoch: int) -> None:
        """Give it back early."""
        ...

    def holder(self, name: str) -> str:
        """Who holds it now; empty if nobody."""
        ...


class Outbox(Protocol):
    """Notices that are not delivered yet."""

    def due(self, now: datetime) -> Sequence[Notice]:
        """Those that are to be tried by now, oldest first."""
        ...

    def put_off(self, notice: Notice) -> None:
        """Keep it as it is now, for later."""
        ...

    def settle(self, notice: Notice, *events: Event) -> None:
        """It is delivered or given up, and the events say which; once, whoever asks."""
        ...


class LockLog(Protocol):
    """Locks on environments, at most one each."""

    def lock(self, lock: Lock, *events: Event) -> Lock | None:
        """Lock it, unless somebody has: then that one's lock, and nothing is written."""
        ...

    def unlock(self, environment: str, *events: Event) -> None:
        """End the lock."""
        ...

    def get(self, environment: str) -> Lock | None:
        """The lock; its time may be over."""
        ...


class CaseLog(Protocol):
    """The cases of eval suites, by run and step; written in batches."""

    def add(self, run: str, step: str, cases: Iterable[Case]) -> None:
        """Durable when it returns; a case written again replaces the first."""
        ...

    def read(self, run: str, step: str) -> Sequence[Case]:
        """In the order written."""
        ...


class AnswerCache(Protocol):
    """What releases answered, by content key."""

    def get(self, key: str) -> str | None:
        """The answer kept under the key, as it was put."""
        ...

    def put(self, release: str, bodies: Mapping[str, str]) -> None:
        """Keep answers of a release by key, in one transaction."""
        ...

    def remove(self, release: str) -> None:
        """Forget those of a pruned release."""
        ...


class StepCache(Protocol):
    """Results of steps by content key."""

    def get(self, key: str) -> Evidence | None:
        """The evidence kept under the key, if its artifacts still exist."""
        ...

    def put(self, results: Mapping[str, Evidence]) -> None:
        """Keep the evidence of succeeded steps by key, in one transaction."""
        ...


class ArtifactStore(Protocol):
    """Files and directories by content hash."""

    def put(self, path: Path, *, digest: str | None = None) -> Artifact:
        """Copy a file or directory in, all or nothing; the same content is kept once."""
        ...

    def path(self, digest: str) -> Path:
        """Where it is; StateError if it is gone."""
        ...

    def remove(self, digest: str) -> None:
        """Forget it."""
        ...


class ReleaseLog(Protocol):
    """Sealed releases."""

    def add(self, release: Release, *events: Event) -> None:
        """Seal a release; the same id again keeps the newest judgements."""
        ...

    def get(self, release: str) -> Release | None:
        """By id or by a unique beginning of one."""
        ...

    def all(self) -> Sequence[Release]:
        """Newest first."""
        ...

    def remove(self, release: str) -> None:
        """Forget a pruned release."""
        ...


class SecretSource(Protocol):
    """Where secrets come from: the environment or a file, never esclusa.yaml."""

    def get(self, reference: str) -> Secret:
        """`env:NAME` or `file:PATH`; ConfigurationError when it is not there."""
        ...


class Serving(Protocol):
    """Serves one sealed release in an environment of its own, and removes it again."""

    def __call__(self, release: str, name: str) -> AbstractAsyncContextManager[str]:
        """The base URL while entered."""
        ...


class Tap(Protocol):
    """The conversations of one environment as they happen; nothing of them is kept."""

    def exchanges(self) -> AsyncIterator[Exchange]:
        """Those that the routes say should be sampled, each when it has ended. Raises OutsideError when the
        router is away, and may be asked again.
        """
        ...


class Replaying(AbstractAsyncContextManager[object], Protocol):
    """The cases of a suite, asked of two releases; entered while they are."""

    async def compare(
        self, candidate: str, baseline: str, drawn: float
    ) -> tuple[Mapping[str, float], Mapping[str, float]] | None:
        """What both come to on one case, by metric, asked at these addresses; `drawn` in [0, 1) says
        which case. None when something outside the agent failed.
        """
        ...


class Preflight(Protocol):
    """A suite that a release must answer before it has any traffic."""

    async def ask(self, url: str) -> str:
        """Why it is not answered correctly at that address; empty if it is."""
        ...


class Scoring(Protocol):
    """What live conversations are worth."""

    def concerns(self, exchange: Exchange) -> bool:
        """Whether something was asked of the agent here."""
        ...

    async def score(self, exchange: Exchange) -> Mapping[str, float]:
        """What it came to, by metric: scores in [0, 1], amounts in their unit. What could not be measured is
        left out; an agent's failure scores 0.
        """
        ...

    @property
    def trouble(self) -> str:
        """Why the last one could not be measured in full; empty if it could."""
        ...
