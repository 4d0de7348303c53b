"""What an hour in an emergency does not give: lasting access, a say in the team's work, or an act without its mark."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, Event, record
from coachdesk.checkins import service as checkins
from coachdesk.visits.rules import Channel
from tests.access.helpers import at, break_glass, events, hand_over
from tests.cast import MONDAY, TODAY
from tests.lived import live

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def opened(session, cast):
    """A record of Marcus that Omar, of the other team, has open."""
    ids = live(session, cast)
    ids["look"] = break_glass(session, cast, "omar", "marcus", last="Tell").id
    return ids


def _logs(session, identity, client_id):
    checkins.log_checkin(
        session,
        identity,
        client_id,
        channel=Channel.CALL,
        held_on=TODAY,
        note="They are safe.",
        next_on=TODAY + dt.timedelta(days=1),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return events(session, client_id, Event.CHECKIN_LOGGED)[-1].details


def test_what_is_written_under_an_emergency_says_so_in_the_trail(session, cast, opened):
    assert _logs(session, at(cast.omar), cast.marcus).get("glass") is True
    assert "glass" not in _logs(session, at(cast.ruth), cast.marcus)
    assert "glass" not in _logs(session, at(cast.dana), cast.marcus)


def test_what_is_written_within_ones_everyday_sight_carries_no_mark(session, cast, opened):
    hand_over(session, cast, "marcus", "chris")
    assert "glass" not in _logs(session, at(cast.omar), cast.marcus)


def test_opening_and_closing_carry_no_mark_besides_their_own_name(reader, session, cast, opened):
    omar = reader("omar")
    omar.opens(f"/people/{cast.marcus}")
    omar.presses("Close now")
    rows = events(session, cast.marcus, Event.GLASS_BROKEN, Event.GLASS_CLOSED)
    assert [row.details for row in rows] == [{"reason": "safety_now"}, {}]


def test_the_mark_costs_a_supervisor_one_query_and_nobody_else_any(session, cast, opened):
    counts = {}
    for name in ("omar", "dana", "admin"):
        asked: list[str] = []
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args, to=asked: to.append(args[2]))
        record(session, at(cast.staff[name]), Event.GOAL_SET, client_id=cast.marcus, now=MONDAY)
        counts[name] = len([text for text in asked if "break_glass" in text])
        session.commit()
    assert counts == {"omar": 1, "dana": 0, "admin": 0}
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.event == Event.GOAL_SET)) >= 3
