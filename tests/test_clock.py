"""Moments are in UTC, days are local, and working days skip the weekend."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.clock import FixedClock, SystemClock, add_working_days, day_of, moment_of, zone_of

NEW_YORK, LORD_HOWE = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
ZONES = st.sampled_from([NEW_YORK, LORD_HOWE, *map(ZoneInfo, ("UTC", "Europe/London", "Asia/Kolkata", "Asia/Beirut"))])
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
FRIDAY, MONDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


def test_the_machines_clock_answers_in_utc():
    assert SystemClock().now().tzinfo is dt.UTC


def test_a_fixed_clock_stands_until_it_is_moved_or_set():
    clock = FixedClock(dt.datetime(2026, 11, 23, 9, 45, tzinfo=NEW_YORK))
    assert clock.now() == clock.now() == dt.datetime(2026, 11, 23, 14, 45, tzinfo=dt.UTC)
    assert clock.now().tzinfo is dt.UTC
    clock.move(minutes=10)
    clock.move(days=1)
    assert clock.now() == dt.datetime(2026, 11, 24, 14, 55, tzinfo=dt.UTC)
    clock.set(dt.datetime(2026, 12, 1, tzinfo=NEW_YORK))
    assert clock.now().isoformat() == "2026-12-01T05:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "day"), [("America/New_York", FRIDAY), ("UTC", FRIDAY), ("Asia/Kolkata", FRIDAY + dt.timedelta(days=1))]
)
def test_the_same_moment_has_another_day_elsewhere(zone, day):
    assert day_of(dt.datetime(2026, 11, 20, 22, tzinfo=dt.UTC), ZoneInfo(zone)) == day


@pytest.mark.parametrize(
    ("zone", "day", "hour", "moment"),
    [
        # Where the clocks go forward, the missing time moves by the gap: an hour, or half of one.
        (NEW_YORK, dt.date(2027, 3, 14), dt.time(2, 30), "2027-03-14T03:30:00-04:00"),
        (LORD_HOWE, dt.date(2026, 10, 4), dt.time(2, 15), "2026-10-04T02:45:00+11:00"),
        # Where they go back, the first of the two is meant.
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(1, 30), "2026-11-01T01:30:00-04:00"),
        (LORD_HOWE, dt.date(2027, 4, 4), dt.time(1, 45), "2027-04-04T01:45:00+11:00"),
    ],
)
def test_a_time_that_never_comes_or_comes_twice_is_one_moment(zone, day, hour, moment):
    assert moment_of(day, hour, zone) == dt.datetime.fromisoformat(moment)


@given(day=DAYS, hour=st.times(), zone=ZONES)
def test_a_wall_clock_time_lies_on_its_own_day_and_never_earlier_than_it_says(day, hour, zone):
    moment = moment_of(day, hour, zone)
    local = moment.astimezone(zone)
    assert moment.tzinfo is dt.UTC
    assert day_of(moment, zone) == day
    ahead = local.replace(tzinfo=None) - dt.datetime.combine(day, hour)
    assert dt.timedelta(0) <= ahead <= dt.timedelta(hours=1)


@given(day=DAYS, hour=st.times(), zone=ZONES)
def test_the_same_time_comes_later_on_the_next_day(day, hour, zone):
    assert moment_of(day, hour, zone) < moment_of(day + dt.timedelta(days=1), hour, zone)


@pytest.mark.parametrize(
    ("day", "days", "after"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (FRIDAY + dt.timedelta(days=1), 1, MONDAY),
        (MONDAY, 4, dt.date(2026, 11, 27)),
        (MONDAY, 5, dt.date(2026, 11, 30)),
    ],
)
def test_working_days_are_monday_to_friday(day, days, after):
    assert add_working_days(day, days) == after


@given(day=DAYS, days=st.integers(1, 60))
def test_so_many_working_days_lie_between(day, days):
    after = add_working_days(day, days)
    passed = [day + dt.timedelta(days=n) for n in range(1, (after - day).days + 1)]
    assert sum(one.weekday() < 5 for one in passed) == days
    assert after.weekday() < 5


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "x" * 400, "", "America/New_York\0"])
def test_a_zone_that_does_not_exist_is_another_one(name):
    assert zone_of(name).key == "UTC"
    assert zone_of(name, ZoneInfo("Europe/London")).key == "Europe/London"
    assert zone_of("Asia/Kathmandu", ZoneInfo("Europe/London")).key == "Asia/Kathmandu"
