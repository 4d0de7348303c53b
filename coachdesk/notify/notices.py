"""Lines in the app: some are asked for together, and written and marked in one transaction.

Nothing leaves the building, so nothing is claimed: whoever is killed half-way has written none of them, and holds none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import reading_only
from coachdesk.notify.messages import Channel
from coachdesk.notify.models import Delivery, DeliveryState, Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from coachdesk.notify.inhand import Round
    from coachdesk.notify.messages import Verdict

    Asked = Sequence[tuple[Delivery, Verdict]]

AT_ONCE = 50
"""So many are one transaction: a worry about safety that comes meanwhile waits for no more."""


def tell_next(this: Round, alone: Callable[[], tuple[int, bool]]) -> tuple[int, bool]:
    """Tell the most urgent that may be told now; say how many were, and whether there may be more.

    Where one of them was tried before, or cannot be handled, the next is told `alone`.
    """
    try:
        asked = _ask(this, this.clock())
    except Exception:  # noqa: BLE001  (which of them it was comes out when each is told alone)
        this.session.rollback()
        return alone()
    if any(delivery.attempts for delivery, _verdict in asked):
        return alone()
    return _tell(this, asked)


def _ask(this: Round, now: dt.datetime) -> Asked:
    """Read what may go now, and ask of each whether it is still wanted."""
    waits = Delivery.channel == Channel.IN_APP, Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now
    next_ones = sa.select(Delivery).where(*waits).order_by(Delivery.urgency, Delivery.not_before).limit(AT_ONCE)
    with reading_only():
        found = this.session.scalars(next_ones.execution_options(populate_existing=True)).all()
        asked = [(delivery, this.still_wanted(this.session, delivery, now)) for delivery in found]
        this.session.commit()
    return asked


def _tell(this: Round, asked: Asked) -> tuple[int, bool]:
    """Write and mark those that nobody else has in hand; where somebody has them all, it is their turn."""
    now, ids = this.clock(), [delivery.id for delivery, _verdict in asked]
    still = sa.select(Delivery.id).where(Delivery.id.in_(ids), Delivery.state == DeliveryState.WAITING)
    free = set(this.session.scalars(still.with_for_update(skip_locked=True)))
    mine = [(delivery, verdict) for delivery, verdict in asked if delivery.id in free]
    told = [delivery for delivery, verdict in mine if not verdict.held]
    _mark(this, told, state=DeliveryState.SENT, sent_at=now, held=None, attempts=Delivery.attempts + 1)
    if told:
        this.session.execute(sa.insert(Notice), [line_of(delivery, now) for delivery in told])
    for delivery, verdict in mine:
        if verdict.held and verdict.until is None:
            _mark(this, [delivery], state=DeliveryState.SKIPPED, held=verdict.held)
        elif verdict.held:
            _mark(this, [delivery], not_before=verdict.until, held=verdict.held)
    this.session.commit()
    return len(told), bool(mine)


def _mark(this: Round, deliveries: Sequence[Delivery], **values: Any) -> None:
    these = sa.update(Delivery).where(Delivery.id.in_([delivery.id for delivery in deliveries]))
    if deliveries:
        marked = these.values(error="", claimed_by=this.claimant, **values)
        this.session.execute(marked.execution_options(synchronize_session=False))


def line_of(delivery: Delivery, now: dt.datetime) -> dict[str, Any]:
    """Return the line that a message becomes."""
    kept = ("recipient_id", "topic", "client_id", "text", "path")
    return {"delivery_id": delivery.id, "created_at": now, **{name: getattr(delivery, name) for name in kept}}
