"""What is to be sent, what was sent, and what stands in a reader's notices."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, EncryptedText, Id, word
from coachdesk.notify.messages import Channel, Held, Topic, Urgency


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    STOPPED = "stopped"


class Delivery(Base):
    """One message on its way. Claimed with a lease, marked by the claimant only."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index("ix_delivery_due", "channel", "state", "urgency", "not_before"),
        sa.Index("ix_delivery_recipient", "recipient_id", "created_at"),
        sa.Index("ix_delivery_made", "created_at", "id"),
        sa.Index("ix_delivery_state", "state", "created_at"),
        sa.Index("ix_delivery_channel", "channel", "created_at"),
        sa.Index("ix_delivery_topic", "topic", "created_at"),
    )
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    topic: Mapped[Topic] = mapped_column(word(Topic, name="topic"))
    channel: Mapped[Channel] = mapped_column(word(Channel, name="channel"))
    recipient_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    client_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("client.id"))
    """The person the text names, where it names one."""
    text: Mapped[str] = mapped_column(EncryptedText, default="")
    path: Mapped[str] = mapped_column(EncryptedText, default="/")
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    body: Mapped[str] = mapped_column(EncryptedText, default="")
    address: Mapped[str] = mapped_column(EncryptedText, default="")
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState, name="state"), default=DeliveryState.WAITING)
    urgency: Mapped[int] = mapped_column(default=Urgency.REMINDER)
    """Of `Urgency`: the least number goes first."""
    created_at: Mapped[dt.datetime]
    not_before: Mapped[dt.datetime]
    claimed_by: Mapped[uuid.UUID | None]
    lease_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]
    error: Mapped[str] = mapped_column(sa.String(200), default="")
    held: Mapped[Held | None] = mapped_column(word(Held, name="held"))
    """Why it was skipped, or, while it waits, why it was not sent yet."""
    no_way_since: Mapped[dt.datetime | None]
    """Since when the desk has had no way to send it, while that lasts."""


class Notice(Base):
    """A line inside the app for one reader; it stays until they have seen it."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_recipient", "recipient_id", "seen_at", "created_at"),)
    id: Mapped[Id]
    delivery_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("delivery.id"), unique=True)
    recipient_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    topic: Mapped[Topic] = mapped_column(word(Topic, name="topic"))
    client_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("client.id"))
    text: Mapped[str] = mapped_column(EncryptedText)
    path: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime | None]
