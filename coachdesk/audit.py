"""The trail: who did or read what, when. Append-only; ids and field names, never what was written.

A verb records its event in its own transaction. The read of a person's record is recorded before the answer leaves
(`web.reading`). Where no row can be written, the act is refused.
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from coachdesk.access import Role
from coachdesk.db import Base, Serial, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Connection

    from coachdesk.access import Identity


class Event(StrEnum):
    """`noun:past`, in alphabetical order."""

    ACCESS_REFUSED = "access:refused"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNT_CHANGED = "account:changed"
    ACCOUNT_DISABLED = "account:disabled"
    ACCOUNT_ENABLED = "account:enabled"
    ACCOUNT_INVITED = "account:invited"
    ACCOUNT_MADE = "account:made"
    ASSIGNMENT_ENDED = "assignment:ended"
    ASSIGNMENT_MADE = "assignment:made"
    ATTEMPT_LOGGED = "attempt:logged"
    ATTEMPT_WITHDRAWN = "attempt:withdrawn"
    CHECKIN_CORRECTED = "checkin:corrected"
    CHECKIN_LOGGED = "checkin:logged"
    CHECKIN_READ = "checkin:read"
    CHECKIN_SIGNED_OFF = "checkin:signed-off"
    CHECKIN_TALK_ASKED = "checkin:talk-asked"
    CHECKIN_WITHDRAWN = "checkin:withdrawn"
    CLIENT_ADDED = "client:added"
    CLIENT_EDITED = "client:edited"
    CONCERN_GIVEN_BACK = "concern:given_back"
    CONCERN_RAISED = "concern:raised"
    CONCERN_TAKEN = "concern:taken"
    DEMO_MADE = "demo:made"
    DRAFT_DISCARDED = "draft:discarded"
    GLASS_BROKEN = "glass:broken"
    GLASS_CLOSED = "glass:closed"
    GLASS_REVIEWED = "glass:reviewed"
    GOAL_CHANGED = "goal:changed"
    GOAL_REVIEWED = "goal:reviewed"
    GOAL_SET = "goal:set"
    HELP_ASKED = "help:asked"
    HOUSE_SET_UP = "house:set-up"
    INVITATION_USED = "invitation:used"
    MEMBERSHIP_ENDED = "membership:ended"
    MEMBERSHIP_MADE = "membership:made"
    MESSAGE_SENT = "message:sent"
    PASSPHRASE_CHANGED = "passphrase:changed"
    PEOPLE_LISTED = "people:listed"
    PEOPLE_SEARCHED = "people:searched"
    RECORD_READ = "record:read"
    REFERRAL_CONSENT_WITHDRAWN = "referral:consent-withdrawn"
    REFERRAL_MADE = "referral:made"
    REFERRAL_MOVED = "referral:moved"
    REMINDER_DONE = "reminder:done"
    REMINDER_MOVED = "reminder:moved"
    REMINDER_NOT_NEEDED = "reminder:not-needed"
    REMINDER_SET = "reminder:set"
    REMINDER_UNDONE = "reminder:undone"
    RESOURCE_ADDED = "resource:added"
    RESOURCE_EDITED = "resource:edited"
    RESTRICTION_ENDED = "restriction:ended"
    RESTRICTION_MADE = "restriction:made"
    SETTINGS_CHANGED = "settings:changed"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGN_IN_REFUSED = "sign-in:refused"
    STEP_ADDED = "step:added"
    STEP_DONE = "step:done"
    STEP_UNDONE = "step:undone"
    TEAM_MADE = "team:made"
    TEAM_RENAMED = "team:renamed"
    VISIT_CANCELLED = "visit:cancelled"
    VISIT_PLANNED = "visit:planned"


class AuditEntry(Base):
    """One act or one read."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_actor", "actor_id", "at"),
        sa.Index("ix_audit_entry_event", "event", "at"),
        sa.Index("ix_audit_entry_at", "at"),
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


class AuditPerson(Base):
    """Whose record an entry is about; a page about several people names them all."""

    __tablename__ = "audit_person"
    __table_args__ = (sa.Index("ix_audit_person_client", "client_id", "entry_id"),)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def record(
    session: Session | Any,
    identity: Identity | None,
    happened: Event,
    *,
    client_id: uuid.UUID | None = None,
    client_ids: Iterable[uuid.UUID] = (),
    subject: Any = None,
    fields: Sequence[str] = (),
    detail: dict[str, Any] | None = None,
    now: dt.datetime,
) -> None:
    """Write one entry in the caller's transaction; `subject` is a row or a pair of a name and an id.

    `detail` holds ids, counts, words of an enum or names of fields only, never what was written.
    """
    kind, key = _subject(subject)
    details = {**({"fields": list(fields)} if fields else {}), **(detail or {})}
    entry_id = session.execute(
        sa.insert(AuditEntry).returning(AuditEntry.id),
        {
            "at": now,
            "actor_id": identity.id if identity else None,
            "actor_role": identity.role if identity else None,
            "event": happened.value,
            "subject_type": kind,
            "subject_id": key,
            "details": details,
            "request_id": request_id.get(),
        },
    ).scalar_one()
    people = {client_id, *client_ids} - {None}
    if people:
        session.execute(sa.insert(AuditPerson), [{"entry_id": entry_id, "client_id": person} for person in people])


def _subject(subject: Any) -> tuple[str | None, uuid.UUID | None]:
    if subject is None:
        return None, None
    if isinstance(subject, tuple):
        return subject
    return subject.__tablename__, subject.id


_REFUSAL = "the trail is only ever added to"
TRAIL_TABLES = ("audit_entry", "audit_person")


def create_triggers(connection: Connection) -> None:
    """Make the database itself refuse changes and removals in the trail; called again after a table is rebuilt."""
    drop_triggers(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION coachdesk_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        )
    for table in TRAIL_TABLES:
        for statement in _triggers(connection.dialect.name, table):
            connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection) -> None:
    """Take the triggers away, for a migration down or a rebuild."""
    postgres = connection.dialect.name == "postgresql"
    for table in TRAIL_TABLES:
        for act in ("update", "delete", "truncate"):
            if postgres:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act} ON {table}")
            elif act != "truncate":
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")


def _triggers(dialect: str, table: str) -> list[str]:
    if dialect == "postgresql":
        row = [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION coachdesk_append_only()"
            for act in ("update", "delete")
        ]
        return [
            *row,
            (
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION coachdesk_append_only()"
            ),
        ]
    return [
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for act in ("update", "delete")
    ]


@event.listens_for(AuditPerson.__table__, "after_create")
def _guard_trail(_table: sa.Table, connection: Connection, **_kw: Any) -> None:
    create_triggers(connection)
