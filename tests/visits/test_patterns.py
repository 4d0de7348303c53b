"""When plans that repeat come again: by the calendar where the person is, through every change of its clocks."""

from __future__ import annotations

import datetime as dt
import uuid
from calendar import monthrange
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import assume, example, given
from hypothesis import strategies as st

from coachdesk.clock import moment_of
from coachdesk.visits.rules import (
    LAST,
    MOST_TIMES,
    MOST_WEEKS,
    NTHS,
    Pattern,
    Planned,
    Repeat,
    days,
    is_over,
    occurrence_id,
    refuse_bad_pattern,
)
from coachdesk.visits.telling import DAY_WORDS, NTH_WORDS, REPEAT_WORDS, beside, hour_for, in_words, meets
from coachdesk.words import Refused

ZONES = [ZoneInfo(key) for key in ("America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe")]
TODAY = dt.date(2026, 11, 23)
YEARS = dt.timedelta(days=3 * 365)
STARTS = st.dates(dt.date(2023, 1, 1), dt.date(2030, 1, 1))
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


@st.composite
def patterns(draw, *, ending=True):
    repeat = draw(st.sampled_from(Repeat))
    start = draw(STARTS)
    many = draw(st.frozensets(st.integers(0, 6), min_size=1))
    end = draw(st.sampled_from(("open", "until", "count") if ending else ("open",)))
    return Pattern(
        repeat,
        start,
        hour=draw(HOURS),
        every=draw(st.integers(1, MOST_WEEKS)),
        weekdays=many if repeat is Repeat.WEEKLY else frozenset([min(many)]),
        month_day=draw(st.integers(1, 31)),
        nth=draw(st.sampled_from(NTHS)),
        until=start + dt.timedelta(days=draw(st.integers(0, 900))) if end == "until" else None,
        count=draw(st.integers(1, MOST_TIMES)) if end == "count" else None,
    )


def _three_years(pattern):
    return list(days(pattern, last=pattern.starts_on + YEARS))


def _is_on_rule(pattern, day):
    """Say independently of the arithmetic whether a day obeys its rule."""
    if pattern.repeat is Repeat.WEEKLY:
        weeks = (day - dt.timedelta(days=day.weekday())) - (
            pattern.starts_on - dt.timedelta(days=pattern.starts_on.weekday())
        )
        return day.weekday() in pattern.weekdays and weeks.days // 7 % pattern.every == 0
    length = monthrange(day.year, day.month)[1]
    if pattern.repeat is Repeat.MONTHLY_DAY:
        return day.day == pattern.month_day or (day.day == length < pattern.month_day)
    if pattern.repeat is Repeat.MONTHLY_WEEKDAY:
        place = LAST if pattern.nth == LAST and day.day + 7 > length else (day.day - 1) // 7 + 1
        return {day.weekday()} == pattern.weekdays and place == pattern.nth
    return True


@given(pattern=patterns(), zone=st.sampled_from(ZONES))
def test_what_comes_again_comes_once_a_day_and_always_later(pattern, zone):
    found = _three_years(pattern)
    assert all(one < other for one, other in pairwise(found))
    moments = [moment_of(day, pattern.hour, zone) for day in found]
    assert all(one < other for one, other in pairwise(moments))


@given(pattern=patterns())
def test_every_day_of_the_rule_comes_and_no_other(pattern):
    found = _three_years(pattern)
    end = min(pattern.until or dt.date.max, pattern.starts_on + YEARS)
    every = [pattern.starts_on + dt.timedelta(days=n) for n in range((end - pattern.starts_on).days + 1)]
    wanted = [day for day in every if _is_on_rule(pattern, day)]
    assert found == wanted[: pattern.count]


@given(pattern=patterns(), zone=st.sampled_from(ZONES))
def test_the_hour_stays_by_the_clock_where_they_are_except_in_a_gap(pattern, zone):
    for day in _three_years(pattern):
        there = moment_of(day, pattern.hour, zone).astimezone(zone)
        naive = dt.datetime.combine(day, pattern.hour)
        if there.replace(tzinfo=None) != naive:
            # The clocks jumped over it: it comes later by exactly the gap.
            before, after = (naive.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
            assert before is not None
            assert after is not None
            assert after > before
            assert there.replace(tzinfo=None) - naive == after - before
        else:
            assert there.fold == 0  # where it comes twice, the first is meant


@given(pattern=patterns(), zone=st.sampled_from(ZONES))
@example(Pattern(Repeat.DAILY, dt.date(2027, 3, 10), dt.time(2, 30)), ZONES[0])
@example(Pattern(Repeat.DAILY, dt.date(2027, 10, 30), dt.time(1, 30)), ZONES[1])
@example(Pattern(Repeat.MONTHLY_DAY, dt.date(2028, 2, 29), dt.time(2, 10), month_day=29), ZONES[3])
@example(Pattern(Repeat.WEEKLY, dt.date(2027, 4, 1), dt.time(1, 45), weekdays=frozenset([6])), ZONES[3])
def test_the_moment_is_the_one_that_another_library_reckons(pattern, zone):
    other = tz.gettz(zone.key)
    for day in _three_years(pattern):
        there = tz.resolve_imaginary(dt.datetime.combine(day, pattern.hour, tzinfo=other))
        assert moment_of(day, pattern.hour, zone) == there.astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "moment"),
    [
        ("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30"),
        ("America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30"),
        ("Europe/London", "2027-03-28", "01:30", "2027-03-28T01:30"),
        ("Europe/London", "2027-10-31", "01:30", "2027-10-31T00:30"),
        ("Australia/Lord_Howe", "2027-10-03", "02:10", "2027-10-02T15:40"),
        ("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45"),
        ("Asia/Kolkata", "2027-03-14", "02:30", "2027-03-13T21:00"),
    ],
)
def test_an_hour_that_is_missing_comes_after_the_gap_and_one_that_comes_twice_is_the_first(zone, day, hour, moment):
    found = moment_of(dt.date.fromisoformat(day), dt.time.fromisoformat(hour), ZoneInfo(zone))
    assert found == dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)


@given(pattern=patterns())
def test_an_end_is_kept(pattern):
    found = _three_years(pattern)
    assert all(pattern.until is None or day <= pattern.until for day in found)
    assert pattern.count is None or len(found) <= pattern.count


@given(pattern=patterns(ending=False), more=st.integers(1, 30))
def test_a_longer_look_only_adds(pattern, more):
    near = list(days(pattern, last=pattern.starts_on + dt.timedelta(days=200)))
    assert list(days(pattern, last=pattern.starts_on + dt.timedelta(days=200 + more)))[: len(near)] == near


@given(pattern=patterns(), day=st.integers(0, 50))
def test_what_is_moved_or_dropped_is_known_by_its_day_and_leaves_the_others(pattern, day):
    series, found = uuid.uuid4(), _three_years(pattern)
    assume(found)
    ids = {occurrence_id(series, one): one for one in found}
    assert len(ids) == len(found)
    gone = found[day % len(found)]
    del ids[occurrence_id(series, gone)]
    assert list(ids.values()) == [one for one in found if one != gone]


@pytest.mark.parametrize(
    ("month_day", "start", "wanted"),
    [
        (31, dt.date(2027, 1, 31), ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (31, dt.date(2028, 1, 31), ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
        (29, dt.date(2028, 2, 29), ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29"]),
        (29, dt.date(2027, 2, 1), ["2027-02-28", "2027-03-29", "2027-04-29", "2027-05-29"]),
        (30, dt.date(2027, 1, 31), ["2027-02-28", "2027-03-30", "2027-04-30", "2027-05-30"]),
    ],
)
def test_a_shorter_month_is_met_on_its_last_day(month_day, start, wanted):
    found = days(Pattern(Repeat.MONTHLY_DAY, start, month_day=month_day), last=start + dt.timedelta(days=120))
    assert [day.isoformat() for day in found][:4] == wanted


def _weekly(**more):
    return Pattern(Repeat.WEEKLY, TODAY, **{"weekdays": frozenset([1]), **more})


@pytest.mark.parametrize(
    ("pattern", "at", "sentence"),
    [
        (_weekly(until=TODAY - dt.timedelta(days=1)), "until", "The last day lies before the first."),
        (_weekly(until=TODAY), "until", "There is no such day between the first and the last."),
        (_weekly(until=dt.date(2030, 1, 1)), "until", "more than three years ahead"),
        (_weekly(until=dt.date.max), "until", "more than three years ahead"),
        (_weekly(count=0), "count", "from 1 to 200"),
        (_weekly(count=10_000), "count", "from 1 to 200"),
        (_weekly(count=3, until=dt.date(2027, 1, 1)), "count", "not both"),
        (_weekly(every=0), "every", "from 1 to 26"),
        (_weekly(every=999), "every", "from 1 to 26"),
        (_weekly(weekdays=frozenset()), "weekdays", "at least one day of the week"),
        (_weekly(weekdays=frozenset([7])), "weekdays", "at least one day of the week"),
        (_weekly(hour=dt.time(9, tzinfo=dt.UTC)), "hour", "Write a time like 2:30 pm."),
        (Pattern(Repeat.DAILY, TODAY - dt.timedelta(days=1)), "planned_on", "lies behind us stays as it was"),
        (Pattern(Repeat.DAILY, dt.date(2029, 1, 1)), "planned_on", "more than a year ahead"),
        (Pattern(Repeat.DAILY, dt.date.max), "planned_on", "more than a year ahead"),
        (Pattern(Repeat.MONTHLY_DAY, TODAY, month_day=0), "month_day", "from 1 to 31"),
        (Pattern(Repeat.MONTHLY_DAY, TODAY, month_day=32), "month_day", "from 1 to 31"),
        (Pattern(Repeat.MONTHLY_WEEKDAY, TODAY, weekdays=frozenset([1, 2]), nth=1), "weekdays", "one day of the week"),
        (Pattern(Repeat.MONTHLY_WEEKDAY, TODAY, weekdays=frozenset([1]), nth=5), "nth", "which one of the month"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_at_its_field(pattern, at, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        refuse_bad_pattern(pattern, today=TODAY)
    assert refusal.value.at == at


@given(pattern=patterns())
def test_what_may_be_begins_and_comes(pattern):
    if pattern.until and not _three_years(pattern):
        with pytest.raises(Refused, match="no such day"):
            refuse_bad_pattern(pattern, today=pattern.starts_on)
    else:
        refuse_bad_pattern(pattern, today=pattern.starts_on)
        assert _three_years(pattern)


_AT = dt.time(14, 30)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (_weekly(every=2, hour=_AT, until=dt.date(2026, 12, 30)), "Every second Tuesday at 2:30 pm until 30 December"),
        (_weekly(hour=_AT, until=dt.date(2027, 6, 30)), "Every Tuesday at 2:30 pm until 30 June"),
        (_weekly(weekdays=frozenset([0, 2, 4])), "Every Monday, Wednesday and Friday"),
        (_weekly(every=3, count=12), "Every 3 weeks on Tuesday 12 times"),
        (_weekly(every=2, weekdays=frozenset([0, 3])), "Every 2 weeks on Monday and Thursday"),
        (Pattern(Repeat.DAILY, TODAY, _AT, count=1), "Every day at 2:30 pm once"),
        (
            Pattern(Repeat.MONTHLY_DAY, TODAY, month_day=31),
            "On day 31 of every month (on the last day where the month is shorter)",
        ),
        (Pattern(Repeat.MONTHLY_DAY, TODAY, _AT, month_day=28), "On day 28 of every month at 2:30 pm"),
        (
            Pattern(Repeat.MONTHLY_WEEKDAY, TODAY, weekdays=frozenset([4]), nth=LAST),
            "The last Friday of every month",
        ),
        (
            Pattern(Repeat.MONTHLY_WEEKDAY, TODAY, _AT, weekdays=frozenset([1]), nth=2),
            "The second Tuesday of every month at 2:30 pm",
        ),
    ],
)
def test_a_pattern_is_said_in_words(pattern, words):
    assert " ".join(str(part) for part in in_words(pattern)) == words


@given(pattern=patterns())
def test_every_pattern_has_words(pattern):
    assert all(str(part) for part in in_words(pattern))
    assert (set(REPEAT_WORDS), set(NTH_WORDS), len(DAY_WORDS)) == (set(Repeat), set(NTHS), 7)


# ---- one planned contact --------------------------------------------------------------------------------------------

NEW_YORK, KOLKATA = ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
NOW = dt.datetime(2026, 11, 23, 14, 45, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("on", "hour", "minutes", "over"),
    [
        (TODAY, dt.time(9, 15), None, True),
        (TODAY, dt.time(9, 16), None, False),
        (TODAY, dt.time(9, 45), 0, True),
        (TODAY, dt.time(9, 46), 0, False),
        (TODAY, dt.time(9, 15), 30, True),
        (TODAY, dt.time(9, 16), 30, False),
        (TODAY, None, None, False),
        (TODAY - dt.timedelta(days=1), None, 30, True),
        (TODAY - dt.timedelta(days=1), dt.time(23, 59), 480, True),
        (TODAY + dt.timedelta(days=1), dt.time(0), None, False),
    ],
)
def test_a_planned_contact_is_over_at_its_end_or_with_its_day(on, hour, minutes, over):
    assert is_over(on, hour, minutes, zone=NEW_YORK, now=NOW, today=TODAY) is over


def test_the_readers_hour_stands_beside_only_where_it_differs():
    planned = Planned(uuid.uuid4(), TODAY, _AT)
    assert hour_for(TODAY, _AT, NEW_YORK, NEW_YORK) is None
    assert hour_for(TODAY, None, KOLKATA, NEW_YORK) is None
    assert beside(planned, NEW_YORK, ZoneInfo("America/Toronto")) is None
    assert str(beside(planned, KOLKATA, NEW_YORK)) == "in Kolkata; 4:00 am for you"
    assert str(beside(planned, NEW_YORK, KOLKATA)) == "in New York; Tue 24 Nov, 1:00 am for you"


@pytest.mark.parametrize(("hour", "minutes", "ends"), [(_AT, 45, dt.time(15, 15)), (_AT, None, None), (None, 45, None)])
def test_a_length_makes_an_end(hour, minutes, ends):
    assert Planned(uuid.uuid4(), TODAY, hour, minutes).ends == ends


@given(
    moments=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    lengths=st.tuples(st.none() | st.integers(1, 480), st.none() | st.integers(1, 480)),
)
def test_two_plans_meet_where_a_minute_belongs_to_both(moments, lengths):
    one, other = ((NOW + dt.timedelta(minutes=at), long) for at, long in zip(moments, lengths, strict=True))
    held = [
        set(range(at, at + (long or 30))) for at, long in zip(moments, lengths, strict=True)
    ]  # without a length, half an hour
    assert meets(one, other) is meets(other, one)
    assert meets(one, other) is bool(held[0] & held[1])


@given(pattern=patterns(), ahead=st.integers(-30, 900), more=st.integers(0, 60))
def test_to_reckon_from_a_later_day_on_leaves_out_nothing_that_comes_after_it(pattern, ahead, more):
    since = pattern.starts_on + dt.timedelta(days=ahead)
    last = since + dt.timedelta(days=more)
    near = [day for day in days(pattern, last=last, since=since) if day >= since]
    assert near == [day for day in days(pattern, last=last) if day >= since]
