"""The directory of services an organisation refers to. It is about services, not people."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, Id, Line, Versioned, word
from coachdesk.resources.rules import Need


class Service(Base, Versioned):
    """A service somebody can be connected with: what it helps with, who gives it, how to reach it."""

    __tablename__ = "service"
    __table_args__ = (sa.Index("ix_service_found", "is_hidden", "need", "name"),)
    id: Mapped[Id]
    name: Mapped[Line]
    provider: Mapped[Line]
    need: Mapped[Need] = mapped_column(word(Need, name="need"))
    search: Mapped[str] = mapped_column(sa.String(600), default="")
    """Name, provider and need folded for accents and case."""
    phone: Mapped[str] = mapped_column(sa.String(60), default="")
    email: Mapped[Line]
    website: Mapped[str] = mapped_column(sa.String(500), default="")
    address: Mapped[str] = mapped_column(sa.String(500), default="")
    hours: Mapped[Line]
    who_for: Mapped[str] = mapped_column(sa.Text, default="")
    cost: Mapped[Line]
    languages: Mapped[Line]
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    is_hidden: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID]
    verified_on: Mapped[dt.date | None]
