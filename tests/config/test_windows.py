"""Windows of a freeze as people write them."""

from collections.abc import Callable
from datetime import date

import pytest

from esclusa.config.windows import dates, weekly, zone
from esclusa.core.freeze import DAY, Dates, Weekly


def refused(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "days", "begin", "end"),
    [
        ("fri 16:00-24:00", (4,), 960, DAY),
        ("sat-sun", (5, 6), 0, DAY),
        ("Mon-Thu 22:00-06:00", (0, 1, 2, 3), 1320, 360),
        ("fri - mon", (0, 4, 5, 6), 0, DAY),
        ("daily 00:00 - 05:30", (0, 1, 2, 3, 4, 5, 6), 0, 330),
    ],
)
def test_days_and_times(text: str, days: tuple[int, ...], begin: int, end: int) -> None:
    assert weekly(text) == Weekly(written=text, days=days, begin=begin, end=end)


@pytest.mark.parametrize(
    "text", ["", "friday", "fri 16-24", "fri 25:00-26:00", "fri 10:61-11:00", "fri 10:00-10:00", "daily-sun"]
)
def test_what_is_no_window(text: str) -> None:
    assert refused(weekly, text)


def test_dates() -> None:
    assert dates("2026-12-24").last == date(2026, 12, 24)
    text = "2026-12-20 to 2027-01-06"
    assert dates(text) == Dates(written=text, first=date(2026, 12, 20), last=date(2027, 1, 6))
    for wrong in ("2027-01-06 to 2026-12-20", "christmas", "2026-02-30", ""):
        assert refused(dates, wrong)


def test_time_zones_are_those_that_the_machine_knows() -> None:
    assert zone("Europe/Madrid") == "Europe/Madrid"
    for wrong in ("Mars/Olympus", "../etc/passwd", "", "Europe"):
        assert refused(zone, wrong)
