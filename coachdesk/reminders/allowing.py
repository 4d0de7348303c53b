"""May a message leave now, and by this way? Asked as it is sent: what its reader chose meanwhile counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk.access import Role
from coachdesk.clock import zone_of
from coachdesk.notify import GO, Channel, Held, Topic, Verdict
from coachdesk.organisation import service as organisation
from coachdesk.reminders import choosing

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.accounts.models import User
    from coachdesk.notify import Delivery

ALWAYS = frozenset({Topic.SAFETY, Topic.BREAK_GLASS, Topic.INVITATION, Topic.ACCOUNT})
"""Neither quiet hours nor a channel that is off hold these: somebody may be in danger, or stands before a closed door."""


def may_leave(session: Any, reader: User, delivery: Delivery, now: dt.datetime) -> Verdict:
    """Say whether a message may leave the building by its channel at this moment, and if not, why and until when."""
    if not reader.active:
        return Verdict(Held.SWITCHED_OFF)
    if delivery.channel is Channel.IN_APP or delivery.topic in ALWAYS:
        return GO
    prefs = choosing.find_prefs(session, reader)
    if delivery.channel not in prefs.channels or _has_moved(delivery, prefs.phone):
        return Verdict(Held.CHANNEL_OFF)
    if reader.role_name is Role.CLIENT and not choosing.is_safe(session, reader, delivery.channel):
        return Verdict(Held.NOT_SAFE)
    until = prefs.quiet_end(now, zone_of(reader.zone, zone_of(organisation.find_zone(session))))
    return Verdict(Held.QUIET, until) if until else GO


def _has_moved(delivery: Delivery, phone: str) -> bool:
    """Say whether a text is on its way to a number that is no longer its reader's."""
    return delivery.channel is Channel.TEXT and delivery.address != phone
