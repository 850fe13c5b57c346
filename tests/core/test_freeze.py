"""Freezes: windows on a wall clock, over midnight, over the weekend, and when the clocks are changed."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.core.freeze import DAY, Dates, Freeze, Frozen, Lock, Weekly, frozen
from tests.fakes import START

MADRID, NEW_YORK = ZoneInfo("Europe/Madrid"), ZoneInfo("America/New_York")
NIGHTS = Freeze(weekly=(Weekly(written="daily 22:00-06:00", days=tuple(range(7)), begin=1320, end=360),))
WEEKEND = Freeze(
    weekly=(
        Weekly(written="fri 16:00-24:00", days=(4,), begin=960),
        Weekly(written="sat-sun", days=(5, 6)),
        Weekly(written="mon 00:00-08:00", days=(0,), end=480),
    )
)
HOLIDAYS = Freeze(
    dates=(Dates(written="2026-12-20 to 2027-01-06", first=date(2026, 12, 20), last=date(2027, 1, 6)),)
)


def at(text: str, zone: tzinfo = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("freeze", "zone", "now", "until"),
    [
        (NIGHTS, UTC, "2026-01-05 21:59", None),
        (NIGHTS, UTC, "2026-01-05 22:00", "2026-01-06 06:00"),
        (NIGHTS, UTC, "2026-01-06 05:59:59", "2026-01-06 06:00"),
        (NIGHTS, UTC, "2026-01-06 06:00", None),
        (NIGHTS, NEW_YORK, "2026-07-01 23:00", "2026-07-02 06:00"),
        (WEEKEND, MADRID, "2026-01-09 15:59", None),
        (WEEKEND, MADRID, "2026-01-09 16:00", "2026-01-12 08:00"),
        (WEEKEND, MADRID, "2026-01-11 12:00", "2026-01-12 08:00"),
        (WEEKEND, MADRID, "2026-01-12 08:00", None),
        (HOLIDAYS, MADRID, "2026-12-19 23:59", None),
        (HOLIDAYS, MADRID, "2026-12-20 00:00", "2027-01-07 00:00"),
        (HOLIDAYS, MADRID, "2027-01-06 23:59", "2027-01-07 00:00"),
        (HOLIDAYS, MADRID, "2027-01-07 00:00", None),
    ],
)
def test_a_window_holds_from_its_first_minute_to_its_last(
    freeze: Freeze, zone: tzinfo, now: str, until: str | None
) -> None:
    found = frozen(freeze, at(now, zone), zone)
    assert (found.until if found else None) == (at(until, zone) if until else None)


def test_the_window_that_is_in_force_is_named() -> None:
    assert frozen(WEEKEND, at("2026-01-10 12:00"), UTC) == Frozen(
        window="sat-sun", until=at("2026-01-12 08:00")
    )


def test_a_night_in_which_the_clocks_go_forward_or_back_ends_at_the_hour_on_the_wall() -> None:
    forward = frozen(NIGHTS, at("2026-03-28 23:00", MADRID), MADRID)
    assert forward is not None
    assert forward.until - at("2026-03-28 22:00", MADRID) == timedelta(hours=7)
    back = frozen(NIGHTS, at("2026-10-24 23:00", MADRID), MADRID)
    assert back is not None
    assert back.until - at("2026-10-24 22:00", MADRID) == timedelta(hours=9)


def test_an_hour_that_comes_twice_is_frozen_both_times_and_never_opens_between() -> None:
    freeze = Freeze(weekly=(Weekly(written="sun 02:15-02:45", days=(6,), begin=135, end=165),))
    first = at("2026-10-25 00:15")  # 02:15 in summer time
    seen = [frozen(freeze, first + timedelta(minutes=15 * step), MADRID) is not None for step in range(-1, 7)]
    assert seen == [False, True, True, True, True, True, True, False]


def test_an_hour_that_is_left_out_is_not_a_hole_in_the_freeze() -> None:
    freeze = Freeze(weekly=(Weekly(written="sun 02:30-04:00", days=(6,), begin=150, end=240),))
    assert frozen(freeze, at("2026-03-29 01:00"), MADRID) is not None  # 03:00, right after 01:59:59
    assert frozen(freeze, at("2026-03-29 02:00"), MADRID) is None  # 04:00


@given(
    some.integers(0, 60 * 24 * 400),
    some.sampled_from([UTC, MADRID, NEW_YORK]),
    some.lists(
        some.builds(
            Weekly,
            written=some.just("w"),
            days=some.sets(some.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
            begin=some.integers(0, DAY - 1),
            end=some.integers(0, DAY),
        ).filter(lambda window: window.begin != window.end),
        max_size=3,
    ),
)
def test_when_it_ends_it_is_open_and_until_then_it_is_not(
    minutes: int, zone: tzinfo, windows: list[Weekly]
) -> None:
    freeze, now = Freeze(weekly=tuple(windows)), START + timedelta(minutes=minutes)
    found = frozen(freeze, now, zone)
    if found is None:
        return
    assert found.until > now
    assert frozen(freeze, found.until - timedelta(seconds=1), zone) is not None
    if found.until - now < timedelta(days=300):  # else it never opens
        assert frozen(freeze, found.until, zone) is None


def test_a_lock_holds_until_its_time_or_for_good() -> None:
    lock = Lock(environment="e", by="ana", reason="r", since=START, until=START + timedelta(hours=1))
    assert lock.holds(START)
    assert not lock.holds(START + timedelta(hours=1))
    assert Lock(environment="e", by="ana", reason="r", since=START).holds(START + timedelta(days=9999))
