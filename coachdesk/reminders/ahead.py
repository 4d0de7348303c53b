"""What is due, derived once for the messages that leave next and good for a moment: not once more for each of them."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from coachdesk.logs import trouble
from coachdesk.notify import Delivery, DeliveryState, Topic
from coachdesk.reminders.deriving import gather_dues
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.queueing import put_off

if TYPE_CHECKING:
    import datetime as dt
    import uuid

log = structlog.get_logger()
MOST = 200
"""Messages looked at together."""
FRESH, LONGEST = 2.0, 15.0
"""Seconds for which a look is good, where each message takes long, too; on a busy machine twice as long as the look took."""


class Ahead:
    """Says whether something of a message is still due to its reader. Made anew for each round of sending."""

    def __init__(self, most: int = MOST) -> None:
        """Look at so many more messages than the one that is asked about."""
        self._most = most
        self._until = 0.0
        self._keys: dict[uuid.UUID, set[str]] = {}
        self._due: dict[uuid.UUID, set[str]] = {}

    def is_due(self, session: Any, delivery: Delivery, now: dt.datetime) -> bool:
        """Say whether anything that a message tells of is due to its reader now."""
        if delivery.id not in self._keys or time.monotonic() > self._until:
            self._look_ahead(session, delivery, now)
        return not self._keys[delivery.id].isdisjoint(self._due.get(delivery.recipient_id, ()))

    def _look_ahead(self, session: Any, delivery: Delivery, now: dt.datetime) -> None:
        """Look at those that leave next, too; where one record among them cannot be read, from then on at each alone."""
        try:
            self._look(session, delivery, now)
        except sa.exc.OperationalError:  # the database is gone: nobody's record is at fault
            raise
        except Exception as error:
            if not self._most:
                raise
            session.rollback()
            log.warning("messages are looked at one by one", trouble=trouble(error))
            self._most = 0
            self._look(session, delivery, now)

    def _look(self, session: Any, delivery: Delivery, now: dt.datetime) -> None:
        began = time.monotonic()
        these = {delivery.id}
        if self._most:
            these |= {*session.scalars(_select_next(delivery, now, self._most))}
        keys, people = defaultdict[Any, set[str]](set), set()
        told = (
            sa.select(LedgerDelivery.delivery_id, LedgerEntry.key, LedgerEntry.client_id)
            .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
            .where(LedgerDelivery.delivery_id.in_(these), ~put_off(now))
        )
        for delivery_id, key, client_id in session.execute(told):
            keys[delivery_id].add(key)
            people.add(client_id)
        _readers, found = gather_dues(session, now=now, ids=people)
        self._keys = {one: keys.get(one, set()) for one in these}
        ended = time.monotonic()
        self._until = ended + min(LONGEST, max(FRESH, 2 * (ended - began)))
        self._due = {reader: {due.key for due in dues} for reader, dues in found.items()}


def _select_next(delivery: Delivery, now: dt.datetime, most: int) -> Any:
    return (
        sa.select(Delivery.id)
        .where(
            Delivery.channel == delivery.channel,
            Delivery.state == DeliveryState.WAITING,
            Delivery.topic == Topic.REMINDERS,
            Delivery.not_before <= now,
        )
        .order_by(Delivery.urgency, Delivery.not_before)
        .limit(most)
    )
