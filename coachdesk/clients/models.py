"""The person: names, how to reach them safely, what matters to them, and who they may be already."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.clients.rules import CardKind, Ending, Level, PointKind, Pronouns, Touch
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
    contact_before_on: Mapped[dt.date | None]
    """The last contact before the person was brought in from another list, where it was said."""
    birth: Mapped[str] = mapped_column("birth_day", EncryptedText, default="")
    """The birth day as an ISO day, sealed; empty where it was not asked. Read and set as `birth_day`."""
    birth_digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Keyed digest of the birth day, for seeing that two people may be one."""
    phone: Mapped[str] = mapped_column(EncryptedText, default="")
    phone_digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Keyed digest of the last four digits, for finding by number."""
    email: Mapped[str] = mapped_column(EncryptedText, default="")
    phone_wrong_on: Mapped[dt.date | None]
    """The local day of a try on which this number turned out not to work; none once it is put right."""
    email_wrong_on: Mapped[dt.date | None]
    may_call: Mapped[bool] = mapped_column(default=False)
    may_text: Mapped[bool] = mapped_column(default=False)
    may_voicemail: Mapped[bool] = mapped_column(default=False)
    may_email: Mapped[bool] = mapped_column(default=False)
    say_who: Mapped[bool] = mapped_column(default=False)
    """Whether the organisation may be named when somebody calls or writes."""
    best_hours: Mapped[str] = mapped_column(EncryptedText, default="")
    others_answer: Mapped[str] = mapped_column(EncryptedText, default="")
    """Who else may answer, and what to say then."""
    safe_note: Mapped[str] = mapped_column(EncryptedText, default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID]

    @property
    def client_id(self) -> uuid.UUID:  # type: ignore[override]
        """The person's own id, under the name all rows about a person carry."""
        return self.id

    @property
    def birth_day(self) -> dt.date | None:
        """The day the person was born, where they said it."""
        return dt.date.fromisoformat(self.birth) if self.birth else None

    @birth_day.setter
    def birth_day(self, day: dt.date | None) -> None:
        self.birth = day.isoformat() if day else ""


class Listed(AboutPerson, Versioned):
    """One of several things written down about a person: changed by version, taken away by ending it, never deleted."""

    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class ContactPoint(Base, Listed):
    """A further number, address or way to reach a person, with what was agreed for it alone."""

    __tablename__ = "contact_point"
    kind: Mapped[PointKind] = mapped_column(word(PointKind, name="kind"))
    value: Mapped[str] = mapped_column(EncryptedText)
    label: Mapped[str] = mapped_column(EncryptedText, default="")
    digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Keyed digest of the last four digits, for finding by number."""
    may_call: Mapped[bool] = mapped_column(default=False)
    may_text: Mapped[bool] = mapped_column(default=False)
    may_voicemail: Mapped[bool] = mapped_column(default=False)
    may_email: Mapped[bool] = mapped_column(default=False)
    say_who: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(EncryptedText, default="")


class Supporter(Base, Listed):
    """Somebody, or a place, that helps a person."""

    __tablename__ = "supporter"
    name: Mapped[str] = mapped_column(EncryptedText)
    relation: Mapped[str] = mapped_column(EncryptedText, default="")
    helps: Mapped[str] = mapped_column(EncryptedText, default="")
    reach: Mapped[str] = mapped_column(EncryptedText, default="")
    touch: Mapped[Touch | None] = mapped_column(word(Touch, name="touch"))
    """Whether the person wants us to be in touch with them; none means that nobody asked yet."""


class Milestone(Base, Listed):
    """A day the person chose to mark, and how they would like to."""

    __tablename__ = "milestone"
    marked_on: Mapped[dt.date]
    words: Mapped[str] = mapped_column(EncryptedText)
    celebrate: Mapped[str] = mapped_column(EncryptedText, default="")
    in_portal: Mapped[bool] = mapped_column(default=False)


class Card(Base, AboutPerson):
    """One wording of a card about a person. Each change is a further row; the one with the highest number stands."""

    __tablename__ = "about_card"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "kind", "number"),
        sa.Index("ix_about_card_review", "review_on"),
        sa.CheckConstraint("review_on IS NULL OR review_on >= agreed_on", name="days"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    kind: Mapped[CardKind] = mapped_column(word(CardKind, name="kind"))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(EncryptedText)
    agreed_on: Mapped[dt.date | None]
    review_on: Mapped[dt.date | None]
    """Days of the coaching agreement alone."""
    in_portal: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[dt.datetime]
    written_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))


class PersonLink(Base, AboutPerson):
    """Two records that are of the same person, as somebody who sees both of them said; no end means now."""

    __tablename__ = "person_link"
    __table_args__ = (
        sa.Index(
            "ix_person_link_now",
            "client_id",
            "other_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_person_link_other", "other_id", "ended_at"),
        sa.CheckConstraint("client_id <> other_id", name="two"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    """The one whose id is the smaller."""
    other_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    started_at: Mapped[dt.datetime]
    started_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


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
        sa.Index("ix_level_period_person", "client_id", "started_on"),
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


class CoachWish(Base, AboutPerson):
    """A person's wish for another coach: read by supervisors of their coach alone, never by the coach."""

    __tablename__ = "coach_wish"
    __table_args__ = (
        sa.Index(
            "ix_coach_wish_going",
            "client_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    made_at: Mapped[dt.datetime]
    talk_by: Mapped[dt.date]
    """The day by which somebody should have spoken with them about it."""
    ended_at: Mapped[dt.datetime | None]
    """When it was answered, taken back, or another coach came."""
    ended_by: Mapped[uuid.UUID | None]


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
