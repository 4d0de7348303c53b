"""What was told to a supervisor's team, and of whom: every message, why, where it stands and what kept it from leaving."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Action, demand, may_see, team_mates, unscoped, visible
from coachdesk.accounts.models import User
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown_map
from coachdesk.clients.rules import fold
from coachdesk.db import Key
from coachdesk.notify import Delivery, Topic
from coachdesk.notify.about import About
from coachdesk.reminders import deliveries
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.reminders.deliveries import Asked, Told
    from coachdesk.reminders.kinds import Rule

MOST = 10_000
"""So many of the newest are looked through; what is older is found by its days."""
OFFERED = (
    About.REMINDERS,
    About.SAFETY,
    About.ASSIGNMENT,
    About.AFTER_END,
    About.RETURNED,
    About.UNDELIVERED,
    About.WAY_OFF,
)
"""What of a colleague's messages is a supervisor's business; how they sign in is their own."""
_BY_TOPIC = (About.REMINDERS, About.SAFETY, About.ASSIGNMENT)
"""Whole topics of these; what else goes under the same topic is offered, too, or nobody of a team hears it."""
_SCOPED = "messages are a reader's; whom each names is asked for with the scope"
_BECAUSE = "how many things a message told of that its supervisor does not see"


@dataclass(frozen=True)
class Thing:
    """Somebody a message told of, and why."""

    client_id: uuid.UUID
    name: str
    why: Rule | About


@dataclass(frozen=True)
class Line:
    """One message, with what it told of as far as its supervisor sees it."""

    told: Told
    reader: str
    things: Sequence[Thing]
    elsewhere: int
    """Things about people they do not see."""


def find_told(session: Any, identity: Identity, asked: Asked, number: int) -> tuple[list[Line], int, int]:
    """Return a page of what was told to one's teams and people, the newest first, how many fit, and which page it is."""
    demand(identity, Action.TEAM_BOARD)
    fits = _conditions(session, identity, asked)
    total, number = deliveries.find_number(session, fits, number, because=_SCOPED, most=MOST)
    rows = session.execute(deliveries.select_page(fits, number)).all()
    ids = [row.id for row in rows]
    linked = _map_linked(session, identity, ids)
    counts = _count_linked(session, ids)
    shown = {person for things in linked.values() for person, _rule in things}
    shown |= {key for row in rows for key in (row.about_id, row.client_id) if key}
    names = shown_map(clients.list_people(session, identity, ids=shown)) if shown else {}
    lines = [_as_line(told, linked[told.delivery.id], counts, names) for told in deliveries.as_told(rows)]
    return lines, total, number


def _as_line(
    told: Told, linked: list[tuple[uuid.UUID, Rule]], counts: dict[uuid.UUID, int], names: dict[uuid.UUID, str]
) -> Line:
    row = told.delivery
    things = [Thing(person, names[person], rule) for person, rule in linked if person in names]
    if not things and row.about_id in names:
        things = [Thing(row.about_id, names[row.about_id], told.about)]
    reader = told.reader or names.get(row.client_id, "")
    return Line(told, reader, things, max(0, counts.get(row.id, 0) - len(linked)))


def _conditions(session: Any, identity: Identity, asked: Asked) -> list[Any]:
    fits = deliveries.conditions(asked)
    # Not by the index of readers: the newest are wanted, and a team's readers are most of all there are.
    reader_id = sa.func.coalesce(Delivery.recipient_id, Delivery.recipient_id, type_=Key())
    fits.append(reader_id.in_(_list_readers(session, identity, asked.who)))
    fits.append(sa.or_(Delivery.client_id.is_(None), may_see(identity, Delivery.client_id)))
    if asked.about in OFFERED:
        fits.append(deliveries.is_about(asked.about))
    else:
        told_of = [deliveries.is_about(about) for about in OFFERED if about not in _BY_TOPIC]
        fits.append(sa.or_(Delivery.topic.in_([Topic(about.value) for about in _BY_TOPIC]), *told_of))
    if asked.rule:
        told = visible(identity, LedgerEntry).with_only_columns(LedgerDelivery.delivery_id, maintain_column_froms=True)
        told = told.join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        fits.append(Delivery.id.in_(told.where(LedgerEntry.rule == asked.rule)))
    return fits


def _list_readers(session: Any, identity: Identity, text: str) -> list[uuid.UUID]:
    """Return those of one's teams, and one's people with an account; with letters, those of a team who are named so."""
    theirs = sa.or_(User.id.in_(team_mates(identity)), may_see(identity, User.client_id))
    rows = session.execute(sa.select(User.id, User.first_name, User.last_name, User.client_id).where(theirs))
    return [
        row.id
        for row in rows
        if not text or (row.client_id is None and fold(text) in fold(f"{row.first_name} {row.last_name}"))
    ]


def _map_linked(
    session: Any, identity: Identity, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[uuid.UUID, Rule]]]:
    rows = session.execute(
        visible(identity, LedgerDelivery)
        .with_only_columns(
            LedgerDelivery.delivery_id, LedgerDelivery.client_id, LedgerEntry.rule, maintain_column_froms=True
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .where(LedgerDelivery.delivery_id.in_(ids))
        .order_by(LedgerEntry.due_on, LedgerEntry.rule, LedgerEntry.key)
    )
    found: dict[uuid.UUID, list[tuple[uuid.UUID, Rule]]] = defaultdict(list)
    for delivery_id, client_id, rule in rows:
        found[delivery_id].append((client_id, rule))
    return found


def _count_linked(session: Any, ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
    counted = sa.select(LedgerDelivery.delivery_id).where(LedgerDelivery.delivery_id.in_(ids))
    return Counter(session.scalars(unscoped(counted, because=_BECAUSE)))
