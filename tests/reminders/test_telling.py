"""When people are told of what is due, and what “Later” offers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.checkins.rules import Tries
from coachdesk.clock import day_of, moment_of
from coachdesk.organisation.rules import halved
from coachdesk.reminders.givens import PersonFacts
from coachdesk.reminders.hearers import outreach
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.prefs import Prefs
from coachdesk.reminders.rules import Due
from coachdesk.reminders.telling import (
    digest_moment,
    has_own_mail,
    later_choices,
    leaves_from,
    told_day,
    told_from,
)
from coachdesk.words import say

NEW_YEAR = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
MINUTES_OF_THREE_YEARS = 3 * 365 * 24 * 60
ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe"]
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
HOURS = st.none() | st.times()
COACH = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("day", "hour", "values", "monday"),
    [
        (23, dt.time(9, 45), ["afternoon", "tomorrow", "monday"], dt.date(2026, 11, 30)),
        (23, dt.time(12, 59), ["afternoon", "tomorrow", "monday"], dt.date(2026, 11, 30)),
        (23, dt.time(13), ["tomorrow", "monday"], dt.date(2026, 11, 30)),
        (21, dt.time(18), ["tomorrow", "monday"], dt.date(2026, 11, 23)),
        # On a Sunday the Monday that comes is tomorrow; the next one is a week on.
        (22, dt.time(18), ["tomorrow", "monday"], dt.date(2026, 11, 30)),
    ],
)
def test_later_offers_this_afternoon_tomorrow_and_next_monday(day, hour, values, monday):
    choices = later_choices(dt.datetime.combine(dt.date(2026, 11, day), hour, tzinfo=ZoneInfo(ZONES[0])))
    assert [choice.value for choice in choices] == values
    assert choices[-1].day == monday


def test_later_says_the_hour_or_the_day_it_means():
    choices = later_choices(dt.datetime(2026, 11, 23, 9, 45, tzinfo=dt.UTC))
    assert [str(choice.small) for choice in choices] == ["2:00 pm", "Tue 24 Nov", "Mon 30 Nov"]


@given(minutes=st.integers(0, MINUTES_OF_THREE_YEARS), zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_later_always_lies_ahead_and_no_two_choices_are_the_same(minutes, zone):
    now = NEW_YEAR + dt.timedelta(minutes=minutes)
    moments = [now, *(moment_of(one.day, one.hour, zone) for one in later_choices(now.astimezone(zone)))]
    assert all(earlier < later for earlier, later in pairwise(moments))


@pytest.mark.parametrize("name", ZONES)
def test_the_days_mail_leaves_once_a_local_day_at_eight_through_three_years(name):
    zone = ZoneInfo(name)
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=number) for number in range(3 * 365)]
    moments = [moment for day in days if (moment := digest_moment(day, zone))]
    assert Counter(day_of(moment, zone) for moment in moments) == Counter(days)
    assert {moment.astimezone(zone).time() for moment in moments} == {dt.time(8)}
    assert all(earlier < later for earlier, later in pairwise(moments))
    assert len({moment.astimezone(zone).utcoffset() for moment in moments}) == 2


@given(rule=st.sampled_from(Rule), on=DAYS, at=HOURS, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_only_a_reminder_set_by_hand_is_told_at_its_own_hour_and_whoever_asks_waits_for_no_other_message(
    rule, on, at, zone
):
    due = Due(rule, COACH, COACH, COACH, on, say("Bring the form"), at)
    own = rule is Rule.BY_HAND and at is not None
    assert has_own_mail(due) == (own or rule in (Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF))
    assert told_from(due, zone) == moment_of(on, at if own and at else dt.time(8), zone)


def test_that_somebody_asked_us_to_stop_is_told_also_where_tries_that_reached_nobody_were():
    days = tuple(dt.date(2026, 11, day) for day in (16, 17, 18))
    tried = PersonFacts(COACH, COACH, "Marcus", days[0], 7, tries=Tries(days))
    stopped = replace(tried, tries=Tries(days, stopped_on=days[-1]))
    told, news = (outreach(facts, COACH) for facts in (tried, stopped))
    assert told
    assert news
    assert told.on == news.on
    assert told.key != news.key
    assert str(news.why).startswith("Marcus has asked us to stop.")
    first = outreach(replace(tried, tries=Tries(days[:1], stopped_on=days[0])), COACH)
    assert first
    assert (first.subject, first.on) == (news.subject, days[0])
    sooner = outreach(replace(stopped, ladder=halved(stopped.ladder)), COACH)
    assert sooner
    assert sooner.subject == news.subject, "a worry that halves the ladder makes no other news of it"


@given(
    rule=st.sampled_from([rule for rule in Rule if rule is not Rule.BY_HAND]),
    on=DAYS,
    minutes=st.integers(0, MINUTES_OF_THREE_YEARS),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    hour=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_messages_one_by_one_keep_the_chosen_days_and_come_at_the_hour_at_the_earliest(
    rule, on, minutes, days, hour, zone
):
    now, prefs = NEW_YEAR + dt.timedelta(minutes=minutes), Prefs(hour=hour, days=days, each=True)
    due = Due(rule, COACH, COACH, COACH, on, say("It is due"), None)
    at = leaves_from(due, now, zone, prefs)
    day, first = day_of(at, zone), max(told_day(due, prefs), day_of(now, zone))
    assert day.weekday() in days
    assert at == digest_moment(day, zone, prefs), "at the hour of the day's one message"
    assert day >= first
    skipped = [first + dt.timedelta(days=number) for number in range((day - first).days)]
    assert not [one for one in skipped if one.weekday() in days], "on the first day of those chosen"


@given(
    on=DAYS, at=st.times(), days=st.frozensets(st.integers(0, 6), min_size=1), zone=st.sampled_from(ZONES).map(ZoneInfo)
)
def test_what_was_set_for_an_hour_leaves_at_that_hour(on, at, days, zone):
    due = Due(Rule.BY_HAND, COACH, COACH, COACH, on, say("Bring the form"), at)
    assert leaves_from(due, NEW_YEAR, zone, Prefs(days=days)) == moment_of(on, at, zone)
