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
        (29, "29 minutes ago"),
    ],
)
def test_how_long_until_or_since_the_hour(reader, cast, session, clock, minutes, words):
    plan(session, cast, dt.time(14, 30))
    clock.set(dt.datetime(2026, 11, 23, 19, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes))
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next .plain").get_text().strip() == words


@pytest.mark.parametrize(("length", "over_after"), [(None, 30), (15, 15), (45, 45), (125, 125)])
def test_once_its_time_is_over_the_page_asks_what_happened(reader, cast, session, clock, length, over_after):
    visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY, hour=dt.time(14, 30), minutes=length, now=MONDAY, today=TODAY
    )
    session.commit()
    begins = dt.datetime(2026, 11, 23, 19, 30, tzinfo=dt.UTC)
    clock.set(begins + dt.timedelta(minutes=over_after - 1))
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next") is not None
    assert "What happened?" not in page.main
    clock.set(begins + dt.timedelta(minutes=over_after))
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next") is None
    assert "You planned to speak with Marcus T. today at 2:30 pm. What happened?" in page.main


def test_without_an_hour_it_is_just_today(reader, cast, session):
    plan(session, cast, None)
    page = reader("dana").opens("/today")
    assert page.soup.select_one(".next time").get_text() == "Today"
    assert page.soup.select_one(".next .plain") is None
