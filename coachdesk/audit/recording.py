"""The one way into the trail. No lock is taken here: rows are only inserted, and sealed later by the scheduler."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import BreakGlass, Role, is_open, may_see, unscoped
from coachdesk.audit.models import AuditEntry, AuditPerson

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
    glass: bool | None = None,
    now: dt.datetime,
) -> None:
    """Write one entry in the caller's transaction; `subject` is a row or a pair of a name and an id.

    `detail` holds ids, counts, words of an enum or names of fields only, never what was written. What a supervisor does
    on a record opened in an emergency says so (`glass`); a caller who knows whether it is one says it, and nothing is
    asked.
    """
    kind, key = _subject(subject)
    people = {person for person in (client_id, *client_ids) if person is not None}
    across = _is_across(session, identity, people) if glass is None else glass
    entry_id = session.execute(
        sa.insert(AuditEntry).returning(AuditEntry.id),
        {
            "at": now,
            "actor_id": identity.id if identity else None,
            "actor_role": identity.role if identity else None,
            "event": happened.value,
            "subject_type": kind,
            "subject_id": key,
            "details": {
                **({"fields": list(fields)} if fields else {}),
                **(detail or {}),
                **({"glass": True} if across else {}),
            },
            "request_id": request_id.get(),
            "client_id": min(people) if len(people) == 1 else None,
        },
    ).scalar_one()
    if people:
        session.execute(sa.insert(AuditPerson), [{"entry_id": entry_id, "client_id": person} for person in people])


def changes(
    of: str, before: Mapping[str, Any], after: Mapping[str, Any], *, unsaid: Collection[str] = ()
) -> list[list[Any]]:
    """Return what changed, for an entry's detail: a name, what stood there, and what stands there now.

    Values are numbers and words of a list; of what somebody wrote (`unsaid`) only that it changed is told.
    """
    return [
        [f"{of}.{name}", *((None, None) if name in unsaid else (before.get(name), value))]
        for name, value in after.items()
        if before.get(name) != value
    ]


def _is_across(session: Any, identity: Identity | None, people: set[uuid.UUID]) -> bool:
    """Say whether one of these people is seen by a record opened in an emergency alone."""
    if identity is None or identity.role is not Role.SUPERVISOR or identity.at is None or not people:
        return False
    looks = sa.select(BreakGlass.id).where(
        *is_open(identity), BreakGlass.client_id.in_(people), ~may_see(identity.everyday, BreakGlass.client_id)
    )
    asked = unscoped(looks.limit(1), because="it is what the reader opened themself")
    return session.scalar(asked) is not None


def _subject(subject: Any) -> tuple[str | None, uuid.UUID | None]:
    if subject is None:
        return None, None
    if isinstance(subject, tuple):
        return subject
    return subject.__tablename__, subject.id
