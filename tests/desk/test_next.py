"""The next contact on Today: when it is, and how long that is from now."""

from __future__ import annotations

import datetime as dt

import pytest

from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY


def plan(session, cast, hour):
    visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY, hour=hour, channel=Channel.CALL, now=MONDAY, today=TODAY
    )
    session.commit()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-95, "in 1 hour"),
        (-60, "in 1 hour"),
        (-59, "in 59 minutes"),
        (-1, "in 1 minute"),
        (0, "now"),
        (1, "1 minute ago"),
        (59, "59 minutes ago"),
        (60, "1 hour ago"),
        (125, "2 hours ago"),
    ],
)
def test_how_long_until_or_since_the_hour(reader, cast, session, clock, minutes, words):
    plan(session, cast, dt.time(14, 30))
    clock.set(dt.datetime(2026, 11, 23, 19, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes))
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next .plain").get_text().strip() == words


def test_without_an_hour_it_is_just_today(reader, cast, session):
    plan(session, cast, None)
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next time").get_text() == "Today"
    assert page.soup.select_one(".next .plain") is None
