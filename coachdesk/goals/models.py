"""Goals in the person's own words, their steps, their reviews, and every earlier wording."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachdesk.db import AboutPerson, Base, EncryptedJson, EncryptedText, Id, Versioned, Written, word
from coachdesk.goals.rules import Domain, GoalStatus, Matters, StepOwner, StepStatus


class Goal(Base, AboutPerson, Versioned):
    """What somebody wants, in their words."""

    __tablename__ = "goal"
    __table_args__ = (sa.Index("ix_goal_person", "client_id", "status"), sa.Index("ix_goal_review", "next_review_on"))
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    words: Mapped[str] = mapped_column(EncryptedText)
    why: Mapped[str] = mapped_column(EncryptedText, default="")
    domain: Mapped[Domain] = mapped_column(word(Domain, name="domain"))
    status: Mapped[GoalStatus] = mapped_column(word(GoalStatus, name="status"))
    review_every_days: Mapped[int] = mapped_column(default=28)
    next_review_on: Mapped[dt.date | None]
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID]
    steps: Mapped[list[Step]] = relationship(order_by="Step.position", lazy="raise", back_populates="goal")


class Step(Base, AboutPerson, Versioned):
    """One small thing on the way. A step that is done stays done unless its tick is taken back."""

    __tablename__ = "step"
    __table_args__ = (
        sa.Index("ix_step_goal", "goal_id", "position"),
        sa.Index("ix_step_person", "client_id", "status"),
        sa.Index("ix_step_done", "done_at"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    goal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("goal.id"))
    words: Mapped[str] = mapped_column(EncryptedText)
    position: Mapped[int]
    owner: Mapped[StepOwner] = mapped_column(word(StepOwner, name="owner"))
    due_on: Mapped[dt.date | None]
    status: Mapped[StepStatus] = mapped_column(word(StepStatus, name="status"), default=StepStatus.TO_DO)
    done_at: Mapped[dt.datetime | None]
    done_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    goal: Mapped[Goal] = relationship(back_populates="steps", lazy="raise")


class GoalVersion(Base, AboutPerson):
    """A goal as it stood before a change: its words, steps and status, and who changed it when."""

    __tablename__ = "goal_version"
    __table_args__ = (sa.UniqueConstraint("goal_id", "number"),)
    id: Mapped[Id]
    goal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("goal.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID]


class GoalReview(Base, Written):
    """A conversation about a goal. The three numbers (0-10) are kept apart and may all be missing."""

    __tablename__ = "goal_review"
    written = ("reviewed_at", "reviewed_by")
    __table_args__ = (
        sa.Index("ix_goal_review_goal", "goal_id", "reviewed_on"),
        sa.CheckConstraint("importance IS NULL OR importance BETWEEN 0 AND 10", name="importance"),
        sa.CheckConstraint("confidence IS NULL OR confidence BETWEEN 0 AND 10", name="confidence"),
        sa.CheckConstraint("progress IS NULL OR progress BETWEEN 0 AND 10", name="progress"),
    )
    id: Mapped[Id]
    goal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("goal.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    reviewed_on: Mapped[dt.date]
    reviewed_at: Mapped[dt.datetime]
    reviewed_by: Mapped[uuid.UUID]
    gone_well: Mapped[str] = mapped_column(EncryptedText, default="")
    in_the_way: Mapped[str] = mapped_column(EncryptedText, default="")
    matters: Mapped[Matters] = mapped_column(word(Matters, name="matters"))
    next_step: Mapped[str] = mapped_column(EncryptedText, default="")
    who_helps: Mapped[str] = mapped_column(EncryptedText, default="")
    importance: Mapped[int | None]
    confidence: Mapped[int | None]
    progress: Mapped[int | None]
    why_not_lower: Mapped[str] = mapped_column(EncryptedText, default="")
    one_up: Mapped[str] = mapped_column(EncryptedText, default="")
    next_review_on: Mapped[dt.date | None]
    version_number: Mapped[int]
