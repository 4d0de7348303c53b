"""The person's own row: adding, changing and finding people."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, demand, scoped, visible, walks_with
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning, episodes, likeness
from coachdesk.clients.models import Client, ContactPoint, Episode
from coachdesk.clients.rules import asked_digits, fold, is_rhythm, refuse_birth_day
from coachdesk.db import keys
from coachdesk.organisation.rules import zone_named
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from coachdesk.access import Identity

FIELDS = (
    "first_name",
    "last_name",
    "preferred_name",
    "pronouns",
    "language",
    "zone",
    "rhythm_days",
    "birth_day",
    "phone",
    "email",
    "may_call",
    "may_text",
    "may_voicemail",
    "may_email",
    "say_who",
    "best_hours",
    "others_answer",
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
    """Return the people this identity walks with now, also in somebody's place, by name; who has gone on is left out."""
    walks = walks_with(identity, Assignment.coach_id)
    own = sa.select(Assignment.client_id).where(walks, Assignment.ended_at.is_(None))
    open_now = sa.select(Episode.client_id).where(Episode.closed_at.is_(None))
    found = visible(identity, Client).where(Client.id.in_(own), Client.id.in_(open_now))
    return list(session.scalars(found.order_by(Client.shown_sort)))


def select_how_many(identity: Identity) -> Any:
    """Select with how many of the people this identity may see coaching goes on."""
    going = sa.select(sa.func.count()).select_from(Episode).where(Episode.closed_at.is_(None))
    return scoped(going, identity, Episode.client_id)


def search_people(session: Any, identity: Identity, text: str) -> list[Client]:
    """Find people by name, preferred name or the last four digits of their number; never by what was written."""
    demand(identity, Action.CLIENTS_FIND)
    wanted = fold(text)[:MOST_WANTED]
    if not wanted:
        return []
    matches: sa.ColumnElement[bool] = Client.shown_sort.contains(wanted, autoescape=True)
    if digits := asked_digits(text[:MOST_WANTED]):
        digest = keys().digest(digits)
        further = sa.select(ContactPoint.client_id).where(
            ContactPoint.digest == digest, ContactPoint.ended_at.is_(None)
        )
        matches = sa.or_(matches, Client.phone_digest == digest, Client.id.in_(further))
    found = visible(identity, Client).where(matches).order_by(Client.shown_sort).limit(MOST_FOUND)
    return list(session.scalars(found))


def add_person(
    session: Any,
    identity: Identity,
    *,
    coach_id: uuid.UUID,
    different: bool = False,
    now: dt.datetime,
    today: dt.date,
    **typed: Any,
) -> Client:
    """Add a person and assign them to their coach in one act; `different` from whoever is like them already."""
    demand(identity, Action.CLIENTS_ADD)
    person = Client(id=uuid.uuid4(), working_since=today, created_at=now, created_by=identity.id)
    _write(person, typed, today)
    if not different:
        likeness.refuse_alike(session, identity, typed)
    session.add(person)
    session.flush()
    episodes.open_first(session, person, identity, now=now, today=today)
    audit.record(session, identity, audit.Event.CLIENT_ADDED, client_id=person.id, subject=person, now=now)
    assigning.assign(session, identity, person.id, coach_id, now=now, today=today)
    return person


def refuse_coach(session: Any, identity: Identity, coach_id: uuid.UUID) -> None:
    """Raise `Refused` unless this identity may give new people to a coach."""
    if coach_id not in {user.id for user in accounts.list_coaches(session, identity)}:
        raise Refused(mark("Choose a coach from the list."), "coach_id")


def add_people(
    session: Any,
    identity: Identity,
    rows: Sequence[dict[str, Any]],
    *,
    coach_id: uuid.UUID,
    now: dt.datetime,
    today: dt.date,
) -> list[Client]:
    """Add many people at once and give them to one coach, in a few statements; who brings them in writes the event."""
    demand(identity, Action.CLIENTS_ADD)
    refuse_coach(session, identity, coach_id)
    people = []
    for typed in rows:
        person = Client(id=uuid.uuid4(), working_since=today, created_at=now, created_by=identity.id)
        _write(person, typed, today)
        person.contact_before_on = typed.get("contact_before_on")
        people.append(person)
    session.add_all(people)
    session.flush()
    episodes.open_many(session, people, identity, now=now, today=today)
    assigning.assign_many(session, identity, people, coach_id, now=now, today=today)
    return people


def edit_person(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    version: int,
    different: bool = False,
    now: dt.datetime,
    today: dt.date,
    **typed: Any,
) -> Client:
    """Change a person's details; raises `Stale` where somebody changed them meanwhile.

    Where what shows who they are has changed, they must be `different` from whoever is like them already.
    """
    demand(identity, Action.CLIENTS_EDIT)
    person = find_person(session, identity, client_id)
    if person.version != version:
        raise Stale
    if typed.get("email", person.email) != person.email and not sees_everyday(session, identity, client_id):
        raise Refused(mark("In an emergency this stays as it is. Ask their own coach to change it."), "email")
    before = {name: getattr(person, name) for name in FIELDS}
    if not different:
        likeness.refuse_alike(session, identity, typed, person)
    _write(person, typed, today)
    changed = [name for name in FIELDS if getattr(person, name) != before[name]]
    person.version += 1
    rhythm = audit.changes("person", before, {"rhythm_days": person.rhythm_days})
    audit.record(
        session,
        identity,
        audit.Event.CLIENT_EDITED,
        client_id=person.id,
        subject=person,
        fields=changed,
        detail={"changes": rhythm} if rhythm else None,
        now=now,
    )
    return person


def note_wrong(person: Client, *columns: str, on: dt.date | None = None) -> None:
    """Note on which local day a number or an address turned out not to work; without a day that it may be used again."""
    for name in columns:
        setattr(person, name, on)


def number_works(session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime) -> Client:
    """Say that what did not work works after all."""
    demand(identity, Action.CLIENTS_EDIT)
    person = find_person(session, identity, client_id)
    wrong = [name for name in _WRONG.values() if getattr(person, name)]
    note_wrong(person, *wrong)
    session.flush()
    audit.record(
        session, identity, audit.Event.CLIENT_EDITED, client_id=person.id, subject=person, fields=wrong, now=now
    )
    return person


_WRONG = {"phone": "phone_wrong_on", "email": "email_wrong_on"}


def _write(person: Client, typed: dict[str, Any], today: dt.date) -> None:
    zone = zone_named(typed.get("zone") or "")
    _refuse_bad(typed, zone, today)
    for name in FIELDS:
        if name in typed:
            if name in _WRONG and not is_same(typed[name], getattr(person, name)):
                note_wrong(person, _WRONG[name])
            setattr(person, name, typed[name])
    if "zone" in typed:
        person.zone = zone or ""
    person.shown_sort = fold(f"{person.preferred_name or ''} {person.first_name} {person.last_name or ''}")[:200]
    person.phone_digest = likeness.number_digest(person.phone or "")
    person.birth_digest = likeness.birth_digest(person.birth_day)


def is_same(one: str | None, other: str | None) -> bool:
    """Say whether two numbers, or two addresses, are the same however they are written."""
    return _bare(one) == _bare(other)


def _bare(value: str | None) -> str:
    """Return a number or an address without what people write between its signs."""
    return "".join(sign for sign in (value or "").casefold() if sign.isalnum() or sign in "+@")


def _refuse_bad(typed: dict[str, Any], zone: str | None, today: dt.date) -> None:
    if not typed.get("first_name", "").strip():
        raise Refused(mark("Write the person’s first name."), "first_name")
    if not is_rhythm(typed.get("rhythm_days") or 0):
        raise Refused(mark("Choose how often you speak, from 1 to 90 days."), "rhythm_days")
    if typed.get("zone") and zone is None:
        raise Refused(mark("Choose a time zone from the list."), "zone")
    refuse_birth_day(typed.get("birth_day"), today)
