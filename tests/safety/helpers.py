"""What the tests of safety share: a worry about Marcus, how it stands, and what was told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from coachdesk.notify import Channel, Delivery, Notice
from coachdesk.safety import service as safety
from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp, ConcernSaid, ConcernTold, SafetyPlan
from coachdesk.safety.rules import ConcernKind, Danger
from coachdesk.scheduler import send
from tests.cast import MONDAY

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
HUGE = "x" * 100_000
TABLES = (Concern, ConcernAction, ConcernFollowUp, ConcernSaid, ConcernTold, SafetyPlan, Delivery, Notice)


def worry(
    session: Any, coach: Any, client_id: Any, *, danger: Danger | None = Danger.UNKNOWN, now: Any = MONDAY
) -> Any:
    """Raise a worry; without `danger` as the tick on a check-in does."""
    said = safety.Said(ConcernKind.SUICIDE, danger, whereabouts="At the bus station.") if danger else None
    made = safety.raise_concern(session, coach, client_id, said=said, now=now)
    session.commit()
    return made.id


def now_of(session: Any, concern_id: Any) -> Concern:
    """Return how a worry stands."""
    session.rollback()
    session.expire_all()
    found: Concern = session.get_one(Concern, concern_id)
    return found


def story(session: Any, concern_id: Any) -> list[str]:
    """Return what was done about a worry, in order."""
    session.rollback()
    rows = session.scalars(
        sa.select(ConcernAction).where(ConcernAction.concern_id == concern_id).order_by(ConcernAction.made_at)
    )
    return [row.kind.value for row in rows]


def told(session: Any) -> dict[Any, list[str]]:
    """Return what was queued to be said in the app, by reader, in order."""
    session.rollback()
    found: dict[Any, list[str]] = {}
    rows = sa.select(Delivery).where(Delivery.channel == Channel.IN_APP).order_by(Delivery.created_at, Delivery.key)
    for row in session.scalars(rows):
        found.setdefault(row.recipient_id, []).append(row.text)
    return found


def everything(session: Any) -> str:
    """Return all rows of safety as they stand, to see that nothing changed."""
    session.rollback()
    return repr([sorted(str(tuple(row)) for row in session.execute(sa.select(table.__table__))) for table in TABLES])


__all__ = ["DAY", "HOUR", "HUGE", "MINUTE", "everything", "now_of", "send", "story", "told", "worry"]
