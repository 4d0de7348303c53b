"""The outbox: enqueue in the act's own transaction, claim with a lease, send outside any transaction, then mark.

In-app notices are written in the marking transaction, so exactly once. A mail goes out at least once; its Message-ID
is derived from the delivery's key, so that a repeat can be recognised.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import insert_once
from coachdesk.notify.messages import URGENCY, Channel, Held, Verdict
from coachdesk.notify.models import Delivery, DeliveryState, Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coachdesk.notify.channels import Problem, Sender
    from coachdesk.notify.messages import Message, Topic

    StillWanted = Callable[[Any, Delivery, dt.datetime], Verdict]
    Answered = Callable[[Any, Delivery, Problem | None, dt.datetime], None]

LEASE = dt.timedelta(minutes=2)
"""Longer than one send takes (the mailer waits 30 s for each answer); it begins anew as each send begins."""
BATCH = 20
GIVE_UP_AFTER = dt.timedelta(hours=48)


def enqueue(session: Any, message: Message, *, now: dt.datetime, not_before: dt.datetime | None = None) -> bool:
    """Queue a message unless its key is known; say whether it is new."""
    return insert_once(
        session,
        Delivery,
        id=uuid.uuid4(),
        key=message.key,
        topic=message.topic,
        channel=message.channel,
        recipient_id=message.recipient_id,
        client_id=message.client_id,
        text=message.text,
        path=message.path,
        subject=message.subject,
        body=message.body,
        address=message.address,
        urgency=URGENCY[message.topic],
        state=DeliveryState.WAITING,
        created_at=now,
        not_before=not_before or now,
        attempts=0,
        error="",
    )


def claim(session: Any, *, claimant: uuid.UUID, now: dt.datetime, limit: int = BATCH) -> list[Delivery]:
    """Take the next deliveries for this claimant and commit; nobody else sends them while the lease lasts."""
    ready = sa.or_(
        Delivery.state == DeliveryState.WAITING,
        sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now),
    )
    chosen = list(
        session.scalars(
            sa.select(Delivery)
            .where(ready, Delivery.not_before <= now)
            .order_by(Delivery.urgency, Delivery.not_before)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )
    for delivery in chosen:
        delivery.state = DeliveryState.SENDING
        delivery.claimed_by = claimant
        delivery.lease_until = now + LEASE
        delivery.attempts += 1
    session.commit()
    return chosen


def deliver(
    session: Any,
    sender: Sender | None,
    *,
    claimant: uuid.UUID,
    clock: Callable[[], dt.datetime],
    still_wanted: StillWanted,
    answered: Answered | None = None,
) -> int:
    """Send what is waiting, batch by batch, until nothing is left; return how many were sent.

    `answered` is told how each send by a channel that leaves the house went, once that is written down.
    """
    sent = 0
    while batch := claim(session, claimant=claimant, now=clock()):
        for delivery in batch:
            try:
                sent += _deliver_one(
                    session,
                    sender,
                    delivery,
                    claimant=claimant,
                    clock=clock,
                    still_wanted=still_wanted,
                    answered=answered,
                )
            except Exception as trouble:  # noqa: BLE001  (one that cannot be handled must not hold up the others)
                session.rollback()
                why = f"it could not be handled ({type(trouble).__name__})"
                _postpone(session, delivery, claimant, why, final=False, now=clock())
    return sent


def _deliver_one(
    session: Any,
    sender: Sender | None,
    delivery: Delivery,
    *,
    claimant: uuid.UUID,
    clock: Callable[[], dt.datetime],
    still_wanted: StillWanted,
    answered: Answered | None,
) -> bool:
    now = clock()
    mine = _hold(session, delivery, claimant, now=now)
    leaves = delivery.channel is not Channel.IN_APP
    if leaves and (sender is None or not sender.carries(delivery.channel)):
        verdict = Verdict(Held.NO_WAY)
    else:
        verdict = still_wanted(session, delivery, now) if mine else Verdict()
    session.commit()  # nothing slow happens inside a transaction
    if not mine:
        return False
    if verdict.held:
        return _hold_back(session, delivery, claimant, verdict, now=now)
    if leaves and sender is not None:
        problem = sender.send(delivery)
        if problem:
            _postpone(session, delivery, claimant, problem.sentence, final=problem.final, now=clock())
        sent = not problem and _mark(session, delivery, claimant, state=DeliveryState.SENT, now=clock())
        if answered:  # what became of the message is written down already, whatever comes of this
            answered(session, delivery, problem, clock())
            session.commit()
        return sent
    return _mark(session, delivery, claimant, state=DeliveryState.SENT, now=clock())


def _hold(session: Any, delivery: Delivery, claimant: uuid.UUID, *, now: dt.datetime) -> bool:
    """Begin the lease anew; false where it ran out while the batch was sent and somebody else took the delivery."""
    held = session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.claimed_by == claimant, Delivery.state == DeliveryState.SENDING)
        .values(lease_until=now + LEASE)
    )
    return bool(held.rowcount)


def _hold_back(session: Any, delivery: Delivery, claimant: uuid.UUID, verdict: Verdict, *, now: dt.datetime) -> bool:
    """Skip it, or let it wait until its moment; either says why. Waiting is no try."""
    if verdict.until is None:
        return _mark(session, delivery, claimant, state=DeliveryState.SKIPPED, now=now, held=verdict.held)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.claimed_by == claimant, Delivery.state == DeliveryState.SENDING)
        .values(
            state=DeliveryState.WAITING,
            not_before=verdict.until,
            attempts=Delivery.attempts - 1,
            held=verdict.held,
        )
    )
    session.commit()
    return False


def _mark(
    session: Any,
    delivery: Delivery,
    claimant: uuid.UUID,
    *,
    state: DeliveryState,
    now: dt.datetime,
    held: Held | None = None,
) -> bool:
    """Mark as the claimant, and write the in-app notice in the same transaction."""
    mine = session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.claimed_by == claimant, Delivery.state == DeliveryState.SENDING)
        .values(state=state, sent_at=now if state is DeliveryState.SENT else None, error="", held=held)
    ).rowcount
    if mine and state is DeliveryState.SENT and delivery.channel is Channel.IN_APP:
        session.add(
            Notice(
                delivery_id=delivery.id,
                recipient_id=delivery.recipient_id,
                topic=delivery.topic,
                client_id=delivery.client_id,
                text=delivery.text,
                path=delivery.path,
                created_at=now,
            )
        )
    session.commit()
    return bool(mine) and state is DeliveryState.SENT


def _postpone(
    session: Any, delivery: Delivery, claimant: uuid.UUID, why: str, *, final: bool, now: dt.datetime
) -> bool:
    stopped = final or now - delivery.created_at > GIVE_UP_AFTER
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.claimed_by == claimant, Delivery.state == DeliveryState.SENDING)
        .values(
            state=DeliveryState.STOPPED if stopped else DeliveryState.WAITING,
            not_before=now + back_off(delivery.attempts),
            error=why[:200],
            held=None,
        )
    )
    session.commit()
    return False


def back_off(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many attempts: half a minute, doubling, an hour at most."""
    return dt.timedelta(seconds=min(3600, 30 * 2 ** max(0, attempts - 1)))


def list_notices(
    session: Any, recipient_id: uuid.UUID, *, sees: Callable[[Any], Any], limit: int = 5
) -> Sequence[Notice]:
    """Return a reader's notices not yet seen, newest first; `sees` narrows those that name a person."""
    return list(
        session.scalars(
            sa.select(Notice)
            .where(Notice.recipient_id == recipient_id, Notice.seen_at.is_(None))
            .where(sa.or_(Notice.client_id.is_(None), sees(Notice.client_id)))
            .order_by(Notice.created_at.desc())
            .limit(limit)
        )
    )


def settle(session: Any, keys: Sequence[str], *, now: dt.datetime) -> None:
    """Take what is said in the app under these keys off its readers' lists, and keep back what is still on its way."""
    of_these = Delivery.key.in_(keys), Delivery.channel == Channel.IN_APP
    session.execute(
        sa.update(Delivery)
        .where(*of_these, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)))
        .values(state=DeliveryState.SKIPPED, held=Held.DONE)
    )
    said = sa.select(Delivery.id).where(*of_these)
    session.execute(sa.update(Notice).where(Notice.delivery_id.in_(said), Notice.seen_at.is_(None)).values(seen_at=now))


def list_keys(session: Any, client_id: uuid.UUID, topic: Topic, begins: str) -> Sequence[str]:
    """Return the keys of what was told of a person under a topic, of those that begin so; whoever was told it."""
    found = sa.select(Delivery.key).where(Delivery.client_id == client_id, Delivery.topic == topic)
    keys: Sequence[str] = session.scalars(found.where(Delivery.key.startswith(begins, autoescape=True))).all()
    return keys


def unsettle(session: Any, keys: Sequence[str], *, settled_at: dt.datetime) -> None:
    """Undo `settle`: what was taken off then stands on the lists again, what was kept back goes on its way."""
    of_these = Delivery.key.in_(keys), Delivery.channel == Channel.IN_APP
    session.execute(
        sa.update(Delivery)
        .where(*of_these, Delivery.state == DeliveryState.SKIPPED)
        .values(state=DeliveryState.WAITING, held=None)
    )
    said = sa.select(Delivery.id).where(*of_these)
    session.execute(
        sa.update(Notice).where(Notice.delivery_id.in_(said), Notice.seen_at == settled_at).values(seen_at=None)
    )


def see_notice(session: Any, recipient_id: uuid.UUID, notice_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Take a notice off its reader's list; somebody else's is left alone."""
    session.execute(
        sa.update(Notice).where(Notice.id == notice_id, Notice.recipient_id == recipient_id).values(seen_at=now)
    )
