"""A mail to a person that could not be delivered is said in the app to whoever can put it right.

Administrators have no notices; what came back of the invitations they made stands in their list of messages.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Role
from coachdesk.accounts import links
from coachdesk.accounts.models import User
from coachdesk.clients import assigning
from coachdesk.notify import Channel, Delivery, DeliveryState, Message, Topic, enqueue
from coachdesk.words import mark

if TYPE_CHECKING:
    import uuid

RETURNED = mark("A mail to somebody you walk with could not be delivered. Look whether their address is right.")
_PREFIX = "returned:"
_LOOK_BACK = dt.timedelta(days=14)


def tell(session: Any, *, now: dt.datetime) -> int:
    """Queue the notices, at most one for each reader of a day's mails; return how many are new. The caller commits."""
    rows = session.execute(
        sa.select(Delivery.id, Delivery.topic, Delivery.created_at, User)
        .join(User, User.id == Delivery.recipient_id)
        .where(Delivery.state == DeliveryState.STOPPED, Delivery.channel == Channel.EMAIL)
        .where(Delivery.created_at > now - _LOOK_BACK, User.active, User.role_name == Role.CLIENT)
    ).all()
    by_key = {f"{_PREFIX}{row.User.id.hex}:{row.topic}:{row.created_at:%Y%m%d}": row for row in rows}
    known = set(session.scalars(sa.select(Delivery.key).where(Delivery.key.in_(by_key)))) if by_key else set()
    return sum(_tell(session, key, row, now=now) for key, row in by_key.items() if key not in known)


def _tell(session: Any, key: str, row: Any, *, now: dt.datetime) -> bool:
    person: User = row.User
    who = _find_who(session, row, person)
    if who is None:
        return False
    message = Message(
        key=key,
        topic=Topic.ACCOUNT,
        channel=Channel.IN_APP,
        recipient_id=who,
        client_id=person.client_id,
        text=RETURNED,
        path=f"/people/{person.client_id}/details",
    )
    return enqueue(session, message, now=now)


def _find_who(session: Any, row: Any, person: User) -> uuid.UUID | None:
    """Return who can put it right: whoever made the link that was mailed, else the person's coach."""
    if row.topic is Topic.INVITATION:
        path = session.scalar(sa.select(Delivery.path).where(Delivery.id == row.id))
        maker_id = links.find_maker(session, path)
        maker: User | None = session.get(User, maker_id) if maker_id else None
        if maker is not None and maker.active and maker.identity.is_coaching:
            return maker.id
    coach = assigning.find_coach(session, SYSTEM, person.client_id) if person.client_id else None
    return coach.id if coach else None
