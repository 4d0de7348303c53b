"""What is due about a person, and in which order."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachdesk.checkins.rules import Reach, Tries
from coachdesk.referrals.rules import ENDED, Status
from coachdesk.reminders.asked import ask_words
from coachdesk.reminders.clocks import (
    agreed_visit,
    contact_days_over,
    contact_due_on,
    days_since_contact,
    is_out_of_touch,
)
from coachdesk.reminders.givens import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import Due, due_items, is_now, order_key, rhythm_words
from coachdesk.reminders.telling import over_words
from coachdesk.safety.rules import FOLLOW_UP_HOURS, FollowUp
from coachdesk.visits.rules import Then
from coachdesk.words import say

MONDAY = dt.date(2026, 11, 23)
EVERYTHING = 2000
"""Days ahead that reach beyond every day drawn here."""
PASSING = {Rule.VISIT_TOMORROW, Rule.VISIT_PASSED, Rule.CONTACT_DUE}
"""What is said of a planned contact changes with the days: ahead, tomorrow, behind."""
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
HOURS = st.none() | st.times()
TRIES = st.builds(Tries, st.lists(DAYS, max_size=7).map(tuple), st.none() | DAYS)
OPEN = [status for status in Status if status not in ENDED]
COACH, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def people(draw: st.DrawFn, start: int = 0) -> PersonFacts:
    """Draw a person; ids of different things may be alike, those of one kind (counted from `start`) are not."""

    def ids(count: int) -> list[uuid.UUID]:
        return [uuid.UUID(int=start + number) for number in range(count)]

    reviews = draw(st.lists(DAYS, max_size=2))
    steps = draw(st.lists(DAYS, max_size=2))
    referrals = draw(st.lists(st.tuples(st.sampled_from(OPEN), DAYS), max_size=2))
    for_whom = st.none() | st.sampled_from([COACH, OTHER])
    asks = draw(
        st.lists(
            st.tuples(st.sampled_from(AskKind), DAYS, HOURS, st.text(min_size=1, max_size=5), for_whom), max_size=3
        )
    )
    raised_on, review_on = draw(st.none() | DAYS), draw(st.none() | DAYS)
    return PersonFacts(
        client_id=uuid.UUID(int=start),
        coach_id=COACH,
        name=draw(st.sampled_from(["Marcus", "Lena %s", "Ai%(sha"])),
        assigned_on=draw(DAYS),
        rhythm_days=draw(st.integers(1, 90)),
        last_contact_on=draw(st.none() | DAYS),
        visit=draw(st.none() | st.builds(PlannedVisit, on=DAYS, at=HOURS)),
        tries=draw(TRIES),
        goal_reviews=list(zip(ids(2), reviews, strict=False)),
        agreement=(ids(1)[0], review_on) if review_on else None,
        steps=[StepFacts(one, one, on, "Call the clinic") for one, on in zip(ids(2), steps, strict=False)],
        referrals=[
            ReferralFacts(one, "Harbor Dental", status, on)
            for one, (status, on) in zip(ids(2), referrals, strict=False)
        ],
        asks=[
            AskFacts(one, kind, on, at, text, whom)
            for one, (kind, on, at, text, whom) in zip(ids(3), asks, strict=False)
        ],
        concern=(uuid.UUID(int=start), raised_on) if raised_on else None,
    )


MARCUS = PersonFacts(
    client_id=uuid.UUID(int=1), coach_id=COACH, name="Marcus", assigned_on=dt.date(2026, 11, 2), rhythm_days=7
)


def _everything(facts: PersonFacts, today: dt.date) -> tuple[Due, ...]:
    return due_items(facts, today, ahead_days=EVERYTHING)


def _contacts(facts: PersonFacts, today: dt.date = MONDAY) -> list[Due]:
    return [due for due in _everything(facts, today) if due.rule in CONTACTS]


def _contact(facts: PersonFacts, today: dt.date = MONDAY) -> Due:
    (contact,) = _contacts(facts, today)
    return contact


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
    assert [due.weight for due in _contacts(tried, today)] == [due.weight for due in _contacts(facts, today)]


@patient
@given(facts=people(), today=DAYS)
def test_a_try_leads_to_the_next_one_after_it_unless_a_contact_is_planned(facts, today):
    facts = replace(facts, tries=replace(facts.tries, stopped_on=None))
    contact = _contact(facts, today)
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
    assert not _contacts(stopped, today)
    assert not is_out_of_touch(stopped, today)
    planned = replace(stopped, visit=PlannedVisit(today))
    assert [due.rule for due in _contacts(planned, today)] == [Rule.CONTACT_DUE]


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
    for due in _everything(facts, today):
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


# ---- what is due


@pytest.mark.parametrize(
    ("but", "why"),
    [
        ({}, "With you since 2 November. You have not spoken yet."),
        ({"covered_for": "Yusuf"}, "You look after them while Yusuf is away."),
        (
            {"last_contact_on": dt.date(2026, 11, 13)},
            "You agreed to speak every week. Last contact 13 November.",
        ),
        (
            {"last_contact_on": dt.date(2026, 11, 13), "rhythm_days": 10},
            "You agreed to speak every 10 days. Last contact 13 November.",
        ),
        ({"visit": PlannedVisit(dt.date(2026, 11, 30))}, "You planned to speak on Monday 30 November."),
        (
            {"tries": Tries((dt.date(2026, 11, 20),)), "reach": Reach(may_call=True, may_text=True, has_phone=True)},
            "Tried once. Next: a call on Monday 23 November. Leave no message.",
        ),
        (
            {
                "tries": Tries((dt.date(2026, 11, 20), dt.date(2026, 11, 16))),
                "reach": Reach(may_text=True, has_phone=True),
            },
            "Tried twice. Next: a text on Monday 23 November. Calls are ruled out.",
        ),
    ],
)
def test_a_contact_says_why_it_is_due(but, why):
    assert str(_contact(replace(MARCUS, **but)).why) == why


def test_a_planned_contact_keeps_its_hour():
    assert _contact(replace(MARCUS, visit=PlannedVisit(MONDAY, dt.time(14, 30)))).at == dt.time(14, 30)
    assert _contact(replace(MARCUS, visit=PlannedVisit(MONDAY))).at is None


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (AskKind.HELP_ASKED, "", "Marcus would like some help."),
        (AskKind.TALK_ASKED, "", "Ruth would like to talk about your check-in together."),
        (AskKind.TALK_ASKED, "The plan.", "Ruth would like to talk about your check-in together: The plan."),
        (AskKind.BY_HAND, "Bring the 100% form", "Bring the 100% form"),
    ],
)
def test_an_ask_says_what_it_is_about(kind, text, words):
    assert (
        str(
            ask_words(
                AskFacts(uuid.UUID(int=1), kind, MONDAY, text=text, about_id=uuid.UUID(int=2), by="Ruth"), "Marcus"
            )
        )
        == words
    )


def test_a_supervisor_may_ask_how_things_are():
    ask = AskFacts(uuid.UUID(int=1), AskKind.TALK_ASKED, MONDAY, by="Ruth")
    assert str(ask_words(ask, "Marcus T.")) == "Ruth asks: how are things with Marcus T.?"


def test_everything_about_a_person_is_due_for_a_reason():
    one = uuid.UUID(int=1)
    facts = replace(
        MARCUS,
        concern=(one, MONDAY),
        steps=[StepFacts(one, one, MONDAY, "Call the clinic")],
        goal_reviews=[(one, MONDAY)],
        referrals=[ReferralFacts(one, "Harbor Dental", Status.SENT, MONDAY)],
        asks=[AskFacts(one, AskKind.BY_HAND, MONDAY, text="Bring the form")],
        agreement=(one, MONDAY),
    )
    assert {due.rule: str(due.why) for due in due_items(facts, MONDAY)} == {
        Rule.SAFETY_CONCERN: "You are worried about Marcus’s safety. Nobody has taken it yet.",
        Rule.CONTACT_DUE: "With you since 2 November. You have not spoken yet.",
        Rule.BY_HAND: "Bring the form",
        Rule.STEP_DUE: "Step: Call the clinic",
        Rule.GOAL_REVIEW: "A goal is due for a look together.",
        Rule.AGREEMENT_REVIEW: "You chose Monday 23 November for looking at what you agreed together.",
        Rule.REFERRAL_WAITING: "Harbor Dental has not replied to your referral.",
    }


def test_an_ask_reaches_whom_it_is_for_else_the_coach_of_the_day():
    one, two = uuid.UUID(int=1), uuid.UUID(int=2)
    asks = [AskFacts(one, AskKind.HELP_ASKED, MONDAY), AskFacts(two, AskKind.TALK_ASKED, MONDAY, for_user_id=OTHER)]
    reached = {due.subject: due.recipient for due in due_items(replace(MARCUS, asks=asks), MONDAY) if due.weight == 0}
    assert reached == {one: COACH, two: OTHER}


@patient
@given(facts=people(), today=DAYS, ahead=st.integers(0, 400))
def test_looking_further_ahead_only_adds(facts, today, ahead):
    near = due_items(facts, today, ahead_days=ahead)
    assert near == tuple(due for due in _everything(facts, today) if due.on <= today + dt.timedelta(days=ahead))
    assert all(str(due.why) for due in near)


@patient
@given(facts=people(), today=DAYS, another_day=DAYS)
def test_every_item_has_a_name_of_its_own_that_only_the_facts_decide(facts, today, another_day):
    items = _everything(facts, today)
    keys = [due.key for due in items]
    assert len(set(keys)) == len(keys)
    assert [due.key for due in _everything(replace(facts), today)] == keys
    lasting = {due.key for due in items if due.rule not in PASSING}
    other = due_items(facts, another_day, ahead_days=EVERYTHING)
    assert {due.key for due in other if due.rule not in PASSING} == lasting


@pytest.mark.parametrize(
    "but",
    [{"on": dt.date(2026, 11, 24)}, {"recipient": OTHER}, {"subject": OTHER}, {"rule": Rule.ATTEMPT_FOLLOW_UP}],
)
def test_another_day_another_reader_or_another_rule_is_another_occurrence(but):
    contact = _contact(MARCUS)
    assert replace(contact, **but).key != contact.key
    assert replace(contact, why=say("Call"), weight=9.0, at=dt.time(9)).key == contact.key


@patient
@given(everybody=st.tuples(people(0), people(1000), people(2000)), today=DAYS, chance=st.randoms())
def test_the_order_is_the_same_however_the_items_come(everybody, today, chance):
    items = [due for facts in everybody for due in _everything(facts, today)]
    in_order = sorted(items, key=order_key)
    assert len({order_key(due) for due in items}) == len(items)
    chance.shuffle(items)
    assert sorted(items, key=order_key) == in_order
    places = [_PLACES.get(due.rule, "reminder") for due in in_order]
    assert places == sorted(places, key=["safety", "help", "contact", "reminder", "referral"].index)
    weights = [due.weight for due in in_order if due.rule in CONTACTS]
    assert weights == sorted(weights, reverse=True)


_PLACES = {
    Rule.SAFETY_CONCERN: "safety",
    Rule.HELP_ASKED: "help",
    **dict.fromkeys(CONTACTS, "contact"),
    Rule.REFERRAL_WAITING: "referral",
}


def test_who_waits_longest_for_their_rhythm_comes_first():
    daily = replace(MARCUS, rhythm_days=1, last_contact_on=dt.date(2026, 11, 20))
    monthly = replace(MARCUS, client_id=uuid.UUID(int=2), rhythm_days=30, last_contact_on=dt.date(2026, 10, 14))
    assert contact_days_over(monthly, MONDAY) > contact_days_over(daily, MONDAY)
    first, _second = sorted((_contact(monthly), _contact(daily)), key=order_key)
    assert first.client_id == daily.client_id


# ---- after a worry about safety -----------------------------------------------------------------------------------


@given(
    raised=st.dates(dt.date(2020, 1, 1), dt.date(2100, 1, 1)),
    done=st.sets(st.sampled_from(FOLLOW_UP_HOURS)),
    later=st.integers(-5, 30),
)
def test_a_day_and_three_days_after_a_worry_the_coach_asks_again(raised, done, later):
    today = raised + dt.timedelta(days=later)
    left = [
        FollowUp(uuid.UUID(int=hours), uuid.UUID(int=7), hours, raised + dt.timedelta(hours=hours))
        for hours in FOLLOW_UP_HOURS
        if hours not in done
    ]
    facts = PersonFacts(
        client_id=uuid.UUID(int=1),
        coach_id=uuid.UUID(int=2),
        name="Marcus T.",
        assigned_on=raised,
        rhythm_days=7,
        follow_ups=left,
    )
    rules = {Rule.SAFETY_DAY_AFTER: 24, Rule.SAFETY_THREE_DAYS: 72}
    found = [due for due in due_items(facts, today, ahead_days=0) if due.rule in rules]
    assert {rules[due.rule] for due in found} == {
        one.hours for one in left if raised + dt.timedelta(hours=one.hours) <= today
    }
    assert all(due.recipient == facts.coach_id and "Marcus T." in str(due.why) for due in found)
    assert len({due.key for due in found}) == len(found)
    assert sorted(found, key=order_key) == sorted(due_items(facts, today, ahead_days=0), key=order_key)[: len(found)]
