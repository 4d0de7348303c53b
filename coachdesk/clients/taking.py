"""Who of one's teams needs a coach because theirs has left, and taking them on: at once, with the supervisor told.

Whoever takes somebody on did not see them until now, so the list says names and days alone, and what was written before
stays closed to them until the person and a supervisor say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import (
    COACHING,
    Action,
    Assignment,
    Away,
    Earlier,
    Restriction,
    TeamMembership,
    demand,
    is_away,
    kept_from,
    scoped,
    team_mates,
    unscoped,
)
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.clients import assigning
from coachdesk.clients.models import Client, Episode
from coachdesk.clients.naming import initials_of, shown_map, tone_of
from coachdesk.clients.restricting import map_kept
from coachdesk.db import Key
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity

_NARROW = "whoever may take somebody on sees that they wait, and nothing of their story"


@dataclass(frozen=True)
class Waiting:
    """Somebody who needs a coach: what may be seen of them before one has said yes."""

    client_id: uuid.UUID
    name: str
    initials: str
    tone: str
    language: str
    rhythm_days: int
    before: str
    """The coach who has left."""


def _teams_of(identity: Identity) -> Any:
    own = sa.orm.aliased(TeamMembership)
    return sa.select(own.team_id).where(own.user_id == identity.id, own.ended_at.is_(None))


def _counting(*columns: Any) -> Any:
    """Select of the memberships that count: those of now; of whoever is in no team any more, those that ended last."""
    later = sa.orm.aliased(TeamMembership)
    is_later = sa.or_(later.ended_at.is_(None), later.ended_at > TeamMembership.ended_at)
    left_after = sa.exists().where(later.user_id == TeamMembership.user_id, is_later)
    return sa.select(*columns).where(sa.or_(TeamMembership.ended_at.is_(None), ~left_after))


def _needing(identity: Identity) -> Any:
    """Select those of one's teams with whom coaching goes on, and whose coach is switched off or coaches no more.

    A coach who left counts for the teams they were in last.
    """
    of_team = _counting(TeamMembership.user_id).where(TeamMembership.team_id.in_(_teams_of(identity)))
    coaches = sa.and_(User.active, User.role_name.in_(COACHING))
    return (
        sa.select(Client, Assignment, User)
        .join(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .join(User, User.id == Assignment.coach_id)
        .where(
            sa.not_(coaches),
            User.id.in_(of_team),
            Client.id.in_(sa.select(Episode.client_id).where(Episode.closed_at.is_(None))),
            Client.id.not_in(kept_from(identity)),
        )
        .order_by(Client.shown_sort)
    )


def covers(away: Any, client_id: Any) -> Any:
    """Return the condition that somebody looks after a person meanwhile who works here and is not kept from them."""
    cover = sa.orm.aliased(User)
    kept = sa.exists().where(
        Restriction.user_id == away.cover_id, Restriction.client_id == client_id, Restriction.ended_at.is_(None)
    )
    works = sa.exists().where(cover.id == away.cover_id, cover.active, cover.role_name.in_(COACHING))
    return sa.and_(works, ~kept)


def select_answering(identity: Identity) -> Any:
    """Select (client_id, user_id) of the supervisors who answer for a person while neither coach nor cover does.

    Those are the supervisors of the coach's teams, where the coach is away with nobody to cover, or coaches no more;
    never one who is kept from the person.
    """
    coach = sa.orm.aliased(User)
    over = accounts.select_supervisors(_counting(TeamMembership.user_id, TeamMembership.team_id)).subquery()
    kept = sa.exists().where(
        Restriction.user_id == over.c.user_id,
        Restriction.client_id == Assignment.client_id,
        Restriction.ended_at.is_(None),
    )
    gone = sa.not_(sa.and_(coach.active, coach.role_name.in_(COACHING)))
    alone = ~covers(Away, Assignment.client_id)
    away = sa.exists().where(Away.user_id == coach.id, alone, *is_away(identity.now)).correlate(coach, Assignment)
    found = (
        sa.select(Assignment.client_id, over.c.user_id)
        .join(coach, coach.id == Assignment.coach_id)
        .join(over, over.c.coach_id == coach.id)
        .where(Assignment.ended_at.is_(None), sa.or_(gone, away), ~kept)
        .distinct()
    )
    return scoped(found, identity, Assignment.client_id)


def list_waiting(session: Any, identity: Identity) -> list[Waiting]:
    """Return who of one's teams needs a coach, by name; never whom one may not see."""
    demand(identity, Action.CLIENTS_TAKE_ON)
    rows = session.execute(unscoped(_needing(identity), because=_NARROW)).all()
    names = shown_map([person for person, _row, _coach in rows])
    return [
        Waiting(
            person.id,
            names[person.id],
            initials_of(person),
            tone_of(person),
            person.language,
            person.rhythm_days,
            coach.name,
        )
        for person, _row, coach in rows
    ]


def count_waiting(session: Any, identity: Identity) -> int:
    """Return how many of one's teams need a coach."""
    demand(identity, Action.CLIENTS_TAKE_ON)
    rows = _needing(identity).with_only_columns(Client.id).order_by(None).subquery()
    counted = sa.select(sa.func.count()).select_from(rows)
    return int(session.scalar(unscoped(counted, because=_NARROW)))


def find_waiting(session: Any, identity: Identity, client_id: uuid.UUID) -> Waiting:
    """Return one of those who wait; raises `NotFound`."""
    found = next((row for row in list_waiting(session, identity) if row.client_id == client_id), None)
    if found is None:
        raise NotFound
    return found


def take_on(
    session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> tuple[Waiting, list[str]] | None:
    """Become the coach of somebody who waits for one; return who they are, and the names of those who were told.

    Nothing where they are with this coach already, who has asked twice. Refused where another coach was quicker.
    """
    demand(identity, Action.CLIENTS_TAKE_ON)
    assigning.hold_person(session, client_id)  # two who tap at once come one after the other
    if assigning.is_own(session, identity, client_id):
        return None
    now_with = sa.select(Assignment).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None))
    current: Assignment | None = session.scalar(now_with)
    if current is not None and _was_quicker(session, identity, current):
        raise Refused(mark("Somebody has taken them on a moment ago."))
    waiting = find_waiting(session, identity, client_id)
    made = assigning.give(
        session,
        identity,
        client_id,
        identity.id,
        current=current,
        earlier=Earlier.FROM_TODAY,
        now=now,
        today=today,
    )
    of_whom = current.coach_id if current is not None else identity.id
    return waiting, _tell(session, identity, made, waiting.name, of_whom=of_whom, now=now)


def _was_quicker(session: Any, identity: Identity, current: Assignment) -> bool:
    """Say whether another coach of the same team has the person: only then is it said, and to nobody kept from them."""
    found = sa.select(User.id).where(
        User.id == current.coach_id,
        User.id != identity.id,
        User.active,
        User.role_name.in_(COACHING),
        User.id.in_(team_mates(identity)),
        sa.literal(current.client_id, Key()).not_in(kept_from(identity)),
    )
    return session.scalar(found) is not None


def _tell(
    session: Any, identity: Identity, made: Assignment, name: str, *, of_whom: uuid.UUID, now: dt.datetime
) -> list[str]:
    """Tell in the app who supervises the team that the person comes from with their coach, `of_whom`.

    Never those who may not see the person.
    """
    kept = map_kept(session, made.client_id)
    teams = _counting(TeamMembership.team_id).where(TeamMembership.user_id == of_whom)
    found = accounts.list_supervisors_of(session, identity.id, within=teams)
    readers = [user for user in found if user.id not in kept]
    text = str(say(mark("%(coach)s has taken %(name)s on."), coach=identity.name, name=name))
    for reader in readers:
        key, path = f"taken-on:{made.id.hex}:", f"/people/{made.client_id}"
        assigning.tell_in_app(session, key, reader.id, text, path, client_id=made.client_id, now=now)
    return [user.first_name for user in readers]
