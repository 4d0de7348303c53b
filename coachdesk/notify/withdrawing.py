"""Taking back what is no longer so: its line in the app, and what has not left yet; and putting both back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.notify.messages import Channel, Held
from coachdesk.notify.models import Delivery, DeliveryState, Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection


def withdraw(session: Any, keys: Collection[str], *, now: dt.datetime) -> None:
    """Take what is said under these keys off its readers' lists, and skip what waits to leave, as not due."""
    of_these = Delivery.key.in_(keys)
    # Whoever has a notice in hand writes it only while it is theirs; what may be leaving the house is not called back.
    in_hand = sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.channel == Channel.IN_APP)
    session.execute(
        sa.update(Delivery)
        .where(of_these, sa.or_(Delivery.state == DeliveryState.WAITING, in_hand))
        .values(state=DeliveryState.SKIPPED, held=Held.NOT_DUE)
        .execution_options(synchronize_session=False)
    )
    said = sa.select(Delivery.id).where(of_these)
    session.execute(
        sa.update(Notice)
        .where(Notice.delivery_id.in_(said), Notice.seen_at.is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def restore(session: Any, keys: Collection[str], *, taken_at: dt.datetime, now: dt.datetime) -> None:
    """Undo `withdraw`: what was taken off the lists at that moment stands there again, what was skipped goes its way.

    What was to leave at a moment still ahead leaves at that one.
    """
    of_these = Delivery.key.in_(keys)
    session.execute(
        sa.update(Delivery)
        .where(of_these, Delivery.state == DeliveryState.SKIPPED, Delivery.held == Held.NOT_DUE)
        .values(
            state=DeliveryState.WAITING,
            held=None,
            not_before=sa.case((Delivery.not_before > now, Delivery.not_before), else_=now),
        )
        .execution_options(synchronize_session=False)
    )
    said = sa.select(Delivery.id).where(of_these)
    session.execute(
        sa.update(Notice)
        .where(Notice.delivery_id.in_(said), Notice.seen_at == taken_at)
        .values(seen_at=None)
        .execution_options(synchronize_session=False)
    )
