"""Locks and freezes: when nothing new sets out for an environment. Pure; the time zone's rules are handed in.

Windows are times on a wall clock. One that begins or ends at a time which a clock change leaves out, or makes
twice, is taken so that the freeze is longer.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from esclusa.core.value import Value

DAY = 24 * 60
"""Minutes on a wall clock."""
_FARTHEST = 1000
"""Windows that follow each other without a gap, before the end is not looked for any further."""


class Lock(Value, frozen=True, kw_only=True):
    """A person's word that nothing new shall set out for an environment."""

    environment: str
    by: str
    reason: str
    since: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.until is None or now < self.until


class Weekly(Value, frozen=True, kw_only=True):
    """Every week on these days (0 is Monday), from one minute of the day to another."""

    written: str
    days: tuple[int, ...]
    begin: int = 0
    end: int = DAY
    """Behind the last minute; not later than `begin`: on the day after."""


class Dates(Value, frozen=True, kw_only=True):
    """From the beginning of one day to the end of another."""

    written: str
    first: date
    last: date


class Freeze(Value, frozen=True, kw_only=True):
    """The windows in which nothing new sets out."""

    zone: str = "UTC"
    weekly: tuple[Weekly, ...] = ()
    dates: tuple[Dates, ...] = ()


class Frozen(Value, frozen=True, kw_only=True):
    """A freeze that is in force: the window, as it was written, and when all is open again."""

    window: str
    until: datetime


def frozen(freeze: Freeze, now: datetime, zone: tzinfo) -> Frozen | None:
    """What is in force now; None when nothing is. Windows that follow each other are one."""
    found = next(_covering(freeze, now, zone), None)
    if found is None:
        return None
    window, until = found
    for _ in range(_FARTHEST):
        later = max((end for _, end in _covering(freeze, until, zone)), default=until)
        if later == until:
            break
        until = later
    return Frozen(window=window, until=until)


def _covering(freeze: Freeze, at: datetime, zone: tzinfo) -> Iterator[tuple[str, datetime]]:
    for written, begin, end in _spans(freeze, at.astimezone(zone).date(), zone):
        if begin <= at < end:
            yield written, end


def _spans(freeze: Freeze, day: date, zone: tzinfo) -> Iterator[tuple[str, datetime, datetime]]:
    """The windows that could cover a moment of a day."""
    for dates in freeze.dates:
        yield dates.written, _first(dates.first, 0, zone), _last(dates.last, DAY, zone)
    for begins in (day - timedelta(days=1), day, day + timedelta(days=1)):
        for weekly in freeze.weekly:
            if begins.weekday() in weekly.days:
                end = weekly.end if weekly.end > weekly.begin else weekly.end + DAY
                yield weekly.written, _first(begins, weekly.begin, zone), _last(begins, end, zone)


def _first(day: date, minutes: int, zone: tzinfo) -> datetime:
    return min(_moments(day, minutes, zone))


def _last(day: date, minutes: int, zone: tzinfo) -> datetime:
    return max(_moments(day, minutes, zone))


def _moments(day: date, minutes: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """A time on the wall clock as it may be meant: the same twice, but where the clock is changed."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
