"""Whose coach walks with a person: assignments are periods, ended and begun, never overwritten."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, Role, demand, may, scoped, unscoped
from coachdesk.accounts import service as accounts
from coachdesk.clients.models import Client
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity


def assign(
    session: Any, identity: Identity, client_id: uuid.UUID, coach_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> Assignment:
    """Give a person to a coach, ending the earlier assignment; a coach may take only who nobody has."""
    demand(identity, Action.ADMIN_ASSIGN, Action.CLIENTS_ADD)
    known = unscoped(sa.select(Client.id).where(Client.id == client_id), because="who assigns need not read the record")
    if session.scalar(known) is None:
        raise NotFound
    current: Assignment | None = session.scalar(
        sa.select(Assignment).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None)).with_for_update()
    )
    _refuse_bad(session, identity, current, coach_id)
    if current is not None:
        if current.coach_id == coach_id:
            return current
        current.ended_at, current.ended_by = now, identity.id
        session.flush()
        audit.record(session, identity, audit.Event.ASSIGNMENT_ENDED, client_id=client_id, subject=current, now=now)
    made = Assignment(
        id=uuid.uuid4(),
        client_id=client_id,
        coach_id=coach_id,
        started_at=now,
        started_on=today,
        started_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.ASSIGNMENT_MADE,
        client_id=client_id,
        subject=made,
        detail={"coach": str(coach_id)},
        now=now,
    )
    return made


def _refuse_bad(session: Any, identity: Identity, current: Assignment | None, coach_id: uuid.UUID) -> None:
    if current is not None and not may(identity, Action.ADMIN_ASSIGN):
        raise NotFound  # somebody who has a coach is given to another by an administrator
    if coach_id not in {user.id for user in accounts.list_coaches(session, identity)}:
        raise Refused(mark("Choose a coach from the list."), "coach_id")


def map_assignments(session: Any, identity: Identity) -> dict[uuid.UUID, Assignment]:
    """Return the assignments of now that this identity may see, by person."""
    found = scoped(sa.select(Assignment).where(Assignment.ended_at.is_(None)), identity, Assignment.client_id)
    return {row.client_id: row for row in session.scalars(found)}


def find_assignment(session: Any, identity: Identity, client_id: uuid.UUID) -> Assignment | None:
    """Return a person's assignment of now, if there is one this identity may see."""
    found = scoped(
        sa.select(Assignment).where(Assignment.ended_at.is_(None), Assignment.client_id == client_id),
        identity,
        Assignment.client_id,
    )
    row: Assignment | None = session.scalar(found)
    return row


def is_own(session: Any, identity: Identity, client_id: uuid.UUID) -> bool:
    """Say whether a person is this identity's own now."""
    row = find_assignment(session, identity, client_id)
    return row is not None and row.coach_id == identity.id and identity.role is not Role.SYSTEM
