"""Windows as people write them: `fri 16:00-24:00`, `sat-sun`, `2026-12-20 to 2027-01-06`."""

import re
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from esclusa.core.freeze import DAY, Dates, Weekly

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = rf"(?P<first>{'|'.join(DAYS)}|daily)(?:\s*-\s*(?P<last>{'|'.join(DAYS)}))?"
_TIMES = r"(?P<begin>\d{2}:\d{2})\s*-\s*(?P<end>\d{2}:\d{2})"
_WEEKLY = re.compile(rf"{_DAYS}(?:\s+{_TIMES})?", re.IGNORECASE)


def weekly(text: str) -> Weekly:
    """Days, and times of the day unless all of it is meant. ValueError if not."""
    found = _WEEKLY.fullmatch(text.strip())
    if found is None or (found["first"].lower() == "daily" and found["last"]):
        raise ValueError(text)
    begin, end = (_minutes(found["begin"]), _minutes(found["end"])) if found["begin"] else (0, DAY)
    if begin in (DAY, end):
        raise ValueError(text)
    return Weekly(
        written=text.strip(), days=_days(found["first"].lower(), found["last"]), begin=begin, end=end
    )


def always(windows: Iterable[Weekly]) -> bool:
    """Whether they leave no minute of the week open."""
    week = 7 * DAY
    closed = {
        (day * DAY + minute) % week
        for window in windows
        for day in window.days
        for minute in range(window.begin, window.end + (0 if window.end > window.begin else DAY))
    }
    return len(closed) == week


def dates(text: str) -> Dates:
    """One day, or a first and a last one. ValueError if not."""
    first, _, last = text.partition(" to ")
    days = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    if days[1] < days[0]:
        raise ValueError(text)
    return Dates(written=text.strip(), first=days[0], last=days[1])


def zone(text: str) -> str:
    """The name of a time zone that this machine knows. ValueError if not."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error
    return text


def _days(first: str, last: str | None) -> tuple[int, ...]:
    if first == "daily":
        return tuple(range(7))
    begin = DAYS.index(first)
    length = (DAYS.index(last.lower()) - begin) % 7 if last else 0
    return tuple(sorted((begin + day) % 7 for day in range(length + 1)))


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise ValueError(text)
    return hours * 60 + minutes
