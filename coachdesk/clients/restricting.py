"""Who may not see a person: a restriction is a period, begun and ended, and it wins over assignment and team."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import COACHING, Action, Assignment, Restriction, demand, may, unscoped, visible
from coachdesk.accounts.models import User
from coachdesk.clients import service
from coachdesk.clients.models import Client
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity, RestrictionKind

_ADMINISTRATOR = "administrators see names and who may not see whom, nothing else"


@dataclass(frozen=True)
class Kept:
    """One restriction with the name of whom it is about; no end means now."""

    row: Restriction
    name: str


def restrict(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    user_id: uuid.UUID,
    *,
    kind: RestrictionKind,
    words: str = "",
    now: dt.datetime,
) -> Restriction:
    """Keep a member of staff from seeing a person, from now on; their own coach is given away first."""
    demand(identity, Action.CLIENTS_RESTRICT, Action.ADMIN_RESTRICT)
    _refuse_unseen(session, identity, client_id)
    if user_id not in {user.id for user in list_staff(session, identity)}:
        raise Refused(mark("Choose somebody from the list."), "user_id")
    held = sa.select(Client.id).where(Client.id == client_id).with_for_update(key_share=True)
    session.execute(unscoped(held, because="two who write down the same at once come one after another"))
    walks = sa.select(Assignment.id).where(
        Assignment.client_id == client_id, Assignment.coach_id == user_id, Assignment.ended_at.is_(None)
    )
    if session.scalar(walks.with_for_update()) is not None:
        raise Refused(mark("Give them another coach first."), "user_id")
    if user_id in map_kept(session, client_id):
        raise Refused(mark("This is written down already."), "user_id")
    made = Restriction(
        id=uuid.uuid4(),
        client_id=client_id,
        user_id=user_id,
        kind=kind,
        words=words,
        started_at=now,
        started_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.RESTRICTION_MADE,
        client_id=client_id,
        subject=made,
        detail={"staff": str(user_id), "kind": kind.value},
        now=now,
    )
    return made


def end_restriction(session: Any, identity: Identity, restriction_id: uuid.UUID, *, now: dt.datetime) -> Restriction:
    """Let somebody see a person again, as far as assignment and team allow."""
    demand(identity, Action.CLIENTS_RESTRICT, Action.ADMIN_RESTRICT)
    found: Restriction | None = session.scalar(
        _select(identity).where(Restriction.id == restriction_id, Restriction.ended_at.is_(None)).with_for_update()
    )
    if found is None:
        raise NotFound
    found.ended_at, found.ended_by = now, identity.id
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.RESTRICTION_ENDED,
        client_id=found.client_id,
        subject=found,
        detail={"staff": str(found.user_id)},
        now=now,
    )
    return found


def list_restrictions(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Kept]:
    """Return who may not, or might not once, see a person: those of now first, then the latest."""
    demand(identity, Action.CLIENTS_RESTRICT, Action.ADMIN_RESTRICT)
    rows = session.execute(
        _select(identity)
        .add_columns(User.first_name, User.last_name)
        .join(User, User.id == Restriction.user_id)
        .where(Restriction.client_id == client_id)
        .order_by(Restriction.ended_at.is_not(None), Restriction.started_at.desc())
    )
    return [Kept(row, f"{first} {last}".strip()) for row, first, last in rows]


def list_staff(session: Any, identity: Identity) -> Sequence[User]:
    """Return everybody who can be kept from a person: all active staff who may have people, of every team."""
    demand(identity, Action.CLIENTS_RESTRICT, Action.ADMIN_RESTRICT)
    found = sa.select(User).where(User.active, User.role_name.in_(COACHING))
    return list(session.scalars(found.order_by(User.first_name, User.last_name)))


def map_kept(session: Any, client_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """Return who may not see a person now: by member of staff, the restriction. For verbs, never for a page."""
    found = sa.select(Restriction.user_id, Restriction.id).where(
        Restriction.client_id == client_id, Restriction.ended_at.is_(None)
    )
    return dict(session.execute(unscoped(found, because="whoever is told or given a person is checked")).all())


def map_all_kept(session: Any) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return who may not see whom now: by person, the members of staff. For the planner, never for a page."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    rows = sa.select(Restriction.client_id, Restriction.user_id).where(Restriction.ended_at.is_(None))
    for client_id, user_id in session.execute(unscoped(rows, because="nobody is told of whom they may not see")):
        found.setdefault(client_id, set()).add(user_id)
    return found


def _select(identity: Identity) -> Any:
    if may(identity, Action.ADMIN_RESTRICT):
        return unscoped(sa.select(Restriction), because=_ADMINISTRATOR)
    return visible(identity.everyday, Restriction)  # an hour in an emergency gives no say in who sees whom


def _refuse_unseen(session: Any, identity: Identity, client_id: uuid.UUID) -> None:
    if not may(identity, Action.ADMIN_RESTRICT):
        service.find_person(session, identity.everyday, client_id)
        return
    if session.scalar(unscoped(sa.select(Client.id).where(Client.id == client_id), because=_ADMINISTRATOR)) is None:
        raise NotFound
