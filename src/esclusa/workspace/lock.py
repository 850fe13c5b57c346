"""`esclusa lock | unlock ENVIRONMENT`: a person's word that nothing new shall set out there, and its end."""

from datetime import timedelta

from esclusa.config.quantities import duration
from esclusa.core.errors import UsageError
from esclusa.core.events import EnvironmentLocked, EnvironmentUnlocked
from esclusa.core.freeze import Lock
from esclusa.core.rollout import Rollout
from esclusa.core.value import Value
from esclusa.stages.closed import when
from esclusa.workspace.opened import Opened
from esclusa.workspace.rollback import known_environment


class Locked(Value, frozen=True, kw_only=True):
    """A lock, and the rollout under way, which it does not stop."""

    lock: Lock
    goes_on: Rollout | None = None


def lock(opened: Opened, environment: str, *, by: str, reason: str, length: str = "") -> Locked:
    """Lock an environment, for `length` (`2h`) or until it is unlocked. UsageError when it is locked."""
    name = known_environment(opened, environment)
    now = opened.clock.now()
    if not reason.strip():
        raise UsageError("a lock needs a reason", mend='--reason "the database is being moved"')
    until = now + timedelta(seconds=_seconds(length)) if length else None
    fresh = Lock(environment=name, by=by, reason=reason, since=now, until=until)
    before = opened.store.locks.lock(fresh, EnvironmentLocked(lock=fresh))
    if before is not None:
        raise UsageError(
            f"{name} is locked already, by {before.by} since {when(before.since)}: {before.reason}",
            mend=f"esclusa unlock {name}",
        )
    rollout = opened.store.rollouts.latest(name)
    return Locked(lock=fresh, goes_on=rollout if rollout is not None and not rollout.final else None)


def unlock(opened: Opened, environment: str, *, by: str, reason: str = "") -> Lock:
    """End a lock; the one that was in force. UsageError when there is none."""
    name = known_environment(opened, environment)
    found = opened.store.locks.get(name)
    if found is None or not found.holds(opened.clock.now()):
        raise UsageError(f"{name} is not locked", mend="esclusa status")
    opened.store.locks.unlock(name, EnvironmentUnlocked(environment=name, by=by, reason=reason))
    return found


def _seconds(length: str) -> float:
    try:
        seconds = duration(length)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise UsageError(f"--for: expected a time such as `2h` or `30m`, found `{length}`")
    return seconds
