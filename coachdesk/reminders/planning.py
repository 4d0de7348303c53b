"""Planning what is told: each occurrence once, however many schedulers look and however late they are.

In the app: asks, check-ins to review and reminders at their own hour. By mail: one a day at eight in the reader's
morning when something new is due, and a reminder with an hour at its hour. Safety tells at once, by its own room.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role, may_see
from coachdesk.accounts.models import User
from coachdesk.clock import day_of
from coachdesk.db import Key, insert_once
from coachdesk.notify import GO, Channel, Delivery, Held, Message, Topic, Verdict, enqueue
from coachdesk.reminders import coming, ledger
from coachdesk.reminders.allowing import may_leave
from coachdesk.reminders.deriving import Reader, gather_dues
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import DigestDay, LedgerDelivery, LedgerEntry
from coachdesk.reminders.telling import digest_moment, has_own_mail
from coachdesk.reminders.ways import list_messages

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from coachdesk.reminders.rules import Due

IN_APP = frozenset({Rule.BY_HAND, Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF, Rule.OUTREACH})
"""What has no number of its own on a page is told in the app; a check-in that waits stands in the queue."""


@dataclass(frozen=True)
class Telling:
    """Something that would be told: to whom, how, and why."""

    reader: Reader
    channel: Channel
    dues: Sequence[Due]
    key: str


def plan(session: Any, *, now: dt.datetime) -> int:
    """Write down what is newly due and queue its messages; return how many messages are new. The caller commits."""
    readers, by_reader = gather_dues(session, now=now)
    new = 0
    for reader_id, dues in by_reader.items():
        for due in dues:
            if ledger.write_entry(session, due, now=now):
                new += _tell_one(session, readers[reader_id], due, now=now)
    for reader in _to_consider(session, readers.values(), now=now):
        new += _tell_digest(session, reader, by_reader.get(reader.id, []), now=now)
    return new


def _to_consider(session: Any, readers: Iterable[Reader], *, now: dt.datetime) -> list[Reader]:
    """Return the readers whose morning has come and whose mail of the day was not considered yet."""
    known = {
        tuple(row)
        for row in session.execute(
            sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.considered_at > now - dt.timedelta(days=2))
        )
    }
    return [
        reader
        for reader in readers
        if (at := digest_moment(day_of(now, reader.zone), reader.zone, reader.prefs))
        and now >= at
        and (reader.id, day_of(now, reader.zone)) not in known
    ]


def preview(session: Any, *, now: dt.datetime) -> list[Telling]:
    """Return what a plan made now would queue, and write nothing."""
    readers, by_reader = gather_dues(session, now=now)
    known = set(session.scalars(sa.select(LedgerEntry.key).execution_options(coachdesk_scoped="the system plans")))
    found: list[Telling] = []
    for reader_id, dues in by_reader.items():
        reader = readers[reader_id]
        for due in dues:
            if due.key in known:
                continue
            if due.rule in IN_APP:
                found.append(Telling(reader, Channel.IN_APP, [due], ledger.in_app_key(due.key)))
            if has_own_mail(due, reader.prefs):
                found.append(Telling(reader, Channel.EMAIL, [due], f"{due.key}:email"))
        day = day_of(now, reader.zone)
        unmailed = _unmailed(session, reader, dues)
        at = digest_moment(day, reader.zone, reader.prefs)
        if unmailed and at and now >= at and not session.get(DigestDay, (reader.id, day)):
            found.append(Telling(reader, Channel.EMAIL, unmailed, _digest_key(reader, day)))
    return found


def still_wanted(session: Any, delivery: Delivery, now: dt.datetime) -> Verdict:
    """Say whether a message is still right as it leaves: its reader active, and something of it due and theirs."""
    reader = session.scalar(sa.select(User).where(User.id == delivery.recipient_id, User.active))
    if reader is None:
        return Verdict(Held.SWITCHED_OFF)
    if not _sees(session, reader, delivery.client_id, now=now):
        return Verdict(Held.NOT_THEIRS)
    allowed = may_leave(session, reader, delivery, now)
    if allowed.held:
        return allowed
    if delivery.topic is not Topic.REMINDERS:
        return GO
    if reader.role_name is Role.CLIENT:
        return GO if coming.is_still_coming(session, reader, delivery, now=now) else Verdict(Held.NOT_DUE)
    rows = session.execute(
        sa.select(LedgerEntry.key, LedgerEntry.client_id)
        .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        .where(LedgerDelivery.delivery_id == delivery.id)
    ).all()
    _readers, by_reader = gather_dues(session, now=now, ids={client_id for _key, client_id in rows})
    now_due = {due.key for due in by_reader.get(delivery.recipient_id, [])}
    return GO if any(key in now_due for key, _client_id in rows) else Verdict(Held.NOT_DUE)


def _sees(session: Any, reader: User, client_id: uuid.UUID | None, *, now: dt.datetime) -> bool:
    """Say whether a reader still sees whom a message names."""
    if client_id is None:
        return True
    return bool(session.scalar(sa.select(may_see(replace(reader.identity, now=now), sa.literal(client_id, Key())))))


# ---- telling ------------------------------------------------------------------------------------------------------


def _tell_one(session: Any, reader: Reader, due: Due, *, now: dt.datetime) -> int:
    """Queue what an occurrence tells by itself: in the app, and at its own hour by mail."""
    new = 0
    if due.rule in IN_APP:
        new += _send(
            session,
            Message(
                key=ledger.in_app_key(due.key),
                topic=Topic.REMINDERS,
                channel=Channel.IN_APP,
                recipient_id=reader.id,
                client_id=due.client_id,
                text=str(due.why),
                path=f"/people/{due.client_id}",
            ),
            [due],
            now=now,
        )
    if has_own_mail(due, reader.prefs):
        new += _send_out(session, reader, f"{due.key}:email", [due], now=now)
    return new


def _tell_digest(session: Any, reader: Reader, dues: Sequence[Due], *, now: dt.datetime) -> int:
    """Queue the day's one mail at eight, or when the first look after eight comes; a later find waits a day."""
    day = day_of(now, reader.zone)
    unmailed = _unmailed(session, reader, dues)
    if not insert_once(session, DigestDay, user_id=reader.id, day=day, considered_at=now) or not unmailed:
        return 0
    return _send_out(session, reader, _digest_key(reader, day), unmailed, now=now)


def _send_out(session: Any, reader: Reader, key: str, dues: Sequence[Due], *, now: dt.datetime) -> int:
    """Queue a message by each way the reader chose."""
    return sum(_send(session, message, dues, now=now) for message in list_messages(reader, key, things=len(dues)))


def _digest_key(reader: Reader, day: dt.date) -> str:
    return f"digest:{reader.id.hex}:{day:%Y%m%d}"


def _unmailed(session: Any, reader: Reader, dues: Sequence[Due]) -> list[Due]:
    """Return what nothing that left the house has told of yet; what has its own hour has its own message."""
    if not dues:
        return []
    keys = [due.key for due in dues]
    mailed = set(
        session.scalars(
            sa.select(LedgerEntry.key)
            .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
            .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
            .where(LedgerEntry.key.in_(keys), LedgerEntry.recipient_id == reader.id, Delivery.channel != Channel.IN_APP)
        )
    )
    return [due for due in dues if due.key not in mailed and not has_own_mail(due, reader.prefs)]


def _send(session: Any, message: Message, dues: Sequence[Due], *, now: dt.datetime) -> int:
    if not enqueue(session, message, now=now):
        return 0
    delivery_id = session.scalar(sa.select(Delivery.id).where(Delivery.key == message.key))
    entries = session.execute(
        sa.select(LedgerEntry.id, LedgerEntry.client_id).where(LedgerEntry.key.in_([due.key for due in dues]))
    )
    session.add_all(
        LedgerDelivery(entry_id=entry_id, delivery_id=delivery_id, client_id=client_id)
        for entry_id, client_id in entries
    )
    session.flush()
    return 1
