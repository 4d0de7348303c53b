"""What was told, as an administrator sees it: which reader, by which channel and why; no person, no word of anybody."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Role, demand, unscoped
from coachdesk.accounts.models import User
from coachdesk.admin import trail
from coachdesk.notify import Channel, Delivery, DeliveryState, Topic
from coachdesk.reminders import previewing
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.reminders.kinds import Rule
    from coachdesk.reminders.rules import Due

_NARROW = "administrators see readers, channels and rules, never whom it was about"


class Standing(StrEnum):
    """Where a message stands, as it is looked for."""

    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    SKIPPED = "skipped"
    STOPPED = "stopped"


STANDING_WORDS: Mapping[Standing, str] = {
    Standing.WAITING: mark("Waiting"),
    Standing.HELD: mark("Held back"),
    Standing.SENT: mark("Sent"),
    Standing.SKIPPED: mark("Not sent"),
    Standing.STOPPED: mark("Stopped"),
}


@dataclass(frozen=True)
class Asked:
    """What the reader of the ledger asked for."""

    standing: Standing | None = None
    channel: Channel | None = None
    rule: Rule | None = None
    topic: Topic | None = None
    who: str = ""
    """Letters of a reader's name."""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def used(self) -> list[str]:
        """The names of the filters in use, never what was typed into them."""
        given = {
            "state": self.standing,
            "channel": self.channel,
            "about": self.rule or self.topic,
            "who": self.who,
            "from": self.since,
            "to": self.until,
        }
        return [name for name, value in given.items() if value]


@dataclass(frozen=True)
class Line:
    """One message: to whom, where it stands, and the rules it told of with how many of each."""

    delivery: Any
    reader: str
    """Empty where it is a person with an account: an administrator reads no person's name here."""
    rules: Sequence[tuple[Rule, int]]


@dataclass(frozen=True)
class Coming:
    """A message that would leave at a moment: to whom, how, and the rules it would tell of with how many of each."""

    at: dt.datetime
    reader: str
    channel: Channel
    rules: Sequence[tuple[Rule, int]]


@dataclass(frozen=True)
class Tally:
    """What stands above the list."""

    waiting: int
    held: int
    sent_today: int
    stopped: int


def find_ledger(
    session: Any, identity: Identity, asked: Asked, *, offset: int = 0, limit: int = 50
) -> tuple[list[Line], int]:
    """Return a page of what was told, the newest first, and how many fit; raises `Refused` where a name fits many."""
    demand(identity, Action.ADMIN_REMINDERS)
    page = _select_page(_conditions(session, asked), offset, limit, counts=asked.rule is not None).subquery()
    found = (
        sa.select(
            Delivery.id,
            Delivery.channel,
            Delivery.topic,
            Delivery.state,
            Delivery.held,
            Delivery.error,
            Delivery.attempts,
            Delivery.created_at,
            Delivery.not_before,
            Delivery.sent_at,
            User.first_name,
            User.last_name,
            User.role_name,
            page.c.total,
        )
        .join(page, page.c.id == Delivery.id)
        .join(User, User.id == Delivery.recipient_id)
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
    )
    rows = session.execute(unscoped(found, because=_NARROW)).all()
    total = rows[0].total if rows else None
    if total is None:
        count = sa.select(sa.func.count()).select_from(Delivery).where(*_conditions(session, asked))
        total = session.scalar(unscoped(count, because=_NARROW))
    rules = _map_rules(session, [row.id for row in rows])
    return [Line(row, _reader(row), rules.get(row.id, ())) for row in rows], total


def _select_page(fits: list[Any], offset: int, limit: int, *, counts: bool) -> Any:
    """Select a page of messages; with `counts` their number too, where looking twice would take twice as long."""
    total = sa.func.count().over() if counts else sa.null()
    newest = (Delivery.created_at.desc(), Delivery.id.desc())
    return sa.select(Delivery.id, total.label("total")).where(*fits).order_by(*newest).offset(offset).limit(limit)


def _reader(row: Any) -> str:
    return "" if row.role_name is Role.CLIENT else f"{row.first_name} {row.last_name}".strip()


def _conditions(session: Any, asked: Asked) -> list[Any]:
    fits = list(_standing(asked.standing)) if asked.standing else []
    if asked.channel:
        fits.append(Delivery.channel == asked.channel)
    if asked.topic:
        fits.append(Delivery.topic == asked.topic)
    if asked.rule:
        told = sa.select(LedgerDelivery.delivery_id).join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        fits.append(Delivery.id.in_(told.where(LedgerEntry.rule == asked.rule)))
    if asked.who:
        fits.append(Delivery.recipient_id.in_(trail.staff_like(session, asked.who)))
    if asked.since:
        fits.append(Delivery.created_at >= asked.since)
    if asked.until:
        fits.append(Delivery.created_at < asked.until)
    return fits


def _standing(standing: Standing) -> tuple[Any, ...]:
    if standing is Standing.WAITING:
        return (Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)), Delivery.held.is_(None))
    if standing is Standing.HELD:
        return (Delivery.state == DeliveryState.WAITING, Delivery.held.is_not(None))
    return (Delivery.state == DeliveryState(standing.value),)


def _map_rules(session: Any, delivery_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[tuple[Rule, int]]]:
    counted = (
        sa.select(LedgerDelivery.delivery_id, LedgerEntry.rule, sa.func.count())
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .where(LedgerDelivery.delivery_id.in_(delivery_ids))
        .group_by(LedgerDelivery.delivery_id, LedgerEntry.rule)
        .order_by(sa.func.count().desc(), LedgerEntry.rule)
    )
    found: dict[uuid.UUID, list[tuple[Rule, int]]] = defaultdict(list)
    for delivery_id, rule, n in session.execute(unscoped(counted, because=_NARROW)):
        found[delivery_id].append((rule, n))
    return found


def tally(session: Any, identity: Identity, *, midnight: dt.datetime) -> Tally:
    """Count what waits, what is held back, what was sent since the day began, and what has stopped: one query."""
    demand(identity, Action.ADMIN_REMINDERS)
    parts = [
        _standing(Standing.WAITING),
        _standing(Standing.HELD),
        (Delivery.sent_at >= midnight,),
        _standing(Standing.STOPPED),
    ]
    counts = [sa.select(sa.func.count()).select_from(Delivery).where(*fits).scalar_subquery() for fits in parts]
    return Tally(*session.execute(sa.select(*counts)).one())


def list_next(session: Any, identity: Identity, *, now: dt.datetime, until: dt.datetime) -> list[Coming]:
    """Return what would leave by a moment if nothing changed, in order of its leaving; nothing is written."""
    demand(identity, Action.ADMIN_REMINDERS)
    return [
        Coming(telling.at or now, telling.reader.name, telling.channel, _counted(telling.dues))
        for telling in previewing.preview(session, now=now, until=until)
    ]


def _counted(dues: Sequence[Due]) -> list[tuple[Rule, int]]:
    return sorted(Counter(due.rule for due in dues).items(), key=lambda pair: (-pair[1], pair[0]))


def try_again(session: Any, identity: Identity, delivery_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Let a message that has stopped be tried anew, from now on; whether it is still right is asked as it leaves."""
    demand(identity, Action.ADMIN_REMINDERS)
    delivery = session.scalar(sa.select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if delivery is None:
        raise NotFound
    if delivery.state in (DeliveryState.WAITING, DeliveryState.SENDING):
        return  # pressed twice
    if delivery.state is not DeliveryState.STOPPED:
        raise Refused(mark("This one did not stop. Nothing was changed."))
    delivery.state, delivery.not_before, delivery.attempts = DeliveryState.WAITING, now, 0
    session.flush()
    audit.record(session, identity, audit.Event.DELIVERY_RETRIED, subject=delivery, now=now)
