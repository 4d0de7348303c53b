"""Teams, and who is in them: membership is a period, begun and ended, never overwritten."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Team, TeamMembership, demand
from coachdesk.accounts.models import User
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity


def list_teams(session: Any) -> list[Team]:
    """Return the teams, by name."""
    return list(session.scalars(sa.select(Team).order_by(Team.name)))


def map_members(session: Any) -> dict[uuid.UUID, list[User]]:
    """Return who is in each team now, by name."""
    found: dict[uuid.UUID, list[User]] = {}
    rows = session.execute(
        sa.select(TeamMembership.team_id, User)
        .join(User, User.id == TeamMembership.user_id)
        .where(TeamMembership.ended_at.is_(None))
        .order_by(User.first_name, User.last_name)
    )
    for team_id, user in rows:
        found.setdefault(team_id, []).append(user)
    return found


def make_team(session: Any, identity: Identity, *, name: str, now: dt.datetime) -> Team:
    """Make a team; its name is its own."""
    demand(identity, Action.ADMIN_TEAMS)
    _refuse_taken(session, name)
    team = Team(id=uuid.uuid4(), name=name, created_at=now)
    session.add(team)
    session.flush()
    audit.record(session, identity, audit.Event.TEAM_MADE, subject=team, now=now)
    return team


def find_team(session: Any, identity: Identity, team_id: uuid.UUID) -> Team:
    """Return a team; raises `NotFound`."""
    demand(identity, Action.ADMIN_TEAMS)
    team: Team | None = session.get(Team, team_id)
    if team is None:
        raise NotFound
    return team


def rename_team(session: Any, identity: Identity, team_id: uuid.UUID, *, name: str, now: dt.datetime) -> Team:
    """Give a team another name."""
    team = find_team(session, identity, team_id)
    _refuse_taken(session, name, besides=team)
    team.name = name
    session.flush()
    audit.record(session, identity, audit.Event.TEAM_RENAMED, subject=team, now=now)
    return team


def _refuse_taken(session: Any, name: str, *, besides: Team | None = None) -> None:
    if any(team is not besides and team.name.casefold() == name.casefold() for team in list_teams(session)):
        raise Refused(mark("There is a team with this name already."), "name")


def put_in_teams(
    session: Any, identity: Identity, user_id: uuid.UUID, team_ids: Iterable[uuid.UUID], *, now: dt.datetime
) -> None:
    """Let somebody be in just these teams from now on: other memberships end, new ones begin."""
    demand(identity, Action.ADMIN_TEAMS)
    wanted, known = set(team_ids), {team.id for team in list_teams(session)}
    if wanted - known:
        raise NotFound
    rows = session.scalars(
        sa.select(TeamMembership).where(TeamMembership.user_id == user_id, TeamMembership.ended_at.is_(None))
    ).all()
    for row in rows:
        if row.team_id not in wanted:
            row.ended_at, row.ended_by = now, identity.id
            audit.record(session, identity, audit.Event.MEMBERSHIP_ENDED, subject=row, now=now)
    for team_id in wanted - {row.team_id for row in rows}:
        made = TeamMembership(id=uuid.uuid4(), team_id=team_id, user_id=user_id, started_at=now, started_by=identity.id)
        session.add(made)
        session.flush()
        audit.record(session, identity, audit.Event.MEMBERSHIP_MADE, subject=made, now=now)
    session.flush()
