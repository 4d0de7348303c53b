"""What a person is told by mail, where they asked for it: that you speak tomorrow, in words that say only “a message”."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts.models import User
from coachdesk.clock import day_of, moment_of, zone_of
from coachdesk.notify import PERSON_BODY, PERSON_SUBJECT, Channel, Message, Topic, enqueue
from coachdesk.organisation import service as organisation
from coachdesk.reminders import choosing
from coachdesk.reminders.models import TellingPref
from coachdesk.visits import coming
from coachdesk.visits import service as visits

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from coachdesk.notify import Delivery

_DAY = dt.timedelta(days=1)


def tell_people(session: Any, *, now: dt.datetime) -> int:
    """Queue a mail for each person who asked for it, whose hour has come and who has a contact tomorrow.

    The key is the day, so it is told once, however many schedulers look. The caller commits.
    """
    asked = sa.select(User).join(TellingPref, TellingPref.user_id == User.id)
    people = session.scalars(asked.where(User.active, User.role_name == Role.CLIENT, TellingPref.by_email)).all()
    return sum(_tell(session, user, now=now) for user in people)


def _tell(session: Any, user: User, *, now: dt.datetime) -> bool:
    zone = _zone(session, user)
    today = day_of(now, zone)
    if now < moment_of(today, choosing.find_prefs(session, user).hour, zone):
        return False
    if not _speaks_on(session, user, today + _DAY, zone, now=now):
        return False
    message = Message(
        key=f"coming:{user.id.hex}:{today + _DAY:%Y%m%d}",
        topic=Topic.REMINDERS,
        channel=Channel.EMAIL,
        recipient_id=user.id,
        client_id=user.client_id,
        path="/my-goals",
        subject=PERSON_SUBJECT,
        body=PERSON_BODY,
        address=user.email,
    )
    return enqueue(session, message, now=now)


def is_still_coming(session: Any, user: User, delivery: Delivery, *, now: dt.datetime) -> bool:
    """Say, as the mail leaves, whether you still speak on the day it was queued for."""
    zone = _zone(session, user)
    return _speaks_on(session, user, day_of(delivery.created_at, zone) + _DAY, zone, now=now)


def _speaks_on(session: Any, user: User, day: dt.date, zone: ZoneInfo, *, now: dt.datetime) -> bool:
    """Say whether a person has a contact on a day."""
    if user.client_id is None:
        return False
    own = replace(user.identity, now=now)
    planned = coming.open_calendar(session, own, user.client_id, zone=zone, now=now, today=day_of(now, zone), most=3)
    return any(one.on == day for one in planned.coming)


def _zone(session: Any, user: User) -> ZoneInfo:
    house = zone_of(organisation.find_zone(session))
    return visits.find_zone(session, user.identity, user.client_id) if user.client_id else house
