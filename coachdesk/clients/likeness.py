"""Who somebody may be already: people this reader sees whose name, birth day or number is like another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import may_see, scoped, visible
from coachdesk.clients.models import Client, ContactPoint, PersonLink
from coachdesk.clients.rules import Likeness, fold, is_alike, last_digits
from coachdesk.db import keys
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity

MOST_LIKE = 5
"""People named on a form; more would be a list of everybody of that name."""
_MOST_LOOKED_AT = 200
_MOST_LETTERS = 60


def birth_digest(day: dt.date | None) -> str:
    """Return the keyed digest of a birth day, or nothing where it was not said."""
    return keys().digest(f"born {day.isoformat()}") if day else ""


def number_digest(number: str) -> str:
    """Return the keyed digest of a number's last four digits, or nothing where it has fewer."""
    digits = last_digits(number)
    return keys().digest(digits) if digits else ""


def likeness_of(person: Client, numbers: frozenset[str] = frozenset()) -> Likeness:
    """Return what shows who a person may be; `numbers` are digests of their further numbers."""
    return Likeness(
        person.first_name,
        person.last_name or "",
        person.preferred_name or "",
        person.birth_digest or "",
        (numbers | {person.phone_digest or ""}) - {""},
    )


def likeness_typed(typed: dict[str, Any], person: Client | None = None) -> Likeness:
    """Return what shows who the person may be that a form is about; what it leaves out is as it stands on the row."""

    def said(name: str) -> Any:
        return typed[name] if name in typed else getattr(person, name, None)

    return Likeness(
        said("first_name") or "",
        said("last_name") or "",
        said("preferred_name") or "",
        birth_digest(said("birth_day")),
        frozenset({number_digest(said("phone") or "")}) - {""},
    )


def list_alike(session: Any, identity: Identity, one: Likeness, *, but: uuid.UUID | None = None) -> list[Client]:
    """Return the people this identity sees who may be the same person, by name; `but` is that person's own record.

    Whom the reader may not see is never among them, and neither is a record already linked to it.
    """
    points = sa.select(ContactPoint.client_id).where(
        ContactPoint.digest.in_(one.numbers), ContactPoint.ended_at.is_(None)
    )
    hints = [_goes_by(name, one.last) for name in (one.first, one.preferred) if fold(name)]
    if one.birth:
        hints.append(Client.birth_digest == one.birth)
    if one.numbers:
        hints += [Client.phone_digest.in_(one.numbers), Client.id.in_(points)]
    if not hints:
        return []
    found = visible(identity, Client).where(sa.or_(*hints)).order_by(Client.shown_sort, Client.id)
    if but is not None:
        found = found.where(Client.id != but, Client.id.not_in(_linked_to(but)))
    rows = list(session.scalars(found.limit(_MOST_LOOKED_AT)))
    numbers = _numbers(session, identity, rows) if one.numbers else {}
    return [row for row in rows if is_alike(one, likeness_of(row, numbers.get(row.id, frozenset())))][:MOST_LIKE]


def list_alike_typed(
    session: Any, identity: Identity, typed: dict[str, Any], person: Client | None = None
) -> list[Client]:
    """Return who may be the person that a form is about; nobody where nothing changed that shows who they are."""
    one = likeness_typed(typed, person)
    if person is not None and one == likeness_typed({}, person):
        return []
    return list_alike(session, identity, one, but=person.id if person else None)


def refuse_alike(session: Any, identity: Identity, typed: dict[str, Any], person: Client | None = None) -> None:
    """Raise `Refused` where somebody this identity sees may be the same person; the page names them."""
    if list_alike_typed(session, identity, typed, person):
        raise Refused(
            mark(
                "Somebody among your people is like this one. Look at them first, or tick that this is somebody else."
            ),
            "different",
        )


def _goes_by(called: str, last: str) -> Any:
    """Return the condition that both names, or what of them a row can hold, stand in somebody's."""
    names = [fold(name)[:_MOST_LETTERS] for name in (called, last) if fold(name)]
    return sa.and_(*(Client.shown_sort.contains(name, autoescape=True) for name in names))


def _linked_to(client_id: uuid.UUID) -> Any:
    now = PersonLink.ended_at.is_(None)
    return (
        sa.select(PersonLink.other_id)
        .where(PersonLink.client_id == client_id, now)
        .union_all(sa.select(PersonLink.client_id).where(PersonLink.other_id == client_id, now))
    )


def _numbers(session: Any, identity: Identity, people: list[Client]) -> dict[uuid.UUID, frozenset[str]]:
    """Return the digests of people's further numbers, by person."""
    found: dict[uuid.UUID, frozenset[str]] = {}
    points = scoped(
        sa.select(ContactPoint.client_id, ContactPoint.digest).where(
            ContactPoint.client_id.in_([person.id for person in people]),
            ContactPoint.ended_at.is_(None),
            ContactPoint.digest != "",
        ),
        identity,
        ContactPoint.client_id,
    )
    for client_id, digest in session.execute(points):
        found[client_id] = found.get(client_id, frozenset()) | {digest}
    return found


def list_links(session: Any, identity: Identity, client_id: uuid.UUID) -> list[tuple[PersonLink, Client]]:
    """Return the records said to be of the same person, for a reader who may see the other one too."""
    other = sa.case((PersonLink.client_id == client_id, PersonLink.other_id), else_=PersonLink.client_id)
    rows = session.execute(
        visible(identity, PersonLink)
        .add_columns(Client)
        .join(Client, Client.id == other)
        .where(
            sa.or_(PersonLink.client_id == client_id, PersonLink.other_id == client_id),
            PersonLink.ended_at.is_(None),
            may_see(identity, PersonLink.other_id),
        )
        .order_by(Client.shown_sort, PersonLink.id)
    )
    return [(link, person) for link, person in rows]
