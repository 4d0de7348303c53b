"""What a reader was told, how it stands now, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import may_see, unscoped, visible
from coachdesk.checkins import reviewing
from coachdesk.notify import Delivery, DeliveryState, Topic
from coachdesk.reminders import facts
from coachdesk.reminders.hearers import due_to
from coachdesk.reminders.kinds import Act, Rule
from coachdesk.reminders.lines import Line, line_of
from coachdesk.reminders.models import LedgerAct, LedgerDelivery, LedgerEntry
from coachdesk.reminders.rules import FAR_DAYS, Due, order_key
from coachdesk.words import NotFound, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.notify import Channel
    from coachdesk.reminders.facts import Known


@dataclass(frozen=True)
class Finished:
    """Something done, or not needed: what it was, when, and how its reader had been told."""

    entry: LedgerEntry
    act: LedgerAct
    told: list[tuple[Channel, dt.datetime]]
    """Channel and moment of each message that was sent."""


def list_finished(session: Any, identity: Identity, *, since: dt.datetime) -> list[Finished]:
    """Return what this reader did or set aside since a moment, latest first, with when and how they were told."""
    rows = session.execute(
        visible(identity, LedgerAct)
        .add_columns(LedgerEntry)
        .join(LedgerEntry, LedgerAct.entry_id == LedgerEntry.id)
        .where(
            LedgerAct.by == identity.id,
            LedgerAct.act.in_((Act.DONE, Act.NOT_NEEDED)),
            LedgerAct.undone_at.is_(None),
            LedgerAct.at >= since,
        )
        .order_by(LedgerAct.at.desc())
    ).all()
    told = map_told(session, identity, [entry.key for _act, entry in rows])
    return [Finished(entry, act, told.get(entry.key, [])) for act, entry in rows]


def map_told(session: Any, identity: Identity, keys: Iterable[str]) -> dict[str, list[tuple[Channel, dt.datetime]]]:
    """Return how and when this reader was told of occurrences, by their keys."""
    found: dict[str, list[tuple[Channel, dt.datetime]]] = defaultdict(list)
    rows = session.execute(
        visible(identity, LedgerDelivery)
        .with_only_columns(LedgerEntry.key, Delivery.channel, Delivery.sent_at, maintain_column_froms=True)
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
        .where(
            LedgerEntry.key.in_(set(keys)),
            LedgerEntry.recipient_id == identity.id,
            Delivery.state == DeliveryState.SENT,
        )
        .order_by(Delivery.sent_at)
    )
    for key, channel, sent_at in rows:
        found[key].append((channel, sent_at))
    return found


# ---- one message, as it stands now --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """One thing a message told of, as it stands now: still due, moved, done, not needed, or over by itself."""

    entry: LedgerEntry
    name: str
    line: Line | None = None
    """Where it is still due, or was moved to later."""
    act: LedgerAct | None = None
    """What its reader did about it, while that holds."""
    moved_to: dt.date | None = None
    """Its new day, where it is due on another one now."""

    @property
    def is_waiting(self) -> bool:
        """Say whether it is still to do, now."""
        return self.line is not None and self.act is None


@dataclass(frozen=True)
class ToldPage:
    """A message to its reader, and what it told of."""

    delivery: Delivery
    things: Sequence[Standing]
    elsewhere: int
    """How many things it told of that its reader no longer sees."""
    people: set[uuid.UUID] = field(default_factory=set)


def open_told(
    session: Any, identity: Identity, delivery_id: uuid.UUID, *, zone: ZoneInfo, now: dt.datetime, today: dt.date
) -> ToldPage:
    """Return what a message told its reader of, as it stands now; raises `NotFound` where it was not theirs."""
    delivery = session.scalar(
        sa.select(Delivery).where(
            Delivery.id == delivery_id, Delivery.recipient_id == identity.id, Delivery.topic == Topic.REMINDERS
        )
    )
    if delivery is None:
        raise NotFound
    linked = LedgerDelivery.delivery_id == delivery_id
    entries = session.scalars(
        visible(identity, LedgerEntry)
        .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        .where(linked, LedgerEntry.recipient_id == identity.id)
        .order_by(LedgerEntry.due_on, LedgerEntry.made_at)
    ).all()
    count = sa.select(sa.func.count()).select_from(LedgerDelivery).where(linked)
    told_of = session.scalar(unscoped(count, because="how many things it told of, and nothing of any"))
    known = {row.person.id: row for row in facts.list_known(session, identity, ids=[one.client_id for one in entries])}
    acts = _map_acts(session, identity, [entry.id for entry in entries], now=now)
    dues = _map_dues(session, identity, known.values(), entries, now=now.astimezone(zone), today=today)
    return ToldPage(
        delivery,
        sorted(
            (
                _standing(entry, known.get(entry.client_id), acts.get(entry.id), dues, now.astimezone(zone))
                for entry in entries
            ),
            key=lambda one: order_key(one.line.due) if one.line else (),
        ),
        told_of - len(entries),
        {entry.client_id for entry in entries if entry.client_id in known},
    )


def _map_acts(
    session: Any, identity: Identity, entry_ids: list[uuid.UUID], *, now: dt.datetime
) -> dict[uuid.UUID, LedgerAct]:
    """Return the latest thing the reader did about each occurrence, where it still holds."""
    rows = session.scalars(
        visible(identity, LedgerAct)
        .where(
            LedgerAct.entry_id.in_(entry_ids),
            LedgerAct.by == identity.id,
            LedgerAct.undone_at.is_(None),
            sa.or_(LedgerAct.act != Act.LATER, LedgerAct.until > now),
        )
        .order_by(LedgerAct.at)
    )
    return {act.entry_id: act for act in rows}


def _map_dues(
    session: Any,
    identity: Identity,
    known: Iterable[Known],
    entries: Iterable[LedgerEntry],
    *,
    now: dt.datetime,
    today: dt.date,
) -> dict[str, Due]:
    """Return what is due for the reader about these people, by key, however far ahead."""
    dues = {due.key: due for row in known for due in _due_to(identity, row, today, now)}
    reviews = [entry for entry in entries if entry.rule is Rule.REVIEW_WAITING]
    if reviews:
        waiting = {review.id for review, _entry in reviewing.list_waiting(session, identity)}
        dues |= {entry.key: _as_due(entry) for entry in reviews if entry.subject_id in waiting}
    return dues


def _due_to(identity: Identity, row: Known, today: dt.date, now: dt.datetime) -> list[Due]:
    is_over = row.is_over
    return due_to(identity.id, row.facts, today, is_over=is_over, now=now, ahead_days=FAR_DAYS, early=True)


def _as_due(entry: LedgerEntry) -> Due:
    return Due(entry.rule, entry.subject_id, entry.client_id, entry.recipient_id, entry.due_on, say(entry.why))


def _standing(
    entry: LedgerEntry,
    known: Known | None,
    act: LedgerAct | None,
    dues: dict[str, Due],
    now: dt.datetime,
) -> Standing:
    if known is None:
        return Standing(entry, "", act=act)
    due, name = dues.get(entry.key), known.facts.name
    if due is not None:
        return Standing(entry, name, line_of(known, due, now.date(), now=now), act)
    same = (entry.rule, entry.subject_id, entry.client_id)
    days = [other.on for other in dues.values() if (other.rule, other.subject, other.client_id) == same]
    return Standing(entry, name, act=act, moved_to=min(days, default=None))


# ---- all messages to one reader -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message to its reader, with what it told of and that they still see."""

    delivery: Delivery
    entries: Sequence[LedgerEntry]


def list_messages(session: Any, identity: Identity, *, offset: int, limit: int) -> tuple[list[Message], int]:
    """Return a page of what was made for this reader, the newest first, and how many there are altogether."""
    mine = (
        Delivery.recipient_id == identity.id,
        sa.or_(Delivery.client_id.is_(None), may_see(identity, Delivery.client_id)),
    )
    rows = session.scalars(
        sa.select(Delivery).where(*mine).order_by(Delivery.created_at.desc(), Delivery.id).offset(offset).limit(limit)
    ).all()
    total = session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(*mine))
    by_delivery: dict[uuid.UUID, list[LedgerEntry]] = defaultdict(list)
    linked = session.execute(
        visible(identity, LedgerEntry)
        .add_columns(LedgerDelivery.delivery_id)
        .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        .where(LedgerDelivery.delivery_id.in_([row.id for row in rows]))
        .order_by(LedgerEntry.due_on)
    )
    for entry, delivery_id in linked:
        by_delivery[delivery_id].append(entry)
    return [Message(row, by_delivery[row.id]) for row in rows], total
