"""Years of a caseload under a clock that is set: what is done, planned and sent each day, and whether it was right."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.clock import day_of, moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Mailer, deliver
from coachdesk.reminders import planning
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.looking import IN_APP
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import QUIET_FROM, QUIET_UNTIL
from tests.reminders import untold
from tests.reminders.life import EASTERN, Life
from tests.reminders.past import Past

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachdesk.clock import FixedClock

HOURS = (dt.time(0, 5), dt.time(1, 45), dt.time(3, 5), dt.time(8), dt.time(14, 30), dt.time(22))
"""When it is planned and sent on a day: around what is due at night, in the morning, and in the quiet of the evening."""

UNHEARD = "due for three days, and told nothing"
_AHEAD = frozenset({Rule.VISIT_TOMORROW, Rule.MILESTONE})
"""Told of on a day before theirs."""


class Years:
    """A caseload that lives, is planned for and told, day after day."""

    def __init__(self, session: Any, life: Life, clock: FixedClock, smtp: str) -> None:
        self.session, self.life, self.clock = session, life, clock
        self.lived: set[dt.date] = set()
        self.judged = 0
        """Of how many things it was looked whether they lay for three days and nobody was told."""
        self.ways = {Channel.EMAIL: Mailer(smtp, "CoachDesk <desk@desk.example>", "https://desk.example")}

    def live(self, day: dt.date, *, acts: int, hours: tuple[dt.time, ...] = HOURS) -> None:
        """Live through a day."""
        self.lived.add(day)
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
        past, found, sent = Past(self.session), Counter[str](), self._sent()
        told: dict[uuid.UUID, list[Any]] = defaultdict(list)
        for row in sent:
            told[row.id].append(row)
        for rows in told.values():
            found.update(_wrong_about(rows, past))
        times = Counter((row.entry_id, row.channel) for row in sent)
        found["told twice"] = sum(number > 1 for number in times.values())
        by_hand = [row for row in sent if row.rule == Rule.BY_HAND]
        of_one = Counter((row.subject_id, row.recipient_id, row.channel) for row in by_hand)
        found["told twice of one reminder"] = sum(number > 1 for number in of_one.values())
        unheard, self.judged = untold.find(self.session, self.life, past, self.lived)
        found[UNHEARD] = len(unheard)
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
        columns = (Delivery.id, Delivery.channel, Delivery.created_at, Delivery.sent_at, Delivery.recipient_id)
        of_what = (LedgerEntry.client_id, LedgerEntry.due_on, LedgerEntry.rule, LedgerEntry.subject_id)
        found = (
            sa.select(*columns, LedgerEntry.id.label("entry_id"), *of_what)
            .join(LedgerDelivery, LedgerDelivery.delivery_id == Delivery.id)
            .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
            .where(Delivery.state == DeliveryState.SENT, Delivery.sent_at > self.life.began)
        )
        return list(self.session.execute(unscoped(found, because="a test")))


def _wrong_about(rows: list[Any], past: Past) -> Iterator[str]:
    """Say what is wrong about one message, by the things it tells of.

    As it is queued all of them must be right. What changes while it waits for its hour keeps it only where nothing of it
    is left.
    """
    sent = rows[0]
    at = sent.sent_at.astimezone(past.zone_of(sent.recipient_id)).time()
    if sent.channel is not Channel.IN_APP and (at >= QUIET_FROM or at < QUIET_UNTIL):
        yield "in quiet hours"
    for moment, enough in ((sent.created_at, all), (sent.sent_at, any)):
        if not enough(past.walked(row.client_id, row.recipient_id, moment) for row in rows):
            yield "to who did not answer for whom it tells of"
        if not enough(not past.was_kept(row.client_id, row.recipient_id, moment) for row in rows):
            yield "to who may not see whom it tells of"
        if not enough(past.was_open(row.client_id, moment) for row in rows):
            yield "after an end"
    day = day_of(sent.created_at, past.zone_of(sent.recipient_id))
    if any(row.due_on > day for row in rows if row.rule not in _AHEAD):
        yield "before its day"
    if any(row.due_on < day for row in rows if row.rule in _AHEAD):
        yield "of what is over"
