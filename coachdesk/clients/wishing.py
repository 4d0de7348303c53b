"""A person's wish for another coach. Supervisors of their coach read it, the coach does not; it never falls silent.

It stands on the board, with a day by which somebody speaks with them, until a supervisor has, or another coach came.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, demand, unscoped, visible
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning, service
from coachdesk.clients.assigning import end_wish, tell_in_app, wish_key
from coachdesk.clients.models import Client, CoachWish
from coachdesk.clients.naming import shown
from coachdesk.clients.restricting import map_kept
from coachdesk.clock import add_working_days
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User

TALK_WITHIN = 3
"""Working days within which somebody speaks with them."""


def wish(
    session: Any, identity: Identity, *, words: str, now: dt.datetime, today: dt.date
) -> tuple[CoachWish, list[str]]:
    """Say that one would like another coach; return the wish and the first names of those who read it.

    Said again while it waits, it is one wish with the newest words. Refused where nobody but the coach could read it.
    """
    demand(identity, Action.PORTAL_ASK)
    client_id = _own(identity)
    assigning.hold_person(session, client_id)
    readers = list_readers(session, client_id)
    if not readers:
        raise Refused(
            mark("Nobody but your coach could read this here just now. Please ask anybody else who works here.")
        )
    made = find_own(session, identity)
    if made is None:
        made = CoachWish(
            id=uuid.uuid4(),
            client_id=client_id,
            words=words,
            made_at=now,
            talk_by=add_working_days(today, TALK_WITHIN),
        )
        session.add(made)
    made.words = words
    session.flush()
    audit.record(session, identity, audit.Event.COACH_WISH_MADE, client_id=client_id, subject=made, now=now)
    person = service.find_person(session, identity, client_id)
    text = str(say(mark("%(name)s would like to talk about another coach."), name=shown(person)))
    path = f"/people/{client_id}/coach-wish"
    for reader in readers:
        tell_in_app(session, wish_key(made), reader.id, text, path, client_id=client_id, now=now)
    return made, [user.first_name for user in readers]


def list_readers(session: Any, client_id: uuid.UUID) -> Sequence[User]:
    """Return the supervisors of a person's coach who may see the person; never the coach themself."""
    coach_id = session.scalar(
        unscoped(
            sa.select(Assignment.coach_id).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None)),
            because="who reads a wish follows from whose coach it is about",
        )
    )
    kept = map_kept(session, client_id)
    return [user for user in accounts.list_supervisors_of(session, coach_id) if user.id not in kept]


def find_own(session: Any, identity: Identity) -> CoachWish | None:
    """Return the person's own wish that waits, if there is one."""
    demand(identity, Action.PORTAL_READ)
    found: CoachWish | None = session.scalar(
        visible(identity, CoachWish).where(CoachWish.client_id == _own(identity), CoachWish.ended_at.is_(None))
    )
    return found


def take_back(session: Any, identity: Identity, *, now: dt.datetime) -> CoachWish:
    """Take one's own wish back; raises `NotFound` where none waits."""
    demand(identity, Action.PORTAL_ASK)
    assigning.hold_person(session, _own(identity))
    found = find_own(session, identity)
    if found is None:
        raise NotFound
    end_wish(session, identity, found, now=now)
    return found


def _waiting(identity: Identity) -> Any:
    """Select the wishes a supervisor reads: not about themself where they are the coach."""
    mine = sa.exists().where(
        Assignment.client_id == CoachWish.client_id, Assignment.ended_at.is_(None), Assignment.coach_id == identity.id
    )
    return visible(identity.everyday, CoachWish).where(CoachWish.ended_at.is_(None), ~mine)


def list_waiting(session: Any, identity: Identity) -> Sequence[tuple[CoachWish, str]]:
    """Return the wishes of one's teams that wait for a word, with names, the oldest first; coaching may have ended."""
    demand(identity, Action.CLIENTS_HAND_OVER)
    named = _waiting(identity).join(Client, Client.id == CoachWish.client_id).add_columns(Client)
    return [(row, shown(person)) for row, person in session.execute(named.order_by(CoachWish.made_at))]


def find_waiting(session: Any, identity: Identity, client_id: uuid.UUID) -> CoachWish:
    """Return a person's wish, for a supervisor; raises `NotFound`."""
    demand(identity, Action.CLIENTS_HAND_OVER)
    found: CoachWish | None = session.scalar(_waiting(identity).where(CoachWish.client_id == client_id))
    if found is None:
        raise NotFound
    return found


def answer(session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime) -> CoachWish:
    """Write down that one has spoken with the person, and that it stays as it is."""
    demand(identity, Action.CLIENTS_HAND_OVER)
    assigning.hold_person(session, client_id)
    found = find_waiting(session, identity, client_id)
    end_wish(session, identity, found, now=now)
    return found


def _own(identity: Identity) -> uuid.UUID:
    if identity.client_id is None:
        raise NotFound
    return identity.client_id
