"""Finding a worry and its words: for whoever sees the person, and never for the person or an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Action, demand, may_read, scoped, visible, wordless
from coachdesk.clients.models import Client
from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp, ConcernSaid, ConcernTold
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import uuid

    from coachdesk.access import Identity

CLOSED = mark("This worry is closed. If you are worried again, say so anew on their record.")


def find_concern(session: Any, identity: Identity, concern_id: uuid.UUID) -> Concern:
    """Return a concern about somebody this reader sees; raises `NotFound`, also for the person and administrators."""
    demand(identity, Action.SAFETY_READ)
    found: Concern | None = session.scalar(visible(identity, Concern).where(Concern.id == concern_id))
    if found is None:
        raise NotFound
    return found


def find_with_person(session: Any, identity: Identity, concern_id: uuid.UUID) -> tuple[Concern, Client]:
    """Return a concern and whom it is about, in one query; raises as `find_concern`."""
    demand(identity, Action.SAFETY_READ)
    wanted = visible(identity, Concern).join(Client, Client.id == Concern.client_id).add_columns(Client)
    found = session.execute(wanted.where(Concern.id == concern_id)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def hold_open(session: Any, identity: Identity, concern_id: uuid.UUID) -> Concern:
    """Return a concern to be acted on, held until the act is over; raises `NotFound`, or `Refused` where it is closed."""
    held = visible(identity, Concern).where(Concern.id == concern_id)
    found: Concern | None = session.scalar(held.with_for_update(of=Concern).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    if found.closed_at is not None:
        raise Refused(CLOSED)
    return found


def _of_concern(identity: Identity, table: Any, concern: Concern) -> Any:
    """Select words of a concern. While it is open whoever must act on it reads all; then a hand-over's choice counts."""
    if concern.closed_at is not None:
        found = visible(identity, table)
    else:
        found = scoped(sa.select(table), identity, table.client_id)
        found = wordless(found, because="an open worry is read by everybody who has to act on it")
    return found.where(table.concern_id == concern.id)


def select_actions(identity: Identity, concern: Concern) -> Any:
    """Select what was done about a concern, as far as this reader may read it."""
    return _of_concern(identity, ConcernAction, concern)


def list_actions(session: Any, identity: Identity, concern: Concern) -> list[ConcernAction]:
    """Return what was done about a concern, in the order it was done."""
    return list(session.scalars(select_actions(identity, concern).order_by(ConcernAction.at, ConcernAction.made_at)))


def list_said(session: Any, identity: Identity, concern: Concern) -> list[ConcernSaid]:
    """Return what was said of a concern, newest first."""
    return list(session.scalars(_of_concern(identity, ConcernSaid, concern).order_by(ConcernSaid.said_at.desc())))


def last_said(session: Any, identity: Identity, concern: Concern) -> ConcernSaid | None:
    """Return what counts of what was said, if anything was."""
    return next(iter(list_said(session, identity, concern)), None)


def list_told(session: Any, identity: Identity, concern: Concern) -> list[ConcernTold]:
    """Return who was told of a concern, in order."""
    told_of = visible(identity, ConcernTold).where(ConcernTold.concern_id == concern.id)
    return list(session.scalars(told_of.order_by(ConcernTold.told_at)))


def list_follow_ups(session: Any, identity: Identity, concern: Concern) -> list[tuple[ConcernFollowUp, bool]]:
    """Return when the coach looks after the person again, in order, and whether the contact that did it may be read."""
    is_read = may_read(identity, ConcernFollowUp, ("done_at", "done_by"))
    found = visible(identity, ConcernFollowUp).add_columns(is_read).where(ConcernFollowUp.concern_id == concern.id)
    return [(row, bool(read)) for row, read in session.execute(found.order_by(ConcernFollowUp.hours))]


def list_concerns(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Concern]:
    """Return all concerns about a person, latest first."""
    demand(identity, Action.SAFETY_READ)
    found = visible(identity, Concern).where(Concern.client_id == client_id)
    return list(session.scalars(found.order_by(Concern.raised_at.desc())))


def find_open(session: Any, identity: Identity, client_id: uuid.UUID) -> Concern | None:
    """Return the concern about a person that nobody has yet, or else the last one that is not closed."""
    found: Concern | None = session.scalar(
        visible(identity, Concern)
        .where(Concern.client_id == client_id, Concern.closed_at.is_(None))
        .order_by(Concern.taken_at.is_not(None), Concern.raised_at.desc())
        .limit(1)
    )
    return found
