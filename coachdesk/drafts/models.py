"""What is being written and not yet saved: one draft for each author, form and subject."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, EncryptedJson, EncryptedText, Id, Written


class Draft(Base, Written):
    """The fields of a form as last typed. `subject_id` is the row the form is about (a person, a goal), 0 where none is."""

    __tablename__ = "draft"
    written = ("saved_at", "author_id")
    __table_args__ = (sa.UniqueConstraint("author_id", "form", "subject_id"),)
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("client.id"), index=True)  # type: ignore[assignment]
    """Whom it is about; nobody where the form is about nobody, or about somebody who is not here yet."""
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    form: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[uuid.UUID]
    fields: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    stood: Mapped[list[str] | None] = mapped_column(EncryptedJson)
    """Prints of the lines that stood on the page when it was opened: they are not the author's to take along."""
    path: Mapped[str] = mapped_column(sa.String(200))
    started_at: Mapped[dt.datetime]
    saved_at: Mapped[dt.datetime] = mapped_column(index=True)
    thrown_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """Thrown away, or shown for the last time; it is gone soon after."""


class Unsent(Base):
    """What somebody sent when they were no longer signed in: it waits for its writer alone, for a day."""

    __tablename__ = "unsent"
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    path: Mapped[str] = mapped_column(EncryptedText)
    fields: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    kept_at: Mapped[dt.datetime] = mapped_column(index=True)
