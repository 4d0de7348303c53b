"""Who can see whom today, reckoned from the same rows as the scoping rule: names and reasons, nobody's story."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import (
    STAFF,
    Action,
    Assignment,
    Away,
    BreakGlass,
    Earlier,
    HandOver,
    Restriction,
    Role,
    Team,
    TeamMembership,
    demand,
    is_away,
    unscoped,
)
from coachdesk.access.kinds import REVIEW_DAYS
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import add_working_days, day_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity

_NARROW = "administrators see names and who sees whom, nothing else"


class Why(StrEnum):
    """Why somebody sees a person."""

    COACH = "coach"
    COVER = "cover"
    TEAM = "team"
    GLASS = "glass"


@dataclass(frozen=True)
class Cover:
    """A coach who is away, and the last day of it in the organisation's zone; somebody looks after their people."""

    coach_id: uuid.UUID
    name: str
    until_on: dt.date


@dataclass(frozen=True)
class Seen:
    """A person somebody sees, and why; until when, where it was opened in an emergency."""

    id: uuid.UUID
    name: str
    why: Why
    until: dt.datetime | None = None
    since: dt.datetime | None = None
    """Where somebody reads only what was written since they came."""
    cover: Cover | None = None
    """Where their coach is away, and this reader looks after them meanwhile."""


@dataclass
class Sight:
    """What one member of staff sees."""

    user: User
    teams: list[str] = field(default_factory=list)
    people: list[Seen] = field(default_factory=list)
    kept: list[tuple[uuid.UUID, str]] = field(default_factory=list)
    """Whom they may not see, whatever else holds: id and name."""

    def of(self, why: str) -> list[Seen]:
        """Return those seen for one reason."""
        return [seen for seen in self.people if seen.why == why]

    def covers(self) -> list[tuple[Cover, list[Seen]]]:
        """Return those looked after meanwhile, by the coach who is away."""
        found: dict[Cover, list[Seen]] = {}
        for seen in self.people:
            if seen.cover:
                found.setdefault(seen.cover, []).append(seen)
        return list(found.items())


@dataclass(frozen=True)
class Access:
    """Everybody of staff with what they see, and the teams there are."""

    sights: Sequence[Sight]
    teams: Sequence[str]

    def people_shown(self) -> set[uuid.UUID]:
        """Return whose names stand on the page."""
        return {seen.id for sight in self.sights for seen in sight.people} | {
            key for sight in self.sights for key, _name in sight.kept
        }


@dataclass(frozen=True)
class Period:
    """A time with one coach, and what was decided at its beginning about earlier words."""

    coach: str
    started_on: dt.date
    ended_at: dt.datetime | None
    earlier: Earlier | None


def due_on(opened_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the local day by which a record opened in an emergency is looked at: two working days on (FIELD 6.6)."""
    return add_working_days(day_of(opened_at, zone), REVIEW_DAYS)


def list_periods(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Period]:
    """Return a person's coaches, the one of now first."""
    demand(identity, Action.ADMIN_ASSIGN)
    rows = session.execute(
        unscoped(
            sa.select(Assignment, User, HandOver.earlier)
            .join(User, User.id == Assignment.coach_id)
            .outerjoin(HandOver, HandOver.assignment_id == Assignment.id)
            .where(Assignment.client_id == client_id)
            .order_by(Assignment.ended_at.is_not(None), Assignment.started_at.desc()),
            because=_NARROW,
        )
    )
    return [Period(coach.name, row.started_on, row.ended_at, earlier) for row, coach, earlier in rows]


def open_access(session: Any, identity: Identity, *, team: str = "", now: dt.datetime) -> Access:
    """Gather who sees whom in six queries; of one team's staff, where one is named."""
    demand(identity, Action.ADMIN_ACCESS)
    staff = session.scalars(
        sa.select(User).where(User.active, User.role_name.in_(STAFF)).order_by(User.first_name, User.last_name)
    )
    sights = {user.id: Sight(user) for user in staff}
    members = _members(session)
    for name, user_ids in members.items():
        for user_id in user_ids & sights.keys():
            sights[user_id].teams.append(name)
    people = _people_by_coach(session)
    kept = _kept(session)
    glass, covers = _glass(session, now=now), _covers(session, now=now)
    for user_id, sight in sights.items():
        sight.kept = kept.get(user_id, [])
        hidden = {key for key, _name in sight.kept}
        sight.people = [
            seen for seen in _seen(sight, members, people, glass, covers.get(user_id, [])) if seen.id not in hidden
        ]
    chosen = [sight for sight in sights.values() if not team or team in sight.teams]
    return Access(chosen, list(members))


def _seen(
    sight: Sight,
    members: dict[str, set[uuid.UUID]],
    people: dict[uuid.UUID, list[tuple[uuid.UUID, str, dt.datetime | None]]],
    glass: dict[uuid.UUID, list[Seen]],
    covers: list[Cover],
) -> Iterator[Seen]:
    """Give whom somebody sees, each once: as their coach, as cover, else by a team, else opened in an emergency."""
    if sight.user.role_name is Role.ADMINISTRATOR:
        return
    own = people.get(sight.user.id, [])
    found = {key for key, _name, _since in own}
    yield from (Seen(key, name, Why.COACH, since=since) for key, name, since in own)
    for cover in covers:
        theirs = people.get(cover.coach_id, [])
        found |= {key for key, _name, _since in theirs}
        yield from (Seen(key, name, Why.COVER, since=since, cover=cover) for key, name, since in theirs)
    if sight.user.role_name is Role.COACH:
        return
    mates = set[uuid.UUID]().union(*(members[name] for name in sight.teams))
    mates -= {sight.user.id, *(cover.coach_id for cover in covers)}
    for coach_id, theirs in people.items():
        if coach_id in mates:
            found |= {key for key, _name, _since in theirs}
            yield from (Seen(key, name, Why.TEAM) for key, name, _since in theirs)
    yield from (seen for seen in glass.get(sight.user.id, []) if seen.id not in found)


def _members(session: Any) -> dict[str, set[uuid.UUID]]:
    """Return who is in each team now, by the team's name; a team without anybody too."""
    now = sa.and_(TeamMembership.team_id == Team.id, TeamMembership.ended_at.is_(None))
    found: dict[str, set[uuid.UUID]] = {}
    for name, user_id in session.execute(
        sa.select(Team.name, TeamMembership.user_id).outerjoin(TeamMembership, now).order_by(Team.name)
    ):
        found.setdefault(name, set()).update({user_id} - {None})
    return found


def _people_by_coach(session: Any) -> dict[uuid.UUID, list[tuple[uuid.UUID, str, dt.datetime | None]]]:
    found: dict[uuid.UUID, list[tuple[uuid.UUID, str, dt.datetime | None]]] = {}
    from_today = sa.and_(HandOver.assignment_id == Assignment.id, HandOver.earlier == Earlier.FROM_TODAY)
    rows = (
        sa.select(Assignment.coach_id, Client.id, Client.first_name, Client.last_name, HandOver.at)
        .join(Client, Client.id == Assignment.client_id)
        .outerjoin(HandOver, from_today)
        .where(Assignment.ended_at.is_(None))
        .order_by(Client.shown_sort)
    )
    for coach_id, key, first, last, since in session.execute(unscoped(rows, because=_NARROW)):
        found.setdefault(coach_id, []).append((key, f"{first} {last}".strip(), since))
    return found


def _kept(session: Any) -> dict[uuid.UUID, list[tuple[uuid.UUID, str]]]:
    found: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = {}
    rows = (
        sa.select(Restriction.user_id, Client.id, Client.first_name, Client.last_name)
        .join(Client, Client.id == Restriction.client_id)
        .where(Restriction.ended_at.is_(None))
        .order_by(Client.shown_sort)
    )
    for user_id, key, first, last in session.execute(unscoped(rows, because=_NARROW)):
        found.setdefault(user_id, []).append((key, f"{first} {last}".strip()))
    return found


def _covers(session: Any, *, now: dt.datetime) -> dict[uuid.UUID, list[Cover]]:
    """Return whose people are looked after at a moment, by who does."""
    found: dict[uuid.UUID, list[Cover]] = {}
    rows = sa.select(Away, User).join(User, User.id == Away.user_id).where(Away.cover_id.is_not(None), *is_away(now))
    for row, coach in session.execute(rows.order_by(Away.starts_at, Away.id)):
        found.setdefault(row.cover_id, []).append(Cover(coach.id, coach.name, row.until_on))
    return found


def _glass(session: Any, *, now: dt.datetime) -> dict[uuid.UUID, list[Seen]]:
    found: dict[uuid.UUID, list[Seen]] = {}
    rows = (
        sa.select(BreakGlass, Client.first_name, Client.last_name)
        .join(Client, Client.id == BreakGlass.client_id)
        .where(BreakGlass.opened_at <= now, BreakGlass.ends_at > now, BreakGlass.closed_at.is_(None))
        .order_by(BreakGlass.ends_at)
    )
    for look, first, last in session.execute(unscoped(rows, because=_NARROW)):
        found.setdefault(look.user_id, []).append(
            Seen(look.client_id, f"{first} {last}".strip(), Why.GLASS, look.ends_at)
        )
    return found
