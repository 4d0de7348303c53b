"""A message in hand: asked whether it may still leave, held back, put off, marked as gone; by its claimant alone."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from coachdesk.db import reading_only
from coachdesk.logs import trouble
from coachdesk.notify import undelivered
from coachdesk.notify.mending import LEASE
from coachdesk.notify.models import Delivery, DeliveryState
from coachdesk.notify.pauses import back_off, is_enough

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Callable, Collection, Mapping

    from coachdesk.notify.channels import Problem, Way
    from coachdesk.notify.claiming import Claim
    from coachdesk.notify.messages import Channel, Verdict

    StillWanted = Callable[[Any, Delivery, dt.datetime], Verdict]
    Answered = Callable[[Any, Delivery, Problem | None, dt.datetime], None]

log = structlog.get_logger()
AGAIN = 0.5
"""Seconds between two tries to write down that something left."""
HELD, HELD_OR_FREED = (DeliveryState.SENDING,), (DeliveryState.SENDING, DeliveryState.WAITING)
SETTLED: dict[str, Any] = {"error": "", "held": None, "no_way_since": None}


class Unmarked(Exception):  # noqa: N818  (it says what is known: it left, and nobody wrote it down)
    """A message is out, and the database could not be told so in the time of its lease."""


@dataclass(frozen=True)
class Round:
    """What one round works with."""

    session: Any
    ways: Mapping[Channel, Way]
    claimant: uuid.UUID
    clock: Callable[[], dt.datetime]
    still_wanted: StillWanted
    answered: Answered


def find_wanted(this: Round, taken: Claim) -> Delivery | None:
    """Return the message where it may still leave; else hold it back, or stop what was tried too often."""
    if is_enough(taken.key, taken.attempts - 1, taken.urgency):  # its tries never came to an end of their own
        postpone(this, taken, "it was tried for two days", final=True)
        return None
    delivery, verdict = _ask(this, taken)
    if verdict.held:
        hold_back(this, taken, verdict)
        return None
    return delivery


def _ask(this: Round, taken: Claim) -> tuple[Delivery, Verdict]:
    """Read the message, and ask whether it may still leave."""
    try:
        with reading_only():
            delivery = this.session.get_one(Delivery, taken.id, populate_existing=True)
            return delivery, this.still_wanted(this.session, delivery, this.clock())
    finally:
        this.session.commit()  # nothing slow happens inside a transaction


def give_up_on(this: Round, taken: Claim, error: Exception) -> None:
    """Put off what could not be handled, so that it holds up no other."""
    this.session.rollback()
    log.warning("a message could not be handled", trouble=trouble(error))
    postpone(this, taken, "it could not be handled here; the log says more")


def hear(this: Round, delivery: Delivery, problem: Problem | None, *, over: float) -> None:
    """Let who counts answers hear one, once it is written down what became of the message; trouble there ends no round.

    Where the database is busy it is said again, as long as the lease lasts: it may be that somebody wants no more.
    """
    while True:
        try:
            this.answered(this.session, delivery, problem, this.clock())
            this.session.commit()
        except Exception as error:  # noqa: BLE001  (the message went, waits or stopped: that is not to be done again)
            with suppress(sa.exc.SQLAlchemyError):
                this.session.rollback()
            if isinstance(error, sa.exc.OperationalError) and time.monotonic() <= over:
                time.sleep(AGAIN)
                continue
            log.warning("an answer could not be counted", trouble=trouble(error))
        return


def mark_gone(this: Round, taken: Collection[Claim], *, over: float) -> int:
    """Write down that these left, again and again while the lease lasts: put off for a busy database, they would go twice.

    It counts also where a claim was freed meanwhile, by a clock that jumped, and nobody has taken it since.
    """
    ids = [one.id for one in taken]
    while True:
        try:
            return change(this, ids, HELD_OR_FREED, state=DeliveryState.SENT, sent_at=this.clock(), **SETTLED)
        except sa.exc.SQLAlchemyError as error:
            with suppress(sa.exc.SQLAlchemyError):
                this.session.rollback()
            if time.monotonic() > over:
                raise Unmarked from error
            time.sleep(AGAIN)


def change(this: Round, ids: Collection[uuid.UUID], states: Collection[DeliveryState] = HELD, **values: Any) -> int:
    """Write to deliveries as their claimant, and commit; return of how many: somebody else may have one by now."""
    changed = written(this, ids, states, **values)
    this.session.commit()
    return changed


def written(this: Round, ids: Collection[uuid.UUID], states: Collection[DeliveryState] = HELD, **values: Any) -> int:
    """Write to deliveries as their claimant; the caller commits."""
    done = this.session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.claimed_by == this.claimant, Delivery.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def renew(this: Round, ids: Collection[uuid.UUID]) -> tuple[frozenset[uuid.UUID], dt.datetime]:
    """Hold these as long as any claim from now on; return which of them are still ours, and until when."""
    until = this.clock() + LEASE
    mine = sa.update(Delivery).where(
        Delivery.id.in_(ids), Delivery.claimed_by == this.claimant, Delivery.state == DeliveryState.SENDING
    )
    kept = this.session.scalars(
        mine.values(lease_until=until).returning(Delivery.id).execution_options(synchronize_session=False)
    )
    found = frozenset(kept.all())
    this.session.commit()
    return found, until


def give_back(this: Round, ids: Collection[uuid.UUID]) -> None:
    """Let these wait as they did; it was no try."""
    change(this, ids, state=DeliveryState.WAITING, attempts=Delivery.attempts - 1)


def hold_back(this: Round, taken: Claim, verdict: Verdict, **more: Any) -> None:
    """Skip it, or let it wait until its moment; either says why. Waiting is no try."""
    if verdict.until is None:
        change(this, [taken.id], state=DeliveryState.SKIPPED, error="", held=verdict.held)
    else:
        waits = {"state": DeliveryState.WAITING, "not_before": verdict.until, "held": verdict.held, **more}
        change(this, [taken.id], attempts=Delivery.attempts - 1, **waits)


def postpone(this: Round, taken: Claim, why: str, *, final: bool = False) -> None:
    """Let it wait for its next try, or stop it and say so to its reader in the app; commits."""
    put_off(this, taken, why, final=final)
    this.session.commit()


def put_off(this: Round, taken: Claim, why: str, *, final: bool = False, again_at: dt.datetime | None = None) -> None:
    """Do as `postpone` does; the caller commits."""
    now = this.clock()
    stopped = final or is_enough(taken.key, taken.attempts, taken.urgency)
    mine = written(
        this,
        [taken.id],
        state=DeliveryState.STOPPED if stopped else DeliveryState.WAITING,
        not_before=again_at or next_try(taken, now),
        error=why[:200],
        held=None,
        no_way_since=None,
    )
    if mine and stopped:
        undelivered.tell(this.session, taken, now=now)


def next_try(taken: Claim, now: dt.datetime) -> dt.datetime:
    """Return when a message that did not go is tried again."""
    return now + back_off(taken.key, taken.attempts, taken.urgency)
