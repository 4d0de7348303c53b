"""What was, at any moment of a life that was lived through: read from the rows themselves, not as reminders read them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import Assignment, Away, Restriction, TeamMembership, unscoped
from coachdesk.accounts.models import User
from coachdesk.clients.models import Episode
from tests.reminders.life import EASTERN

if TYPE_CHECKING:
    import datetime as dt
    import uuid


class Past:
    """Who answered for whom, and with whom coaching went on, at any moment."""

    def __init__(self, session: Any) -> None:
        def rows(table: Any) -> list[Any]:
            return list(session.scalars(unscoped(sa.select(table), because="a test")))

        self.assigned, self.away, self.open = defaultdict(list), rows(Away), defaultdict(list)
        for row in rows(Assignment):
            self.assigned[row.client_id].append(row)
        for row in rows(Episode):
            self.open[row.client_id].append(row)
        self.kept: dict[Any, list[Any]] = defaultdict(list)
        for row in rows(Restriction):
            self.kept[row.client_id, row.user_id].append(row)
        users = rows(User)
        self.zones = {user.id: ZoneInfo(user.zone) if user.zone else EASTERN for user in users}
        seniors = {user.id for user in users if user.role_name == "supervisor"}
        teams = defaultdict(set)
        for row in rows(TeamMembership):
            teams[row.team_id].add(row.user_id)
        self.over: dict[Any, set[Any]] = defaultdict(set)
        for members in teams.values():
            for one in members:
                self.over[one] |= members & seniors

    def walked(self, person: uuid.UUID, user: uuid.UUID, at: dt.datetime) -> bool:
        """Say whether somebody was the person's coach then, looked after them, or was over who did."""
        coach = self.coach_of(person, at)
        covers = {
            row.cover_id
            for row in self.away
            if row.user_id == coach and row.starts_at <= at < row.ends_at and holds(row.made_at, row.ended_at, at)
        }
        return user in {coach} | covers | self.over[coach]

    def coach_of(self, person: uuid.UUID, at: dt.datetime) -> uuid.UUID | None:
        """Return whose person they were then."""
        return next((row.coach_id for row in self.assigned[person] if holds(row.started_at, row.ended_at, at)), None)

    def was_kept(self, person: uuid.UUID, user: uuid.UUID, at: dt.datetime) -> bool:
        """Say whether somebody might not see the person then."""
        return any(holds(row.started_at, row.ended_at, at) for row in self.kept[person, user])

    def zone_of(self, user: uuid.UUID) -> ZoneInfo:
        """Return the zone an account reads in."""
        return self.zones[user]

    def was_open(self, person: uuid.UUID, at: dt.datetime) -> bool:
        """Say whether coaching went on with a person then."""
        return any(holds(row.opened_at, row.closed_at, at) for row in self.open[person])


def holds(begun: dt.datetime, ended: dt.datetime | None, at: dt.datetime) -> bool:
    return begun <= at and (ended is None or at < ended)
