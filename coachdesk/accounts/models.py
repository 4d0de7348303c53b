"""Who can sign in and how, where they are signed in, and the single-use links that let somebody in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coachdesk.access import Identity, Role
from coachdesk.accounts.rules import Ended, LinkPurpose
from coachdesk.db import Base, EncryptedJson, EncryptedText, Id, Line, Versioned, word

SECOND_FACTOR_ROLES = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""They read other people's work, or decide who reads what: a passphrase alone never lets them in."""


class PlainRole(RoleMixin):
    """A role as the sign-in library wants to see it; the truth is the one word on the account."""

    def __init__(self, name: str) -> None:
        """Take the role's word."""
        self.name = name
        self.permissions: list[str] = []


class User(Base, Versioned, UserMixin):
    """An account: a member of staff, or a person (`client_id` says who). Exactly one role.

    The fields that begin with `tf_`, `mf_` and `fs_` are named as the sign-in library asks for them.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        sa.CheckConstraint("(role_name = 'client') = (client_id IS NOT NULL)", name="person_has_record"),
        sa.CheckConstraint("role_name <> 'system'", name="no_system"),
    )
    id: Mapped[Id]  # type: ignore[assignment]
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    passphrase_is_short: Mapped[bool] = mapped_column(default=False)
    """Under 15 characters: good enough beside a second factor, and only there."""
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # type: ignore[assignment]
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(EncryptedText, deferred=True)
    tf_phone_number = None
    """No code is ever sent by text: numbers change hands."""
    totp_counter: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The last half-minute whose code was used; a code of it or of an earlier one is not taken again."""
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(EncryptedJson), deferred=True)
    role_name: Mapped[Role] = mapped_column(word(Role, name="role"))
    client_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("client.id"), unique=True)
    first_name: Mapped[Line]
    last_name: Mapped[Line]
    work_phone: Mapped[str] = mapped_column(EncryptedText, default="")
    work_hours: Mapped[str] = mapped_column(EncryptedText, default="")
    zone: Mapped[str] = mapped_column(sa.String(64), default="")
    theme: Mapped[str] = mapped_column(sa.String(8), default="")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    """Whether single letters lead somewhere; off for whoever speaks to their computer, or whose hand slips."""
    most_people: Mapped[int] = mapped_column(default=15)
    started_on: Mapped[dt.date]
    left_at: Mapped[dt.datetime | None]
    """Since when it is switched off."""
    created_at: Mapped[dt.datetime]
    webauthn: Mapped[list[Passkey]] = relationship(  # type: ignore[assignment]
        back_populates="user", lazy="select", order_by="Passkey.created_at"
    )

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

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: FBT001  (the library's own signature)
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Say whether a second factor is asked for: where there is one, and where there has to be one."""
        asked, methods = super().check_tf_required(tf_setup_methods, tf_fresh)
        return (asked, methods) if tf_setup_methods or self.check_tf_required_setup() else (False, [])

    def check_tf_required_setup(self) -> bool:
        """Say whether this account may not be without a second factor; the demo's accounts may."""
        needed = self.role_name in SECOND_FACTOR_ROLES or self.passphrase_is_short
        return bool(super().check_tf_required_setup()) and needed

    @property
    def has_second_factor(self) -> bool:
        """Say whether a passphrase alone lets nobody in."""
        return self.tf_primary_method is not None or bool(self.webauthn)

    def is_locked(self, form_error: list[str] | None = None) -> bool:  # noqa: ARG002  (the library's own signature)
        """Say whether nobody gets in; the library's passkey form asks here, and only here, after a switched-off one."""
        return not self.active


class Passkey(Base, WebAuthnMixin):
    """A key on somebody's device that signs them in; the house keeps its public half."""

    __tablename__ = "passkey"
    id: Mapped[Id]  # type: ignore[assignment]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(EncryptedText)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transports: Mapped[list[str] | None] = mapped_column(sa.JSON)
    backup_state: Mapped[bool] = mapped_column(default=False)
    device_type: Mapped[str] = mapped_column(sa.String(64), default="")
    extensions: Mapped[str | None] = mapped_column(sa.String(255))
    usage: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[dt.datetime]
    lastuse_datetime: Mapped[dt.datetime]
    user: Mapped[User] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """Return how the library finds whose key this is."""
        return {"id": self.user_id}


class UserSession(Base):
    """Somebody signed in on a device. Asked for at each request, so that what ends it takes effect at once."""

    __tablename__ = "user_session"
    __table_args__ = (sa.Index("ix_user_session_user", "user_id", "ended_at"),)
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    began_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    fresh_at: Mapped[dt.datetime]
    """When it was last shown who is at the device, by passphrase, passkey or link."""
    own_device: Mapped[bool] = mapped_column(default=False)
    browser: Mapped[str] = mapped_column(sa.String(40), default="")
    system: Mapped[str] = mapped_column(sa.String(40), default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    ended_why: Mapped[Ended | None] = mapped_column(word(Ended, name="ended_why"))


class OneTimeLink(Base):
    """A single-use link; only its digest is kept, and it ends by itself."""

    __tablename__ = "one_time_link"
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(word(LinkPurpose, name="purpose"))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]


class GuessCount(Base):
    """How many tries there were since a moment. The key is a keyed digest: no address of either kind lies here."""

    __tablename__ = "guess_count"
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)
