"""The one way into the trail. No lock is taken here: rows are only inserted, and sealed later by the scheduler."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.audit.models import AuditEntry, AuditPerson

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from coachdesk.access import Identity
    from coachdesk.audit.events import Event

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
    people = {person for person in (client_id, *client_ids) if person is not None}
    entry_id = session.execute(
        sa.insert(AuditEntry).returning(AuditEntry.id),
        {
            "at": now,
            "actor_id": identity.id if identity else None,
            "actor_role": identity.role if identity else None,
            "event": happened.value,
            "subject_type": kind,
            "subject_id": key,
            "details": {**({"fields": list(fields)} if fields else {}), **(detail or {})},
            "request_id": request_id.get(),
            "client_id": min(people) if len(people) == 1 else None,
        },
    ).scalar_one()
    if people:
        session.execute(sa.insert(AuditPerson), [{"entry_id": entry_id, "client_id": person} for person in people])


def _subject(subject: Any) -> tuple[str | None, uuid.UUID | None]:
    if subject is None:
        return None, None
    if isinstance(subject, tuple):
        return subject
    return subject.__tablename__, subject.id
