"""Taking one message in hand: by what can be read of it whatever its words are sealed with, so that none blocks others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.notify.mending import LEASE
from coachdesk.notify.models import Delivery, DeliveryState

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Sequence

    from coachdesk.notify.messages import Channel

MOST = 500
"""So many leave with one line of a room, far more than share one."""
_LOCK = 0x5EA2
"""The number of PostgreSQL's advisory lock by which a room is told by one at a time; on SQLite a writer is alone anyway."""


@dataclass(frozen=True)
class Claim:
    """A message in hand, as it was when it was taken; `attempts` counts this one."""

    id: uuid.UUID
    key: str
    channel: Channel
    recipient_id: uuid.UUID
    subject: str
    urgency: int
    attempts: int
    no_way_since: dt.datetime | None
    lease_until: dt.datetime


def claim(session: Any, channel: Channel, *, claimant: uuid.UUID, now: dt.datetime) -> Claim | None:
    """Take the most urgent message that may go now, and commit; nobody else sends it while the lease lasts."""
    taken = _take(session, channel, claimant, now, most=1)
    return taken[0] if taken else None


def claim_all(session: Any, channel: Channel, *, claimant: uuid.UUID, now: dt.datetime) -> Sequence[Claim]:
    """Take all that may go now, and commit. Who claims at the same moment waits, and finds none of them."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return _take(session, channel, claimant, now, most=MOST)


def _take(session: Any, channel: Channel, claimant: uuid.UUID, now: dt.datetime, *, most: int) -> Sequence[Claim]:
    found = session.execute(
        sa.select(
            Delivery.id,
            Delivery.key,
            Delivery.recipient_id,
            Delivery.subject,
            Delivery.urgency,
            Delivery.attempts,
            Delivery.no_way_since,
        )
        .where(Delivery.channel == channel, Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        .order_by(Delivery.urgency, Delivery.not_before)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if found:
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id.in_([row.id for row in found]))
            .values(
                state=DeliveryState.SENDING,
                claimed_by=claimant,
                lease_until=now + LEASE,
                attempts=Delivery.attempts + 1,
            )
            .execution_options(synchronize_session=False)
        )
    session.commit()
    return [
        Claim(**{**row._asdict(), "attempts": row.attempts + 1}, channel=channel, lease_until=now + LEASE)
        for row in found
    ]
