"""When a next contact may be planned."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.visits.rules import (
    CHANNEL_ICONS,
    CHANNEL_WORDS,
    FARTHEST_DAYS,
    PLAN_WORDS,
    Channel,
    refuse_bad_plan,
    refuse_not_after,
)
from coachdesk.words import Refused

TODAY = dt.date(2026, 11, 23)
NOW_THERE = dt.datetime(2026, 11, 23, 9, 45)  # noqa: DTZ001 - the wall clock where the person is
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1))


def _plan(planned_on: dt.date, hour: dt.time | None = None, today: dt.date = TODAY) -> None:
    refuse_bad_plan(
        planned_on, hour, today=today, now_there=dt.datetime.combine(today, NOW_THERE.time()), at="planned_on"
    )


def test_every_way_to_meet_has_its_words_and_its_picture():
    assert set(CHANNEL_WORDS) == set(Channel)
    assert set(PLAN_WORDS) == set(CHANNEL_ICONS) == {*Channel, None}


@pytest.mark.parametrize("hour", [None, dt.time(9, 46), dt.time(23, 59)])
def test_today_may_be_planned_where_the_hour_is_still_to_come_or_open(hour):
    _plan(TODAY, hour)


@pytest.mark.parametrize("hour", [dt.time(0), dt.time(9, 44), NOW_THERE.time()])
def test_an_hour_that_has_passed_today_is_refused_with_an_example(hour):
    with pytest.raises(Refused, match="a date after today, like 27 11 2026") as refusal:
        _plan(TODAY, hour)
    assert refusal.value.at == "planned_on"


@given(today=DAYS, ahead=st.integers(1, FARTHEST_DAYS), hour=st.none() | st.times())
def test_any_day_of_the_coming_year_may_be_planned(today, ahead, hour):
    planned_on = today + dt.timedelta(days=ahead)
    _plan(planned_on, hour, today)
    refuse_not_after(planned_on, today=today, at="next_on")


@pytest.mark.parametrize(("ahead", "hour", "fine"), [(-1, 23, True), (-1, 8, False), (0, 8, True)])
def test_where_it_is_another_day_for_the_person_their_hour_decides(ahead, hour, fine):
    there = dt.datetime(2026, 11, 22, 20)  # noqa: DTZ001 - the wall clock where the person is
    day = TODAY + dt.timedelta(days=ahead)
    if fine:
        refuse_bad_plan(day, dt.time(hour), today=TODAY, now_there=there, at="planned_on")
        return
    with pytest.raises(Refused):
        refuse_bad_plan(day, dt.time(hour), today=TODAY, now_there=there, at="planned_on")


@given(today=DAYS, behind=st.integers(1, 2000), hour=st.none() | st.times())
def test_a_day_behind_us_is_refused(today, behind, hour):
    with pytest.raises(Refused, match="must be a date after today"):
        _plan(today - dt.timedelta(days=behind), hour, today)


@given(today=DAYS, ahead=st.integers(FARTHEST_DAYS + 1, 4000), hour=st.none() | st.times())
def test_a_day_too_far_ahead_is_refused(today, ahead, hour):
    with pytest.raises(Refused, match="more than a year ahead"):
        _plan(today + dt.timedelta(days=ahead), hour, today)
    with pytest.raises(Refused, match="more than a year ahead"):
        refuse_not_after(today + dt.timedelta(days=ahead), today=today, at="next_on")


@given(today=DAYS, behind=st.integers(0, 2000))
def test_a_next_contact_lies_after_today(today, behind):
    with pytest.raises(Refused, match="must be a date after today") as refusal:
        refuse_not_after(today - dt.timedelta(days=behind), today=today, at="next_on")
    assert refusal.value.at == "next_on"
