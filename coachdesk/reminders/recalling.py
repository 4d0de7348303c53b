"""What was moved to later: until when, what tells of it by itself, and whether it came back since it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.notify import Delivery
from coachdesk.reminders.kinds import Act
from coachdesk.reminders.models import LedgerAct, LedgerDelivery, LedgerEntry

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Collection, Sequence

_BECAUSE = "the system plans"


def map_moved(session: Any, ids: Collection[uuid.UUID]) -> dict[str, dt.datetime]:
    """Return until when what is due about these people was moved to later, by key.

    Nothing that was answered since, nor what was told of again since it came back, by whatever way.
    """
    for_good = sa.func.max(sa.case((LedgerAct.until.is_(None), 1), else_=0))
    found = (
        sa.select(LedgerEntry.key, sa.func.max(LedgerAct.until).label("until"), _told_at().label("told_at"))
        .join(LedgerAct, LedgerAct.entry_id == LedgerEntry.id)
        .where(LedgerEntry.client_id.in_(ids), LedgerEntry.over_at.is_(None), LedgerAct.undone_at.is_(None))
        .group_by(LedgerEntry.id, LedgerEntry.key)
        .having(for_good == 0)
    )
    rows = session.execute(unscoped(found, because=_BECAUSE))
    return {row.key: row.until for row in rows if row.told_at is None or row.told_at < row.until}


def _told_at() -> Any:
    """Return when a message was last made that tells of an occurrence."""
    told = sa.select(sa.func.max(Delivery.created_at)).join(LedgerDelivery, LedgerDelivery.delivery_id == Delivery.id)
    return told.where(LedgerDelivery.entry_id == LedgerEntry.id).correlate(LedgerEntry).scalar_subquery()


def list_own_messages(session: Any, keys: Collection[str]) -> Sequence[str]:
    """Return the keys of the messages that tell of one of these occurrences alone, each time it was told."""
    found = (
        sa.select(Delivery.key)
        .join(LedgerDelivery, LedgerDelivery.delivery_id == Delivery.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .where(LedgerEntry.key.in_(keys), Delivery.key.startswith(LedgerEntry.key))
    )
    own: Sequence[str] = session.scalars(unscoped(found, because=_BECAUSE)).all()
    return own


def came_back_since(moment: Any, now: dt.datetime) -> Any:
    """Return the condition that an occurrence was moved to later, and that its time came after a moment of the row."""
    moved = sa.select(sa.literal(1)).where(
        LedgerAct.entry_id == LedgerEntry.id,
        LedgerAct.act == Act.LATER,
        LedgerAct.undone_at.is_(None),
        LedgerAct.until <= now,
        LedgerAct.until > moment,
    )
    return moved.correlate(LedgerEntry, Delivery).exists()
