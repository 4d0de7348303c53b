"""What people are told by mail is planned for all of them together, whatever is wrong with one of them."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Delivery
from coachdesk.reminders import coming
from coachdesk.reminders.models import TellingPref
from coachdesk.visits.models import Visit
from tests.bench.caseload import Caseload
from tests.cast import TODAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

MORNING = moment_of(TODAY, dt.time(8), ZoneInfo(ZONE))
TOMORROW = TODAY + dt.timedelta(days=1)


@contextmanager
def _counting(session: Any, asked: list[str]) -> Iterator[None]:
    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def _tell(session: Any, now: dt.datetime) -> int:
    with writing():
        return coming.tell_people(session, now=now)


@pytest.fixture
def crowd(session: Any) -> Caseload:
    """A hundred and twenty people who asked to be told by mail, some of whom have a visit tomorrow."""
    made = Caseload(people=120, today=TODAY, now=MORNING, each=20, asking=1)
    made.pour(session)
    return made


def test_however_many_people_asked_the_queries_are_as_many_as_for_a_few(session, cast, crowd):
    few, all_of_them = list[str](), list[str]()
    hours = sa.update(TellingPref).values(hour=dt.time(20))
    session.execute(hours.where(TellingPref.user_id.in_([row["id"] for row in crowd.accounts[3:]])))
    session.commit()
    with _counting(session, few):
        _tell(session, MORNING)
    session.execute(sa.update(TellingPref).values(hour=dt.time(8)))
    session.commit()
    with _counting(session, all_of_them):
        assert _tell(session, MORNING) > 0
    assert len(all_of_them) <= len(few) + 2, "one more statement where there is something to queue"
    assert len(all_of_them) < 25


def test_those_who_have_a_visit_tomorrow_or_a_step_today_are_told_once_and_nobody_else(session, cast, crowd):
    told = _tell(session, MORNING)
    assert _tell(session, MORNING + dt.timedelta(hours=1)) == 0
    session.rollback()
    found = set(session.scalars(sa.select(Delivery.client_id)))
    assert len(found) == told
    visited = sa.select(Visit.client_id).where(Visit.planned_on == TOMORROW, Visit.closed_at.is_(None))
    assert set(session.scalars(visited.execution_options(coachdesk_scoped="a test"))) & set(crowd.people) <= found
