"""What a death or a clock that was put back leaves behind: claims nobody works on, and moments that lie too far ahead."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from coachdesk.notify.messages import Urgency
from coachdesk.notify.models import Delivery, DeliveryState
from coachdesk.notify.pauses import LONGEST_PAUSE, LONGEST_WHEN_URGENT, SPREAD, back_off

LEASE = dt.timedelta(minutes=2)
"""How long a claim holds; longer than a whole send takes (`line.WHOLE`), and no send begins with less left than that."""
_APART = dt.timedelta(minutes=1)
"""By so much the clocks of two machines may differ, and nothing is mended."""


def free_run_out(session: Any, *, now: dt.datetime) -> None:
    """Give back what was claimed by whoever did not come back in time; the caller commits."""
    run_out = (
        sa.select(Delivery.id)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(run_out))
        .values(state=DeliveryState.WAITING, claimed_by=None)
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
        .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_until > now + LEASE + _APART)
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    tried = sa.and_(Delivery.attempts > 0, Delivery.held.is_(None))
    ahead = sa.or_(
        Delivery.created_at > now + _APART,
        sa.and_(tried, Delivery.not_before > now + LONGEST_PAUSE * (1 + SPREAD)),
        sa.and_(
            tried, Delivery.urgency <= Urgency.DOOR, Delivery.not_before > now + LONGEST_WHEN_URGENT * (1 + SPREAD)
        ),
    )
    waiting = (
        sa.select(Delivery)
        .where(Delivery.state == DeliveryState.WAITING, ahead)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for row in session.scalars(waiting):
        if row.held is None and row.attempts:
            row.not_before = now + back_off(row.key, row.attempts, row.urgency)
        elif row.held is None:
            row.not_before -= row.created_at - now
        row.created_at = min(row.created_at, now)
    session.commit()
