"""The review of what was opened in an emergency: an administrator looks at who, whose, why, when, and says what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, BreakGlass, GlassReview, demand, unscoped
from coachdesk.accounts import service as accounts
from coachdesk.clients.models import Client
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import GlassOutcome, Identity

_REVIEW = "administrators look at what was opened in an emergency: who, whose, why, when"


@dataclass(frozen=True)
class Look:
    """A record that was opened in an emergency, for an administrator: who, whose, why, when, and what came of it."""

    row: BreakGlass
    person: str
    by: str
    review: GlassReview | None
    reviewed_by: str

    def is_open(self, now: dt.datetime) -> bool:
        """Say whether it is open at a moment."""
        return self.row.closed_at is None and self.row.ends_at > now


def list_looks(
    session: Any, identity: Identity, *, waiting: bool | None = None, client_id: uuid.UUID | None = None
) -> list[Look]:
    """Return what was opened: the longest waiting first, or what was reviewed, latest first; or all about a person."""
    demand(identity, Action.ADMIN_REVIEW_GLASS)
    found = _select_looks()
    if waiting is not None:
        found = found.where(GlassReview.look_id.is_(None) if waiting else GlassReview.look_id.is_not(None))
    if client_id is not None:
        found = found.where(BreakGlass.client_id == client_id)
    order = BreakGlass.opened_at if waiting else BreakGlass.opened_at.desc()
    return _looks(session, found.order_by(order))


def find_look(session: Any, identity: Identity, look_id: uuid.UUID) -> Look:
    """Return one of them; raises `NotFound`."""
    demand(identity, Action.ADMIN_REVIEW_GLASS)
    found = _looks(session, _select_looks().where(BreakGlass.id == look_id))
    if not found:
        raise NotFound
    return found[0]


def _select_looks() -> Any:
    return unscoped(
        sa.select(BreakGlass, Client, GlassReview)
        .join(Client, Client.id == BreakGlass.client_id)
        .outerjoin(GlassReview, GlassReview.look_id == BreakGlass.id),
        because=_REVIEW,
    )


def _looks(session: Any, statement: Any) -> list[Look]:
    rows = session.execute(statement).all()
    staff = accounts.list_users(
        session, [look.user_id for look, _person, _review in rows] + [review.by for *_rest, review in rows if review]
    )
    return [
        Look(
            look,
            f"{person.first_name} {person.last_name}".strip(),
            staff[look.user_id].name,
            review,
            staff[review.by].name if review else "",
        )
        for look, person, review in rows
    ]


def select_how_many_wait() -> Any:
    """Select how many wait for an administrator's review."""
    waiting = (
        sa.select(sa.func.count())
        .select_from(BreakGlass)
        .outerjoin(GlassReview, GlassReview.look_id == BreakGlass.id)
        .where(GlassReview.look_id.is_(None))
    )
    return unscoped(waiting, because="a number for administrators, without a name")


def review_look(
    session: Any, identity: Identity, look_id: uuid.UUID, *, outcome: GlassOutcome, words: str, now: dt.datetime
) -> GlassReview:
    """Say what was found; once, also where two say it at the same moment, and never by the one who opened it."""
    held = sa.select(BreakGlass.id).where(BreakGlass.id == look_id).with_for_update()
    session.execute(unscoped(held, because=_REVIEW))
    look = find_look(session, identity, look_id)
    if look.row.user_id == identity.id:
        raise Refused(mark("You opened this one yourself. Another administrator looks at it."))
    if look.review is not None:
        raise Refused(mark("Somebody has looked at this already."))
    made = GlassReview(
        look_id=look_id, client_id=look.row.client_id, outcome=outcome, words=words, by=identity.id, at=now
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.GLASS_REVIEWED,
        client_id=look.row.client_id,
        subject=look.row,
        detail={"outcome": outcome.value},
        now=now,
    )
    return made
