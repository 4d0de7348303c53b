"""The tables of the trail: entries, the people they name, and the seals over both."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.access import Role
from coachdesk.db import Base, Serial, word


class AuditEntry(Base):
    """One act or one read."""

    __tablename__ = "audit_entry"
    # Each filter and each order of the trail's page is answered from one of these, a million rows included; the two
    # wide ones hold all that is counted by, so that counting never looks into the rows themselves.
    __table_args__ = (
        sa.Index("ix_audit_entry_actor", "actor_id", "at"),
        sa.Index("ix_audit_entry_all", "at", "event", "actor_role", "actor_id", "client_id"),
        sa.Index("ix_audit_entry_client", "client_id", "at"),
        sa.Index("ix_audit_entry_event", "event", "at", "actor_role", "actor_id", "client_id"),
    )
    id: Mapped[Serial]
    at: Mapped[dt.datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_role: Mapped[Role | None] = mapped_column(word(Role, name="actor_role"))
    event: Mapped[str] = mapped_column(sa.String(40))
    subject_type: Mapped[str | None] = mapped_column(sa.String(40))
    subject_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    request_id: Mapped[str | None] = mapped_column(sa.String(36))
    client_id: Mapped[uuid.UUID | None]
    """The person, where the entry names exactly one: what the trail is ordered by under “Whose record”."""


class AuditPerson(Base):
    """Whose record an entry is about; a page about several people names them all."""

    __tablename__ = "audit_person"
    __table_args__ = (sa.Index("ix_audit_person_client", "client_id", "entry_id"),)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class AuditSeal(Base):
    """The seal over one entry: its place in the chain, and the chain's digest up to it."""

    __tablename__ = "audit_seal"
    position: Mapped[Serial]
    """From 1, without gaps, in the order of sealing."""
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    entry_mark: Mapped[str] = mapped_column(sa.String(16))
    people_mark: Mapped[str] = mapped_column(sa.String(16))
    """The beginnings of two keyed digests: where the chain breaks, they tell which of the two was changed."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Keyed digest over the one before, the entry and the people it names."""
    sealed_at: Mapped[dt.datetime]
