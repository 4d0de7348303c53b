"""The rules about days ahead, goals, notes, people without a coach; what stops a clock; and who is told of all of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coachdesk.checkins.rules import Tries
from coachdesk.goals.rules import StepOwner
from coachdesk.reminders.clocks import contact_days_over, contact_due_on, open_day, runs_out
from coachdesk.reminders.givens import (
    Absence,
    AskFacts,
    AskKind,
    DraftFacts,
    LeaveFacts,
    MilestoneFacts,
    PersonFacts,
    PlannedVisit,
    StepFacts,
)
from coachdesk.reminders.hearers import for_person, for_supervisors, told_of
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import Due, due_items, is_now, responsible
from coachdesk.reminders.settings import SHAPES, Hearer, RuleSetting, Settings, usual

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
COACH, RUTH, OMAR, ACCOUNT = (uuid.UUID(int=number) for number in (7, 8, 9, 10))
ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
MARCUS = PersonFacts(
    client_id=ONE,
    coach_id=COACH,
    name="Marcus",
    assigned_on=dt.date(2026, 11, 2),
    rhythm_days=7,
    last_contact_on=dt.date(2026, 11, 20),
)


def _of(rule: Rule, facts: PersonFacts, today: dt.date = MONDAY, **more) -> list[Due]:
    return [due for due in due_items(facts, today, **more) if due.rule is rule]


def _deciding(rule: Rule, **but) -> Settings:
    return Settings({rule: replace(usual(rule), **but)})


# ---- days ahead


@given(on=DAYS, today=DAYS, series=st.booleans(), later=st.booleans())
def test_a_visit_is_spoken_of_on_the_day_before_and_on_no_other(on, today, series, later):
    visit = PlannedVisit(on, dt.time(14, 30), by_pattern=series, id=TWO)
    facts = replace(MARCUS, **({"also_planned": [visit]} if later else {"visit": visit}))
    found = _of(Rule.VISIT_TOMORROW, facts, today)
    assert bool(found) is (today == on - DAY)
    assert all(due.subject == TWO and due.on == today and "2:30 pm" in str(due.why) for due in found)


@given(on=DAYS, first=st.times(), then=st.times())
def test_a_visit_moved_to_another_hour_of_its_day_is_told_anew_and_one_left_where_it_is_is_not(on, first, then):
    keys = [
        due.key
        for hour in (first, then)
        for due in _of(Rule.VISIT_TOMORROW, replace(MARCUS, visit=PlannedVisit(on, hour, id=TWO)), on - DAY)
    ]
    assert (keys[0] == keys[1]) is (f"{first:%H%M}" == f"{then:%H%M}")


@given(on=DAYS, today=DAYS)
def test_a_day_to_mark_is_there_until_it_is_over_and_never_counts_as_late(on, today):
    facts = replace(MARCUS, milestones=[MilestoneFacts(TWO, on, "A door of my own")])
    found = _of(Rule.MILESTONE, facts, today, ahead_days=2000)
    assert [due.on for due in found] == ([on] if on >= today else [])
    assert all(due.days_over(today) == 0 for due in found)


def test_what_nobody_said_anything_of_is_one_contact_by_another_name():
    facts = replace(MARCUS, visit=PlannedVisit(MONDAY - DAY, id=TWO))
    (due,) = [due for due in due_items(facts, MONDAY) if due.rule in CONTACTS]
    assert (due.rule, due.subject, due.weight > 0) == (Rule.VISIT_PASSED, TWO, True)
    off = replace(facts, settings=_deciding(Rule.VISIT_PASSED, is_on=False))
    (due,) = [due for due in due_items(off, MONDAY) if due.rule in CONTACTS]
    assert (due.rule, due.asks_what_happened) == (Rule.CONTACT_DUE, False)


# ---- goals


@given(count=st.integers(1, 20), on=DAYS, today=DAYS)
def test_that_there_is_no_goal_is_said_from_the_day_of_the_contact_that_counts(count, on, today):
    (due,) = _of(Rule.NO_GOAL, replace(MARCUS, contacts_without_goal=(count, on)), today, ahead_days=2000)
    assert (due.on, due.subject) == (on, ONE)
    assert "no goal is written down" in str(due.why)


@given(weeks=st.integers(1, 26), touched=DAYS, later=st.integers(0, 400))
def test_goals_nobody_spoke_of_are_due_after_the_chosen_weeks_and_not_a_day_before(weeks, touched, later):
    today = touched + later * DAY
    settings = _deciding(Rule.GOALS_UNTOUCHED, number=weeks)
    facts = replace(MARCUS, last_contact_on=today, goals_touched_on=touched, settings=settings)
    found = _of(Rule.GOALS_UNTOUCHED, facts, today, ahead_days=0)
    assert bool(found) is (later >= 7 * weeks)
    assert not _of(Rule.GOALS_UNTOUCHED, replace(facts, goals_touched_on=today), today, ahead_days=0)
    assert not _of(Rule.GOALS_UNTOUCHED, replace(facts, goals_touched_on=None), today, ahead_days=0)


def test_whoever_is_out_of_touch_is_reached_before_goals_are_spoken_of():
    facts = replace(MARCUS, goals_touched_on=MONDAY - 60 * DAY)
    assert _of(Rule.GOALS_UNTOUCHED, facts)
    assert not _of(Rule.GOALS_UNTOUCHED, replace(facts, last_contact_on=MONDAY - 30 * DAY))


# ---- notes

SAVED = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
DRAFT = DraftFacts(TWO, RUTH, "check-in", "/people/1/check-ins/new", SAVED, SAVED.date())


@given(hours=st.integers(0, 200))
def test_what_lies_unfinished_for_two_days_is_told_to_its_writer_alone(hours):
    now = SAVED + dt.timedelta(hours=hours)
    found = _of(Rule.NOTE_UNFINISHED, replace(MARCUS, drafts=[DRAFT]), now.date(), ahead_days=0, now=now)
    assert [due.recipient for due in found] == ([RUTH] if hours >= 48 else [])
    assert all("check-in" not in str(due.why) for due in found)


# ---- who answers


def test_whoever_covers_answers_else_the_coach_else_the_supervisors():
    assert responsible(MARCUS) == (COACH,)
    for absence in Absence:
        alone = replace(MARCUS, absence=absence, supervisors=frozenset({RUTH, OMAR}))
        assert responsible(alone) == (RUTH, OMAR)
        assert responsible(replace(alone, supervisors=frozenset())) == (COACH,)


@given(absence=st.none() | st.sampled_from(Absence), supervisors=st.frozensets(st.sampled_from([RUTH, OMAR])))
def test_nobody_but_who_answers_is_told_of_the_record_and_of_an_ask_whom_it_is_for(absence, supervisors):
    facts = replace(
        MARCUS,
        absence=absence,
        supervisors=supervisors,
        last_contact_on=MONDAY - 30 * DAY,
        steps=[StepFacts(TWO, TWO, MONDAY, "Ring")],
        asks=[
            AskFacts(ONE, AskKind.HELP_ASKED, MONDAY),
            AskFacts(TWO, AskKind.TALK_ASKED, MONDAY, for_user_id=ACCOUNT),
        ],
    )
    items = due_items(facts, MONDAY)
    nobody = {Rule.COVER_MISSING, Rule.WITHOUT_COACH}
    told = {due.recipient for due in items if due.subject != TWO or due.rule is not Rule.TALK_ASKED}
    told -= {due.recipient for due in items if due.rule in nobody and due.recipient not in responsible(facts)}
    assert told == set(responsible(facts))
    assert {due.recipient for due in items if due.rule is Rule.TALK_ASKED} == {ACCOUNT}
    assert len({due.key for due in items}) == len(items)


def test_a_person_nobody_has_is_brought_to_every_supervisor_once():
    alone = replace(MARCUS, absence=Absence.GONE, coach_name="Dana", supervisors=frozenset({RUTH, OMAR}))
    found = _of(Rule.WITHOUT_COACH, alone)
    assert [due.recipient for due in found] == [RUTH, OMAR]
    assert {str(due.why) for due in found} == {"Dana no longer coaches here, and Marcus needs a coach."}
    assert {due.key for due in _of(Rule.WITHOUT_COACH, alone, MONDAY + 9 * DAY)} == {due.key for due in found}
    assert not _of(Rule.WITHOUT_COACH, replace(alone, settings=_deciding(Rule.WITHOUT_COACH, is_on=False)))


# ---- what stops a clock


@given(
    on=DAYS,
    closed=st.frozensets(st.integers(0, 20), max_size=15),
    leaves=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3),
    resumed=st.none() | st.integers(0, 20),
)
def test_a_clock_runs_out_on_the_next_day_that_is_none_of_those_it_rests_on(on, closed, leaves, resumed):
    facts = replace(
        MARCUS,
        holidays=frozenset(on + day * DAY for day in closed),
        leaves=[LeaveFacts(on + min(days) * DAY, on + max(days) * DAY) for days in leaves],
        resumed_on=on + resumed * DAY if resumed is not None else None,
    )

    def rests(day: dt.date) -> bool:
        away = any(one.from_on <= day <= one.until_on for one in facts.leaves)
        return day in facts.holidays or away or bool(facts.resumed_on and day < facts.resumed_on)

    found = runs_out(facts, on)
    assert found >= on
    assert not rests(found)
    assert runs_out(facts, found) == found
    between = [on + number * DAY for number in range((found - on).days)]
    assert all(rests(day) for day in between)


@given(on=DAYS, closed=st.frozensets(st.integers(0, 9), max_size=8))
def test_a_day_closed_moves_a_contact_a_try_a_step_and_a_referral_to_the_next_that_is_open(on, closed):
    holidays = frozenset(on + day * DAY for day in closed)
    facts = replace(MARCUS, last_contact_on=on - 7 * DAY, holidays=holidays)
    assert contact_due_on(facts) == open_day(facts, on)
    stepped = replace(facts, steps=[StepFacts(TWO, TWO, on, "Ring")])
    (step,) = _of(Rule.STEP_DUE, stepped, on, ahead_days=30)
    assert step.on == open_day(facts, on)
    tried = replace(facts, tries=Tries((on,)))
    (again,) = _of(Rule.ATTEMPT_FOLLOW_UP, tried, on, ahead_days=60)
    assert again.on not in holidays


def _away(from_in: int, days: int, *, since: int = 7) -> Any:
    """Marcus, last reached so many days ago, whose coach is away for some days with nobody to cover."""
    leave = LeaveFacts(MONDAY + from_in * DAY, MONDAY + (from_in + days - 1) * DAY)
    return replace(
        MARCUS,
        last_contact_on=MONDAY - since * DAY,
        leaves=[leave],
        absence=Absence.AWAY,
        coach_name="Dana",
        supervisors=frozenset({RUTH}),
    )


@given(from_in=st.integers(-10, 0), days=st.integers(17, 30), since=st.integers(1, 7))
def test_what_runs_out_while_nobody_covers_is_due_the_first_day_after_and_the_supervisors_hear_on_its_own_day(
    from_in, days, since
):
    facts = _away(from_in, days, since=since)
    raw = facts.last_contact_on + 7 * DAY
    assert contact_due_on(facts) == facts.leaves[-1].until_on + DAY
    for today in (raw - DAY, raw, facts.leaves[-1].until_on):
        missing = [due for due in _of(Rule.COVER_MISSING, facts, today) if is_now(due, today)]
        assert [due.recipient for due in missing] == ([RUTH] if today >= raw else [])
        assert contact_days_over(facts, today) == 0
    back = replace(facts, absence=None, supervisors=frozenset())
    (due,) = [due for due in due_items(back, facts.leaves[-1].until_on + DAY) if due.rule in CONTACTS]
    assert (due.recipient, due.on) == (COACH, facts.leaves[-1].until_on + DAY)


def test_a_contact_that_was_over_before_the_leave_is_told_to_the_supervisors_as_cover_that_is_missing():
    facts = _away(-2, 10, since=20)
    items = [due for due in due_items(facts, MONDAY) if due.rule in CONTACTS | {Rule.COVER_MISSING}]
    assert [(due.rule, due.on) for due in items] == [(Rule.COVER_MISSING, facts.leaves[-1].from_on)]
    why = "Marcus has nobody while Dana is away until Monday 30 November. A contact falls due."
    assert str(items[0].why) == why
    off = replace(facts, settings=_deciding(Rule.COVER_MISSING, is_on=False))
    assert [due.recipient for due in due_items(off, MONDAY) if due.rule in CONTACTS] == [RUTH]


@given(
    since=st.integers(0, 40),
    first=st.tuples(st.integers(-30, 0), st.integers(1, 12)),
    second=st.tuples(st.integers(-10, 20), st.integers(1, 12)),
    days=st.integers(0, 40),
)
def test_a_further_leave_changes_nothing_that_was_due_before_it_began(since, first, second, days):
    one, two = (LeaveFacts(MONDAY + begin * DAY, MONDAY + (begin + long) * DAY) for begin, long in (first, second))
    assume(two.from_on > one.until_on)
    alone = replace(_away(*first, since=since), leaves=[one], steps=[StepFacts(TWO, TWO, MONDAY - 5 * DAY, "Ring")])
    both, today = replace(alone, leaves=[one, two]), MONDAY + days * DAY
    for absence in (None, Absence.AWAY):
        before, after = (
            {due.key for due in told_of(replace(facts, absence=absence), today) if due.on < two.from_on}
            for facts in (alone, both)
        )
        gone = {key for key in before - after if not key.startswith(Rule.COVER_MISSING)}
        assert not gone
        assert after <= before


def test_somebody_reached_meanwhile_needs_no_cover_for_now():
    assert not _of(Rule.COVER_MISSING, _away(0, 5, since=0), MONDAY)


# ---- what is decided


@pytest.mark.parametrize("rule", [rule for rule in Rule if not SHAPES[rule].is_always])
def test_a_rule_that_is_off_tells_nobody_and_none_of_the_others_changes(rule):
    full = replace(
        _away(-1, 9, since=20),
        visit=PlannedVisit(MONDAY + DAY, id=TWO),
        milestones=[MilestoneFacts(TWO, MONDAY, "A door of my own")],
        drafts=[DRAFT],
        contacts_without_goal=(3, MONDAY),
        steps=[StepFacts(TWO, TWO, MONDAY, "Ring", StepOwner.PERSON)],
        account_id=ACCOUNT,
    )
    off = replace(full, settings=_deciding(rule, is_on=False))
    told, without = ({due.key for due in told_of(facts, MONDAY, {RUTH})} for facts in (full, off))
    assert not any(key.startswith(f"{rule}:") for key in without)
    instead = {rule_of for rule_of in (Rule.CONTACT_DUE, Rule.ATTEMPT_FOLLOW_UP) if rule is Rule.COVER_MISSING}
    assert {key for key in told - without if not key.startswith(f"{rule}:")} == set()
    assert {Rule(key.partition(":")[0]) for key in without - told} <= instead


@pytest.mark.parametrize("to", [None, {Hearer.SUPERVISOR}])
def test_whom_to_reach_stands_on_today_whatever_is_told(to):
    """A decision about messages takes nobody out of sight of whoever answers for them."""
    over = PlannedVisit(MONDAY - DAY, id=TWO)
    tried = Tries((MONDAY - DAY,))
    for rule, facts in (
        (Rule.CONTACT_DUE, replace(MARCUS, last_contact_on=MONDAY - 20 * DAY)),
        (Rule.VISIT_PASSED, replace(MARCUS, visit=over)),
        (Rule.ATTEMPT_FOLLOW_UP, replace(MARCUS, last_contact_on=MONDAY - 20 * DAY, tries=tried)),
    ):
        decision = {"is_on": False} if to is None else {"to": frozenset(to)}
        decided = replace(facts, settings=_deciding(rule, **decision))
        seen = {due.rule for due in due_items(decided, MONDAY) if due.rule in CONTACTS}
        assert seen == {Rule.CONTACT_DUE}
        told = {(due.rule, due.recipient) for due in told_of(decided, MONDAY, {RUTH})}
        assert (rule, COACH) not in told
        assert ((rule, RUTH) in told) == (to is not None and Hearer.SUPERVISOR in SHAPES[rule].offered)


def test_whoever_is_to_hear_it_hears_it_and_nobody_else():
    facts = replace(MARCUS, contacts_without_goal=(3, MONDAY))
    for to, readers in (
        ({Hearer.COACH}, {COACH}),
        ({Hearer.SUPERVISOR}, {RUTH}),
        ({Hearer.COACH, Hearer.SUPERVISOR}, {COACH, RUTH}),
    ):
        decided = replace(facts, settings=_deciding(Rule.NO_GOAL, to=frozenset(to)))
        found = [due for due in told_of(decided, MONDAY, {RUTH}) if due.rule is Rule.NO_GOAL]
        assert {due.recipient for due in found} == readers


def test_a_supervisor_who_answers_anyway_hears_it_once():
    setting = RuleSetting(number=3, to=frozenset({Hearer.COACH, Hearer.SUPERVISOR}))
    facts = replace(
        MARCUS,
        contacts_without_goal=(3, MONDAY),
        absence=Absence.GONE,
        supervisors=frozenset({RUTH}),
        settings=Settings({Rule.NO_GOAL: setting}),
    )
    found = [due for due in told_of(facts, MONDAY, {RUTH}) if due.rule is Rule.NO_GOAL]
    assert [due.recipient for due in found] == [RUTH]
    assert not list(for_supervisors(MARCUS, MONDAY, {RUTH}))


@pytest.mark.parametrize(("owner", "hears"), [("person", True), ("together", True), ("coach", False)])
def test_a_person_with_an_account_hears_of_their_own_steps_and_of_tomorrows_visit(owner, hears):
    facts = replace(
        MARCUS,
        account_id=ACCOUNT,
        steps=[StepFacts(TWO, TWO, MONDAY, "Ring Eastside", StepOwner(owner))],
        visit=PlannedVisit(MONDAY + DAY, dt.time(10), id=TWO),
    )
    found = {due.rule: str(due.why) for due in for_person(facts, MONDAY)}
    assert found.pop(Rule.VISIT_TOMORROW) == "You meet tomorrow at 10:00 am."
    assert found == ({Rule.STEP_DUE: "Your step: Ring Eastside"} if hears else {})
    for nobody in (replace(facts, account_id=None), replace(facts, is_closed=True)):
        assert not list(for_person(nobody, MONDAY))


def test_once_coaching_has_ended_nothing_new_falls_due():
    full = replace(
        _away(-1, 9, since=20),
        milestones=[MilestoneFacts(TWO, MONDAY, "A door of my own")],
        drafts=[DRAFT],
        contacts_without_goal=(3, MONDAY),
        goals_touched_on=MONDAY - 90 * DAY,
        visit=PlannedVisit(MONDAY + DAY),
        is_closed=True,
    )
    assert due_items(full, MONDAY) == ()


def test_how_things_stand_is_never_so_many_days_over():
    facts = replace(MARCUS, contacts_without_goal=(3, MONDAY - 30 * DAY), goals_touched_on=MONDAY - 60 * DAY)
    found = [due for due in due_items(facts, MONDAY) if due.rule in {Rule.NO_GOAL, Rule.GOALS_UNTOUCHED}]
    assert [due.days_over(MONDAY) for due in found] == [0, 0]
    assert all(is_now(due, MONDAY) for due in found)


@pytest.mark.parametrize("absence", list(Absence))
def test_supervisors_in_a_coachs_place_are_spared_what_can_wait_for_the_next_one(absence):
    facts = replace(
        MARCUS,
        steps=[StepFacts(TWO, TWO, MONDAY, "Ring")],
        goal_reviews=[(TWO, MONDAY)],
        contacts_without_goal=(3, MONDAY),
        asks=[AskFacts(ONE, AskKind.HELP_ASKED, MONDAY)],
        absence=absence,
        supervisors=frozenset({RUTH}),
    )
    assert {due.rule for due in due_items(facts, MONDAY)} - CONTACTS - {Rule.WITHOUT_COACH} == {Rule.HELP_ASKED}
    back = {due.rule for due in due_items(replace(facts, absence=None), MONDAY)}
    assert {Rule.STEP_DUE, Rule.GOAL_REVIEW, Rule.NO_GOAL} <= back
