"""What is due about a person, and in which order."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.checkins.rules import Reach, Tries
from coachdesk.referrals.rules import Status
from coachdesk.reminders.asked import ask_words
from coachdesk.reminders.clocks import (
    contact_days_over,
)
from coachdesk.reminders.givens import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import due_items, order_key
from coachdesk.safety.rules import FOLLOW_UP_HOURS, FollowUp
from coachdesk.words import say
from tests.reminders.drawing import (
    COACH,
    DAYS,
    EVERYTHING,
    MARCUS,
    MONDAY,
    OTHER,
    PASSING,
    everything,
    patient,
    people,
    the_contact,
)

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
    assert str(the_contact(replace(MARCUS, **but)).why) == why


def test_a_planned_contact_keeps_its_hour():
    assert the_contact(replace(MARCUS, visit=PlannedVisit(MONDAY, dt.time(14, 30)))).at == dt.time(14, 30)
    assert the_contact(replace(MARCUS, visit=PlannedVisit(MONDAY))).at is None


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
    assert near == tuple(due for due in everything(facts, today) if due.on <= today + dt.timedelta(days=ahead))
    assert all(str(due.why) for due in near)


@patient
@given(facts=people(), today=DAYS, another_day=DAYS)
def test_every_item_has_a_name_of_its_own_that_only_the_facts_decide(facts, today, another_day):
    items = everything(facts, today)
    keys = [due.key for due in items]
    assert len(set(keys)) == len(keys)
    assert [due.key for due in everything(replace(facts), today)] == keys
    lasting = {due.key for due in items if due.rule not in PASSING}
    other = due_items(facts, another_day, ahead_days=EVERYTHING)
    assert {due.key for due in other if due.rule not in PASSING} == lasting


@pytest.mark.parametrize(
    "but",
    [{"on": dt.date(2026, 11, 24)}, {"recipient": OTHER}, {"subject": OTHER}, {"rule": Rule.ATTEMPT_FOLLOW_UP}],
)
def test_another_day_another_reader_or_another_rule_is_another_occurrence(but):
    contact = the_contact(MARCUS)
    assert replace(contact, **but).key != contact.key
    assert replace(contact, why=say("Call"), weight=9.0, at=dt.time(9)).key == contact.key


@patient
@given(everybody=st.tuples(people(0), people(1000), people(2000)), today=DAYS, chance=st.randoms())
def test_the_order_is_the_same_however_the_items_come(everybody, today, chance):
    items = [due for facts in everybody for due in everything(facts, today)]
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
    Rule.VISIT_OFF: "help",
    **dict.fromkeys(CONTACTS, "contact"),
    Rule.REFERRAL_WAITING: "referral",
}


def test_who_waits_longest_for_their_rhythm_comes_first():
    daily = replace(MARCUS, rhythm_days=1, last_contact_on=dt.date(2026, 11, 20))
    monthly = replace(MARCUS, client_id=uuid.UUID(int=2), rhythm_days=30, last_contact_on=dt.date(2026, 10, 14))
    assert contact_days_over(monthly, MONDAY) > contact_days_over(daily, MONDAY)
    first, _second = sorted((the_contact(monthly), the_contact(daily)), key=order_key)
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
