"""What a death or a clock that was put back leaves behind: claims nobody works on, and moments that lie too far ahead."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from coachdesk.notify.messages import Channel, Held, Urgency
from coachdesk.notify.models import Delivery, DeliveryState
from coachdesk.notify.pauses import LONGEST_PAUSE, LONGEST_WHEN_URGENT, LOOK_FOR_WAY, SPREAD, back_off

LEASE = dt.timedelta(minutes=2)
"""How long a claim holds; longer than a whole send takes (`line.WHOLE`), and no send begins with less left than that."""
APART = dt.timedelta(minutes=1)
"""By so much the clocks of two machines may differ: nothing is mended for it, and no mail goes twice."""


def free_run_out(session: Any, *, now: dt.datetime) -> None:
    """Give back what was claimed by whoever did not come back in time; the caller commits.

    Whoever held it is kept: where it was a clock that jumped, or a machine that slept, they can still say that it left.
    A notice waits for no other machine's clock, for it is written once in any case.
    """
    run_out = sa.select(Delivery.id).where(_run_out(now)).with_for_update(skip_locked=True)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(run_out))
        .values(state=DeliveryState.WAITING)
        .execution_options(synchronize_session=False)
    )


def mend(session: Any, *, now: dt.datetime) -> None:
    """Bring to now what was written by a clock that ran ahead, and commit; else it would wait until that hour comes again.

    A claim is not ended but made as long as any: whoever holds it may be sending at this moment. What is held back
    until a moment of its own keeps it.
    """
    free_run_out(session, now=now)
    session.execute(
        sa.update(Delivery)
        .where(_claimed_ahead(now))
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    waiting = (
        sa.select(
            Delivery.id,
            Delivery.key,
            Delivery.urgency,
            Delivery.attempts,
            Delivery.held,
            Delivery.not_before,
            Delivery.created_at,
        )
        .where(_put_off_ahead(now))
        .with_for_update(skip_locked=True)
    )
    for row in session.execute(waiting).all():
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id == row.id)
            .values(not_before=_brought_to(now, row), created_at=min(row.created_at, now))
            .execution_options(synchronize_session=False)
        )
    session.commit()


def asking(now: dt.datetime) -> tuple[Any, ...]:
    """Return the conditions of the messages that `mend` would change; each for itself is found by an index."""
    return _run_out(now), _claimed_ahead(now), _put_off_ahead(now)


def _run_out(now: dt.datetime) -> Any:
    """Return the condition that whoever claimed a message did not come back in time."""
    of_us_alone = sa.or_(Delivery.channel == Channel.IN_APP, Delivery.lease_until < now - APART)
    return sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now, of_us_alone)


def _claimed_ahead(now: dt.datetime) -> Any:
    return sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.lease_until > now + LEASE + APART)


def _put_off_ahead(now: dt.datetime) -> Any:
    tried = sa.and_(Delivery.attempts > 0, Delivery.held.is_(None))
    ahead = sa.or_(
        Delivery.created_at > now + APART,
        sa.and_(Delivery.held == Held.NO_WAY, Delivery.not_before > now + LOOK_FOR_WAY + APART),
        sa.and_(tried, Delivery.not_before > now + LONGEST_PAUSE * (1 + SPREAD)),
        sa.and_(
            tried, Delivery.urgency <= Urgency.DOOR, Delivery.not_before > now + LONGEST_WHEN_URGENT * (1 + SPREAD)
        ),
    )
    return sa.and_(Delivery.state == DeliveryState.WAITING, ahead)


def _brought_to(now: dt.datetime, row: Any) -> dt.datetime:
    """Return when a message goes that was put off by a clock which ran ahead of this one."""
    kept: dt.datetime = row.not_before
    if row.held is Held.NO_WAY:
        return min(kept, now + LOOK_FOR_WAY)
    if row.held is not None:
        return kept
    return now + back_off(row.key, row.attempts, row.urgency) if row.attempts else kept - (row.created_at - now)
