"""Days a member of staff is away, and who looks after their people meanwhile: sees them, and is reminded of them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Away, demand
from coachdesk.accounts import service
from coachdesk.accounts.models import User
from coachdesk.accounts.rules import refuse_bad_days_away
from coachdesk.clock import moment_of
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity


@dataclass(frozen=True)
class Leave:
    """Somebody's days away, with the names a page shows."""

    row: Away
    name: str
    cover: str
    """Empty where nobody looks after their people yet."""


def set_away(
    session: Any,
    identity: Identity,
    user_id: uuid.UUID,
    *,
    cover_id: uuid.UUID | None,
    from_on: dt.date,
    until_on: dt.date,
    zone: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
) -> Away:
    """Write down that somebody of one's teams is away from one day to another, and who looks after their people.

    Days are of the organisation's zone. What was written down for the same days before gives way to it.
    """
    demand(identity, Action.TEAM_AWAY)
    refuse_bad_days_away(from_on, until_on, today)
    team = {user.id for user in service.list_coaches(session, identity)}
    if user_id not in team:
        raise Refused(mark("Choose somebody from the list."), "user_id")
    if cover_id is not None and (cover_id not in team or cover_id == user_id):
        raise Refused(mark("Choose somebody else of the team, who is here on these days."), "cover_id")
    # Two who write at once about the same people come one after another.
    session.execute(
        sa.select(User.id).where(User.id.in_({user_id, cover_id or user_id})).order_by(User.id).with_for_update()
    )
    starts_at, ends_at = _bounds(from_on, until_on, zone)
    if cover_id is not None and _overlapping(session, cover_id, starts_at, ends_at):
        raise Refused(mark("They are away themselves on some of these days. Choose somebody else."), "cover_id")
    for before in _overlapping(session, user_id, starts_at, ends_at):
        _end(session, identity, before, now=now)
    made = Away(
        id=uuid.uuid4(),
        user_id=user_id,
        cover_id=cover_id,
        from_on=from_on,
        until_on=until_on,
        starts_at=starts_at,
        ends_at=ends_at,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    detail = {"staff": str(user_id), "cover": str(cover_id) if cover_id else ""}
    audit.record(session, identity, audit.Event.LEAVE_MADE, subject=made, detail=detail, now=now)
    return made


def end_away(session: Any, identity: Identity, away_id: uuid.UUID, *, now: dt.datetime) -> Away:
    """Say that somebody is back, or never left: whoever looked after their people sees them no more."""
    demand(identity, Action.TEAM_AWAY)
    team = {user.id for user in service.list_coaches(session, identity)}
    found: Away | None = session.scalar(
        sa.select(Away).where(Away.id == away_id, Away.ended_at.is_(None), Away.user_id.in_(team)).with_for_update()
    )
    if found is None:
        raise NotFound
    _end(session, identity, found, now=now)
    return found


def list_away(session: Any, identity: Identity, *, now: dt.datetime) -> list[Leave]:
    """Return the days away of one's teams that are not over, the nearest first."""
    demand(identity, Action.TEAM_AWAY)
    team = {user.id: user for user in service.list_coaches(session, identity)}
    rows = session.scalars(
        sa.select(Away)
        .where(Away.user_id.in_(team), Away.ends_at > now, Away.ended_at.is_(None))
        .order_by(Away.from_on, Away.made_at)
    ).all()
    others = service.list_users(session, {row.cover_id for row in rows if row.cover_id} - team.keys())
    names = {key: user.name for key, user in {**team, **others}.items()}
    return [Leave(row, names[row.user_id], names.get(row.cover_id, "")) for row in rows]


def list_on(session: Any, user_id: uuid.UUID, day: dt.date) -> list[Leave]:
    """Return whose days away hold a local day, of those this member of staff looks after, and their own."""
    whose = sa.or_(Away.cover_id == user_id, Away.user_id == user_id)
    found = sa.select(Away).where(whose, Away.ended_at.is_(None), Away.from_on <= day, Away.until_on >= day)
    rows = session.scalars(found.order_by(Away.from_on, Away.made_at)).all()
    if not rows:
        return []
    users = service.list_users(session, {row.user_id for row in rows} | {row.cover_id for row in rows if row.cover_id})
    return [
        Leave(row, users[row.user_id].first_name, users[row.cover_id].first_name if row.cover_id else "")
        for row in rows
    ]


def _overlapping(session: Any, user_id: uuid.UUID, starts_at: dt.datetime, ends_at: dt.datetime) -> Iterable[Away]:
    found = sa.select(Away).where(
        Away.user_id == user_id, Away.ended_at.is_(None), Away.starts_at < ends_at, Away.ends_at > starts_at
    )
    rows: Iterable[Away] = session.scalars(found.with_for_update()).all()
    return rows


def _end(session: Any, identity: Identity, row: Away, *, now: dt.datetime) -> None:
    row.ended_at, row.ended_by = now, identity.id
    session.flush()
    detail = {"staff": str(row.user_id)}
    audit.record(session, identity, audit.Event.LEAVE_ENDED, subject=row, detail=detail, now=now)


def _bounds(from_on: dt.date, until_on: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    return moment_of(from_on, dt.time(), zone), moment_of(until_on + dt.timedelta(days=1), dt.time(), zone)
