"""The one scoping rule: may this identity see this person? Asked in SQL, so that it stands in every query.

A coach sees their current people, and those of a coach who is away whom they look after meanwhile; a supervisor also
the current people of the teams they are in, and for an hour whom they opened in an emergency; a person sees themself; an administrator nobody's story. A restriction wins over all
of it. What may not be seen is not found.

Words have one more rule: where a hand-over was "only from today on", the new coach does not find what others wrote
before it. It does not bind a supervisor who takes a person over from a coach of their own teams: they read it before
anyway, and its check-ins wait for their word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access.kinds import Earlier
from coachdesk.access.models import Assignment, Away, BreakGlass, HandOver, Restriction, TeamMembership
from coachdesk.access.roles import Role
from coachdesk.db import Written

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access.roles import Identity
    from coachdesk.db import Base

SCOPED = "coachdesk_scoped"
WORDED = "coachdesk_worded"


def visible(identity: Identity, table: type[Base]) -> Any:
    """Return the select that every query over people's rows begins with."""
    statement = scoped(sa.select(table), identity, person_column(table))
    return worded(statement, identity, table) if issubclass(table, Written) else statement


def scoped(statement: Any, identity: Identity, column: Any) -> Any:
    """Narrow a select to the people this identity may see; `column` holds the person's id in it."""
    return statement.where(may_see(identity, column)).execution_options(**{SCOPED: True})


def unscoped(statement: Any, *, because: str) -> Any:
    """Let a select pass without the scope, with the reason written down where it happens."""
    return statement.execution_options(**{SCOPED: because, WORDED: because})


def worded(statement: Any, identity: Identity, *tables: type[Written]) -> Any:
    """Narrow a scoped select further to what this identity may read of what was written in these tables."""
    rules = [may_read(identity, table) for table in tables]
    return statement.where(*rules).execution_options(**{WORDED: True})


def wordless(statement: Any, *, because: str) -> Any:
    """Let a scoped select look at rows of words for their days alone, with the reason written down."""
    return statement.execution_options(**{WORDED: because})


def may_see(identity: Identity, column: Any) -> Any:
    """Return the condition that a person's id lies within what this identity may see."""
    if identity.role is Role.SYSTEM:
        return sa.true()
    if identity.role is Role.CLIENT:
        return column == identity.client_id if identity.client_id else sa.false()
    if identity.is_coaching:
        return sa.and_(column.in_(_people_of(identity)), column.not_in(kept_from(identity)))
    return sa.false()


def may_read(identity: Identity, table: type[Any], written: tuple[str, str] | None = None) -> Any:
    """Return the condition that a row of words is one's own, or was written when one might read what is written.

    `written` names the columns of the moment and of the writer in a table that tells of words kept elsewhere.
    """
    if not identity.is_coaching:
        return sa.true()
    at, by = (getattr(table, name) for name in written or table.written)
    mine = sa.orm.aliased(Assignment)
    bound = HandOver.from_coach_id.not_in(team_mates(identity)) if identity.role is Role.SUPERVISOR else sa.true()
    before_me = (
        sa.select(sa.literal(1))
        .select_from(HandOver)
        .join(mine, mine.id == HandOver.assignment_id)
        .where(
            mine.client_id == person_column(table),
            walks_with(identity, mine.coach_id),
            mine.ended_at.is_(None),
            HandOver.earlier == Earlier.FROM_TODAY,
            mine.started_at > at,
            bound,
        )
        .correlate(table)
    )
    return sa.or_(by == identity.id, ~before_me.exists())


def person_column(table: type[Any]) -> Any:
    """Return the column of a table that holds the person's id."""
    return table.id if table.__tablename__ == "client" else table.client_id


def kept_from(identity: Identity) -> sa.Select[uuid.UUID]:
    """Return the ids of the people this member of staff may not see, whoever's they are."""
    return sa.select(Restriction.client_id).where(Restriction.user_id == identity.id, Restriction.ended_at.is_(None))


def _people_of(identity: Identity) -> Any:
    people = sa.select(Assignment.client_id).where(Assignment.ended_at.is_(None))
    walks = walks_with(identity, Assignment.coach_id)
    if identity.role is Role.COACH:
        return people.where(walks)
    own = people.where(sa.or_(walks, Assignment.coach_id.in_(team_mates(identity))))
    return own.union_all(opened_by(identity)) if identity.at else own


def walks_with(identity: Identity, coach: Any) -> Any:
    """Return the condition that a coach is this identity, or somebody away whose people it looks after."""
    mine = coach == identity.id
    return sa.or_(mine, coach.in_(covered_by(identity))) if identity.now else mine


def covered_by(identity: Identity) -> sa.Select[uuid.UUID]:
    """Return the ids of those who are away and whose people this identity looks after, at the moment of asking."""
    return sa.select(Away.user_id).where(Away.cover_id == identity.id, *is_away(identity.now))


def is_away(now: dt.datetime | None) -> tuple[Any, ...]:
    """Return the conditions that somebody is away at a moment; without one nobody is."""
    if now is None:
        return (sa.false(),)
    return (Away.starts_at <= now, Away.ends_at > now, Away.ended_at.is_(None))


def opened_by(identity: Identity) -> sa.Select[uuid.UUID]:
    """Return the ids of those whose records this identity has open in an emergency, at the moment of asking."""
    return sa.select(BreakGlass.client_id).where(*is_open(identity))


def is_open(identity: Identity) -> tuple[Any, ...]:
    """Return the conditions that a record is open for this identity in an emergency, at the moment of asking."""
    return (
        BreakGlass.user_id == identity.id,
        BreakGlass.opened_at <= identity.at,
        BreakGlass.ends_at > identity.at,
        BreakGlass.closed_at.is_(None),
    )


def team_mates(identity: Identity) -> sa.Select[uuid.UUID]:
    """Return the ids of all who are now in a team with this identity, themself included."""
    mine = sa.select(TeamMembership.team_id).where(
        TeamMembership.user_id == identity.id, TeamMembership.ended_at.is_(None)
    )
    return sa.select(TeamMembership.user_id).where(TeamMembership.team_id.in_(mine), TeamMembership.ended_at.is_(None))


def supervises(identity: Identity, coach: Any) -> Any:
    """Return the condition that this identity is a supervisor in a team of a coach, and not that coach."""
    if identity.role is not Role.SUPERVISOR:
        return sa.false()
    return sa.and_(coach.in_(team_mates(identity)), coach != identity.id)
