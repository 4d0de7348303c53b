"""A mail that could not be delivered is said to its reader in the app: once, however many there are, until they saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.notify.messages import PERSON_SUBJECT, Channel, Message, Topic
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.outbox import enqueue
from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.notify.claiming import Claim

UNDELIVERED = mark("A mail to you could not be delivered. Ask an administrator whether your address is right.")
_PREFIX = "undelivered:"


def tell(session: Any, delivery: Claim, *, now: dt.datetime) -> None:
    """Queue the notice unless one still stands or is on its way; people have no list of notices. The caller commits."""
    if delivery.channel is not Channel.EMAIL or delivery.subject == PERSON_SUBJECT:
        return
    standing = (
        sa.select(Delivery.id)
        .outerjoin(Notice, Notice.delivery_id == Delivery.id)
        .where(Delivery.recipient_id == delivery.recipient_id, Delivery.key.startswith(_PREFIX))
        .where(
            sa.or_(
                Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)),
                sa.and_(Notice.id.is_not(None), Notice.seen_at.is_(None)),
            )
        )
    )
    if session.scalar(sa.select(standing.exists())):
        return
    enqueue(
        session,
        Message(
            key=f"{_PREFIX}{delivery.id.hex}",
            topic=Topic.ACCOUNT,
            channel=Channel.IN_APP,
            recipient_id=delivery.recipient_id,
            text=UNDELIVERED,
            path="/account",
        ),
        now=now,
    )
