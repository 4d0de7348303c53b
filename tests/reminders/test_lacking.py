"""What a record lacks, found in it on both databases; who answers where no coach does; and what a page costs."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, RestrictionKind
from coachdesk.accounts import leaving
from coachdesk.accounts.models import User
from coachdesk.admin import service as admin
from coachdesk.checkins import service as checkins
from coachdesk.checkins.parts import More
from coachdesk.clients import items, restricting
from coachdesk.clients.items import Item
from coachdesk.clients.models import Client
from coachdesk.drafts import service as drafts
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus, StepOwner
from coachdesk.notify import Channel as By
from coachdesk.notify import Delivery, Topic
from coachdesk.organisation import holidays
from coachdesk.reminders import choosing, coming, deciding, facts
from coachdesk.reminders.clocks import contact_due_on
from coachdesk.reminders.deriving import gather_dues
from coachdesk.reminders.givens import Absence
from coachdesk.reminders.hearers import for_person, told_of
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.prefs import USUAL
from coachdesk.reminders.rules import due_items
from coachdesk.reminders.settings import Hearer, RuleSetting
from coachdesk.visits import recurring
from coachdesk.visits.coming import open_calendar
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel, Pattern, Repeat
from coachdesk.visits.service import find_zone
from tests.cast import MONDAY, TODAY, ZONE

DAY = dt.timedelta(days=1)
EASTERN = ZoneInfo(ZONE)


def _speak(session, cast, on, *, goal=None, next_on=None):
    entry = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=on,
        next_on=next_on or TODAY + DAY,
        more=More(goal_ids=[goal.id] if goal else ()),
        now=MONDAY,
        today=TODAY,
    ).entry
    if next_on is None:  # the rhythm alone decides
        session.execute(sa.delete(Visit))
        session.expire_all()
    return entry


def _goal(session, cast, *, on=TODAY, status=GoalStatus.ACTIVE, steps=()):
    made = goals.set_goal(
        session, cast.dana, cast.marcus, words="A place", domain=Domain.HOME, status=status, steps=steps, now=MONDAY,
        today=TODAY,
    )  # fmt: skip
    made.started_on = on
    session.flush()
    return made


def _known(session, identity, client_id, now=MONDAY):
    found = {row.person.id: row for row in facts.list_known(session, replace(identity, now=now))}
    return found[client_id]


def _rules(session, identity, client_id, today=TODAY, now=MONDAY):
    return {due.rule for due in due_items(_known(session, identity, client_id, now).facts, today, ahead_days=0)}


def test_from_the_third_contact_on_a_goal_is_missed_until_there_is_one(session, cast):
    for days in (9, 5):
        _speak(session, cast, TODAY - days * DAY)
        assert Rule.NO_GOAL not in _rules(session, cast.dana, cast.marcus)
    taken_back = _speak(session, cast, TODAY - 2 * DAY)
    known = _known(session, cast.dana, cast.marcus).facts
    assert known.contacts_without_goal == (3, TODAY - 2 * DAY)
    assert _known(session, cast.dana, cast.lena).facts.contacts_without_goal is None
    checkins.withdraw_checkin(session, cast.dana, taken_back.id, now=MONDAY)
    assert Rule.NO_GOAL not in _rules(session, cast.dana, cast.marcus)
    _speak(session, cast, TODAY)
    assert Rule.NO_GOAL in _rules(session, cast.dana, cast.marcus)
    _goal(session, cast)
    assert Rule.NO_GOAL not in _rules(session, cast.dana, cast.marcus)


def test_a_goal_is_touched_by_a_check_in_that_speaks_of_it_and_by_no_other(session, cast):
    goal = _goal(session, cast, on=TODAY - 60 * DAY)
    _speak(session, cast, TODAY - 40 * DAY, goal=goal)
    _speak(session, cast, TODAY)
    known = _known(session, cast.dana, cast.marcus).facts
    assert known.goals_touched_on == TODAY - 40 * DAY
    assert Rule.GOALS_UNTOUCHED in _rules(session, cast.dana, cast.marcus)
    _speak(session, cast, TODAY - 3 * DAY, goal=goal)
    assert Rule.GOALS_UNTOUCHED not in _rules(session, cast.dana, cast.marcus)


@pytest.mark.parametrize("status", [GoalStatus.DREAM, GoalStatus.PAUSED])
def test_a_goal_that_is_not_of_now_is_left_in_peace(session, cast, status):
    _goal(session, cast, on=TODAY - 90 * DAY, status=status)
    _speak(session, cast, TODAY)
    assert _known(session, cast.dana, cast.marcus).facts.goals_touched_on is None


def test_something_begun_is_its_writers_alone_and_gone_once_it_is_thrown_away(session, cast):
    for who, form in ((cast.dana, "check-in"), (cast.ruth, "supervision"), (cast.dana, "person")):
        drafts.save_draft(
            session, who, cast.marcus, form=form, subject_id=cast.marcus, fields={"note": ["Well."]}, path="/x",
            now=MONDAY,
        )  # fmt: skip
    later = MONDAY + dt.timedelta(hours=49)
    for who, count in ((cast.dana, 1), (cast.ruth, 1), (SYSTEM, 2)):
        assert len(_known(session, who, cast.marcus, later).facts.drafts) == count
    found = list(told_of(_known(session, SYSTEM, cast.marcus, later).facts, TODAY + 2 * DAY, now=later))
    assert {due.recipient for due in found if due.rule is Rule.NOTE_UNFINISHED} == {cast.dana.id, cast.ruth.id}
    drafts.discard_draft(session, cast.dana, "check-in", cast.marcus, now=later)
    assert not _known(session, cast.dana, cast.marcus, later).facts.drafts


def test_days_to_mark_come_from_the_record_and_those_behind_stay_there(session, cast):
    for on in (TODAY - 30 * DAY, TODAY, TODAY + 3 * DAY):
        items.add_item(
            session, cast.dana, cast.marcus, Item.MILESTONE, marked_on=on, words="Own key", now=MONDAY, today=TODAY
        )
    dues = due_items(_known(session, cast.dana, cast.marcus).facts, TODAY)
    assert [due.on for due in dues if due.rule is Rule.MILESTONE] == [TODAY, TODAY + 3 * DAY]


def test_a_step_says_whose_it_is(session, cast):
    _goal(session, cast, steps=[goals.StepWords("Ring", owner=StepOwner.COACH, due_on=TODAY)])
    (step,) = _known(session, cast.dana, cast.marcus).facts.steps
    assert step.owner is StepOwner.COACH


def _leave(session, cast, *, until, cover_id=None, since=TODAY, now=MONDAY, today=TODAY):
    return leaving.set_away(
        session, cast.ruth, cast.dana.id, cover_id=cover_id, from_on=since, until_on=until, zone=EASTERN, now=now,
        today=today,
    )  # fmt: skip


def test_while_nobody_covers_the_supervisor_answers_and_the_coach_hears_nothing(session, cast):
    _speak(session, cast, TODAY - 7 * DAY)
    _leave(session, cast, until=TODAY + 9 * DAY)
    known = _known(session, SYSTEM, cast.marcus).facts
    assert (known.absence, known.supervisors, known.coach_name) == (Absence.AWAY, {cast.ruth.id}, "Dana")
    _readers, dues = gather_dues(session, now=MONDAY)
    told = {due.rule for due in dues[cast.ruth.id] if due.client_id == cast.marcus}
    assert told - {Rule.REVIEW_WAITING} == {Rule.COVER_MISSING}
    assert not dues.get(cast.dana.id)
    covered = _leave(session, cast, until=TODAY + 9 * DAY, cover_id=cast.imani.id)
    known = _known(session, SYSTEM, cast.marcus).facts
    assert (known.absence, known.supervisors, known.coach_id) == (None, frozenset(), cast.imani.id)
    leaving.end_away(session, cast.ruth, covered.id, now=MONDAY)
    assert _known(session, SYSTEM, cast.marcus).facts.coach_id == cast.dana.id


@pytest.mark.parametrize("why", ["kept from them", "switched off"])
def test_a_cover_who_cannot_look_after_somebody_is_none_for_them(session, cast, why):
    _speak(session, cast, TODAY - 7 * DAY)
    _leave(session, cast, until=TODAY + 9 * DAY, cover_id=cast.imani.id)
    assert _known(session, SYSTEM, cast.marcus).facts.coach_id == cast.imani.id
    if why == "switched off":
        admin.set_active(session, cast.admin, cast.imani.id, active=False, now=MONDAY)
    else:
        restricting.restrict(session, SYSTEM, cast.marcus, cast.imani.id, kind=RestrictionKind.OTHER, now=MONDAY)
    known = _known(session, SYSTEM, cast.marcus).facts
    assert (known.absence, known.supervisors) == (Absence.AWAY, {cast.ruth.id})
    _readers, dues = gather_dues(session, now=MONDAY)
    assert Rule.COVER_MISSING in {due.rule for due in dues[cast.ruth.id] if due.client_id == cast.marcus}
    lena = _known(session, SYSTEM, cast.lena).facts
    assert lena.coach_id == (cast.dana.id if why == "switched off" else cast.imani.id)


def test_a_zone_that_is_no_more_is_taken_for_the_houses(session, cast):
    _speak(session, cast, TODAY - 7 * DAY, next_on=TODAY + DAY)
    session.execute(sa.update(Visit).values(planned_on=TODAY, hour=dt.time(8)))
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone="America/Gone"))
    known = _known(session, cast.dana, cast.marcus).facts
    at = MONDAY.astimezone(EASTERN)
    assert Rule.VISIT_PASSED in {due.rule for due in due_items(known, TODAY, now=at + dt.timedelta(hours=2))}
    assert find_zone(session, cast.dana, cast.marcus) == EASTERN


def test_what_ran_out_during_the_leave_is_due_on_the_first_day_after_it(session, cast):
    _speak(session, cast, TODAY - 5 * DAY)
    _leave(session, cast, until=TODAY + 9 * DAY)
    back = TODAY + 10 * DAY
    dues = due_items(_known(session, cast.dana, cast.marcus, MONDAY + 10 * DAY).facts, back, ahead_days=0)
    assert [(due.rule, due.on) for due in dues] == [(Rule.CONTACT_DUE, back)]


def test_whoever_comes_back_sooner_is_asked_sooner(session, cast):
    _speak(session, cast, TODAY - 5 * DAY)
    row = _leave(session, cast, until=TODAY + 9 * DAY)
    leaving.end_away(session, cast.ruth, row.id, now=MONDAY + 4 * DAY)
    dues = due_items(_known(session, cast.dana, cast.marcus, MONDAY + 6 * DAY).facts, TODAY + 6 * DAY, ahead_days=0)
    assert [due.on for due in dues] == [TODAY + 4 * DAY]


def test_somebody_without_a_coach_is_told_to_who_supervised_the_coach(session, cast):
    admin.set_active(session, cast.admin, cast.dana.id, active=False, now=MONDAY)
    known = _known(session, SYSTEM, cast.marcus).facts
    assert (known.absence, known.supervisors) == (Absence.GONE, {cast.ruth.id})
    _readers, dues = gather_dues(session, now=MONDAY)
    assert [due.client_id for due in dues[cast.ruth.id] if due.rule is Rule.WITHOUT_COACH].count(cast.marcus) == 1
    assert cast.omar.id not in dues


def test_on_a_day_closed_nobody_is_told_and_on_the_next_they_are(session, cast):
    _speak(session, cast, TODAY - 7 * DAY)
    assert Rule.CONTACT_DUE in _rules(session, cast.dana, cast.marcus)
    for on in (TODAY, TODAY + DAY):
        holidays.add_holiday(session, cast.admin, on=on, now=MONDAY, today=TODAY)
    for days in (0, 1):
        assert Rule.CONTACT_DUE not in _rules(session, cast.dana, cast.marcus, TODAY + days * DAY)
    assert Rule.CONTACT_DUE in _rules(session, cast.dana, cast.marcus, TODAY + 2 * DAY)


def test_a_day_that_was_agreed_on_moves_past_days_closed_and_an_hour_does_not(session, cast):
    _speak(session, cast, TODAY, next_on=TODAY + 2 * DAY)
    holidays.add_holiday(session, cast.admin, on=TODAY + 2 * DAY, now=MONDAY, today=TODAY)
    facts_of = _known(session, cast.dana, cast.marcus).facts
    assert contact_due_on(facts_of) == TODAY + 3 * DAY
    at_ten = replace(facts_of, visit=replace(facts_of.visit, at=dt.time(10)))
    assert contact_due_on(at_ten) == TODAY + 2 * DAY
    _leave(session, cast, until=TODAY + 9 * DAY)
    away = _known(session, cast.ruth, cast.marcus).facts
    assert contact_due_on(replace(away, visit=at_ten.visit)) == contact_due_on(away) == TODAY + 10 * DAY


def test_what_is_switched_off_is_not_even_looked_for(session, cast):
    for days in (9, 5, 2):
        _speak(session, cast, TODAY - days * DAY)
    off = RuleSetting(is_on=False, number=3)
    deciding.change_rule(session, cast.admin, Rule.NO_GOAL, setting=off, version=1, now=MONDAY)
    assert _known(session, cast.dana, cast.marcus).facts.contacts_without_goal is None
    two = RuleSetting(number=2)
    deciding.change_rule(session, cast.admin, Rule.NO_GOAL, setting=two, version=2, now=MONDAY)
    assert _known(session, cast.dana, cast.marcus).facts.contacts_without_goal == (2, TODAY - 5 * DAY)


def test_a_persons_account_is_known_while_it_is_on(session, cast):
    assert _known(session, SYSTEM, cast.marcus).facts.account_id == cast.accounts["marcus"].id
    assert _known(session, SYSTEM, cast.lena).facts.account_id is None


def test_only_what_is_asked_for_is_gathered(session, cast):
    for days in (9, 5, 2):
        _speak(session, cast, TODAY - days * DAY)
    (row,) = facts.list_known(session, SYSTEM, ids=[cast.marcus])
    assert row.facts.contacts_without_goal == (3, TODAY - 2 * DAY)
    assert facts.list_known(session, SYSTEM, ids=[uuid.uuid4()]) == []


def _written_to(session, now):
    coming.tell_people(session, now=now)
    session.commit()
    return session.scalars(sa.select(Delivery).where(Delivery.topic == Topic.REMINDERS)).all()


def test_a_person_who_asked_for_it_is_written_to_of_their_own_step_in_words_that_say_nothing(session, cast):
    _goal(session, cast, steps=[goals.StepWords("Ring Eastside", owner=StepOwner.PERSON, due_on=TODAY + DAY)])
    account = cast.accounts["marcus"]
    agreed = {"may_email": True, "email": cast.email("marcus")}
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(**agreed))
    choosing.choose(session, account, replace(USUAL, channels=frozenset({By.EMAIL})), version=1, now=MONDAY)
    assert _written_to(session, MONDAY) == []
    (mail,) = _written_to(session, MONDAY + DAY)
    assert (mail.recipient_id, mail.path) == (account.id, "/my-goals")
    assert "Eastside" not in mail.subject + mail.body
    reader = session.get(User, account.id)
    assert coming.is_still_coming(session, reader, mail, now=MONDAY + DAY)
    coach_alone = RuleSetting(to=frozenset({Hearer.COACH}))
    deciding.change_rule(session, cast.admin, Rule.STEP_DUE, setting=coach_alone, version=1, now=MONDAY)
    assert not coming.is_still_coming(session, reader, mail, now=MONDAY + DAY)


def test_whoever_no_longer_sees_a_person_is_not_told_of_what_they_began_and_the_new_coach_of_theirs(session, cast):
    drafts.save_draft(
        session, cast.dana, cast.marcus, form="check-in", subject_id=cast.marcus, fields={"note": ["Well."]}, path="/x",
        now=MONDAY,
    )  # fmt: skip
    later = MONDAY + 3 * DAY
    _readers, dues = gather_dues(session, now=later)
    assert Rule.NOTE_UNFINISHED in {due.rule for due in dues[cast.dana.id]}
    with_chris = sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(coach_id=cast.chris.id)
    session.execute(with_chris)
    session.expire_all()
    _readers, dues = gather_dues(session, now=later)
    assert cast.marcus not in {due.client_id for due in dues[cast.dana.id]}
    assert {due.rule for due in dues[cast.chris.id] if due.client_id == cast.marcus} == {Rule.CONTACT_DUE}


def test_the_first_contact_is_due_as_many_days_after_the_beginning_as_was_decided(session, cast):
    deciding.change_rule(session, cast.admin, Rule.CONTACT_DUE, setting=RuleSetting(number=5), version=1, now=MONDAY)
    known = _known(session, cast.dana, cast.marcus).facts
    assert contact_due_on(known) == known.assigned_on + 5 * DAY


@pytest.mark.parametrize("who", ["the coach", "the person"])
def test_of_tomorrows_visit_is_told_where_nobody_said_yet_what_came_of_the_one_before(session, cast, who):
    daily = Pattern(Repeat.DAILY, TODAY, hour=dt.time(15))
    recurring.begin_series(session, cast.dana, cast.marcus, daily, now=MONDAY, today=TODAY)
    later, tomorrow = MONDAY + 2 * DAY, TODAY + 3 * DAY
    facts_of = _known(session, SYSTEM, cast.marcus, later).facts
    assert facts_of.visit.on == TODAY
    if who == "the coach":
        dues = [due for due in gather_dues(session, now=later)[1][cast.dana.id] if due.rule is Rule.VISIT_TOMORROW]
    else:
        dues = list(for_person(facts_of, TODAY + 2 * DAY, now=later.astimezone(EASTERN)))
    assert [due.subject for due in dues] == [facts_of.also_planned[1].id]
    shown = open_calendar(session, cast.dana, cast.marcus, zone=EASTERN, now=later, today=TODAY + 2 * DAY).coming
    assert [(one.id, one.on) for one in shown[:2]] == [(one.id, one.on) for one in facts_of.also_planned[:2]]
    assert shown[1].on == tomorrow


def test_somebody_without_a_coach_for_the_second_time_is_told_of_again(session, cast):
    keys = []
    for days, active in ((0, False), (2, True), (4, False), (5, False)):
        now = MONDAY + days * DAY
        admin.set_active(session, cast.admin, cast.dana.id, active=active, now=now)
        dues = gather_dues(session, now=now)[1].get(cast.ruth.id, [])
        keys.append([due.key for due in dues if due.rule is Rule.WITHOUT_COACH and due.client_id == cast.marcus])
    first, back, second, still = keys
    assert (len(first), back, len(second), still) == (1, [], 1, second)
    assert first != second
