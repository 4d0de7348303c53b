"""Writing down what is told: occurrences, messages and which tells of which, many with each statement."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.db import Many, insert_many
from coachdesk.notify import Channel, Delivery, DeliveryState, Held, enqueue_many, restore, withdraw
from coachdesk.reminders import recalling
from coachdesk.reminders.models import LedgerAct, LedgerDelivery, LedgerEntry
from coachdesk.reminders.rules import Due
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Sequence

    from coachdesk.reminders.looking import Telling

AT_ONCE = 500
"""So many keys go into one statement; each database has its own bound on that, far above."""
NOT_TOLD = (Held.NOT_DUE, Held.DONE, Held.NOT_THEIRS)
"""A message skipped for one of these told of nothing: what it was about may be told again."""
_UNMARKED = 4
"""Parts of a key before what marks it among others of its day."""
_BECAUSE = "the system plans"
_Thing = TypeVar("_Thing")


def write_entries(session: Any, dues: Collection[Due], *, now: dt.datetime) -> set[str]:
    """Write occurrences down, each once however many write; return the keys of those that are new."""
    rows = [
        {
            "id": uuid.uuid4(),
            "key": due.key,
            "rule": due.rule,
            "subject_id": due.subject,
            "client_id": due.client_id,
            "recipient_id": due.recipient,
            "due_on": due.on,
            "why": str(due.why),
            "made_at": now,
        }
        for due in sorted(dues, key=lambda due: due.key)  # in one order, so that two who write wait for one another
    ]
    return {row.key for row in insert_many(session, LedgerEntry, rows, LedgerEntry.key)}


def queue(session: Any, tellings: Sequence[Telling], *, now: dt.datetime) -> int:
    """Queue messages, and note of which occurrences each tells; return how many are new."""
    made = enqueue_many(session, [telling.message() for telling in tellings], now=now)
    told = [telling for telling in tellings if telling.key in made]
    entries = _entries(session, {due.key for telling in told for due in telling.dues})
    links = [
        {"entry_id": entry_id, "delivery_id": made[telling.key], "client_id": client_id}
        for telling in told
        for entry_id, client_id in (entries[due.key] for due in telling.dues if due.key in entries)
    ]
    for some in in_batches(links):
        session.execute(sa.insert(LedgerDelivery), list(some))
    return len(made)


def map_open(session: Any, ids: Collection[uuid.UUID]) -> set[str]:
    """Return the keys of what was told of these people and was due when they were looked at last."""
    found = sa.select(LedgerEntry.key).where(
        Many(session, ids).has(LedgerEntry.client_id), LedgerEntry.over_at.is_(None)
    )
    return set(session.scalars(unscoped(found, because=_BECAUSE)))


def close(session: Any, keys: Collection[str], *, now: dt.datetime) -> None:
    """Write down that these are due no longer, and take back what was said of each by itself."""
    for some in in_batches(sorted(keys)):
        session.execute(
            sa.update(LedgerEntry)
            .where(LedgerEntry.key.in_(some))
            .values(over_at=now)
            .execution_options(synchronize_session=False)
        )
        withdraw(session, recalling.list_own_messages(session, some), now=now)


def reopen(session: Any, keys: Collection[str], *, now: dt.datetime) -> None:
    """Let what was over be due again: whoever was told of it is not told anew, and reads again what was taken back."""
    over: dict[dt.datetime, list[str]] = defaultdict(list)
    for some in in_batches(sorted(keys)):
        found = sa.select(LedgerEntry.key, LedgerEntry.over_at).where(
            LedgerEntry.key.in_(some), LedgerEntry.over_at.is_not(None)
        )
        for key, at in session.execute(unscoped(found, because=_BECAUSE)):
            over[at].append(key)
    for at, of_then in over.items():
        for some in in_batches(of_then):
            session.execute(
                sa.update(LedgerEntry)
                .where(LedgerEntry.key.in_(some))
                .values(over_at=None)
                .execution_options(synchronize_session=False)
            )
            restore(session, recalling.list_own_messages(session, some), taken_at=at, now=now)


def map_unmailed(session: Any, reader_ids: Collection[uuid.UUID], *, now: dt.datetime) -> dict[uuid.UUID, list[Due]]:
    """Return by reader what is due and was told by nothing that leaves the building, nor put off by them."""
    found: dict[uuid.UUID, list[Due]] = defaultdict(list)
    for some in in_batches(sorted(reader_ids)):
        rows = select_open().where(LedgerEntry.recipient_id.in_(some), ~_left(now), ~put_off(now))
        for row in session.execute(unscoped(rows.order_by(LedgerEntry.key), because=_BECAUSE)):
            found[row.recipient_id].append(as_due(row))
    return found


def list_answered(session: Any, delivery_id: uuid.UUID, *, now: dt.datetime) -> Sequence[bool]:
    """Say of each thing a message tells of whether its reader has answered it, or moved it to later."""
    told = sa.select(put_off(now)).select_from(LedgerEntry)
    told = told.join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
    answers: Sequence[bool] = session.scalars(
        unscoped(told.where(LedgerDelivery.delivery_id == delivery_id), because=_BECAUSE)
    ).all()
    return answers


COLUMNS = (
    LedgerEntry.key,
    LedgerEntry.rule,
    LedgerEntry.subject_id,
    LedgerEntry.client_id,
    LedgerEntry.recipient_id,
    LedgerEntry.due_on,
)
"""An occurrence, as far as a message needs it."""


def select_open() -> Any:
    """Select what was told and is due, as far as a message needs it."""
    return sa.select(*COLUMNS).where(LedgerEntry.over_at.is_(None))


def as_due(row: Any, words: str = "") -> Due:
    """Return a row of the ledger as what is due, without its words unless given: what leaves the building says none."""
    why = say(mark("%(text)s"), text=words)
    said = row.key.split(":")[_UNMARKED:]
    return Due(row.rule, row.subject_id, row.client_id, row.recipient_id, row.due_on, why, mark="".join(said))


def _left(now: dt.datetime) -> Any:
    """Return the condition that a message that leaves the building told of an occurrence, or will, since it came back."""
    told = (
        sa.select(sa.literal(1))
        .select_from(LedgerDelivery)
        .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
        .where(
            LedgerDelivery.entry_id == LedgerEntry.id,
            Delivery.channel != Channel.IN_APP,
            sa.or_(Delivery.state != DeliveryState.SKIPPED, Delivery.held.is_(None), Delivery.held.not_in(NOT_TOLD)),
            ~recalling.came_back_since(Delivery.created_at, now),
        )
    )
    return told.correlate(LedgerEntry).exists()


def put_off(now: dt.datetime) -> Any:
    """Return the condition that its reader has answered an occurrence, or moved it to later."""
    acts = sa.select(sa.literal(1)).where(
        LedgerAct.entry_id == LedgerEntry.id,
        LedgerAct.undone_at.is_(None),
        sa.or_(LedgerAct.until.is_(None), LedgerAct.until > now),
    )
    return acts.correlate(LedgerEntry).exists()


def _entries(session: Any, keys: Collection[str]) -> dict[str, tuple[uuid.UUID, uuid.UUID]]:
    found = {}
    for some in in_batches(sorted(keys)):
        rows = sa.select(LedgerEntry.key, LedgerEntry.id, LedgerEntry.client_id).where(LedgerEntry.key.in_(some))
        found.update({key: (entry, person) for key, entry, person in session.execute(unscoped(rows, because=_BECAUSE))})
    return found


def in_batches(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    """Yield as many at once as go into one statement."""
    for begin in range(0, len(things), AT_ONCE):
        yield things[begin : begin + AT_ONCE]
