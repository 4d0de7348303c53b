"""What a check-in may keep beyond its four answers, and what of it makes no sense."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.checkins.parts import (
    BENEFIT_WORDS,
    COLUMNS,
    FARTHEST_PLAN_DAYS,
    KIND_WORDS,
    MINUTES_A_DAY,
    SUPPORT_WORDS,
    Benefit,
    CheckInKind,
    Planned,
    Support,
    minutes_between,
    refuse_bad_plans,
    refuse_bad_times,
    refuse_unwanted,
    wants_words,
)
from coachdesk.clients.rules import Pronouns
from coachdesk.words import Refused

TODAY = dt.date(2026, 11, 23)
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin"]).map(ZoneInfo)
NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def _refused(held_on, started, ended, minutes=None, *, next_day=False, zone=NEW_YORK):
    try:
        refuse_bad_times(held_on, started, ended, minutes, next_day=next_day, zone=zone, at="ended")
    except Refused as refusal:
        return str(refusal)
    return ""


def test_every_choice_has_its_words_and_every_line_of_more_a_column():
    assert set(KIND_WORDS) == set(CheckInKind)
    assert set(BENEFIT_WORDS) == set(Benefit)
    assert set(SUPPORT_WORDS) == set(Support)
    assert {"kind", "ended", "return_to_use", "own_story"} <= set(COLUMNS)
    assert not {"wants_written", "plans", "supervision_line"} & set(COLUMNS)


@pytest.mark.parametrize(
    ("pronouns", "words"),
    [
        (Pronouns.HE, "He wants this written down"),
        (Pronouns.SHE, "She wants this written down"),
        (Pronouns.THEY, "They want this written down"),
        (Pronouns.NAME, "Kit 100% wants this written down"),
    ],
)
def test_the_tick_names_whose_wish_it_is(pronouns, words):
    assert str(wants_words(pronouns, "Kit 100%")) == words


@given(words=st.text(min_size=1))
def test_words_about_a_return_to_use_need_the_persons_wish_and_the_wish_needs_words(words):
    refuse_unwanted(words, wanted=True, at="return_to_use")
    refuse_unwanted("", wanted=False, at="return_to_use")
    with pytest.raises(Refused, match="only kept where the person wants it"):
        refuse_unwanted(words, wanted=False, at="return_to_use")
    with pytest.raises(Refused, match="own words"):
        refuse_unwanted("", wanted=True, at="return_to_use")


@given(held_on=DAYS, started=TIMES, ended=TIMES, next_day=st.booleans(), zone=ZONES)
def test_an_end_comes_after_its_beginning_and_within_a_day(held_on, started, ended, next_day, zone):
    said = _refused(held_on, started, ended, next_day=next_day, zone=zone)
    if next_day:
        assert ("longer than a day" in said) == (ended > started)
    else:
        assert ("not after it began" in said) == (ended <= started)
    assert bool(said) == (next_day == (ended > started))


@given(held_on=DAYS, started=TIMES, ended=TIMES, zone=ZONES)
def test_the_minutes_between_are_at_least_one_and_never_more_than_a_day(held_on, started, ended, zone):
    minutes = minutes_between(held_on, started, ended, zone)
    assert 1 <= minutes <= MINUTES_A_DAY
    plain = (ended.hour - started.hour) * 60 + ended.minute - started.minute + (0 if ended > started else 24 * 60)
    assert abs(minutes - plain) <= 60
    assert not _refused(held_on, started, ended, minutes, next_day=ended <= started, zone=zone)
    assert _refused(held_on, started, ended, minutes + 1, next_day=ended <= started, zone=zone)


@pytest.mark.parametrize(
    ("held_on", "started", "ended", "minutes"),
    [
        (TODAY, dt.time(14, 30), dt.time(15, 15), 45),
        (TODAY, dt.time(23, 30), dt.time(0, 30), 60),
        (TODAY, dt.time(9), dt.time(9), 24 * 60),
        (dt.date(2026, 10, 31), dt.time(23, 30), dt.time(2, 30), 4 * 60),  # the clocks go back in that night
        (dt.date(2026, 3, 7), dt.time(23, 30), dt.time(3, 30), 3 * 60),  # and forward in this one
    ],
)
def test_midnight_and_the_night_in_which_the_clocks_change(held_on, started, ended, minutes):
    assert minutes_between(held_on, started, ended, NEW_YORK) == minutes


def test_an_end_needs_a_beginning_and_a_next_day_an_end():
    assert _refused(TODAY, None, dt.time(9)) == "Write when it began too."
    assert "Write when it ended" in _refused(TODAY, dt.time(9), None, next_day=True)
    assert _refused(TODAY, None, None, 30) == ""
    assert _refused(TODAY, dt.time(9), None, 30) == ""


@given(days=st.lists(st.none() | st.integers(0, FARTHEST_PLAN_DAYS), max_size=6))
def test_three_plans_at_most(days):
    plans = [Planned("Ring", by_on=None if ahead is None else TODAY + dt.timedelta(days=ahead)) for ahead in days]
    if len(plans) <= 3:
        refuse_bad_plans(plans, today=TODAY, at="plans")
        return
    with pytest.raises(Refused, match="Three plans are enough"):
        refuse_bad_plans(plans, today=TODAY, at="plans")


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (Planned("", by_on=TODAY), "Write what you plan"),
        (Planned("Ring", by_on=TODAY - dt.timedelta(days=1)), "lies behind us"),
        (Planned("Ring", by_on=TODAY + dt.timedelta(days=FARTHEST_PLAN_DAYS + 1)), "more than a year ahead"),
        (Planned("Ring", by_on=dt.date.max), "more than a year ahead"),
    ],
)
def test_a_plan_has_words_and_a_day_that_can_come(plan, sentence):
    with pytest.raises(Refused, match=sentence):
        refuse_bad_plans([plan], today=TODAY, at="plans")
