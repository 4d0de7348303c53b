"""The person's own row: adding, changing and finding people."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, demand, scoped, visible
from coachdesk.clients import assigning, episodes
from coachdesk.clients.models import Client
from coachdesk.clients.rules import fold, is_rhythm, last_digits
from coachdesk.db import keys
from coachdesk.organisation.rules import is_zone
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity

FIELDS = (
    "first_name",
    "last_name",
    "preferred_name",
    "pronouns",
    "language",
    "zone",
    "rhythm_days",
    "phone",
    "email",
    "may_call",
    "may_text",
    "may_voicemail",
    "may_email",
    "safe_note",
)
MOST_FOUND = 50
MOST_WANTED = 100
"""Characters of a name that are looked for."""


def find_person(session: Any, identity: Identity, client_id: uuid.UUID) -> Client:
    """Return a person this identity may see; raises `NotFound`."""
    found: Client | None = session.scalar(visible(identity, Client).where(Client.id == client_id))
    if found is None:
        raise NotFound
    return found


def sees_everyday(session: Any, identity: Identity, client_id: uuid.UUID) -> bool:
    """Say whether this identity sees a person without having opened their record in an emergency."""
    found = scoped(sa.select(Client.id), identity.everyday, Client.id).where(Client.id == client_id)
    return session.scalar(found) is not None


def list_people(session: Any, identity: Identity, *, ids: Iterable[uuid.UUID] | None = None) -> list[Client]:
    """Return the people this identity may see, by name."""
    found = visible(identity, Client)
    if ids is not None:
        found = found.where(Client.id.in_(set(ids)))
    return list(session.scalars(found.order_by(Client.shown_sort)))


def list_own_people(session: Any, identity: Identity) -> list[Client]:
    """Return the people who are this identity's own now, by name."""
    own = sa.select(Assignment.client_id).where(Assignment.coach_id == identity.id, Assignment.ended_at.is_(None))
    return list(session.scalars(visible(identity, Client).where(Client.id.in_(own)).order_by(Client.shown_sort)))


def select_how_many(identity: Identity) -> Any:
    """Select how many people this identity may see."""
    return scoped(sa.select(sa.func.count()).select_from(Client), identity, Client.id)


def search_people(session: Any, identity: Identity, text: str) -> list[Client]:
    """Find people by name, preferred name or the last four digits of their number; never by what was written."""
    demand(identity, Action.CLIENTS_FIND)
    wanted = fold(text)[:MOST_WANTED]
    if not wanted:
        return []
    matches: sa.ColumnElement[bool] = Client.shown_sort.contains(wanted, autoescape=True)
    if len(wanted) == 4 and last_digits(wanted):  # noqa: PLR2004
        matches = sa.or_(matches, Client.phone_digest == keys().digest(wanted))
    found = visible(identity, Client).where(matches).order_by(Client.shown_sort).limit(MOST_FOUND)
    return list(session.scalars(found))


def list_namesakes(session: Any, identity: Identity, first_name: str, last_name: str) -> list[Client]:
    """Return the people this identity sees whose name reads the same, for a gentle hint."""
    start = fold(first_name) + "%"
    rows = session.scalars(visible(identity, Client).where(Client.shown_sort.like(start)).limit(MOST_FOUND))
    return [row for row in rows if fold(f"{row.first_name} {row.last_name}") == fold(f"{first_name} {last_name}")]


def add_person(
    session: Any, identity: Identity, *, coach_id: uuid.UUID, now: dt.datetime, today: dt.date, **typed: Any
) -> Client:
    """Add a person and assign them to their coach in one act."""
    demand(identity, Action.CLIENTS_ADD)
    person = Client(id=uuid.uuid4(), working_since=today, created_at=now, created_by=identity.id)
    _write(person, typed)
    session.add(person)
    session.flush()
    episodes.open_first(session, person, identity, now=now, today=today)
    audit.record(session, identity, audit.Event.CLIENT_ADDED, client_id=person.id, subject=person, now=now)
    assigning.assign(session, identity, person.id, coach_id, now=now, today=today)
    return person


def edit_person(
    session: Any, identity: Identity, client_id: uuid.UUID, *, version: int, now: dt.datetime, **typed: Any
) -> Client:
    """Change a person's details; raises `Stale` where somebody changed them meanwhile."""
    demand(identity, Action.CLIENTS_EDIT)
    person = find_person(session, identity, client_id)
    if person.version != version:
        raise Stale
    if typed.get("email", person.email) != person.email and not sees_everyday(session, identity, client_id):
        raise Refused(mark("In an emergency this stays as it is. Ask their own coach to change it."), "email")
    changed = [name for name in FIELDS if name in typed and getattr(person, name) != typed[name]]
    _write(person, typed)
    person.version += 1
    audit.record(
        session, identity, audit.Event.CLIENT_EDITED, client_id=person.id, subject=person, fields=changed, now=now
    )
    return person


def _write(person: Client, typed: dict[str, Any]) -> None:
    _refuse_bad(typed)
    for name in FIELDS:
        if name in typed:
            setattr(person, name, typed[name])
    person.shown_sort = fold(f"{person.preferred_name or ''} {person.first_name} {person.last_name or ''}")[:200]
    digits = last_digits(person.phone or "")
    person.phone_digest = keys().digest(digits) if digits else ""


def _refuse_bad(typed: dict[str, Any]) -> None:
    if not typed.get("first_name", "").strip():
        raise Refused(mark("Write the person’s first name."), "first_name")
    if not is_rhythm(typed.get("rhythm_days") or 0):
        raise Refused(mark("Choose how often you speak, from 1 to 90 days."), "rhythm_days")
    if typed.get("zone") and not is_zone(typed["zone"]):
        raise Refused(mark("Choose a time zone from the list."), "zone")
