"""What was told, as an administrator sees it: which reader, by which channel and how it went; no person, no story."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, unscoped
from coachdesk.admin import trail
from coachdesk.notify import Delivery, DeliveryState
from coachdesk.notify.about import About, without_story
from coachdesk.reminders import deliveries, foreseen
from coachdesk.reminders.deliveries import Standing
from coachdesk.reminders.kinds import WITHOUT_STORY, Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence

    from coachdesk.access import Identity
    from coachdesk.reminders.deliveries import Asked, Told
    from coachdesk.reminders.foreseen import Coming

_NARROW = "administrators see readers, channels and the rules about the work, never whom it was about"
Whys = list[tuple[Rule | About, int]]
"""Why a message exists, with how many things each: rules about the work by name, all others as what it is about."""


@dataclass(frozen=True)
class Line:
    """One message, and why it exists as far as an administrator reads it."""

    told: Told
    whys: Whys


@dataclass(frozen=True)
class Tally:
    """What stands above the list."""

    waiting: int
    held: int
    sent_today: int
    stopped: int


def find_ledger(session: Any, identity: Identity, asked: Asked, number: int) -> tuple[list[Line], int, int]:
    """Return a page of what was told, the newest first, how many fit, and which page it is.

    Past the end it is the last. Raises `Refused` where a name fits many.
    """
    demand(identity, Action.ADMIN_REMINDERS)
    fits = _conditions(session, asked)
    total, number = deliveries.find_number(session, fits, number, because=_NARROW)
    rows = session.execute(unscoped(deliveries.select_page(fits, number), because=_NARROW)).all()
    rules = _map_rules(session, [row.id for row in rows])
    lines = [Line(told, whys_of(told.about, rules[told.delivery.id])) for told in deliveries.as_told(rows)]
    return lines, total, number


def whys_of(about: About, rules: Iterable[tuple[Rule, int]]) -> Whys:
    """Return why a message exists: what says something of a person is counted together, under no name of its own."""
    counted = Counter[Rule | About]()
    for rule, n in rules:
        counted[rule if rule in WITHOUT_STORY else About.REMINDERS] += n
    if not counted:
        return [(without_story(about), 1)]
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _conditions(session: Any, asked: Asked) -> list[Any]:
    fits = deliveries.conditions(asked)
    if asked.about:
        fits.append(deliveries.is_about(asked.about, without_story=True))
    if asked.rule in WITHOUT_STORY:
        told = sa.select(LedgerDelivery.delivery_id).join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        fits.append(Delivery.id.in_(told.where(LedgerEntry.rule == asked.rule)))
    if asked.who:
        fits.append(Delivery.recipient_id.in_(trail.staff_like(session, asked.who)))
    return fits


def _map_rules(session: Any, delivery_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[tuple[Rule, int]]]:
    counted = (
        sa.select(LedgerDelivery.delivery_id, LedgerEntry.rule, sa.func.count())
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .where(LedgerDelivery.delivery_id.in_(delivery_ids))
        .group_by(LedgerDelivery.delivery_id, LedgerEntry.rule)
    )
    found: dict[uuid.UUID, list[tuple[Rule, int]]] = defaultdict(list)
    for delivery_id, rule, n in session.execute(unscoped(counted, because=_NARROW)):
        found[delivery_id].append((rule, n))
    return found


def tally(session: Any, identity: Identity, *, midnight: dt.datetime) -> Tally:
    """Count what waits, what is held back, what was sent since the day began, and what has stopped: one query."""
    demand(identity, Action.ADMIN_REMINDERS)
    parts: list[Sequence[Any]] = [
        deliveries.standing(Standing.WAITING),
        deliveries.standing(Standing.HELD),
        (Delivery.sent_at >= midnight,),
        deliveries.standing(Standing.STOPPED),
    ]
    return Tally(
        *session.execute(sa.select(*(deliveries.select_count(fits).scalar_subquery() for fits in parts))).one()
    )


def list_next(session: Any, identity: Identity, number: int, *, until: dt.datetime) -> tuple[list[Coming], int, int]:
    """Return a page of what would leave by a moment if nothing changed, how many there are, and which page it is."""
    demand(identity, Action.ADMIN_REMINDERS)
    return foreseen.list_coming(session, number, until=until)


def try_again(session: Any, identity: Identity, delivery_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Let a message that has stopped be tried anew, from now on; whether it is still right is asked as it leaves."""
    demand(identity, Action.ADMIN_REMINDERS)
    delivery = session.scalar(sa.select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if delivery is None:
        raise NotFound
    if delivery.state in (DeliveryState.WAITING, DeliveryState.SENDING):
        return  # pressed twice
    if delivery.state is not DeliveryState.STOPPED:
        raise Refused(mark("This one did not stop. Nothing was changed."))
    delivery.state, delivery.not_before, delivery.attempts = DeliveryState.WAITING, now, 0
    delivery.no_way_since = None
    session.flush()
    audit.record(session, identity, audit.Event.DELIVERY_RETRIED, subject=delivery, now=now)
