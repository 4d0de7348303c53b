"""What a person is told by mail, where they asked for it, in words that say only “a message”.

That you speak tomorrow, and on its day that a step of their own is due, as far as the organisation's rules have it so.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Role, unscoped
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import day_of, moment_of, zone_of
from coachdesk.db import insert_many
from coachdesk.notify import PERSON_BODY, PERSON_SUBJECT, Channel, Delivery, DeliveryState, Message, Topic, enqueue_many
from coachdesk.organisation import service as organisation
from coachdesk.reminders import allowing, deciding, facts
from coachdesk.reminders.apart import do_apart
from coachdesk.reminders.hearers import for_person
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import DigestDay, TellingPref
from coachdesk.reminders.queueing import in_batches
from coachdesk.reminders.settings import Hearer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.reminders.facts import Known

_DAY = dt.timedelta(days=1)
_KEPT = ("key", "topic", "channel", "recipient_id", "client_id", "path", "address")


class _Asked(NamedTuple):
    """Somebody who asked to be told by mail, and the local day on which they may be."""

    user_id: uuid.UUID
    client_id: uuid.UUID
    email: str
    today: dt.date
    zone: ZoneInfo


def tell_people(session: Any, *, now: dt.datetime) -> int:
    """Queue a mail for each who asked for it, whose hour has come and who has a contact tomorrow or a step due today.

    Each local day is considered once, however many schedulers look; what is planned later that day is not told.
    Some hundred people are one transaction of a fixed number of queries. Commits.
    """
    come = _list_come(session, now=now)
    new = sum(do_apart(session, some, partial(_consider, session, now=now)) for some in in_batches(come))
    session.commit()
    return new


def _list_come(session: Any, *, now: dt.datetime) -> list[_Asked]:
    """Return those whose hour has come and whose day was not considered yet."""
    house = zone_of(organisation.find_zone(session))
    known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.considered_at > now - 2 * _DAY)
    considered = {tuple(row) for row in session.execute(known)}
    come = []
    for user_id, client_id, email, hour, own_zone in session.execute(_select_who_asked()).all():
        zone = zone_of(own_zone, house)
        today = day_of(now, zone)
        if now >= moment_of(today, hour, zone) and (user_id, today) not in considered:
            come.append(_Asked(user_id, client_id, email, today, zone))
    return come


def foresee(session: Any, *, now: dt.datetime, last: dt.datetime) -> Iterator[Delivery]:
    """Yield the mails that would be queued up to a moment if nothing changed, each as it would be; writes nothing."""
    for at, asked in sorted(_map_moments(session, now=now, last=last).items()):
        for some in in_batches(asked):
            told = _whom_to_tell(session, {one.client_id: (one.today, one.zone) for one in some}, now=at)
            for one in some:
                if one.client_id in told:
                    kept = {name: getattr(_message(one), name) for name in _KEPT}
                    yield Delivery(id=uuid.uuid4(), created_at=at, not_before=at, state=DeliveryState.WAITING, **kept)


def _map_moments(session: Any, *, now: dt.datetime, last: dt.datetime) -> dict[dt.datetime, list[_Asked]]:
    """Return whose day is considered at which moment."""
    house = zone_of(organisation.find_zone(session))
    known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.considered_at > now - 2 * _DAY)
    considered = {tuple(row) for row in session.execute(known)}
    found: dict[dt.datetime, list[_Asked]] = defaultdict(list)
    for user_id, client_id, email, hour, own_zone in session.execute(_select_who_asked()).all():
        zone = zone_of(own_zone, house)
        day = day_of(now, zone)
        while (at := max(now, moment_of(day, hour, zone))) <= last:
            if (user_id, day) not in considered:
                found[at].append(_Asked(user_id, client_id, email, day, zone))
            day += _DAY
    return found


def _select_who_asked() -> Any:
    found = sa.select(User.id, Client.id, User.email, TellingPref.hour, Client.zone)
    found = found.join(TellingPref, TellingPref.user_id == User.id).join(Client, Client.id == User.client_id)
    asked = found.where(User.active, TellingPref.by_email, User.role_name == Role.CLIENT)
    return unscoped(asked.order_by(User.id), because="the system plans")


def _consider(session: Any, come: Sequence[_Asked], *, now: dt.datetime) -> int:
    rows = [{"user_id": one.user_id, "day": one.today, "considered_at": now} for one in come]
    made = {row.user_id for row in insert_many(session, DigestDay, rows, DigestDay.user_id)}
    asked = [one for one in come if one.user_id in made]
    told = _whom_to_tell(session, {one.client_id: (one.today, one.zone) for one in asked}, now=now)
    return len(enqueue_many(session, [_message(one) for one in asked if one.client_id in told], now=now))


def _message(one: _Asked) -> Message:
    return Message(
        key=f"coming:{one.user_id.hex}:{one.today:%Y%m%d}",
        topic=Topic.REMINDERS,
        channel=Channel.EMAIL,
        recipient_id=one.user_id,
        client_id=one.client_id,
        path="/my-goals",
        subject=PERSON_SUBJECT,
        body=PERSON_BODY,
        address=one.email,
    )


def is_still_coming(session: Any, user: User, delivery: Delivery, *, now: dt.datetime) -> bool:
    """Say, as the mail leaves, whether what it was queued for still stands."""
    if user.client_id is None:
        return False
    zone = allowing.find_zone(session, user)
    day = day_of(delivery.created_at, zone)
    return user.client_id in _whom_to_tell(session, {user.client_id: (day, zone)}, now=now)


def _whom_to_tell(
    session: Any, days: Mapping[uuid.UUID, tuple[dt.date, ZoneInfo]], *, now: dt.datetime
) -> set[uuid.UUID]:
    """Return the people for whom there is something that they are told of on their day, in their zone."""
    settings = deciding.find_settings(session)
    mailed = {
        rule
        for rule in (Rule.VISIT_TOMORROW, Rule.STEP_DUE)
        if settings.hears(rule, Hearer.PERSON) and Channel.EMAIL in settings.channels_of(rule)
    }
    if not mailed or not days:
        return set()
    return {
        known.person.id
        for known in facts.list_known(session, replace(SYSTEM, now=now), ids=days)
        if _is_told(known, mailed, *days[known.person.id], now=now)
    }


def _is_told(known: Known, mailed: Collection[Rule], day: dt.date, zone: ZoneInfo, *, now: dt.datetime) -> bool:
    """Say whether they have a contact on the day after, or a step of their own that is due on this very day."""
    dues = for_person(known.facts, day, now=now.astimezone(zone))
    return any(due.rule in mailed and due.on == day for due in dues)
