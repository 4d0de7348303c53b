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

    from coachdesk.notify.messages import Channel


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
    created_at: dt.datetime
    lease_until: dt.datetime


def claim(session: Any, channel: Channel, *, claimant: uuid.UUID, now: dt.datetime) -> Claim | None:
    """Take the most urgent message that may go now, and commit; nobody else sends it while the lease lasts."""
    found = session.execute(
        sa.select(
            Delivery.id,
            Delivery.key,
            Delivery.recipient_id,
            Delivery.subject,
            Delivery.urgency,
            Delivery.attempts,
            Delivery.created_at,
        )
        .where(Delivery.channel == channel, Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        .order_by(Delivery.urgency, Delivery.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if found is None:
        session.commit()
        return None
    values = {**found._asdict(), "attempts": found.attempts + 1}
    taken = Claim(**values, channel=channel, lease_until=now + LEASE)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id == taken.id)
        .values(
            state=DeliveryState.SENDING,
            claimed_by=claimant,
            lease_until=taken.lease_until,
            attempts=taken.attempts,
        )
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return taken
