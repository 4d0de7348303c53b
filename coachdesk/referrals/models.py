"""Referrals: who was to be connected with what, where that stands, and the spoken yes it rests on."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Line, Versioned, word
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status
from coachdesk.resources.rules import Need


class Referral(Base, AboutPerson, Versioned):
    """A person and a service. `status_on` is the local day the present status began; its clock counts from there."""

    __tablename__ = "referral"
    __table_args__ = (
        sa.Index("ix_referral_person", "client_id", "status"),
        sa.Index("ix_referral_status", "status", "clock_on"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    service_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service.id"), index=True)
    service_name: Mapped[str] = mapped_column(EncryptedText)
    """The service's name as it was when the referral was made."""
    need: Mapped[Need] = mapped_column(word(Need, name="need"))
    agreed: Mapped[Agreed] = mapped_column(word(Agreed, name="agreed"))
    status: Mapped[Status] = mapped_column(word(Status, name="status"))
    status_on: Mapped[dt.date]
    clock_on: Mapped[dt.date | None]
    """The day the status's clock runs out; none for a status without one."""
    appointment_on: Mapped[dt.date | None]
    reason: Mapped[CloseReason | None] = mapped_column(word(CloseReason, name="reason"))
    confirmed_by: Mapped[ConfirmedBy | None] = mapped_column(word(ConfirmedBy, name="confirmed_by"))
    note: Mapped[str] = mapped_column(EncryptedText, default="")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]


class ReferralMove(Base, AboutPerson):
    """One change of a referral's status: from what to what, when, by whom."""

    __tablename__ = "referral_move"
    __table_args__ = (sa.Index("ix_referral_move_referral", "referral_id", "moved_at"),)
    id: Mapped[Id]
    referral_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    before: Mapped[Status | None] = mapped_column(word(Status, name="before"))
    after: Mapped[Status] = mapped_column(word(Status, name="after"))
    note: Mapped[str] = mapped_column(EncryptedText, default="")
    moved_on: Mapped[dt.date]
    moved_at: Mapped[dt.datetime]
    moved_by: Mapped[uuid.UUID]


class SpokenYes(Base, AboutPerson):
    """The person's spoken yes to sharing their name and number with one service; withdrawn in one tap."""

    __tablename__ = "spoken_yes"
    id: Mapped[Id]
    referral_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    heard_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    heard_at: Mapped[dt.datetime]
    shared: Mapped[Line]
    """What may be shared, in plain words."""
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None]
