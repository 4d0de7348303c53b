"""Check-ins, attempts that reached nobody, and what a supervisor said of a check-in."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.checkins.parts import HAPPENED_WORDS, Benefit, CheckInKind, Support, happened_of
from coachdesk.checkins.rules import AttemptOutcome, ReviewOutcome, ReviewReason, TryBy
from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Words, Written, word
from coachdesk.goals.rules import StepOwner
from coachdesk.visits.rules import Channel


class CheckIn(Base, Written):
    """A contact that reached the person. Saving signs it; afterwards it is only added to, or withdrawn."""

    __tablename__ = "check_in"
    written = ("signed_at", "coach_id")
    __table_args__ = (
        sa.Index("ix_check_in_person", "client_id", "held_on"),
        sa.Index("ix_check_in_coach", "coach_id", "held_on"),
        sa.CheckConstraint("weather IS NULL OR weather BETWEEN 1 AND 5", name="weather"),
        sa.CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 1500", name="minutes"),
        sa.CheckConstraint("units IS NULL OR units BETWEEN 1 AND 100", name="units"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    channel: Mapped[Channel] = mapped_column(word(Channel, name="channel"))
    kind: Mapped[CheckInKind | None] = mapped_column(word(CheckInKind, name="kind"))
    held_on: Mapped[dt.date]
    started: Mapped[dt.time | None]
    ended: Mapped[dt.time | None]
    """Wall-clock time in the person's zone; at or before the beginning it lies on the day after."""
    minutes: Mapped[int | None]
    weather: Mapped[int | None]
    """1 stormy to 5 sunny, the person's own word."""
    note: Mapped[Words]
    place: Mapped[Words]
    others: Mapped[Words]
    highlights: Mapped[Words]
    hard_spots: Mapped[Words]
    return_to_use: Mapped[Words]
    """The person's own words, only where they want them kept; sealed also where there are none."""
    meetings: Mapped[Words]
    strengths: Mapped[Words]
    response: Mapped[Words]
    needs: Mapped[Words]
    happened: Mapped[Words]
    """Of `Happened`, one a line; sealed also where nothing did."""
    help_now: Mapped[bool] = mapped_column(default=False)
    units: Mapped[int | None]
    counts_for_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("list_choice.id"))
    paid_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("list_choice.id"))
    own_story: Mapped[bool] = mapped_column(default=False)
    read_together: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None]

    @property
    def happened_words(self) -> list[str]:
        """Say what happened, in the words of the list."""
        return [HAPPENED_WORDS[one] for one in happened_of(self.happened)]


class CheckInStep(Base, AboutPerson):
    """A step ticked as done in a check-in."""

    __tablename__ = "check_in_step"
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), primary_key=True)
    step_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("step.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)


class CheckInGoal(Base, AboutPerson):
    """A goal that was spoken of in a check-in."""

    __tablename__ = "check_in_goal"
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), primary_key=True)
    goal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("goal.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)


class CheckInBenefit(Base, AboutPerson):
    """Something the person has noticed. A row each, so that they can be counted by month."""

    __tablename__ = "check_in_benefit"
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), primary_key=True)
    benefit: Mapped[Benefit] = mapped_column(word(Benefit, name="benefit"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)


class CheckInSupport(Base, AboutPerson):
    """A kind of support the coach gave. A row each, so that they can be counted by month."""

    __tablename__ = "check_in_support"
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), primary_key=True)
    support: Mapped[Support] = mapped_column(word(Support, name="support"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)


class CheckInPlan(Base, Written):
    """Something planned until next time: what, who does it, by when; perhaps a step of a goal, or a reminder."""

    __tablename__ = "check_in_plan"
    written = ("made_at", "made_by")
    __table_args__ = (
        sa.UniqueConstraint("checkin_id", "position"),
        sa.Index("ix_check_in_plan_reminded", "done_at", "remind_on"),
    )
    id: Mapped[Id]
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    position: Mapped[int]
    what: Mapped[Words]
    who: Mapped[StepOwner] = mapped_column(word(StepOwner, name="who"))
    by_on: Mapped[dt.date | None]
    step_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("step.id"))
    """The step of a goal that it became."""
    remind_on: Mapped[dt.date | None]
    """The local day on which the coach is reminded of it."""
    done_at: Mapped[dt.datetime | None]
    done_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]


class SupervisionLine(Base, Written):
    """What a coach keeps for supervision alone. It lies apart, so that no read of a check-in brings it along."""

    __tablename__ = "supervision_line"
    written = ("written_at", "author_id")
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    words: Mapped[Words]
    written_at: Mapped[dt.datetime]


class Correction(Base, Written):
    """What was added to a check-in later; the first text stays."""

    __tablename__ = "correction"
    written = ("made_at", "made_by")
    id: Mapped[Id]
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), index=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    text: Mapped[str] = mapped_column(EncryptedText)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]


class Attempt(Base, Written):
    """A try that reached nobody. It moves no clock but its own: when to try again."""

    __tablename__ = "attempt"
    written = ("logged_at", "coach_id")
    __table_args__ = (sa.Index("ix_attempt_person", "client_id", "tried_on"),)
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    visit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("visit.id"))
    """The planned contact that this try was, where there was one."""
    channel: Mapped[TryBy | None] = mapped_column(word(TryBy, name="channel"))
    used: Mapped[Words]
    """The number or address as it was then."""
    tried_on: Mapped[dt.date]
    tried_at: Mapped[dt.time | None]
    """Wall-clock time in the person's zone."""
    outcome: Mapped[AttemptOutcome] = mapped_column(word(AttemptOutcome, name="outcome"))
    again_on: Mapped[dt.date | None]
    """The day chosen for the next try; the ladder's where there is none."""
    note: Mapped[str] = mapped_column(EncryptedText, default="")
    logged_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None]


class Review(Base, Written):
    """A check-in that waits for its supervisor's word, and the word once it is given."""

    __tablename__ = "review"
    written = ("asked_at", "coach_id")
    __table_args__ = (sa.Index("ix_review_waiting", "outcome", "asked_at"),)
    id: Mapped[Id]
    checkin_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("check_in.id"), unique=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    reason: Mapped[ReviewReason] = mapped_column(word(ReviewReason, name="reason"))
    asked_at: Mapped[dt.datetime]
    outcome: Mapped[ReviewOutcome | None] = mapped_column(word(ReviewOutcome, name="outcome"))
    by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[dt.datetime | None]
    text: Mapped[str] = mapped_column(EncryptedText, default="")
    phrases: Mapped[str] = mapped_column(EncryptedText, default="")
    """Kind phrases chosen, one a line."""
