"""The rows that decide access: teams, membership, assignment, restriction and break-glass, all as periods."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.access.kinds import Earlier, GlassOutcome, GlassReason, RestrictionKind
from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Line, word


class Team(Base):
    """Coaches and who supervises them."""

    __tablename__ = "team"
    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]


class TeamMembership(Base):
    """A member of staff in a team, from one moment to another; no end means now."""

    __tablename__ = "team_membership"
    __table_args__ = (
        sa.Index(
            "ix_team_membership_now",
            "user_id",
            "team_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_team_membership_team_now", "team_id", "ended_at"),
    )
    id: Mapped[Id]
    team_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("team.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    started_at: Mapped[dt.datetime]
    started_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class Assignment(Base):
    """A person's coach, from one moment to another; at most one at a time."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.Index(
            "ix_assignment_now",
            "client_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_assignment_coach", "coach_id", "ended_at"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    started_at: Mapped[dt.datetime]
    started_on: Mapped[dt.date]
    started_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class Away(Base):
    """Days a member of staff is away, and who sees and looks after their people meanwhile; nobody may be named yet."""

    __tablename__ = "away"
    __table_args__ = (
        sa.Index("ix_away_cover", "cover_id", "ends_at"),
        sa.Index("ix_away_user", "user_id", "ends_at"),
        sa.CheckConstraint("until_on >= from_on", name="days"),
        sa.CheckConstraint("cover_id <> user_id", name="not_oneself"),
    )
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    cover_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]
    """The last day away, in the organisation's zone."""
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    """The first moment after it."""
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]
    """When it was ended by hand, before its last day or because the cover changed."""
    ended_by: Mapped[uuid.UUID | None]


class HandOver(Base, AboutPerson):
    """A person given from one coach to another, and whether the new one reads what was written before."""

    __tablename__ = "hand_over"
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    assignment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assignment.id"), unique=True)
    """The assignment that began with it."""
    from_coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    to_coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    earlier: Mapped[Earlier] = mapped_column(word(Earlier, name="earlier"))
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    """What the person wants the new coach to know."""
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID]


class Restriction(Base, AboutPerson):
    """A member of staff who may not see a person, from one moment to another; no end means now."""

    __tablename__ = "restriction"
    __table_args__ = (
        sa.Index(
            "ix_restriction_now",
            "user_id",
            "client_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_restriction_person", "client_id", "ended_at"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    kind: Mapped[RestrictionKind] = mapped_column(word(RestrictionKind, name="kind"))
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    started_at: Mapped[dt.datetime]
    started_by: Mapped[uuid.UUID]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class BreakGlass(Base, AboutPerson):
    """One record opened in an emergency by a supervisor outside the team, until its hour is over or it is closed."""

    __tablename__ = "break_glass"
    __table_args__ = (
        sa.Index("ix_break_glass_open", "user_id", "ends_at"),
        sa.Index("ix_break_glass_person", "client_id", "opened_at"),
        sa.Index("ix_break_glass_closed", "closed_at", "ends_at"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[GlassReason] = mapped_column(word(GlassReason, name="reason"))
    words: Mapped[str] = mapped_column(EncryptedText)
    opened_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    """When it was closed, by hand or because its hour was over."""


class GlassReview(Base, AboutPerson):
    """What an administrator, never the one who opened it, said of a record opened in an emergency."""

    __tablename__ = "glass_review"
    look_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("break_glass.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    outcome: Mapped[GlassOutcome] = mapped_column(word(GlassOutcome, name="outcome"))
    words: Mapped[str] = mapped_column(EncryptedText)
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[dt.datetime]
