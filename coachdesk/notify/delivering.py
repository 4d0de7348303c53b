"""The outbox's engine: claim one message with a lease, ask whether it may still leave, send it, mark it as the claimant.

One at a time, the most urgent first: whoever is killed holds a single message, whoever is asked to stop has nothing to
give back, and a worry about safety waits for no more than the message in hand. In-app notices are written in the marking
transaction, so exactly once. What leaves the building goes out at least once, and a repeat can be recognised.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import reading_only
from coachdesk.notify import line, mending, undelivered
from coachdesk.notify.claiming import claim
from coachdesk.notify.messages import Channel, Held, Verdict
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.pauses import GIVE_UP_AFTER, LOOK_FOR_WAY, back_off, is_enough

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Collection, Iterable, Mapping

    from coachdesk.notify.channels import Problem, Way
    from coachdesk.notify.claiming import Claim

    StillWanted = Callable[[Any, Delivery, dt.datetime], Verdict]
    Answered = Callable[[Any, Delivery, Problem | None, dt.datetime], None]

_LOOK_BACK = 5.0
"""Seconds after which a round looks again what others left behind."""
_AGAIN = 0.5
"""Seconds between two tries to write down that something left."""
_SEND = dt.timedelta(seconds=line.WHOLE)
_HELD, _HELD_OR_FREED = (DeliveryState.SENDING,), (DeliveryState.SENDING, DeliveryState.WAITING)
_SETTLED: dict[str, Any] = {"error": "", "held": None}


class _Unmarked(Exception):  # noqa: N818  (it says what is known: it left, and nobody wrote it down)
    """A message is out, and the database could not be told so in the time of its lease."""


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
        taken = claim(this.session, channel, claimant=this.claimant, now=this.clock())
        if taken is None:
            break
        try:
            went, goes_on = _deliver_one(this, taken)
        except _Unmarked:
            raise
        except Exception as trouble:  # noqa: BLE001  (one that cannot be handled must not hold up the others)
            this.session.rollback()
            _postpone(this, taken, f"it could not be handled ({type(trouble).__name__})")
            continue
        sent += went
        if not goes_on:
            break
    return sent


def _deliver_one(this: _Round, taken: Claim) -> tuple[bool, bool]:
    """Send one message if it may still leave; say whether it went, and whether the channel goes on."""
    if is_enough(taken.key, taken.attempts - 1, taken.urgency):  # its tries never came to an end of their own
        _postpone(this, taken, "it was tried for two days", final=True)
        return False, True
    delivery, verdict = _ask(this, taken)
    if verdict.held:
        _hold_back(this, taken, verdict)
        return False, True
    if taken.channel is Channel.IN_APP:
        return _tell(this, delivery), True
    if taken.channel not in this.ways:
        _wait_for_way(this, taken)
        return False, True
    if this.clock() + _SEND > taken.lease_until:
        _change(this, taken, state=DeliveryState.WAITING, attempts=Delivery.attempts - 1)
        return False, True
    return _let_leave(this, taken, delivery)


def _ask(this: _Round, taken: Claim) -> tuple[Delivery, Verdict]:
    """Read the message, and ask whether it may still leave."""
    try:
        with reading_only():
            delivery = this.session.get_one(Delivery, taken.id, populate_existing=True)
            return delivery, this.still_wanted(this.session, delivery, this.clock())
    finally:
        this.session.commit()  # nothing slow happens inside a transaction


def _let_leave(this: _Round, taken: Claim, delivery: Delivery) -> tuple[bool, bool]:
    over = time.monotonic() + (taken.lease_until - this.clock()).total_seconds()
    problem = this.ways[taken.channel].send(delivery)
    if problem:
        _postpone(this, taken, problem.sentence, final=problem.final)
    went = not problem and _mark_gone(this, taken, over=over)
    this.answered(this.session, delivery, problem, this.clock())
    this.session.commit()
    return went, not (problem and problem.everybody)


def _mark_gone(this: _Round, taken: Claim, *, over: float) -> bool:
    """Write down that it left, again and again while the lease lasts: put off for a busy database, it would go twice.

    It counts also where the claim was freed meanwhile, by a clock that jumped, and nobody has taken it since.
    """
    while True:
        try:
            return _change(this, taken, _HELD_OR_FREED, state=DeliveryState.SENT, sent_at=this.clock(), **_SETTLED)
        except sa.exc.SQLAlchemyError as trouble:
            with suppress(sa.exc.SQLAlchemyError):
                this.session.rollback()
            if time.monotonic() > over:
                raise _Unmarked from trouble
            time.sleep(_AGAIN)


def _change(this: _Round, taken: Claim, states: Collection[DeliveryState] = _HELD, **values: Any) -> bool:
    """Write to a delivery as its claimant, and commit; false where somebody else has it by now."""
    changed = _written(this, taken.id, states, **values)
    this.session.commit()
    return changed


def _written(this: _Round, delivery_id: uuid.UUID, states: Collection[DeliveryState] = _HELD, **values: Any) -> bool:
    done = this.session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.claimed_by == this.claimant, Delivery.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _hold_back(this: _Round, taken: Claim, verdict: Verdict) -> None:
    """Skip it, or let it wait until its moment; either says why. Waiting is no try."""
    if verdict.until is None:
        _change(this, taken, state=DeliveryState.SKIPPED, error="", held=verdict.held)
    else:
        _change(
            this,
            taken,
            state=DeliveryState.WAITING,
            not_before=verdict.until,
            attempts=Delivery.attempts - 1,
            held=verdict.held,
        )


def _wait_for_way(this: _Round, taken: Claim) -> None:
    """Look again in a while: a gateway is switched on again, a setting is put right. After two days it stops."""
    now = this.clock()
    if now - taken.created_at < GIVE_UP_AFTER:
        _hold_back(this, taken, Verdict(Held.NO_WAY, now + LOOK_FOR_WAY))
        return
    stopped: dict[str, Any] = {
        "state": DeliveryState.STOPPED,
        "error": "there was no way to send it for two days",
        "held": None,
    }
    _change(this, taken, attempts=Delivery.attempts - 1, **stopped)


def _tell(this: _Round, delivery: Delivery) -> bool:
    """Mark as the claimant, and write the in-app notice in the same transaction."""
    now = this.clock()
    mine = _written(this, delivery.id, state=DeliveryState.SENT, sent_at=now, **_SETTLED)
    if mine:
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


def _postpone(this: _Round, taken: Claim, why: str, *, final: bool = False) -> None:
    """Let it wait for its next try, or stop it and say so to its reader in the app."""
    now = this.clock()
    stopped = final or is_enough(taken.key, taken.attempts, taken.urgency)
    mine = _written(
        this,
        taken.id,
        state=DeliveryState.STOPPED if stopped else DeliveryState.WAITING,
        not_before=now + back_off(taken.key, taken.attempts, taken.urgency),
        error=why[:200],
        held=None,
    )
    if mine and stopped:
        undelivered.tell(this.session, taken, now=now)
    this.session.commit()
