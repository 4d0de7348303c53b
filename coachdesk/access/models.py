"""The rows that decide access: teams, membership and assignment, all as periods."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base, Id, Line


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
