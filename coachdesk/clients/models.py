"""The person: names, how to reach them safely, and how often you agreed to speak."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.clients.rules import Pronouns
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
