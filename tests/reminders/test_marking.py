"""Whom a plan looks at: those whose record changed, those whose moment has come, and everybody now and then."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.audit import AuditEntry, Event
from coachdesk.clients import assigning
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.reminders import marking, moving, planning, service
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerEntry, PlanMark, PlanNext
from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

EASTERN = ZoneInfo(ZONE)
SECONDS = dt.timedelta(seconds=15)


def test_each_event_has_one_place():
    three = [moving.MOVES_EVERYBODY, moving.MOVES_NOBODY, moving.MOVES_THE_PERSON]
    assert set().union(*three) == set(Event), "say in reminders/moving.py what it changes about what is due"
    assert sum(map(len, three)) == len(Event)


def _plan(session, now) -> int:
    with writing():
        return planning.plan(session, now=now)


@contextmanager
def _listening(session, asked: list[str]) -> Iterator[None]:
    """Write down what is asked of the database meanwhile."""

    def hear(_connection, _cursor, statement, *_more) -> None:
        asked.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def _scope(session, now) -> marking.Scope:
    with writing():
        found = marking.find_scope(session, now=now)
        session.rollback()
    return found


def test_the_first_plan_looks_at_everybody_and_the_next_at_nobody(session, cast):
    assert set(_scope(session, MONDAY).ids) == set(cast.people.values())
    _plan(session, MONDAY)
    assert _scope(session, MONDAY + SECONDS).ids == []


@pytest.mark.parametrize("planned_before", [None, dt.timedelta(hours=7)], ids=["never", "long ago"])
def test_where_everybody_is_looked_at_the_trail_is_not_read(session, cast, planned_before):
    """There may be years of it."""
    if planned_before:
        _plan(session, MONDAY - planned_before)
    for minutes in (3000, 180, 3, 1):
        audit.record(session, SYSTEM, Event.GOAL_SET, client_id=cast.lena, now=MONDAY - dt.timedelta(minutes=minutes))
    session.commit()
    asked: list[str] = []
    with _listening(session, asked):
        found = _scope(session, MONDAY)
    assert (found.is_whole, len(found.seen)) == (True, 1)
    assert not [statement for statement in asked if "audit_person" in statement]


def test_a_clock_that_was_put_back_by_years_lets_nothing_be_read_again_and_again(session, cast, monkeypatch):
    monkeypatch.setattr(marking, "BEHIND", 2)
    for _each in range(5):
        audit.record(session, SYSTEM, Event.GOAL_SET, client_id=cast.lena, now=MONDAY)
    session.commit()
    years_ago = MONDAY - dt.timedelta(days=2000)
    assert len(_scope(session, years_ago).seen) == 2
    _plan(session, years_ago)
    assert len(_scope(session, years_ago + SECONDS).seen) == 2
    assert _scope(session, years_ago + SECONDS).ids == []


def test_a_contact_that_is_over_is_asked_about_when_it_is_and_not_hours_later(session, cast):
    visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY, hour=dt.time(10), minutes=45, today=TODAY, now=MONDAY
    )
    session.commit()
    _plan(session, MONDAY)
    over = moment_of(TODAY, dt.time(10, 45), EASTERN)
    assert _scope(session, over - SECONDS).ids == []
    assert _scope(session, over).ids == [cast.marcus]
    _plan(session, over)
    asked = sa.select(LedgerEntry.client_id).where(LedgerEntry.rule == Rule.VISIT_PASSED)
    assert cast.marcus in session.scalars(asked).all()


def test_what_is_committed_late_is_seen_after_a_look_at_everybody_too(session, cast):
    """Of the same moment, with a smaller number than the last that was seen."""
    _plan(session, MONDAY - dt.timedelta(hours=7))
    for person in (cast.lena, cast.hana):
        audit.record(session, SYSTEM, Event.GOAL_SET, client_id=person, now=MONDAY - SECONDS)
    first, second = session.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(2)).all()[::-1]
    with writing():
        scope = marking.find_scope(session, now=MONDAY)
        marking.note(session, scope._replace(seen=[key for key in scope.seen if key != first]), now=MONDAY)
        session.commit()
    assert second in scope.seen
    assert _scope(session, MONDAY + SECONDS).ids == [cast.lena]


def test_whose_record_changed_is_looked_at_once(session, cast):
    _plan(session, MONDAY)
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY + SECONDS, today=TODAY)
    session.commit()
    assert _scope(session, MONDAY + 2 * SECONDS).ids == [cast.marcus]
    _plan(session, MONDAY + 2 * SECONDS)
    assert _scope(session, MONDAY + 3 * SECONDS).ids == []


def test_what_was_recorded_before_a_plan_and_committed_after_it_is_seen(session, cast):
    """Its number is smaller than the last one the plan saw, as where two write at once."""
    audit.record(session, SYSTEM, Event.GOAL_SET, client_id=cast.lena, now=MONDAY - SECONDS)
    audit.record(session, SYSTEM, Event.GOAL_SET, client_id=cast.hana, now=MONDAY - SECONDS)
    session.commit()
    _plan(session, MONDAY)
    with writing():
        mark = session.scalars(sa.select(PlanMark)).one()
        mark.seen = mark.seen[1:]  # the plan did not see the first of the two
        session.commit()
    assert _scope(session, MONDAY + SECONDS).ids == [cast.lena]


def test_a_web_server_whose_clock_is_late_hides_nothing(session, cast):
    _plan(session, MONDAY)
    audit.record(session, SYSTEM, Event.GOAL_SET, client_id=cast.lena, now=MONDAY - dt.timedelta(hours=1))
    session.commit()
    assert _scope(session, MONDAY + SECONDS).ids == [cast.lena]


@pytest.mark.parametrize("event", sorted(moving.MOVES_EVERYBODY))
def test_what_moves_everybody_lets_everybody_be_looked_at(session, cast, event):
    _plan(session, MONDAY)
    audit.record(session, SYSTEM, event, now=MONDAY)
    session.commit()
    assert _scope(session, MONDAY + SECONDS).is_whole


@pytest.mark.parametrize("event", [Event.RECORD_READ, Event.SIGNED_IN, Event.PEOPLE_LISTED])
def test_a_read_moves_nobody(session, cast, event):
    _plan(session, MONDAY)
    audit.record(session, SYSTEM, event, client_ids=list(cast.people.values()), now=MONDAY)
    session.commit()
    assert _scope(session, MONDAY + SECONDS).ids == []


@pytest.mark.parametrize(
    ("later", "whole"),
    [
        (dt.timedelta(hours=5, minutes=59), False),
        (dt.timedelta(hours=6), True),
        (-dt.timedelta(hours=2), True),
        (moment_of(TODAY, dt.time(23, 59, 59), EASTERN) - MONDAY, True),
        (moment_of(TODAY + dt.timedelta(days=1), dt.time(), EASTERN) - MONDAY, True),
    ],
    ids=["almost six hours", "six hours", "the clock is put back", "long after", "a new day"],
)
def test_everybody_is_looked_at_again_after_a_time(session, cast, later, whole):
    _plan(session, MONDAY)
    assert _scope(session, MONDAY + later).is_whole is whole


def test_a_new_day_is_looked_at_whole_however_short_the_night(session, cast):
    late = moment_of(TODAY, dt.time(23, 59, 50), EASTERN)
    _plan(session, late)
    assert not _scope(session, late + dt.timedelta(seconds=9)).is_whole
    assert _scope(session, late + dt.timedelta(seconds=10)).is_whole


def test_whose_hour_comes_later_today_is_looked_at_then(session, cast, clock):
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, hour=dt.time(10), zone=EASTERN, now=MONDAY
    )
    session.commit()
    assert _plan(session, MONDAY) == 0
    assert [row.at for row in session.scalars(sa.select(PlanNext))] == [moment_of(TODAY, dt.time(10), EASTERN)]
    ten = moment_of(TODAY, dt.time(10), EASTERN)
    assert _scope(session, ten - SECONDS).ids == []
    assert _scope(session, ten).ids == [cast.marcus]
    assert _plan(session, ten) == 2
    assert session.scalars(sa.select(PlanNext)).all() == []
