"""When you speak next, and the plans that repeat.

What a series plans follows from its pattern and has no row. It gets one only when something is said about it: it has
become the next contact, was moved to another day or hour, or was dropped. So nobody's calendar is filled with rows, and
the next contact is always the earliest of what is open: at most one plan made by itself, and days of one series.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Versioned, word
from coachdesk.visits.rules import Channel, Closing, Pattern, Planned, Repeat, Side, Then

_ONE_OFF = sa.text("closed_at IS NULL AND series_id IS NULL")
_GOING = sa.text("ended_at IS NULL")


class VisitSeries(Base, AboutPerson, Versioned):
    """A plan that repeats, at an hour of the wall clock where the person is. One goes on at a time; a change ends it."""

    __tablename__ = "visit_series"
    __table_args__ = (
        sa.Index("ix_visit_series_going", "client_id", unique=True, sqlite_where=_GOING, postgresql_where=_GOING),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    repeat: Mapped[Repeat] = mapped_column(word(Repeat, name="repeat"))
    starts_on: Mapped[dt.date]
    hour: Mapped[dt.time | None]
    every: Mapped[int]
    """Weeks, where it goes by the week."""
    weekdays: Mapped[int]
    """A bit for each day of the week; Monday is the first."""
    month_day: Mapped[int]
    nth: Mapped[int]
    until_on: Mapped[dt.date | None]
    times: Mapped[int | None]
    minutes: Mapped[int | None]
    channel: Mapped[Channel | None] = mapped_column(word(Channel, name="channel"))
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]

    @property
    def pattern(self) -> Pattern:
        """The rule it follows, as a value."""
        return Pattern(
            self.repeat,
            self.starts_on,
            hour=self.hour,
            every=self.every,
            weekdays=frozenset(day for day in range(7) if self.weekdays >> day & 1),
            month_day=self.month_day,
            nth=self.nth,
            until=self.until_on,
            count=self.times,
        )


class Visit(Base, AboutPerson, Versioned):
    """A planned contact on a local day, perhaps at an hour in the person's zone. Open until something closes it."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.Index("ix_visit_open", "client_id", unique=True, sqlite_where=_ONE_OFF, postgresql_where=_ONE_OFF),
        sa.Index("ix_visit_person", "client_id", "closing"),
        sa.Index("ix_visit_planned", "closed_at", "planned_on"),
        sa.Index("ix_visit_series_id_occurs_on", "series_id", "occurs_on", unique=True),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    planned_on: Mapped[dt.date]
    hour: Mapped[dt.time | None]
    minutes: Mapped[int | None]
    """How long it is meant to take."""
    channel: Mapped[Channel | None] = mapped_column(word(Channel, name="channel"))
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    series_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("visit_series.id"))
    occurs_on: Mapped[dt.date | None]
    """The day the series has for it; `planned_on` is another where it was moved."""
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    closing: Mapped[Closing | None] = mapped_column(word(Closing, name="closing"))
    """What closed it: a check-in, an attempt, another plan, or that it was called off."""
    closing_id: Mapped[uuid.UUID | None]
    """The check-in or attempt that closed it, so that withdrawing that one opens it again."""
    off_by: Mapped[Side | None] = mapped_column(word(Side, name="off_by"))
    """Who could not make it, where it was called off."""
    off_then: Mapped[Then | None] = mapped_column(word(Then, name="off_then"))
    """Whether another time is wanted, or somebody will call."""

    @property
    def planned(self) -> Planned:
        """The contact as a value."""
        return Planned(
            self.id,
            self.planned_on,
            self.hour,
            self.minutes,
            self.channel,
            self.place,
            self.series_id,
            self.occurs_on,
            self.version,
        )


class CalendarFeed(Base):
    """An address that a calendar asks for when somebody speaks with whom they speak with: one at a time an account.

    Only a keyed digest of it is kept. An ended one stays, so that a calendar that still asks is not taken for a guess.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        sa.Index("ix_calendar_feed_going", "user_id", unique=True, sqlite_where=_GOING, postgresql_where=_GOING),
    )
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_for: Mapped[str] = mapped_column(sa.String(64))
    """A keyed digest of how its owner signed in when it was made; where that has changed, the address is dead."""
    made_at: Mapped[dt.datetime]
    fetched_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
