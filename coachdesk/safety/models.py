"""Worry about somebody's safety: kept apart from the note, and never shown in the portal."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, Id, word
from coachdesk.safety.rules import ToldAs


class Concern(Base, AboutPerson):
    """A coach is worried about a person's safety. Open until a supervisor says “I have this”."""

    __tablename__ = "concern"
    __table_args__ = (sa.Index("ix_concern_open", "taken_at", "raised_at"),)
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    raised_at: Mapped[dt.datetime]
    raised_on: Mapped[dt.date]
    """The local day in the organisation's zone."""
    raised_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    source_id: Mapped[uuid.UUID | None]
    """The check-in or attempt it was ticked on."""
    taken_at: Mapped[dt.datetime | None]
    taken_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))


class ConcernTold(Base, AboutPerson):
    """Who was told of a concern: its supervisors by name, or administrators that one waits."""

    __tablename__ = "concern_told"
    concern_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("concern.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    told_as: Mapped[ToldAs] = mapped_column(word(ToldAs, name="told_as"))
    told_at: Mapped[dt.datetime]
