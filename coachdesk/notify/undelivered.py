"""A message that could not be delivered is said to its reader in the app: once, however many there are, until they saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.notify.channels import NO_MORE
from coachdesk.notify.messages import PERSON_SUBJECT, Channel, Message, Topic
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.outbox import enqueue
from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.notify.claiming import Claim

UNDELIVERED = mark("A mail to you could not be delivered. Ask an administrator whether your address is right.")
_WORDS = {
    Channel.EMAIL: UNDELIVERED,
    Channel.TEXT: mark("A text message to you could not be delivered. Look whether your number is right."),
    Channel.CHAT: mark("A chat message to you could not be delivered. Look whether your name there is right."),
}
_ROOM = mark("A message to the room you share could not be delivered. An administrator can look why.")
_PREFIX = "undelivered:"


def tell(session: Any, delivery: Claim, *, now: dt.datetime) -> None:
    """Queue the notice unless one still stands or is on its way; people have no list of notices. The caller commits."""
    if delivery.channel not in _WORDS or delivery.subject == PERSON_SUBJECT:
        return
    kept = session.execute(sa.select(Delivery.error, Delivery.address).where(Delivery.id == delivery.id)).one()
    if kept.error == NO_MORE:
        return
    is_room = delivery.channel is Channel.CHAT and not kept.address
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
            text=_ROOM if is_room else _WORDS[delivery.channel],
            path="/account" if delivery.channel is Channel.EMAIL else "/account/telling",
        ),
        now=now,
    )
