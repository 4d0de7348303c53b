"""The person: names, how to reach them safely, and how often you agreed to speak."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.clients.rules import Ending, Level, Pronouns
from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Line, Versioned, word


class Client(Base, AboutPerson, Versioned):
    """A person in coaching. Names lie in clear so that they can be found; how to reach them is encrypted."""

    __tablename__ = "client"
    __table_args__ = (
        sa.Index("ix_client_shown", "shown_sort"),
        sa.CheckConstraint("rhythm_days BETWEEN 1 AND 90", name="rhythm"),
    )
    id: Mapped[Id]
    first_name: Mapped[Line]
    last_name: Mapped[Line]
    preferred_name: Mapped[Line]
    shown_sort: Mapped[Line]
    """Names folded for accents and case, for finding and ordering alike on both databases."""
    pronouns: Mapped[Pronouns] = mapped_column(word(Pronouns, name="pronouns"), default=Pronouns.NAME)
    language: Mapped[str] = mapped_column(EncryptedText, default="English")
    zone: Mapped[str] = mapped_column(sa.String(64), default="")
    """IANA name; empty means the organisation's."""
    rhythm_days: Mapped[int] = mapped_column(default=7)
    working_since: Mapped[dt.date]
    phone: Mapped[str] = mapped_column(EncryptedText, default="")
    phone_digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Keyed digest of the last four digits, for finding by number."""
    email: Mapped[str] = mapped_column(EncryptedText, default="")
    may_call: Mapped[bool] = mapped_column(default=False)
    may_text: Mapped[bool] = mapped_column(default=False)
    may_voicemail: Mapped[bool] = mapped_column(default=False)
    may_email: Mapped[bool] = mapped_column(default=False)
    safe_note: Mapped[str] = mapped_column(EncryptedText, default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID]

    @property
    def client_id(self) -> uuid.UUID:  # type: ignore[override]
        """The person's own id, under the name all rows about a person carry."""
        return self.id


class Episode(Base, AboutPerson):
    """A time of coaching from its opening to its end; at most one is open, and another may follow without a new start."""

    __tablename__ = "episode"
    __table_args__ = (
        sa.Index(
            "ix_episode_open",
            "client_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_episode_person", "client_id", "opened_on"),
        sa.CheckConstraint("(closed_at IS NULL) = (ending IS NULL)", name="ending"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    opened_on: Mapped[dt.date]
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[uuid.UUID]
    closed_on: Mapped[dt.date | None]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    ending: Mapped[Ending | None] = mapped_column(word(Ending, name="ending_word"))
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    """A kind word at the end, for the record and for them."""


class LevelPeriod(Base, AboutPerson):
    """How much of coaching somebody wanted, from one day on, until the next one began."""

    __tablename__ = "level_period"
    __table_args__ = (
        sa.Index(
            "ix_level_period_now",
            "client_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    level: Mapped[Level] = mapped_column(word(Level, name="level"))
    started_on: Mapped[dt.date]
    started_at: Mapped[dt.datetime]
    started_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]


class Pause(Base, AboutPerson):
    """Days in which a person wished to rest: no clock of contact runs, and nobody is out of touch."""

    __tablename__ = "pause"
    __table_args__ = (
        sa.Index("ix_pause_person", "client_id", "from_on"),
        sa.CheckConstraint("until_on >= from_on", name="days"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]
    """The last day of the pause, as agreed."""
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    ended_on: Mapped[dt.date | None]
    """The day coaching went on, where that was earlier than agreed."""
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
