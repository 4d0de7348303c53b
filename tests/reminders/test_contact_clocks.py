"""When somebody should have been spoken with: the plan, the rhythm, tries, and the days of a series."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from coachdesk.checkins.rules import Tries
from coachdesk.reminders.clocks import (
    agreed_visit,
    contact_days_over,
    contact_due_on,
    days_since_contact,
    is_out_of_touch,
)
from coachdesk.reminders.givens import AskFacts, AskKind, PlannedVisit
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import due_items, is_now, rhythm_words
from coachdesk.reminders.telling import over_words
from coachdesk.visits.rules import Then
from tests.reminders.drawing import (
    COACH,
    DAYS,
    MARCUS,
    MONDAY,
    contacts,
    everything,
    patient,
    people,
    the_contact,
)

# ---- the due rule


@pytest.mark.parametrize(
    ("last_contact_on", "planned_on", "due_on"),
    [
        (None, None, dt.date(2026, 11, 4)),
        (dt.date(2026, 11, 13), None, dt.date(2026, 11, 20)),
        (dt.date(2026, 11, 13), dt.date(2026, 11, 30), dt.date(2026, 11, 30)),
        (None, dt.date(2026, 11, 3), dt.date(2026, 11, 3)),
    ],
)
def test_you_should_have_spoken_by_the_plan_else_the_rhythm_else_two_days_after_assignment(
    last_contact_on, planned_on, due_on
):
    visit = PlannedVisit(planned_on) if planned_on else None
    assert contact_due_on(replace(MARCUS, last_contact_on=last_contact_on, visit=visit)) == due_on


@patient
@given(facts=people(), today=DAYS)
def test_a_contact_clears_the_contact_items_for_the_whole_rhythm(facts, today):
    spoken = replace(facts, last_contact_on=today, visit=None, tries=Tries())
    for days in range(facts.rhythm_days):
        later = today + dt.timedelta(days=days)
        assert not any(due.rule in CONTACTS for due in due_items(spoken, later, ahead_days=0))
        assert not is_out_of_touch(spoken, later)
    again = today + dt.timedelta(days=facts.rhythm_days)
    assert any(due.rule is Rule.CONTACT_DUE and is_now(due, again) for due in due_items(spoken, again))
    assert not is_out_of_touch(spoken, again)
    assert is_out_of_touch(spoken, again + dt.timedelta(days=1))


@patient
@given(facts=people(), today=DAYS, tried_on=DAYS)
def test_a_try_without_an_answer_never_changes_who_is_out_of_touch(facts, today, tried_on):
    tried = replace(facts, tries=replace(facts.tries, days=(*facts.tries.days, tried_on)))
    assert is_out_of_touch(tried, today) == is_out_of_touch(facts, today)
    assert contact_days_over(tried, today) == contact_days_over(facts, today)
    assert [due.weight for due in contacts(tried, today)] == [due.weight for due in contacts(facts, today)]


@patient
@given(facts=people(), today=DAYS)
def test_a_try_leads_to_the_next_one_after_it_unless_a_contact_is_planned(facts, today):
    facts = replace(facts, tries=replace(facts.tries, stopped_on=None))
    contact = the_contact(facts, today)
    tried = bool(facts.tries.days) and facts.visit is None
    passed = facts.visit is not None and facts.visit.on < today
    by_plan = Rule.VISIT_PASSED if passed else Rule.CONTACT_DUE
    assert contact.rule is (Rule.ATTEMPT_FOLLOW_UP if tried else by_plan)
    assert contact.on > max(facts.tries.days) if tried else contact.on == contact_due_on(facts)


@patient
@given(facts=people(), today=DAYS, stopped_on=DAYS)
def test_nobody_who_asked_us_to_stop_is_due_until_a_contact_is_planned(facts, today, stopped_on):
    stopped = replace(facts, tries=replace(facts.tries, stopped_on=stopped_on), visit=None)
    assert contact_due_on(stopped) is None
    assert not contacts(stopped, today)
    assert not is_out_of_touch(stopped, today)
    planned = replace(stopped, visit=PlannedVisit(today))
    assert [due.rule for due in contacts(planned, today)] == [Rule.CONTACT_DUE]


# ---- the days of a series


def _by_pattern(facts, on):
    return replace(facts, visit=PlannedVisit(on, by_pattern=True), tries=replace(facts.tries, stopped_on=None))


@patient
@given(facts=people(), on=DAYS)
def test_a_day_of_a_series_that_was_kept_so_far_is_the_day(facts, on):
    kept = replace(_by_pattern(facts, on), tries=Tries())
    assert contact_due_on(kept) == on
    assert agreed_visit(kept) == kept.visit


@patient
@given(facts=people(), on=DAYS, unmet_on=DAYS)
def test_a_series_that_comes_to_nothing_is_due_by_the_rhythm_and_never_later(facts, on, unmet_on):
    missed = replace(_by_pattern(facts, on), unmet_on=unmet_on)
    without = contact_due_on(replace(missed, visit=None))
    counts = bool(facts.tries.days) or (facts.last_contact_on or dt.date.min) < unmet_on < on
    assert contact_due_on(missed) == (min(without, on) if counts else on)
    assert contact_due_on(replace(missed, visit=PlannedVisit(on))) == on


@patient
@given(facts=people(), on=DAYS, tried_on=DAYS, today=DAYS)
def test_a_try_makes_nobody_of_a_series_less_out_of_touch(facts, on, tried_on, today):
    before = _by_pattern(facts, on)
    after = replace(before, tries=replace(before.tries, days=(*before.tries.days, tried_on)))
    assert contact_days_over(after, today) >= contact_days_over(before, today)


@patient
@given(facts=people(), on=DAYS, stopped_on=DAYS)
def test_a_series_alone_brings_nobody_back_who_asked_us_to_stop(facts, on, stopped_on):
    stopped = replace(_by_pattern(facts, on), tries=Tries(stopped_on=stopped_on))
    assert contact_due_on(stopped) is None


NEW_YORK, NOON = ZoneInfo("America/New_York"), dt.time(12)


@pytest.mark.parametrize(
    ("visit", "zone", "now", "why"),
    [
        (PlannedVisit(MONDAY, NOON, 30), "", dt.time(12, 29), ""),
        (PlannedVisit(MONDAY, NOON, 30), "", dt.time(12, 30), "You planned to speak with Marcus today at 12:00 pm."),
        (PlannedVisit(MONDAY, NOON), "", dt.time(12, 29), ""),
        (
            PlannedVisit(MONDAY, NOON, in_person=True),
            "",
            dt.time(12, 30),
            "You planned to meet Marcus today at 12:00 pm.",
        ),
        (PlannedVisit(MONDAY, NOON), "America/Chicago", dt.time(13, 29), ""),
        (
            PlannedVisit(MONDAY, NOON),
            "America/Chicago",
            dt.time(13, 30),
            "You planned to speak with Marcus today at 12:00 pm.",
        ),
        (PlannedVisit(MONDAY), "", dt.time(23, 59), ""),
        (
            PlannedVisit(MONDAY - dt.timedelta(days=3)),
            "",
            dt.time(0),
            "You planned to speak with Marcus on Friday 20 November.",
        ),
    ],
)
def test_what_is_over_asks_what_happened(visit, zone, now, why):
    facts = replace(MARCUS, visit=visit, zone=zone)
    local = dt.datetime.combine(MONDAY, now, tzinfo=NEW_YORK)
    (due,) = [due for due in due_items(facts, MONDAY, now=local) if due.rule in CONTACTS]
    assert due.asks_what_happened is (due.rule is Rule.VISIT_PASSED) is bool(why)
    if why:
        assert str(due.why) == f"{why} What happened?"
    for rest in (replace(facts, visit=replace(visit, on=MONDAY + dt.timedelta(days=1))), replace(facts, visit=None)):
        assert not any(due.asks_what_happened for due in due_items(rest, MONDAY, now=local))


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (Then.ANOTHER, "Marcus cannot make it on Friday 27 November and would like another time."),
        (Then.PERSON_CALLS, "Marcus cannot make it on Friday 27 November and will call you."),
    ],
)
def test_who_cannot_make_it_is_told_with_what_they_want(then, words):
    ask = AskFacts(COACH, AskKind.VISIT_OFF, MONDAY, day=dt.date(2026, 11, 27), then=then)
    (due,) = [due for due in due_items(replace(MARCUS, asks=[ask]), MONDAY) if due.rule is Rule.VISIT_OFF]
    assert str(due.why) == words


@patient
@given(facts=people(), today=DAYS)
def test_days_over_are_never_less_than_none(facts, today):
    over = contact_days_over(facts, today)
    assert over >= 0
    assert is_out_of_touch(facts, today) == (over >= 1)
    for due in everything(facts, today):
        assert due.days_over(today) == max(0, (today - due.on).days)
        assert due.weight >= 0
        assert is_now(due, today) or due.days_over(today) == 0


@patient
@given(facts=people(), today=DAYS)
def test_one_day_later_nobody_is_less_out_of_touch(facts, today):
    assert is_out_of_touch(facts, today) <= is_out_of_touch(facts, today + dt.timedelta(days=1))


def test_days_since_a_contact_are_counted_where_there_was_one():
    assert days_since_contact(MARCUS, MONDAY) is None
    assert days_since_contact(replace(MARCUS, last_contact_on=dt.date(2026, 11, 13)), MONDAY) == 10


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "They agreed to speak every day."),
        (3, "They agreed to speak every 3 days."),
        (7, "They agreed to speak every week."),
        (14, "They agreed to speak every 2 weeks."),
        (30, "They agreed to speak every 30 days."),
    ],
)
def test_a_rhythm_is_said_in_weeks_where_it_is_weeks(days, words):
    assert str(rhythm_words(days)) == words


@pytest.mark.parametrize(("days", "words"), [(0, "Today"), (1, "1 day over"), (12, "12 days over")])
def test_how_far_past_its_day_something_is(days, words):
    assert str(over_words(days)) == words
