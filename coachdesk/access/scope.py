"""The one scoping rule: may this identity see this person? Asked in SQL, so that it stands in every query.

A coach sees their current people; a supervisor also the current people of the teams they are in; a person sees
themself; an administrator nobody's story. What may not be seen is not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access.models import Assignment, TeamMembership
from coachdesk.access.roles import Role

if TYPE_CHECKING:
    import uuid

    from coachdesk.access.roles import Identity
    from coachdesk.db import Base

SCOPED = "coachdesk_scoped"


def visible(identity: Identity, table: type[Base]) -> Any:
    """Return the select that every query over people's rows begins with."""
    return scoped(sa.select(table), identity, person_column(table))


def scoped(statement: Any, identity: Identity, column: Any) -> Any:
    """Narrow a select to the people this identity may see; `column` holds the person's id in it."""
    return statement.where(may_see(identity, column)).execution_options(**{SCOPED: True})


def unscoped(statement: Any, *, because: str) -> Any:
    """Let a select pass without the scope, with the reason written down where it happens."""
    return statement.execution_options(**{SCOPED: because})


def may_see(identity: Identity, column: Any) -> Any:
    """Return the condition that a person's id lies within what this identity may see."""
    if identity.role is Role.SYSTEM:
        return sa.true()
    if identity.role is Role.CLIENT:
        return column == identity.client_id if identity.client_id else sa.false()
    if identity.is_coaching:
        return column.in_(_people_of(identity))
    return sa.false()


def person_column(table: type[Any]) -> Any:
    """Return the column of a table that holds the person's id."""
    return table.id if table.__tablename__ == "client" else table.client_id


def _people_of(identity: Identity) -> sa.Select[uuid.UUID]:
    people = sa.select(Assignment.client_id).where(Assignment.ended_at.is_(None))
    if identity.role is Role.COACH:
        return people.where(Assignment.coach_id == identity.id)
    return people.where(sa.or_(Assignment.coach_id == identity.id, Assignment.coach_id.in_(team_mates(identity))))


def team_mates(identity: Identity) -> sa.Select[uuid.UUID]:
    """Return the ids of all who are now in a team with this identity, themself included."""
    mine = sa.select(TeamMembership.team_id).where(
        TeamMembership.user_id == identity.id, TeamMembership.ended_at.is_(None)
    )
    return sa.select(TeamMembership.user_id).where(TeamMembership.team_id.in_(mine), TeamMembership.ended_at.is_(None))
