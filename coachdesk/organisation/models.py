"""The organisation this desk belongs to: one row, and its crisis lines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, Id, Line, Versioned
from coachdesk.organisation.rules import DEFAULT_LADDER


class Organisation(Base, Versioned):
    """The one organisation: its name, its zone (which decides what day it is), and its choices."""

    __tablename__ = "organisation"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[Line]
    zone: Mapped[str] = mapped_column(sa.String(64))
    country: Mapped[str] = mapped_column(sa.String(2))
    exit_url: Mapped[str] = mapped_column(sa.String(500))
    review_share: Mapped[float] = mapped_column(default=0.2)
    ladder: Mapped[list[Any]] = mapped_column(
        sa.JSON, default=lambda: [[rung.day, rung.act] for rung in DEFAULT_LADDER]
    )
    """The outreach ladder, as pairs of a day and what happens."""
    made_by_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]


class CrisisLine(Base):
    """A number to call or text, free, day or night, in the order they are offered."""

    __tablename__ = "crisis_line"
    id: Mapped[Id]
    position: Mapped[int]
    label: Mapped[Line]
    number: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(8), default="call")
    is_emergency: Mapped[bool] = mapped_column(default=False)
    verified_on: Mapped[dt.date | None]
