"""Attempts: a try that reached nobody is a record of its own. It closes a plan, and moves no contact's clock."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible, wordless
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.checkins.rules import AttemptOutcome, Tries, may_withdraw, refuse_bad_day, try_again_on
from coachdesk.checkins.service import TOO_LATE, Logged
from coachdesk.clients import service as clients
from coachdesk.safety import service as safety
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Closing
from coachdesk.words import NotFound, Refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity
    from coachdesk.visits.rules import Channel


def log_attempt(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    outcome: AttemptOutcome,
    tried_on: dt.date,
    channel: Channel | None = None,
    note: str = "",
    worried: bool = False,
    now: dt.datetime,
    today: dt.date,
) -> Logged:
    """Log a try that reached nobody; when to try again follows from the outreach ladder."""
    demand(identity, Action.CHECKINS_LOG)
    clients.find_person(session, identity, client_id)
    refuse_bad_day(tried_on, today=today, at="held_on")
    entry = Attempt(
        id=uuid.uuid4(),
        client_id=client_id,
        coach_id=identity.id,
        channel=channel,
        tried_on=tried_on,
        outcome=outcome,
        note=note,
        logged_at=now,
    )
    session.add(entry)
    session.flush()
    audit.record(session, identity, audit.Event.ATTEMPT_LOGGED, client_id=client_id, subject=entry, now=now)
    visits.close_met(
        session, identity, client_id, met_on=tried_on, closing=Closing.ATTEMPT, closing_id=entry.id, now=now
    )
    visits.open_next(session, identity, client_id, met_on=tried_on, now=now, today=today)
    concern = safety.raise_concern(session, identity, client_id, source_id=entry.id, now=now) if worried else None
    return Logged(entry, None, concern)


def withdraw_attempt(session: Any, identity: Identity, attempt_id: uuid.UUID, *, now: dt.datetime) -> Attempt:
    """Take a try back within ten minutes; the plan it closed is open again."""
    demand(identity, Action.CHECKINS_LOG)
    entry: Attempt | None = session.scalar(
        visible(identity, Attempt).where(
            Attempt.id == attempt_id, Attempt.withdrawn_at.is_(None), Attempt.coach_id == identity.id
        )
    )
    if entry is None:
        raise NotFound
    if not may_withdraw(entry.logged_at, now):
        raise Refused(TOO_LATE)
    entry.withdrawn_at, entry.withdrawn_by = now, identity.id
    visits.reopen_visits(session, identity, entry.id, now=now)
    session.flush()
    audit.record(session, identity, audit.Event.ATTEMPT_WITHDRAWN, client_id=entry.client_id, subject=entry, now=now)
    return entry


def list_attempts(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Attempt]:
    """Return a person's attempts, latest first."""
    return list(
        session.scalars(
            visible(identity, Attempt)
            .where(Attempt.client_id == client_id, Attempt.withdrawn_at.is_(None))
            .order_by(Attempt.tried_on.desc(), Attempt.logged_at.desc())
        )
    )


def map_tries(session: Any, identity: Identity, *, ids: Iterable[uuid.UUID] | None = None) -> dict[uuid.UUID, Tries]:
    """Return the tries since each person (or each of some) was last reached; a contact the same day ends the row."""
    last = (
        sa.select(CheckIn.client_id, sa.func.max(CheckIn.held_on).label("held_on"))
        .where(CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id)
        .subquery()
    )
    found = (
        sa.select(Attempt.client_id, Attempt.tried_on, Attempt.outcome)
        .outerjoin(last, last.c.client_id == Attempt.client_id)
        .where(Attempt.withdrawn_at.is_(None), sa.or_(last.c.held_on.is_(None), Attempt.tried_on > last.c.held_on))
        .order_by(Attempt.tried_on)
    )
    if ids is not None:
        found = found.where(Attempt.client_id.in_(set(ids)))
    tries: dict[uuid.UUID, Tries] = {}
    found = wordless(scoped(found, identity, Attempt.client_id), because="days and outcomes of tries may be known")
    for client_id, tried_on, outcome in session.execute(found):
        before = tries.get(client_id, Tries())
        stopped = tried_on if outcome is AttemptOutcome.ASKED_TO_STOP else before.stopped_on
        tries[client_id] = Tries((*before.days, tried_on), stopped)
    return tries


def next_try(session: Any, identity: Identity, client_id: uuid.UUID) -> dt.date | None:
    """Return the day to try again, or none where nothing was tried since the last contact."""
    tries = map_tries(session, identity, ids=[client_id]).get(client_id)
    return try_again_on(tries.days) if tries else None
