"""Worries nobody has yet: in what order they wait, and who is told next when one has waited too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Restriction, scoped, unscoped, visible
from coachdesk.accounts import service as accounts
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.safety.finding import list_told
from coachdesk.safety.models import Concern, ConcernTold
from coachdesk.safety.news import list_supervisors, tell_by_name, tell_nameless
from coachdesk.safety.rules import ToldAs, next_told

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity

_WAITS = Concern.taken_at.is_(None), Concern.closed_at.is_(None)


def tell_next(session: Any, *, now: dt.datetime) -> int:
    """Tell the next in the chain of every concern that has waited too long; return how many were told. Commits nothing.

    Each is told of a concern once, however many schedulers look and however often: who was told is a unique row.
    """
    late = sa.select(Concern).where(*_WAITS, Concern.due_at <= now).order_by(Concern.due_at)
    rows = list(session.scalars(unscoped(late, because="the system tells the next of what waits too long")))
    return sum(_tell_next(session, concern, now=now) for concern in rows)


def _tell_next(session: Any, concern: Concern, *, now: dt.datetime) -> int:
    supervisors = {user.id: user for user in list_supervisors(session, concern)}
    administrators = {user.id: user for user in accounts.list_administrators(session)}
    by_name, nameless = next_told(
        over=True,
        told=[row.user_id for row in list_told(session, SYSTEM, concern)],
        supervisors=list(supervisors),
        administrators=list(administrators),
    )
    if not by_name and not nameless:
        return 0
    person = clients.find_person(session, SYSTEM, concern.client_id)
    by = accounts.find_user(session, concern.raised_by).name
    heard = [supervisors[key] for key in by_name]  # type: ignore[index]
    new = tell_by_name(session, concern, heard, by=by, person=shown(person), now=now)
    new += tell_nameless(session, concern, [administrators[key] for key in nameless], now=now)  # type: ignore[index]
    if new:
        audit.record(
            session,
            SYSTEM,
            audit.Event.CONCERN_TOLD_ON,
            client_id=concern.client_id,
            subject=concern,
            detail={"as": (ToldAs.SUPERVISOR if by_name else ToldAs.ADMINISTRATOR).value, "told": new},
            now=now,
        )
    return new


# ---- finding ------------------------------------------------------------------------------------------------------


def list_waiting(session: Any, identity: Identity) -> list[Concern]:
    """Return the concerns nobody has taken yet, oldest first."""
    return list(session.scalars(visible(identity, Concern).where(*_WAITS).order_by(Concern.raised_at)))


def select_how_many_wait(identity: Identity) -> Any:
    """Select how many concerns nobody has yet."""
    return scoped(sa.select(sa.func.count()).where(*_WAITS), identity.everyday, Concern.client_id)


def list_for_board(
    session: Any, identity: Identity
) -> tuple[list[Concern], list[tuple[Concern, uuid.UUID, dt.datetime]]]:
    """Return the concerns nobody has, first due first, and those somebody has and nobody closed: who took it, when."""
    found = session.scalars(
        visible(identity.everyday, Concern).where(Concern.closed_at.is_(None)).order_by(Concern.due_at, Concern.id)
    ).all()
    taken = [(row, row.taken_by, row.taken_at) for row in found if row.taken_by and row.taken_at]
    return [row for row in found if row.taken_at is None], taken


def count_untaken(session: Any) -> int:
    """Return how many concerns wait that administrators must know of: a number, without a name.

    Those that no supervisor who may see the person heard of, and those of which administrators were told.
    """
    waiting, told_of, kept = Concern.__table__, ConcernTold.__table__, Restriction.__table__
    kept_now = sa.exists().where(
        kept.c.client_id == told_of.c.client_id, kept.c.user_id == told_of.c.user_id, kept.c.ended_at.is_(None)
    )
    of_this = told_of.c.concern_id == waiting.c.id
    heard = sa.exists().where(of_this, told_of.c.told_as == ToldAs.SUPERVISOR, ~kept_now)
    nameless = sa.exists().where(of_this, told_of.c.told_as == ToldAs.ADMINISTRATOR)
    count: int = session.scalar(
        sa.select(sa.func.count())
        .select_from(waiting)
        .where(waiting.c.taken_at.is_(None), waiting.c.closed_at.is_(None), sa.or_(~heard, nameless))
    )
    return count
