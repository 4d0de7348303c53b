"""A planned hour is an hour where the person is."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.clients.models import Client
from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY


def test_an_hour_that_has_passed_where_they_are_is_refused(session, cast):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone="Pacific/Auckland"))
    session.commit()
    from coachdesk.words import Refused

    # It is 3:45 am on the 24th there: 10 am on the 23rd has passed.
    with pytest.raises(Refused):
        visits.plan_visit(session, cast.dana, cast.marcus, planned_on=TODAY, hour=dt.time(10), now=MONDAY, today=TODAY)


def test_an_hour_still_to_come_where_they_are_may_be_planned(session, cast):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone="Pacific/Honolulu"))
    session.commit()
    # 1 am on the 24th in New York is 8 pm on the 23rd there: 9 am on the 24th is thirteen hours ahead.
    now = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
    visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY + dt.timedelta(days=1),
        hour=dt.time(9),
        now=now,
        today=TODAY + dt.timedelta(days=1),
    )
