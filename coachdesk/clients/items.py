"""What there may be several of about a person: contact points, who helps, days they marked.

Each is added, changed by version, taken away by ending it, and put back; nothing is deleted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients import assigning, service
from coachdesk.clients.likeness import number_digest
from coachdesk.clients.models import ContactPoint, Milestone, Supporter
from coachdesk.clients.rules import WAYS_OF, PointKind, Touch, refuse_milestone_day
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachdesk.access import Identity
    from coachdesk.clients.models import Client

MOST_ITEMS = 30
"""Of each kind, at one time."""
_WAYS = ("may_call", "may_text", "may_voicemail", "may_email")


class Item(StrEnum):
    """What there may be several of."""

    POINT = "point"
    SUPPORTER = "supporter"
    MILESTONE = "milestone"


_TABLES: Mapping[Item, Any] = {Item.POINT: ContactPoint, Item.SUPPORTER: Supporter, Item.MILESTONE: Milestone}
_FIELDS: Mapping[Item, tuple[str, ...]] = {
    Item.POINT: ("value", "label", "say_who", "note", *_WAYS),
    Item.SUPPORTER: ("name", "relation", "helps", "reach", "touch"),
    Item.MILESTONE: ("marked_on", "words", "celebrate", "in_portal"),
}
_SAID: Mapping[Item, tuple[str, str]] = {
    Item.POINT: ("value", mark("Write the number or the address.")),
    Item.SUPPORTER: ("name", mark("Write who or what helps.")),
    Item.MILESTONE: ("words", mark("Write what the day is about.")),
}
_ADDED = {
    Item.POINT: audit.Event.CONTACT_ADDED,
    Item.SUPPORTER: audit.Event.SUPPORTER_ADDED,
    Item.MILESTONE: audit.Event.MILESTONE_ADDED,
}
_CHANGED = {
    Item.POINT: audit.Event.CONTACT_CHANGED,
    Item.SUPPORTER: audit.Event.SUPPORTER_CHANGED,
    Item.MILESTONE: audit.Event.MILESTONE_CHANGED,
}
_ENDED = {
    Item.POINT: audit.Event.CONTACT_ENDED,
    Item.SUPPORTER: audit.Event.SUPPORTER_ENDED,
    Item.MILESTONE: audit.Event.MILESTONE_ENDED,
}


def add_item(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    item: Item,
    *,
    kind: PointKind | None = None,
    now: dt.datetime,
    today: dt.date,
    **typed: Any,
) -> Any:
    """Write one more thing down about a person; `kind` says what a contact point is and stays as it is."""
    demand(identity, Action.CLIENTS_EDIT)
    service.find_person(session, identity, client_id)
    assigning.hold_person(session, client_id)
    _refuse_many(session, identity, client_id, item)
    row = _TABLES[item](id=uuid.uuid4(), client_id=client_id, made_at=now, made_by=identity.id)
    if item is Item.POINT:
        row.kind = kind or PointKind.PHONE
    _write(row, item, typed, today)
    session.add(row)
    session.flush()
    audit.record(session, identity, _ADDED[item], client_id=client_id, subject=row, now=now)
    return row


def change_item(
    session: Any,
    identity: Identity,
    item: Item,
    item_id: uuid.UUID,
    *,
    version: int,
    now: dt.datetime,
    today: dt.date,
    **typed: Any,
) -> Any:
    """Change one thing; raises `Stale` where somebody changed it meanwhile, `NotFound` where it was taken away."""
    demand(identity, Action.CLIENTS_EDIT)
    row = _find(session, identity, item, item_id, held=True)
    if row.ended_at is not None:
        raise NotFound
    if row.version != version:
        raise Stale
    before = {name: getattr(row, name) for name in _FIELDS[item]}
    _write(row, item, typed, today)
    row.version += 1
    session.flush()
    changed = [name for name, value in before.items() if getattr(row, name) != value]
    audit.record(session, identity, _CHANGED[item], client_id=row.client_id, subject=row, fields=changed, now=now)
    return row


def end_item(session: Any, identity: Identity, item: Item, item_id: uuid.UUID, *, now: dt.datetime) -> Any:
    """Take one thing away; doing so twice changes nothing."""
    demand(identity, Action.CLIENTS_EDIT)
    row = _find(session, identity, item, item_id, held=True)
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, identity.id
        row.version += 1
        session.flush()
        audit.record(session, identity, _ENDED[item], client_id=row.client_id, subject=row, now=now)
    return row


def put_item_back(session: Any, identity: Identity, item: Item, item_id: uuid.UUID, *, now: dt.datetime) -> Any:
    """Take the end of one thing back, as it was."""
    demand(identity, Action.CLIENTS_EDIT)
    row = _find(session, identity, item, item_id, held=True)
    if row.ended_at is not None:
        assigning.hold_person(session, row.client_id)
        _refuse_many(session, identity, row.client_id, item)
        row.ended_at = row.ended_by = None
        row.version += 1
        session.flush()
        audit.record(session, identity, _ADDED[item], client_id=row.client_id, subject=row, now=now)
    return row


def find_item(session: Any, identity: Identity, item: Item, item_id: uuid.UUID) -> Any:
    """Return one thing that was not taken away; raises `NotFound`."""
    row = _find(session, identity, item, item_id)
    if row.ended_at is not None:
        raise NotFound
    return row


def list_items(session: Any, identity: Identity, client_id: uuid.UUID, item: Item) -> list[Any]:
    """Return what stands now of one kind: days in order of the day, everything else as it was written down."""
    table = _TABLES[item]
    first = (table.marked_on,) if item is Item.MILESTONE else ()
    return list(
        session.scalars(
            visible(identity, table)
            .where(table.client_id == client_id, table.ended_at.is_(None))
            .order_by(*first, table.made_at, table.id)
        )
    )


def select_days_to_mark(identity: Identity) -> Any:
    """Select (client_id, id, marked_on, words) of the days people want to mark, those long gone left out."""
    found = sa.select(Milestone.client_id, Milestone.id, Milestone.marked_on, Milestone.words)
    found = found.where(Milestone.ended_at.is_(None))
    if identity.now:
        found = found.where(Milestone.marked_on >= identity.now.date() - dt.timedelta(days=1))
    return scoped(found, identity, Milestone.client_id)


def _find(session: Any, identity: Identity, item: Item, item_id: uuid.UUID, *, held: bool = False) -> Any:
    table = _TABLES[item]
    found = visible(identity, table).where(table.id == item_id)
    if held:
        found = found.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(found)
    if row is None:
        raise NotFound
    return row


def _write(row: Any, item: Item, typed: dict[str, Any], today: dt.date) -> None:
    at, sentence = _SAID[item]
    if not (typed.get(at) or "").strip():
        raise Refused(sentence, at)
    if item is Item.MILESTONE:
        refuse_milestone_day(typed.get("marked_on"), today)
    if item is Item.POINT:
        typed = {**typed, **{way: bool(typed.get(way)) and way in WAYS_OF[row.kind] for way in _WAYS}}
        row.digest = "" if row.kind is PointKind.EMAIL else number_digest(typed["value"])
    for name in _FIELDS[item]:
        if name in typed:
            setattr(row, name, typed[name])


def _refuse_many(session: Any, identity: Identity, client_id: uuid.UUID, item: Item) -> None:
    table = _TABLES[item]
    standing = visible(identity, table).with_only_columns(sa.func.count(table.id))
    if session.scalar(standing.where(table.client_id == client_id, table.ended_at.is_(None))) >= MOST_ITEMS:
        raise Refused(mark("Thirty are enough. Take one away that no longer holds, then add this one."))


def list_ruled_out(session: Any, identity: Identity, person: Client) -> list[str]:
    """Return the numbers, as written, that nobody of staff may ring: not agreed, or found not to work."""
    points = list_items(session, identity, person.id, Item.POINT)
    helpers = list_items(session, identity, person.id, Item.SUPPORTER)
    own = [person.phone] if person.phone_wrong_on or not person.may_call else []
    return [
        *own,
        *(point.value for point in points if not point.may_call),
        *(one.reach for one in helpers if one.touch is not Touch.YES),
    ]
