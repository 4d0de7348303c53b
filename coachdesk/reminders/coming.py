"""What a person is told by mail, where they asked for it, in words that say only “a message”.

That you speak tomorrow, and on its day that a step of their own is due, as far as the organisation's rules have it so.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Role, unscoped
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import day_of, moment_of, zone_of
from coachdesk.db import insert_once
from coachdesk.notify import PERSON_BODY, PERSON_SUBJECT, Channel, Delivery, DeliveryState, Message, Topic, enqueue
from coachdesk.organisation import service as organisation
from coachdesk.reminders import allowing, deciding, facts
from coachdesk.reminders.apart import do_apart
from coachdesk.reminders.hearers import for_person
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import DigestDay, TellingPref
from coachdesk.reminders.settings import Hearer
from coachdesk.visits import coming

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo


_DAY = dt.timedelta(days=1)
_KEPT = ("key", "topic", "channel", "recipient_id", "client_id", "path", "address")


def tell_people(session: Any, *, now: dt.datetime) -> int:
    """Queue a mail for each person who asked for it, whose hour has come and who has a contact tomorrow.

    Each local day is considered once, however many schedulers look; what is planned later that day is not told.
    Commits.
    """
    house = zone_of(organisation.find_zone(session))
    known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.considered_at > now - 2 * _DAY)
    considered = {tuple(row) for row in session.execute(known)}
    come = []
    for user_id, hour, own_zone in session.execute(_select_who_asked()).all():
        zone = zone_of(own_zone, house)
        today = day_of(now, zone)
        if now >= moment_of(today, hour, zone) and (user_id, today) not in considered:
            come.append((user_id, today, zone))
    return do_apart(session, come, partial(_consider, session, now=now))


def foresee(session: Any, *, now: dt.datetime, last: dt.datetime) -> Iterator[Delivery]:
    """Yield the mails that would be queued up to a moment if nothing changed, each as it would be; writes nothing."""
    house = zone_of(organisation.find_zone(session))
    known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.considered_at > now - 2 * _DAY)
    considered = {tuple(row) for row in session.execute(known)}
    for user_id, hour, own_zone in session.execute(_select_who_asked()).all():
        zone = zone_of(own_zone, house)
        day = day_of(now, zone)
        while (at := max(now, moment_of(day, hour, zone))) <= last:
            user = session.get_one(User, user_id)
            if (user_id, day) not in considered and _is_told(session, user, day, zone, now=at):
                message = _message(user, day)
                kept = {name: getattr(message, name) for name in _KEPT}
                yield Delivery(id=uuid.uuid4(), created_at=at, not_before=at, state=DeliveryState.WAITING, **kept)
            day += _DAY


def _consider(session: Any, come: Sequence[tuple[uuid.UUID, dt.date, ZoneInfo]], *, now: dt.datetime) -> int:
    new = 0
    for user_id, today, zone in come:
        user = session.get_one(User, user_id)
        if insert_once(session, DigestDay, user_id=user_id, day=today, considered_at=now):
            new += _is_told(session, user, today, zone, now=now) and _tell(session, user, today, now=now)
    return new


def _select_who_asked() -> Any:
    found = sa.select(User.id, TellingPref.hour, Client.zone).join(TellingPref, TellingPref.user_id == User.id)
    asked = found.join(Client, Client.id == User.client_id).where(User.active, TellingPref.by_email)
    return unscoped(asked.where(User.role_name == Role.CLIENT).order_by(User.id), because="the system plans")


def _tell(session: Any, user: User, today: dt.date, *, now: dt.datetime) -> bool:
    return enqueue(session, _message(user, today), now=now)


def _message(user: User, today: dt.date) -> Message:
    return Message(
        key=f"coming:{user.id.hex}:{today:%Y%m%d}",
        topic=Topic.REMINDERS,
        channel=Channel.EMAIL,
        recipient_id=user.id,
        client_id=user.client_id,
        path="/my-goals",
        subject=PERSON_SUBJECT,
        body=PERSON_BODY,
        address=user.email,
    )


def is_still_coming(session: Any, user: User, delivery: Delivery, *, now: dt.datetime) -> bool:
    """Say, as the mail leaves, whether what it was queued for still stands."""
    zone = allowing.find_zone(session, user)
    return _is_told(session, user, day_of(delivery.created_at, zone), zone, now=now)


def _is_told(session: Any, user: User, today: dt.date, zone: ZoneInfo, *, now: dt.datetime) -> bool:
    """Say whether there is something that a person is told of on a day."""
    settings = deciding.find_settings(session)
    mailed = {
        rule
        for rule in (Rule.VISIT_TOMORROW, Rule.STEP_DUE)
        if settings.hears(rule, Hearer.PERSON) and Channel.EMAIL in settings.channels_of(rule)
    }
    if Rule.VISIT_TOMORROW in mailed and _speaks_on(session, user, today + _DAY, zone, now=now):
        return True
    return Rule.STEP_DUE in mailed and _has_step(session, user, today, now=now)


def _has_step(session: Any, user: User, today: dt.date, *, now: dt.datetime) -> bool:
    """Say whether a step of their own is due on this very day."""
    known = facts.list_known(session, replace(SYSTEM, now=now), ids=[user.client_id] if user.client_id else [])
    dues = (due for row in known for due in for_person(row.facts, today))
    return any(due.rule is Rule.STEP_DUE and due.on == today for due in dues)


def _speaks_on(session: Any, user: User, day: dt.date, zone: ZoneInfo, *, now: dt.datetime) -> bool:
    """Say whether a person has a contact on a day."""
    if user.client_id is None:
        return False
    own = replace(user.identity, now=now)
    planned = coming.open_calendar(session, own, user.client_id, zone=zone, now=now, today=day_of(now, zone), most=3)
    return any(one.on == day for one in planned.coming)
