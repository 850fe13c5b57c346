"""Closed: why nothing new may set out for an environment now. The way back is never closed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from esclusa.core.freeze import frozen
from esclusa.core.ports import LockLog
from esclusa.core.project import Environment
from esclusa.core.value import Value


class Closed(Value, frozen=True, kw_only=True):
    """What closes an environment, in words, and what opens it."""

    why: str
    mend: str


def closed(environment: Environment, locks: LockLog, now: datetime) -> Closed | None:
    """A person's lock first, then the freeze of the file; None when it is open."""
    lock = locks.get(environment.name)
    if lock is not None and lock.holds(now):
        until = f" until {when(lock.until)}" if lock.until else ""
        return Closed(
            why=f"{environment.name} is locked by {lock.by}{until}: {lock.reason}",
            mend=f"esclusa unlock {environment.name}, or {OVERRIDE}",
        )
    if environment.freeze is None:
        return None
    zone = ZoneInfo(environment.freeze.zone)
    found = frozen(environment.freeze, now, zone)
    if found is None:
        return None
    return Closed(
        why=f"{environment.name} is frozen until {when(found.until, zone)} (`{found.window}`)",
        mend=f"wait, or {OVERRIDE}",
    )


OVERRIDE = "deploy in spite of it, which is recorded: --override REASON"


def when(moment: datetime, zone: ZoneInfo | None = None) -> str:
    """A moment for people: `Mon 2026-01-05 08:00 CET`."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
