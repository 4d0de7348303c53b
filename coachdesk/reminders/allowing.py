"""May a message leave now, and by this way? Asked as it is sent: what its reader chose meanwhile counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role, may_see, unscoped
from coachdesk.accounts import links
from coachdesk.clients.models import Client
from coachdesk.clock import zone_of
from coachdesk.db import Key
from coachdesk.notify import GO, Channel, Held, Topic, Verdict
from coachdesk.organisation import service as organisation
from coachdesk.reminders import choosing, stopping

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from zoneinfo import ZoneInfo

    from coachdesk.accounts.models import User
    from coachdesk.notify import Delivery
    from coachdesk.reminders.prefs import Prefs

ALWAYS = frozenset({Topic.SAFETY, Topic.BREAK_GLASS, Topic.INVITATION, Topic.ACCOUNT})
"""Neither quiet hours nor a channel that is off hold these: somebody may be in danger, or stands before a closed door."""


def may_leave(session: Any, reader: User, delivery: Delivery, now: dt.datetime) -> Verdict:
    """Say whether a message may leave the building by its channel at this moment, and if not, why and until when.

    What was agreed with a person holds whatever it is: another may read their mail.
    """
    if not reader.active:
        return Verdict(Held.SWITCHED_OFF)
    if delivery.channel is Channel.IN_APP:
        return GO
    if reader.role_name is Role.CLIENT and not choosing.is_safe(session, reader, delivery.channel):
        return Verdict(Held.NOT_SAFE)
    if delivery.topic is Topic.INVITATION and links.is_over(session, delivery.path, now=now):
        return Verdict(Held.NOT_DUE)
    return _by_choice(session, reader, delivery, now)


def sees(session: Any, reader: User, client_id: uuid.UUID | None, *, now: dt.datetime) -> bool:
    """Say whether a reader still sees whom a message names."""
    if client_id is None:
        return True
    return bool(session.scalar(sa.select(may_see(replace(reader.identity, now=now), sa.literal(client_id, Key())))))


def _by_choice(session: Any, reader: User, delivery: Delivery, now: dt.datetime) -> Verdict:
    """Say whether a message may leave as its reader chose to be told."""
    prefs, is_held = choosing.find_prefs(session, reader), delivery.topic not in ALWAYS
    if is_held and delivery.channel not in prefs.channels:
        return Verdict(Held.CHANNEL_OFF)
    if delivery.channel is Channel.TEXT and stopping.is_stopped(session, delivery.address):
        return Verdict(Held.CHANNEL_OFF)
    if _has_moved(reader, delivery, prefs):
        return Verdict(Held.NOT_SAFE)
    until = is_held and prefs.quiet_end(now, find_zone(session, reader))
    return Verdict(Held.QUIET, until) if until else GO


def find_zone(session: Any, reader: User) -> ZoneInfo:
    """Return the zone a reader's hours are in: a person's is on their record."""
    own = reader.zone
    if reader.role_name is Role.CLIENT:
        kept = sa.select(Client.zone).where(Client.id == reader.client_id)
        own = session.scalar(unscoped(kept, because="it is asked when they may be told, and shown to nobody"))
    return zone_of(own, zone_of(organisation.find_zone(session)))


def _has_moved(reader: User, delivery: Delivery, prefs: Prefs) -> bool:
    """Say whether it is on its way to where its reader is no longer reached; somebody else may be by now."""
    if delivery.channel is Channel.CHAT and not delivery.address:  # a room is nobody's own
        return False
    now = {Channel.EMAIL: reader.email, Channel.TEXT: prefs.phone, Channel.CHAT: prefs.chat_name}
    return delivery.address.lower() != now[delivery.channel].lower()
