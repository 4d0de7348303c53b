"""Who can sign in, and the single-use links by which they choose their passphrase."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.access import Identity, Role
from coachdesk.db import Base, EncryptedText, Id, Line, Versioned, word


class PlainRole(RoleMixin):
    """A role as the sign-in library wants to see it; the truth is the one word on the account."""

    def __init__(self, name: str) -> None:
        """Take the role's word."""
        self.name = name
        self.permissions: list[str] = []


class User(Base, Versioned, UserMixin):
    """An account: a member of staff, or a person (`client_id` says who). Exactly one role."""

    __tablename__ = "user_account"
    __table_args__ = (
        sa.CheckConstraint("(role_name = 'client') = (client_id IS NOT NULL)", name="person_has_record"),
        sa.CheckConstraint("role_name <> 'system'", name="no_system"),
    )
    id: Mapped[Id]  # type: ignore[assignment]
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role_name: Mapped[Role] = mapped_column(word(Role, name="role"))
    client_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("client.id"), unique=True)
    first_name: Mapped[Line]
    last_name: Mapped[Line]
    work_phone: Mapped[str] = mapped_column(EncryptedText, default="")
    work_hours: Mapped[str] = mapped_column(EncryptedText, default="")
    zone: Mapped[str] = mapped_column(sa.String(64), default="")
    theme: Mapped[str] = mapped_column(sa.String(8), default="")
    most_people: Mapped[int] = mapped_column(default=15)
    started_on: Mapped[dt.date]
    created_at: Mapped[dt.datetime]

    @property  # type: ignore[override]
    def roles(self) -> list[PlainRole]:
        """The one role, as the sign-in library reads it."""
        return [PlainRole(self.role_name.value)] if self.role_name else []

    @roles.setter
    def roles(self, _given: Any) -> None:
        """Roles are set by `role_name` alone; what the library hands over is let go."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def identity(self) -> Identity:
        """This account as a plain value."""
        return Identity(self.id, self.role_name, self.name, self.client_id)


class Invitation(Base):
    """A single-use link to choose a passphrase; only its digest is kept, and it ends after seven days."""

    __tablename__ = "invitation"
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    ends_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
