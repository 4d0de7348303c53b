"""The outbox's engine: claim one message with a lease, ask whether it may still leave, send it, mark it as the claimant.

One at a time, the most urgent first: whoever is killed holds a single message, whoever is asked to stop has nothing to
give back, and a worry about safety waits for no more than the message in hand. In-app notices are written in the marking
transaction, so exactly once. What leaves the building goes out at least once, and a repeat can be recognised.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import reading_only
from coachdesk.notify import line, mending, undelivered
from coachdesk.notify.messages import Channel, Held, Verdict
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.pauses import back_off, is_enough

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterable, Mapping

    from coachdesk.notify.channels import Problem, Way

    StillWanted = Callable[[Any, Delivery, dt.datetime], Verdict]
    Answered = Callable[[Any, Delivery, Problem | None, dt.datetime], None]

_LOOK_BACK = 5.0
"""Seconds after which a round looks again what others left behind."""
_SEND = dt.timedelta(seconds=line.WHOLE)


@dataclass(frozen=True)
class _Round:
    """What one round works with."""

    session: Any
    ways: Mapping[Channel, Way]
    claimant: uuid.UUID
    clock: Callable[[], dt.datetime]
    still_wanted: StillWanted
    answered: Answered


def deliver(
    session: Any,
    ways: Mapping[Channel, Way] | None,
    *,
    claimant: uuid.UUID,
    clock: Callable[[], dt.datetime],
    still_wanted: StillWanted,
    channels: Iterable[Channel] = tuple(Channel),
    stop: Callable[[], bool] = lambda: False,
    answered: Answered = lambda *_told: None,
) -> int:
    """Send what waits by these channels until nothing is left, or until `stop` says so; return how many were sent.

    Where the fault lies with a server and not with a message, the rest of its channel waits for the next round.
    `answered` hears how each send out of the building went, once that is written down; what it changes is committed.
    """
    this = _Round(session, ways or {}, claimant, clock, still_wanted, answered)
    return sum(_deliver_by(this, channel, stop) for channel in channels)


def _deliver_by(this: _Round, channel: Channel, stop: Callable[[], bool]) -> int:
    sent, looked = 0, -_LOOK_BACK
    while not stop():
        if time.monotonic() - looked > _LOOK_BACK:
            mending.mend(this.session, now=this.clock())
            looked = time.monotonic()
        delivery = claim(this.session, channel, claimant=this.claimant, now=this.clock())
        if delivery is None:
            break
        try:
            went, goes_on = _deliver_one(this, delivery)
        except Exception as trouble:  # noqa: BLE001  (one that cannot be handled must not hold up the others)
            this.session.rollback()
            _postpone(this, delivery, f"it could not be handled ({type(trouble).__name__})")
            continue
        sent += went
        if not goes_on:
            break
    return sent


def claim(session: Any, channel: Channel, *, claimant: uuid.UUID, now: dt.datetime) -> Delivery | None:
    """Take the most urgent message that may go now, and commit; nobody else sends it while the lease lasts."""
    chosen: Delivery | None = session.scalar(
        sa.select(Delivery)
        .where(Delivery.channel == channel, Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        .order_by(Delivery.urgency, Delivery.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if chosen is not None:
        chosen.state = DeliveryState.SENDING
        chosen.claimed_by = claimant
        chosen.lease_until = now + mending.LEASE
        chosen.attempts += 1
    session.commit()
    return chosen


def _deliver_one(this: _Round, delivery: Delivery) -> tuple[bool, bool]:
    """Send one message if it may still leave; say whether it went, and whether the channel goes on."""
    if is_enough(delivery.key, delivery.attempts - 1, delivery.urgency):  # its tries never came to an end of their own
        _postpone(this, delivery, "it was tried for two days", final=True)
        return False, True
    verdict = _ask(this, delivery, this.clock())
    if verdict.held:
        _hold_back(this, delivery, verdict)
        return False, True
    if delivery.channel is Channel.IN_APP:
        return _mark_sent(this, delivery), True
    if delivery.lease_until is None or this.clock() + _SEND > delivery.lease_until:
        _change(this, delivery, state=DeliveryState.WAITING, attempts=Delivery.attempts - 1)
        return False, True
    problem = this.ways[delivery.channel].send(delivery)
    if problem:
        _postpone(this, delivery, problem.sentence, final=problem.final)
    went = not problem and _mark_sent(this, delivery)
    this.answered(this.session, delivery, problem, this.clock())
    this.session.commit()
    return went, not (problem and problem.everybody)


def _ask(this: _Round, delivery: Delivery, now: dt.datetime) -> Verdict:
    if delivery.channel is not Channel.IN_APP and delivery.channel not in this.ways:
        return Verdict(Held.NO_WAY)
    try:
        with reading_only():
            return this.still_wanted(this.session, delivery, now)
    finally:
        this.session.commit()  # nothing slow happens inside a transaction


def _change(this: _Round, delivery: Delivery, **values: Any) -> bool:
    """Write to a delivery as its claimant, and commit; false where somebody else has it by now."""
    changed = _written(this, delivery, **values)
    this.session.commit()
    return changed


def _written(this: _Round, delivery: Delivery, **values: Any) -> bool:
    done = this.session.execute(
        sa.update(Delivery)
        .where(
            Delivery.id == delivery.id,
            Delivery.claimed_by == this.claimant,
            Delivery.state == DeliveryState.SENDING,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _hold_back(this: _Round, delivery: Delivery, verdict: Verdict) -> None:
    """Skip it, or let it wait until its moment; either says why. Waiting is no try."""
    if verdict.until is None:
        _change(this, delivery, state=DeliveryState.SKIPPED, error="", held=verdict.held)
    else:
        _change(
            this,
            delivery,
            state=DeliveryState.WAITING,
            not_before=verdict.until,
            attempts=Delivery.attempts - 1,
            held=verdict.held,
        )


def _mark_sent(this: _Round, delivery: Delivery) -> bool:
    """Mark as the claimant, and write the in-app notice in the same transaction."""
    now = this.clock()
    mine = _written(this, delivery, state=DeliveryState.SENT, sent_at=now, error="", held=None)
    if mine and delivery.channel is Channel.IN_APP:
        this.session.add(
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
    this.session.commit()
    return mine


def _postpone(this: _Round, delivery: Delivery, why: str, *, final: bool = False) -> None:
    """Let it wait for its next try, or stop it and say so to its reader in the app."""
    now = this.clock()
    stopped = final or is_enough(delivery.key, delivery.attempts, delivery.urgency)
    mine = _written(
        this,
        delivery,
        state=DeliveryState.STOPPED if stopped else DeliveryState.WAITING,
        not_before=now + back_off(delivery.key, delivery.attempts, delivery.urgency),
        error=why[:200],
        held=None,
    )
    if mine and stopped:
        undelivered.tell(this.session, delivery, now=now)
    this.session.commit()
