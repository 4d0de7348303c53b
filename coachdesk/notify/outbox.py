"""The outbox as the rooms see it: queue in the act's own transaction, take back what is settled, read one's notices."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import insert_many, insert_once
from coachdesk.notify.messages import ITSELF, URGENCY, Channel, Held, Topic
from coachdesk.notify.models import Delivery, DeliveryState, Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from coachdesk.notify.messages import Message


def enqueue(session: Any, message: Message, *, now: dt.datetime) -> bool:
    """Queue a message unless its key is known; say whether it is new."""
    return insert_once(session, Delivery, **_row(message, now=now))


def enqueue_many(session: Any, messages: Sequence[Message], *, now: dt.datetime) -> dict[str, uuid.UUID]:
    """Queue all whose keys are not known, in one statement for many; return the deliveries of the new ones, by key."""
    rows = [_row(message, now=now) for message in sorted(messages, key=lambda one: one.key)]
    return dict(insert_many(session, Delivery, rows, Delivery.key, Delivery.id))


def _row(message: Message, *, now: dt.datetime) -> dict[str, Any]:
    delivery_id = uuid.uuid4()
    return {
        "id": delivery_id,
        "key": message.key,
        "topic": message.topic,
        "channel": message.channel,
        "recipient_id": message.recipient_id,
        "client_id": message.client_id,
        "text": message.text,
        "path": message.path.replace(ITSELF, str(delivery_id)),
        "subject": message.subject,
        "body": message.body,
        "address": message.address,
        "urgency": URGENCY[message.topic],
        "state": DeliveryState.WAITING,
        "created_at": now,
        "not_before": message.not_before or now,
        "attempts": 0,
        "error": "",
    }


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


def find_where_told(session: Any, recipient_id: uuid.UUID, delivery_id: uuid.UUID) -> str | None:
    """Return where the line leads that tells a reader in the app what a mail about safety told them; else none."""
    key = session.scalar(
        sa.select(Delivery.key).where(
            Delivery.id == delivery_id, Delivery.recipient_id == recipient_id, Delivery.topic == Topic.SAFETY
        )
    )
    if key is None:
        return None
    twin = sa.select(Delivery.path).where(
        Delivery.key == f"{key.rpartition(':')[0]}:{Channel.IN_APP}", Delivery.recipient_id == recipient_id
    )
    path: str | None = session.scalar(twin)
    return path


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
