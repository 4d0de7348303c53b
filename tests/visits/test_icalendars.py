"""What is written is read again as it was meant, by two readers that know nothing of each other."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from coachdesk.clock import moment_of
from coachdesk.visits.icalendars import Slot, write_calendar
from tests.cast import MONDAY
from tests.visits.calendars import entries

ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin", "UTC")
DAY = dt.timedelta(days=1)
# The last and the first half of a year in which clocks change, in every one of these zones.
CHANGES = {
    "America/New_York": (dt.date(2026, 3, 8), dt.date(2026, 11, 1)),
    "Europe/London": (dt.date(2026, 3, 29), dt.date(2026, 10, 25)),
    "Australia/Lord_Howe": (dt.date(2026, 4, 5), dt.date(2026, 10, 4)),
    "Asia/Kathmandu": (dt.date(2026, 3, 29), dt.date(2026, 10, 25)),
    "Europe/Dublin": (dt.date(2026, 3, 29), dt.date(2026, 10, 25)),
    "UTC": (dt.date(2026, 3, 29), dt.date(2026, 10, 25)),
}


def write(slots, zone, *, day=dt.date(2026, 6, 15), now=MONDAY):
    since, until = day - 30 * DAY, day + 180 * DAY
    return write_calendar(
        slots, zone=ZoneInfo(zone), since=since, until=until, title="Visits", word="Visit", now=now
    ).decode()


def unfolded(text):
    return text.replace("\r\n ", "").splitlines()


def by_its_own_rules(text, zone):
    """The moments of all entries by nothing but what the calendar says of its zone, read by another library."""
    lines = unfolded(text)
    inside = [index for index, line in enumerate(lines) if line in ("BEGIN:VTIMEZONE", "END:VTIMEZONE")]
    rules = tzical(StringIO("\r\n".join(lines[inside[0] : inside[1] + 1]))).get(zone) if inside else None
    found = []
    for line in lines:
        name, _colon, value = line.partition(":")
        if name.startswith(("DTSTART;TZID", "DTEND;TZID")):
            found.append(dt.datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=rules).astimezone(dt.UTC))
        elif name in ("DTSTART", "DTEND") and value.endswith("Z"):
            found.append(dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC))
    return found


@given(
    zone=st.sampled_from(ZONES),
    autumn=st.booleans(),
    near=st.integers(-2, 2),
    minute=st.integers(0, 24 * 60 - 1),
    minutes=st.sampled_from((15, 30, 60, 90, 480)),
)
@example(zone="America/New_York", autumn=False, near=0, minute=150, minutes=30)  # a clock time that does not exist
@example(zone="America/New_York", autumn=True, near=0, minute=90, minutes=60)  # one that comes twice
@example(zone="Australia/Lord_Howe", autumn=False, near=0, minute=105, minutes=30)
@example(zone="Australia/Lord_Howe", autumn=True, near=0, minute=135, minutes=30)
def test_an_hour_around_both_clock_changes_is_read_as_the_moment_it_is(zone, autumn, near, minute, minutes):
    day = CHANGES[zone][autumn] + near * DAY
    starts = moment_of(day, dt.time(minute // 60, minute % 60), ZoneInfo(zone))
    text = write([Slot("one", day, starts, minutes)], zone, day=day)
    (entry,) = entries(text).values()
    ends = starts + dt.timedelta(minutes=minutes)
    assert [entry[name].dt.astimezone(dt.UTC) for name in ("dtstart", "dtend")] == [starts, ends]
    assert by_its_own_rules(text, zone) == [starts, ends]


@given(zone=st.sampled_from(ZONES), autumn=st.booleans(), seconds=st.integers(-3 * 3600, 3 * 3600))
def test_any_moment_at_all_is_read_as_it_is_also_the_second_of_two_that_read_the_same(zone, autumn, seconds):
    day = CHANGES[zone][autumn]
    starts = moment_of(day, dt.time(2), ZoneInfo(zone)) + dt.timedelta(seconds=seconds)
    text = write([Slot("one", day, starts, 30)], zone, day=day)
    (entry,) = entries(text).values()
    assert entry["dtstart"].dt.astimezone(dt.UTC) == starts
    assert by_its_own_rules(text, zone)[0] == starts


@pytest.mark.parametrize("zone", ZONES)
def test_what_the_zone_does_is_written_before_what_uses_it_and_covers_it(zone):
    noon = moment_of(dt.date(2026, 6, 15), dt.time(12), ZoneInfo(zone))
    lines = unfolded(write([Slot("one", noon.date(), noon, 30)], zone))
    if zone == "UTC":
        assert "BEGIN:VTIMEZONE" not in lines
        assert "DTSTART:20260615T120000Z" in lines
        return
    assert lines.index("BEGIN:VTIMEZONE") < lines.index("BEGIN:VEVENT")
    assert f"TZID:{zone}" in lines
    assert f"DTSTART;TZID={zone}:20260615T120000" in lines
    froms, tos = ([line[-5:] for line in lines if line.startswith(name)] for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    assert froms == [tos[0], *tos[:-1]]
    assert len(tos) == (1 if zone == "Asia/Kathmandu" else 2)


def test_each_entry_says_one_word_and_nothing_else():
    noon = moment_of(dt.date(2026, 6, 15), dt.time(12), ZoneInfo("Europe/London"))
    text = write([Slot("a", noon.date(), noon, 30, sequence=2), Slot("b", noon.date(), is_off=True)], "Europe/London")
    first, second = entries(text).values()
    assert set(first) == {"UID", "DTSTAMP", "SUMMARY", "SEQUENCE", "STATUS", "DTSTART", "DTEND"}
    assert (first["summary"], first["sequence"], first["status"]) == ("Visit", 2, "CONFIRMED")
    assert set(second) == {"UID", "DTSTAMP", "SUMMARY", "SEQUENCE", "STATUS", "DTSTART", "TRANSP"}
    assert (second["dtstart"].dt, second["status"]) == (dt.date(2026, 6, 15), "CANCELLED")
    assert "DTSTART;VALUE=DATE:20260615" in unfolded(text)
    assert {str(one["dtstamp"].dt) for one in (first, second)} == {str(MONDAY)}


def test_the_calendar_is_named_and_asks_to_be_looked_at_again():
    calendar: Any = Calendar.from_ical(write([], "Europe/London"))
    assert [str(calendar[name]) for name in ("version", "prodid", "name", "x-wr-calname", "x-published-ttl")] == [
        "2.0",
        "-//Calendar//EN",
        "Visits",
        "Visits",
        "PT4H",
    ]
    assert calendar["refresh-interval"].dt == dt.timedelta(hours=4)
