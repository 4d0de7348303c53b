"""When you speak next: one planned contact at a time."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Versioned, word
from coachdesk.visits.rules import Channel, Closing


class Visit(Base, AboutPerson, Versioned):
    """A planned contact on a local day, perhaps at an hour in the person's zone. Open until something closes it."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.Index(
            "ix_visit_open",
            "client_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_visit_planned", "closed_at", "planned_on"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    planned_on: Mapped[dt.date]
    hour: Mapped[dt.time | None]
    channel: Mapped[Channel | None] = mapped_column(word(Channel, name="channel"))
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    closing: Mapped[Closing | None] = mapped_column(word(Closing, name="closing"))
    """What closed it: a check-in, an attempt, another plan, or that it was called off."""
    closing_id: Mapped[uuid.UUID | None]
    """The check-in or attempt that closed it, so that withdrawing that one opens it again."""
