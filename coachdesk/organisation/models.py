"""The organisation this desk belongs to: one row, and its crisis lines."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, EncryptedText, Id, Line, Versioned, word
from coachdesk.notify.messages import Channel
from coachdesk.organisation.rules import DANGER_MINUTES, DEFAULT_LADDER, LINE_DAYS, WORRY_MINUTES, ListKind, WayOff


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
    danger_minutes: Mapped[int] = mapped_column(default=DANGER_MINUTES)
    """Within how many minutes somebody should have a worry about safety where there may be danger now."""
    worry_minutes: Mapped[int] = mapped_column(default=WORRY_MINUTES)
    """Within how many minutes somebody should have any other."""
    line_days: Mapped[int] = mapped_column(default=LINE_DAYS)
    """How many days a crisis line counts as checked after somebody rang it."""
    ladder: Mapped[list[Any]] = mapped_column(
        sa.JSON, default=lambda: [[rung.day, rung.act] for rung in DEFAULT_LADDER]
    )
    """The outreach ladder, as pairs of a day and what happens."""
    duties: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    """What it says itself of what may have to be reported, by `Duty`; the usual sentence where nothing stands."""
    reminding: Mapped[Any] = mapped_column(sa.JSON, default=dict)
    """What is decided about reminders, by the name of the rule; the usual holds where nothing stands."""
    holidays: Mapped[Any] = mapped_column(sa.JSON, default=list)
    """Days on which it is closed, as pairs of an ISO day and a name, in order."""
    made_by_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]


class CrisisLine(Base, Versioned):
    """A number to call or text, free, day or night, in the order they are offered; of one country, kept when it ends."""

    __tablename__ = "crisis_line"
    __table_args__ = (sa.Index("ix_crisis_line_offered", "country", "ended_at", "position"),)
    id: Mapped[Id]
    country: Mapped[str] = mapped_column(sa.String(2))
    position: Mapped[int]
    label: Mapped[Line]
    number: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(8), default="call")
    is_emergency: Mapped[bool] = mapped_column(default=False)
    made_on: Mapped[dt.date]
    """The local day it was put here; a line nobody has rung counts from it."""
    verified_on: Mapped[dt.date | None]
    verified_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))


class ListChoice(Base):
    """An entry of one of the organisation's own lists, in the order it is offered; kept when it ends."""

    __tablename__ = "list_choice"
    __table_args__ = (sa.Index("ix_list_choice_offered", "ended_at", "kind", "position"),)
    id: Mapped[Id]
    kind: Mapped[ListKind] = mapped_column(word(ListKind, name="kind"))
    position: Mapped[int]
    words: Mapped[Line]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))


class OutsideWay(Base):
    """A gateway by which text messages or chat leave the house; of several of a kind the first that is on is used."""

    __tablename__ = "outside_way"
    id: Mapped[Id]
    kind: Mapped[Channel] = mapped_column(word(Channel, name="kind"))
    label: Mapped[Line]
    url: Mapped[str] = mapped_column(EncryptedText)
    """The gateway's address with its secrets, in the notation of Apprise; shown to nobody again."""
    off_why: Mapped[WayOff | None] = mapped_column(word(WayOff, name="off_why"))
    """Why it is switched off; none while it is on."""
    failures: Mapped[int] = mapped_column(default=0)
    """Messages in a row that it did not take."""
    failing_since: Mapped[dt.datetime | None]
    """When it did not take the first of them."""
    tried_at: Mapped[dt.datetime | None]
    tried_well: Mapped[bool | None]
    inbound_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Digest of the secret in the address to which the gateway hands on what people answer."""
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
