from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment
from coachdesk.audit import AuditEntry, Event
from coachdesk.checkins import service as checkins
from coachdesk.clients import assigning
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus, StepOwner
from coachdesk.portal import service as portal
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import Reminder
from coachdesk.visits.rules import Channel
from coachdesk.words import NotFound
from tests.cast import MONDAY, TODAY, ZONE
from tests.goals.helpers import set_goal

TEN = dt.timedelta(minutes=10)
SECOND = dt.timedelta(seconds=1)


def _page(session, identity):
    return portal.open_my_goals(session, identity, zone=ZoneInfo(ZONE), now=MONDAY, today=TODAY)


def _set(session, cast, words, *steps, status=GoalStatus.ACTIVE, now=MONDAY):
    made = goals.set_goal(
        session,
        cast.dana,
        cast.marcus,
        words=words,
        domain=Domain.HOME,
        status=status,
        steps=[goals.StepWords(*step) for step in steps],
        now=now,
        today=TODAY,
    )
    session.commit()
    return goals.find_goal(session, cast.dana, made.id)


def _spoke(session, cast, *, days_ago=0, note="Sleeping better.", now=MONDAY, worried=False):
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY - dt.timedelta(days=days_ago),
        note=note,
        worried=worried,
        next_on=TODAY + dt.timedelta(days=7),
        now=now,
        today=TODAY,
    )
    session.commit()
    return logged.entry


def _without_coach(session, client_id):
    session.execute(sa.update(Assignment).where(Assignment.client_id == client_id).values(ended_at=MONDAY))
    session.commit()


def _ask(session, identity, step_id=None):
    coach = portal.ask_help(session, identity, step_id=step_id, now=MONDAY, today=TODAY)
    session.commit()
    return coach


@pytest.fixture
def marcus(cast):
    return cast.accounts["marcus"]


@pytest.mark.parametrize("name", ["dana", "ruth", "admin"])
def test_staff_have_no_page_of_their_own_here(session, cast, name):
    for act in (
        lambda: _page(session, cast.staff[name]),
        lambda: portal.list_written(session, cast.staff[name], now=MONDAY),
        lambda: _ask(session, cast.staff[name]),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_next_step_is_the_persons_own_before_the_coachs(session, cast, marcus):
    _set(session, cast, "Some day", ("Dream",), status=GoalStatus.DREAM, now=MONDAY - TEN)
    first = _set(session, cast, "A flat", ("Ring the office", StepOwner.COACH), now=MONDAY)
    second = _set(session, cast, "A job", ("Write to Rosa", StepOwner.TOGETHER), ("Walk",), now=MONDAY + TEN)
    order = []
    for _step in range(3):
        page = _page(session, marcus)
        assert page.step is not None
        assert page.step_goal is not None
        order.append((page.step.words, page.step_goal.id))
        goals.complete_step(session, marcus, page.step.id, now=MONDAY)
    assert order == [("Write to Rosa", second.id), ("Walk", second.id), ("Ring the office", first.id)]
    page = _page(session, marcus)
    assert (page.step, page.step_goal, page.done, page.more) == (None, None, 3, 1)


def test_goals_set_aside_are_not_shown_and_all_others_are(session, cast, marcus):
    for status in (GoalStatus.ACTIVE, GoalStatus.DREAM):
        _set(session, cast, status.value, status=status)
    for status in (GoalStatus.PAUSED, GoalStatus.ACHIEVED, GoalStatus.SET_ASIDE):
        goal = _set(session, cast, status.value)
        goals.change_goal(
            session,
            cast.dana,
            goal.id,
            words=status.value,
            why="",
            domain=Domain.HOME,
            status=status,
            steps=[],
            next_review_on=None,
            version=goal.version,
            now=MONDAY,
            today=TODAY,
        )
        session.commit()
    shown = [goal.words for goal in _page(session, marcus).goals]
    assert sorted(shown) == ["achieved", "active", "dream", "paused"]


def test_a_page_holds_what_is_the_persons_own_alone(session, cast, marcus):
    set_goal(session, cast.chris, cast.hana, words="A garden")
    _spoke(session, cast)
    page = _page(session, cast.accounts["hana"])
    assert ([goal.words for goal in page.goals], page.called, page.calendar.coming) == (["A garden"], "Hana", [])
    assert page.coach is not None
    assert page.coach.id == cast.chris.id
    page = _page(session, marcus)
    assert (page.goals, page.done, page.more, page.since) == ([], 0, 0, None)
    assert [planned.on for planned in page.calendar.coming] == [TODAY + dt.timedelta(days=7)]
    assert portal.list_written(session, cast.accounts["hana"], now=MONDAY + 2 * TEN) == []


@pytest.mark.parametrize(("after", "shown"), [(dt.timedelta(0), 0), (TEN, 0), (TEN + SECOND, 1)])
def test_a_check_in_is_shown_once_it_can_no_longer_be_taken_back(session, cast, marcus, after, shown):
    _spoke(session, cast)
    assert len(portal.list_written(session, marcus, now=MONDAY + after)) == shown


def test_what_was_taken_back_is_never_shown(session, cast, marcus):
    entry = _spoke(session, cast)
    checkins.withdraw_checkin(session, cast.dana, entry.id, now=MONDAY + TEN)
    session.commit()
    assert portal.list_written(session, marcus, now=MONDAY + dt.timedelta(days=1)) == []


def test_what_was_written_stands_by_its_day_with_what_was_added(session, cast, marcus):
    late = _spoke(session, cast, days_ago=1, note="Second", now=MONDAY)
    _spoke(session, cast, days_ago=5, note="First", now=MONDAY + SECOND)
    for text in ("One more thing", "And another"):
        checkins.correct_checkin(session, cast.dana, late.id, text=text, now=MONDAY + 2 * TEN)
        session.commit()
    written = portal.list_written(session, marcus, now=MONDAY + 2 * TEN)
    assert [entry.note for entry, _added, _more in written] == ["Second", "First"]
    assert sorted(row.text for row in written[0][1]) == ["And another", "One more thing"]
    assert written[1][1] == []


def test_a_wish_for_help_is_for_whoever_is_the_coach(session, cast, marcus):
    goal = _set(session, cast, "A flat", ("Ring Eastside",))
    coach = _ask(session, marcus, goal.steps[0].id)
    assert coach.id == cast.dana.id
    asked = session.scalars(sa.select(Reminder)).one()
    assert (asked.kind, asked.client_id, asked.about_id) == (AskKind.HELP_ASKED, cast.marcus, goal.steps[0].id)
    assert (asked.for_user_id, asked.due_on, asked.made_by) == (None, TODAY, marcus.id)
    event = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == Event.HELP_ASKED.value)
    assert session.scalar(event) == 1


def test_a_wish_for_help_waits_for_a_coach(session, cast, marcus):
    _without_coach(session, cast.marcus)
    assert _ask(session, marcus) is None
    assert _page(session, marcus).coach is None
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()
    assert session.scalars(sa.select(Reminder)).one().for_user_id is None
    coach = _page(session, marcus).coach
    assert coach is not None
    assert coach.id == cast.imani.id


def test_help_is_asked_about_ones_own_steps_alone(session, cast):
    goal = _set(session, cast, "A flat", ("Ring Eastside",))
    for step_id in (goal.steps[0].id, goal.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            _ask(session, cast.accounts["hana"], step_id)
        session.rollback()
    assert session.scalars(sa.select(Reminder)).all() == []


def test_a_worry_changes_nothing_of_what_the_person_reads(session, cast, marcus):
    calm, worried = _spoke(session, cast, days_ago=2), _spoke(session, cast, days_ago=1, worried=True)
    written = portal.list_written(session, marcus, now=MONDAY + 2 * TEN)
    assert [entry.id for entry, _added, _more in written] == [worried.id, calm.id]
    assert [added for _entry, added, _more in written] == [[], []]


@pytest.mark.parametrize("status", GoalStatus)
def test_what_was_done_stays_done_whatever_becomes_of_its_goal(session, cast, marcus, status):
    goal = _set(session, cast, "A place of my own", ("Ring Eastside",), ("Hand in the form",))
    goals.complete_step(session, marcus, goal.steps[0].id, now=MONDAY)
    goal = goals.find_goal(session, cast.dana, goal.id)
    goal.status = status
    session.commit()
    page = _page(session, marcus)
    assert (page.done, page.since) == (1, TODAY)
