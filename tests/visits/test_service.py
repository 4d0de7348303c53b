from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.audit import AuditEntry, Event
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import assigning
from coachdesk.clients.models import Client
from coachdesk.visits import coming
from coachdesk.visits import service as visits
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import FARTHEST_DAYS, Channel, Closing
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY, TODAY

FRIDAY = dt.date(2026, 11, 27)
LATER = MONDAY + dt.timedelta(minutes=5)


def _plan(session, identity, client_id, planned_on=FRIDAY, now=MONDAY, **more):
    made = visits.plan_visit(session, identity, client_id, planned_on=planned_on, **more, now=now, today=TODAY)
    session.commit()
    return made


def _call_off(session, identity, visit, now=LATER):
    return coming.call_off(session, identity, visit.client_id, visit.id, now=now, today=TODAY)


def _all(session):
    return session.scalars(sa.select(Visit).order_by(Visit.made_at, Visit.version.desc())).all()


def _events(session):
    found = sa.select(AuditEntry.event).where(AuditEntry.event.startswith("visit:")).order_by(AuditEntry.id)
    return list(session.scalars(found))


@pytest.fixture
def visit(session, cast):
    return _plan(session, cast.dana, cast.marcus)


@pytest.mark.parametrize("name", ["imani", "chris", "omar", "admin", "marcus"])
def test_a_contact_is_planned_only_with_ones_own_people(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(NotFound):
        _plan(session, identity, cast.marcus)
    session.rollback()
    assert _all(session) == []


def test_one_plan_stands_at_a_time_and_the_one_before_was_replaced(session, cast, visit):
    after = _plan(session, cast.ruth, cast.marcus, FRIDAY + dt.timedelta(days=1), now=LATER, hour=dt.time(9))
    assert visits.find_open_visit(session, cast.dana, cast.marcus) == after
    assert (visit.closing, visit.closing_id) == (Closing.REPLACED, None)
    assert (visit.closed_at, visit.closed_by) == (LATER, cast.ruth.id)
    assert _events(session) == [Event.VISIT_PLANNED, Event.VISIT_PLANNED]


@pytest.mark.parametrize(
    ("days", "hour"),
    [(-1, None), (-1, dt.time(23, 59)), (0, dt.time(9, 45)), (0, dt.time(0)), (FARTHEST_DAYS + 1, None)],
)
def test_a_day_that_makes_no_sense_is_refused_and_the_plan_stays(session, cast, visit, days, hour):
    with pytest.raises(Refused) as refusal:
        _plan(session, cast.dana, cast.marcus, TODAY + dt.timedelta(days=days), hour=hour, at="next_on")
    assert refusal.value.at == "next_on"
    session.rollback()
    assert [(row.id, row.closed_at) for row in _all(session)] == [(visit.id, None)]


@pytest.mark.parametrize(
    ("days", "hour"), [(0, None), (0, dt.time(9, 46)), (0, dt.time(23, 59)), (1, dt.time(0)), (FARTHEST_DAYS, None)]
)
def test_a_day_from_today_to_four_hundred_ahead_will_do(session, cast, days, hour):
    made = _plan(session, cast.dana, cast.marcus, TODAY + dt.timedelta(days=days), hour=hour)
    assert (made.planned_on, made.hour) == (TODAY + dt.timedelta(days=days), hour)


@pytest.mark.parametrize(
    ("zone", "passed", "ahead"),
    [
        ("", dt.time(9, 45), dt.time(9, 46)),
        ("America/Los_Angeles", dt.time(6, 45), dt.time(6, 46)),
        ("Europe/London", dt.time(14, 45), dt.time(14, 46)),
        ("Asia/Kolkata", dt.time(20, 15), dt.time(20, 16)),
    ],
)
def test_the_hour_is_the_one_on_the_persons_wall(session, cast, zone, passed, ahead):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone=zone))
    session.commit()
    with pytest.raises(Refused):
        _plan(session, cast.dana, cast.marcus, TODAY, hour=passed)
    session.rollback()
    assert _plan(session, cast.dana, cast.marcus, TODAY, hour=ahead).hour == ahead


def test_where_their_day_is_another_the_hour_counts_by_that_day(session, cast):
    for client_id, zone in ((cast.marcus, "Pacific/Auckland"), (cast.lena, "Pacific/Honolulu")):
        session.execute(sa.update(Client).where(Client.id == client_id).values(zone=zone))
    session.commit()
    with pytest.raises(Refused):  # a quarter to four on the next morning, in Auckland
        _plan(session, cast.dana, cast.marcus, TODAY, hour=dt.time(10))
    session.rollback()
    night = dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)  # one in the morning here, eight in the evening in Honolulu
    tuesday = TODAY + dt.timedelta(days=1)
    made = visits.plan_visit(
        session, cast.dana, cast.lena, planned_on=tuesday, hour=dt.time(9), now=night, today=tuesday
    )
    assert (made.planned_on, made.hour) == (tuesday, dt.time(9))


def test_a_plan_is_called_off_once(session, cast, visit):
    _call_off(session, cast.ruth, visit)
    session.commit()
    assert (visit.closing, visit.closed_at, visit.closed_by) == (Closing.CANCELLED, LATER, cast.ruth.id)
    with pytest.raises(Refused, match="called off meanwhile"):
        _call_off(session, cast.dana, visit)
    assert _events(session) == [Event.VISIT_PLANNED, Event.VISIT_CANCELLED]


def test_a_check_in_closes_the_plan_and_taken_back_opens_it_again(session, cast, visit):
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        next_on=FRIDAY + dt.timedelta(days=7),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    assert (visit.closing, visit.closing_id) == (Closing.CHECKIN, logged.entry.id)
    assert visits.find_open_visit(session, cast.dana, cast.marcus) == logged.visit
    checkins.withdraw_checkin(session, cast.dana, logged.entry.id, now=LATER)
    session.commit()
    assert visits.find_open_visit(session, cast.dana, cast.marcus) == visit
    assert (visit.closing, visit.closing_id, visit.closed_at, visit.closed_by) == (None, None, None, None)
    assert logged.visit.closing is Closing.CANCELLED


@pytest.mark.parametrize(("planned_on", "closes"), [(TODAY, True), (TODAY + dt.timedelta(days=1), False)])
def test_a_try_closes_only_a_plan_whose_day_has_come(session, cast, planned_on, closes):
    planned = _plan(session, cast.dana, cast.marcus, planned_on)
    logged = attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=AttemptOutcome.NO_ANSWER, tried_on=TODAY, now=MONDAY, today=TODAY
    )
    session.commit()
    assert (planned.closing, planned.closing_id) == ((Closing.ATTEMPT, logged.entry.id) if closes else (None, None))
    attempts.withdraw_attempt(session, cast.dana, logged.entry.id, now=LATER)
    session.commit()
    assert visits.find_open_visit(session, cast.dana, cast.marcus) == planned


def test_what_was_planned_since_is_not_put_aside_by_an_undo(session, cast):
    planned = _plan(session, cast.dana, cast.marcus, TODAY)
    logged = attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=AttemptOutcome.NO_ANSWER, tried_on=TODAY, now=MONDAY, today=TODAY
    )
    since = _plan(session, cast.dana, cast.marcus, now=LATER)
    attempts.withdraw_attempt(session, cast.dana, logged.entry.id, now=LATER)
    session.commit()
    assert visits.find_open_visit(session, cast.dana, cast.marcus) == since
    assert planned.closing is Closing.ATTEMPT


def test_open_plans_are_seen_by_those_who_see_the_person(session, cast, visit):
    hers = _plan(session, cast.imani, cast.aisha)
    assert visits.map_open_visits(session, cast.dana) == {cast.marcus: visit}
    assert visits.map_open_visits(session, cast.ruth) == {cast.marcus: visit, cast.aisha: hers}
    assert visits.map_open_visits(session, cast.accounts["marcus"]) == {cast.marcus: visit}
    assert visits.map_open_visits(session, cast.omar) == {}


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "hana"])
def test_what_is_another_persons_is_not_found(session, cast, visit, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    for act in (
        lambda: _plan(session, identity, cast.marcus),
        lambda: _call_off(session, identity, visit),
    ):
        with pytest.raises(NotFound):
            act()
        session.rollback()
    visits.close_met(
        session, identity, cast.marcus, met_on=FRIDAY, closing=Closing.CHECKIN, closing_id=uuid.uuid4(), now=LATER
    )
    visits.reopen_visits(session, identity, uuid.uuid4(), now=LATER)
    assert visits.find_open_visit(session, identity, cast.marcus) is None
    assert cast.marcus not in visits.map_open_visits(session, identity)
    assert (visit.closed_at, visit.version) == (None, 1)


def test_the_person_sees_their_plan_and_may_say_they_cannot_make_it(session, cast, visit):
    marcus = cast.accounts["marcus"]
    assert visits.find_open_visit(session, marcus, cast.marcus) == visit
    with pytest.raises(NotFound):
        _plan(session, marcus, cast.marcus)
    session.rollback()
    _call_off(session, marcus, visit)
    assert (visit.closing, visit.closed_by) == (Closing.CANCELLED, marcus.id)


def test_the_trail_says_what_was_done_and_nothing_that_was_written(session, cast):
    made = _plan(session, cast.dana, cast.marcus, place="Behind the Library café")
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == made.id)).one()
    assert (entry.event, entry.actor_id, entry.details) == (Event.VISIT_PLANNED, cast.dana.id, {})
