"""What the tests of a person's own pages share."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from coachdesk.access import Assignment
from coachdesk.audit import AuditEntry
from coachdesk.checkins import service as checkins
from coachdesk.goals.models import Goal, Step
from coachdesk.reminders.models import Reminder
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import steps_now


def spoke(session, cast, note="Sleeping better.", *, worried=False, now=MONDAY):
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        weather=4,
        note=note,
        worried=worried,
        next_on=TODAY + dt.timedelta(days=7),
        next_hour=dt.time(14, 30),
        next_place="Central Library café",
        now=now,
        today=TODAY,
    )
    session.commit()
    return logged.entry


def standing(session):
    """Goals, steps and wishes for help, as they stand."""
    session.rollback()
    return [sorted(map(str, session.execute(sa.select(table.__table__)))) for table in (Goal, Step, Reminder)]


def events(session, event):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).where(AuditEntry.event == event.value))


def without_coach(session, client_id):
    session.execute(sa.update(Assignment).where(Assignment.client_id == client_id).values(ended_at=MONDAY))
    session.commit()


def step_path(session, goal_id, number=0):
    return f"/my-goals/steps/{steps_now(session, goal_id)[number].id}/done"
