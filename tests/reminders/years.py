"""Years of a caseload under a clock that is set: what is done, planned and sent each day, and whether it was right."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment, Away, TeamMembership, unscoped
from coachdesk.accounts.models import User
from coachdesk.clients.models import Episode
from coachdesk.clock import day_of, moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Mailer, deliver
from coachdesk.reminders import planning
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.looking import IN_APP
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import QUIET_FROM, QUIET_UNTIL
from tests.reminders.life import EASTERN, Life

if TYPE_CHECKING:
    from coachdesk.clock import FixedClock

HOURS = (dt.time(0, 5), dt.time(1, 45), dt.time(3, 5), dt.time(8), dt.time(14, 30), dt.time(22))
"""When it is planned and sent on a day: around what is due at night, in the morning, and in the quiet of the evening."""


class Years:
    """A caseload that lives, is planned for and told, day after day."""

    def __init__(self, session: Any, life: Life, clock: FixedClock, smtp: str) -> None:
        self.session, self.life, self.clock = session, life, clock
        self.ways = {Channel.EMAIL: Mailer(smtp, "CoachDesk <desk@desk.example>", "https://desk.example")}

    def live(self, day: dt.date, *, acts: int, hours: tuple[dt.time, ...] = HOURS) -> None:
        """Live through a day."""
        for hour in hours:
            self.clock.set(moment_of(day, hour, EASTERN))
            for _each in range(acts):
                self.life.act(self.clock.now())
            self.clock.move(minutes=1)
            with writing():
                planning.plan(self.session, now=self.clock.now())
            wanted = partial(planning.still_wanted, ahead=Ahead())
            deliver(self.session, self.ways, claimant=uuid.uuid4(), clock=self.clock.now, still_wanted=wanted)
            self.session.expunge_all()

    def wrongs(self) -> Counter[str]:
        """Count what was told wrongly, by what is wrong about it."""
        past, found = _Past(self.session), Counter[str]()
        told: dict[uuid.UUID, list[Any]] = defaultdict(list)
        for row in self._sent():
            told[row.id].append(row)
        times = Counter((row.entry_id, row.channel) for rows in told.values() for row in rows)
        found["told twice"] = sum(number > 1 for number in times.values())
        for rows in told.values():
            sent = rows[0]
            at = sent.sent_at.astimezone(EASTERN).time()
            if sent.channel is not Channel.IN_APP and (at >= QUIET_FROM or at < QUIET_UNTIL):
                found["in quiet hours"] += 1
            if not any(past.walked(row.client_id, row.recipient_id, sent.sent_at) for row in rows):
                found["to who answered for nobody it tells of"] += 1
            if not any(past.was_open(row.client_id, sent.sent_at) for row in rows):
                found["after an end"] += 1
            if all(row.due_on > day_of(sent.sent_at, EASTERN) for row in rows):
                found["before its day"] += 1
        return +found

    def count(self) -> Counter[str]:
        """Count what was told, by channel, and what was never told in the app though it should have been."""
        sent = Counter(str(row.channel) for row in {row.id: row for row in self._sent()}.values())
        linked = sa.select(LedgerDelivery.entry_id)
        untold = sa.select(sa.func.count()).select_from(LedgerEntry)
        untold = untold.where(LedgerEntry.rule.in_(IN_APP), LedgerEntry.id.not_in(linked))
        sent["untold"] = self.session.scalar(unscoped(untold, because="a test"))
        return sent

    def _sent(self) -> list[Any]:
        columns = (Delivery.id, Delivery.channel, Delivery.sent_at, Delivery.recipient_id)
        of_entry = (LedgerEntry.id.label("entry_id"), LedgerEntry.client_id, LedgerEntry.due_on)
        found = (
            sa.select(*columns, *of_entry)
            .join(LedgerDelivery, LedgerDelivery.delivery_id == Delivery.id)
            .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
            .where(Delivery.state == DeliveryState.SENT, Delivery.sent_at > self.life.began)
        )
        return list(self.session.execute(unscoped(found, because="a test")))


class _Past:
    """Who answered for whom, and with whom coaching went on, at any moment."""

    def __init__(self, session: Any) -> None:
        def rows(table: Any) -> list[Any]:
            return list(session.scalars(unscoped(sa.select(table), because="a test")))

        self.assigned, self.away, self.open = defaultdict(list), rows(Away), defaultdict(list)
        for row in rows(Assignment):
            self.assigned[row.client_id].append(row)
        for row in rows(Episode):
            self.open[row.client_id].append(row)
        seniors = {user.id for user in rows(User) if user.role_name == "supervisor"}
        teams = defaultdict(set)
        for row in rows(TeamMembership):
            teams[row.team_id].add(row.user_id)
        self.over: dict[Any, set[Any]] = defaultdict(set)
        for members in teams.values():
            for one in members:
                self.over[one] |= members & seniors

    def walked(self, person: uuid.UUID, user: uuid.UUID, at: dt.datetime) -> bool:
        """Say whether somebody was the person's coach then, looked after them, or was over who did."""
        coach = next((row.coach_id for row in self.assigned[person] if _holds(row.started_at, row.ended_at, at)), None)
        covers = {
            row.cover_id
            for row in self.away
            if row.user_id == coach and row.starts_at <= at < row.ends_at and _holds(row.made_at, row.ended_at, at)
        }
        return user in {coach} | covers | self.over[coach]

    def was_open(self, person: uuid.UUID, at: dt.datetime) -> bool:
        """Say whether coaching went on with a person then."""
        return any(_holds(row.opened_at, row.closed_at, at) for row in self.open[person])


def _holds(begun: dt.datetime, ended: dt.datetime | None, at: dt.datetime) -> bool:
    return begun <= at and (ended is None or at < ended)
