"""Worry about somebody's safety, and the person's own safety plan. The worry is never shown in the portal."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, Id, Words, Written, word
from coachdesk.safety.rules import ConcernKind, Danger, Done, ToldAs


class Concern(Base, AboutPerson):
    """A coach is worried about a person's safety. It waits until a supervisor has it, and is open until one closes it."""

    __tablename__ = "concern"
    __table_args__ = (
        sa.Index("ix_concern_open", "taken_at", "raised_at"),
        sa.Index("ix_concern_due", "closed_at", "taken_at", "due_at"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    raised_at: Mapped[dt.datetime]
    raised_on: Mapped[dt.date]
    """The local day in the organisation's zone."""
    raised_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    source_id: Mapped[uuid.UUID | None]
    """The check-in or attempt it was ticked on."""
    due_at: Mapped[dt.datetime]
    """By when somebody should have it, by the organisation's clock as it was when it was raised, or last told more of."""
    taken_at: Mapped[dt.datetime | None]
    taken_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))


class ConcernTold(Base, AboutPerson):
    """Who was told of a concern: its supervisors by name, or administrators that one waits."""

    __tablename__ = "concern_told"
    concern_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("concern.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    told_as: Mapped[ToldAs] = mapped_column(word(ToldAs, name="told_as"))
    told_at: Mapped[dt.datetime]


class ConcernSaid(Base, Written):
    """What was said of a concern, each time as a row of its own: the newest counts, the earlier ones stay."""

    __tablename__ = "concern_said"
    written = ("said_at", "said_by")
    __table_args__ = (sa.Index("ix_concern_said_concern", "concern_id", "said_at"),)
    id: Mapped[Id]
    concern_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("concern.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    kind: Mapped[ConcernKind] = mapped_column(word(ConcernKind, name="kind"))
    danger: Mapped[Danger] = mapped_column(word(Danger, name="danger"))
    whereabouts: Mapped[Words]
    company: Mapped[Words]
    wishes: Mapped[Words]
    told_outside: Mapped[Words]
    """What was told to somebody outside, and to whom."""
    ground: Mapped[Words]
    """On what ground that was told."""
    said_at: Mapped[dt.datetime]
    said_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))


class ConcernAction(Base, Written):
    """One thing that was done about a concern, or how it went on. Rows are only added."""

    __tablename__ = "concern_action"
    written = ("made_at", "by")
    __table_args__ = (sa.Index("ix_concern_action_concern", "concern_id", "at"),)
    id: Mapped[Id]
    concern_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("concern.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    kind: Mapped[Done] = mapped_column(word(Done, name="kind"))
    words: Mapped[Words]
    at: Mapped[dt.datetime]
    """When it was done."""
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[dt.datetime]
    """When it was written down."""


class ConcernFollowUp(Base, AboutPerson):
    """A moment at which the coach looks after the person again; done by a contact from then on, or by saying so."""

    __tablename__ = "concern_follow_up"
    __table_args__ = (
        sa.UniqueConstraint("concern_id", "hours"),
        sa.Index("ix_concern_follow_up_person", "client_id", "done_at", "due_on"),
    )
    id: Mapped[Id]
    concern_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("concern.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    hours: Mapped[int]
    """Hours after raising: 24 or 72."""
    due_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date]
    """The local day of that moment in the organisation's zone."""
    done_at: Mapped[dt.datetime | None]
    done_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    contact_id: Mapped[uuid.UUID | None]
    """The check-in that did it, where nobody had to say so: then it was done when that was signed, by whoever signed it."""


class SafetyPlan(Base, AboutPerson):
    """The person's own plan for hard times, in six parts and their words. Each save is a further row; the last counts."""

    __tablename__ = "safety_plan"
    __table_args__ = (sa.UniqueConstraint("client_id", "number"),)
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    number: Mapped[int]
    signs: Mapped[Words]
    alone: Mapped[Words]
    distraction: Mapped[Words]
    people: Mapped[Words]
    professionals: Mapped[Words]
    surroundings: Mapped[Words]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
