"""A caseload that is brought in: the table as it came, and whom it became."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, EncryptedJson, EncryptedText, Id, word
from coachdesk.desk.rules import Order


class CaseloadImport(Base):
    """A table somebody sent: its cells wait, sealed, until they confirm it, and are let go then."""

    __tablename__ = "caseload_import"
    __table_args__ = (sa.Index("ix_caseload_import_maker", "made_by", "made_at"),)
    id: Mapped[Id]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[dt.datetime]
    coach_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    """Whose people they become."""
    file_name: Mapped[str] = mapped_column(EncryptedText, default="")
    day_order: Mapped[Order | None] = mapped_column("day_order", word(Order, name="day_order"))
    """The order of days that its owner chose, where they did."""
    columns: Mapped[dict[str, str] | None] = mapped_column("chosen_columns", EncryptedJson)
    """What its owner said is in which column: place, counted from 0, to the column's word; none where they did not."""
    cells: Mapped[list[Any] | None] = mapped_column(EncryptedJson, deferred=True)
    confirmed_at: Mapped[dt.datetime | None]
    people: Mapped[int] = mapped_column(default=0)
    """How many came in."""
    undone_at: Mapped[dt.datetime | None]
    kept: Mapped[int] = mapped_column(default=0)
    """How many stayed at the undoing, because something was written about them since."""


class ImportedPerson(Base, AboutPerson):
    """Somebody who came in with an import."""

    __tablename__ = "imported_person"
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), primary_key=True)
    import_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caseload_import.id"), index=True)
