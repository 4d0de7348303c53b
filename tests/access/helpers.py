"""What the tests of access share: a restriction, an hour in an emergency, a hand-over, and how everything stands."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from coachdesk.access import Earlier, GlassReason, RestrictionKind
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.clients import assigning, breaking, restricting
from coachdesk.db import Base
from tests.cast import MONDAY, TODAY

WORDS = "Nobody can reach Chris, and they called the office."
FORM = {"first_name": "Hana", "last_name": "Vale", "reason": "safety_now", "words": WORDS}


def at(identity, moment=MONDAY):
    return replace(identity, at=moment)


def restrict(session, cast, staff, person, *, by="admin", now=MONDAY):
    made = restricting.restrict(
        session,
        cast.staff[by],
        cast.people[person],
        cast.staff[staff].id,
        kind=RestrictionKind.KIN,
        words="Her cousin.",
        now=now,
    )
    session.commit()
    return made


def hand_over(session, cast, person, coach, earlier=Earlier.EVERYTHING, *, now=MONDAY):
    made = assigning.assign(
        session, cast.admin, cast.people[person], cast.staff[coach].id, earlier=earlier, now=now, today=TODAY
    )
    session.commit()
    return made


def break_glass(session, cast, staff="ruth", person="hana", *, last="Vale", now=MONDAY):
    made = breaking.open_record(
        session,
        at(cast.staff[staff], now),
        first_name=person,
        last_name=last,
        reason=GlassReason.SAFETY_NOW,
        words=WORDS,
        now=now,
    )
    session.commit()
    return made


def events(session, client_id, *names):
    """Return the events of a person's trail with their details, oldest first; only some, where they are named."""
    session.rollback()
    found = (
        sa.select(AuditEntry)
        .join(AuditPerson, AuditPerson.entry_id == AuditEntry.id)
        .where(AuditPerson.client_id == client_id)
        .order_by(AuditEntry.id)
    )
    return [row for row in session.scalars(found) if not names or row.event in names]


def everything(
    session: Any, *, besides: tuple[str, ...] = ("audit_entry", "audit_person", "user_session")
) -> dict[str, str]:
    """Return a mark of all rows of every table but the trail and who is signed in where: equal where nothing changed."""
    session.rollback()
    found = {}
    for name, table in Base.metadata.tables.items():
        if name not in besides:
            rows = sorted(str(tuple(row)) for row in session.execute(sa.select(table)))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    session.rollback()
    return found
