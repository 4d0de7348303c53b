"""Who is told, and what is due for each: derived anew from the records whenever something is planned or sent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Role
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.checkins import reviewing
from coachdesk.clients import restricting
from coachdesk.clock import day_of, moment_of, zone_of
from coachdesk.organisation import service as organisation
from coachdesk.reminders import choosing, deciding, facts
from coachdesk.reminders.clocks import next_turn
from coachdesk.reminders.hearers import told_of
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.prefs import USUAL, Prefs
from coachdesk.reminders.rules import Due, is_past
from coachdesk.reminders.telling import told_from
from coachdesk.words import NotFound, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

REVIEW_WAITS = mark("A check-in by %(name)s is waiting for your word.")


@dataclass(frozen=True)
class Reader:
    """Somebody who is told: their address, the zone their morning is in, and how they want to be told."""

    id: uuid.UUID
    email: str
    name: str
    zone: ZoneInfo
    prefs: Prefs = USUAL


def gather_dues(
    session: Any, *, now: dt.datetime, ids: Iterable[uuid.UUID] | None = None
) -> tuple[dict[uuid.UUID, Reader], dict[uuid.UUID, list[Due]]]:
    """Return the active accounts that are told, and what is due for each whose moment has come."""
    readers, of_today, _turns = gather_today(session, now=now, ids=ids)
    ready = {
        key: [due for due in dues if told_from(due, readers[key].zone, readers[key].prefs) <= now]
        for key, dues in of_today.items()
    }
    return readers, {reader_id: dues for reader_id, dues in ready.items() if dues}


def gather_today(
    session: Any, *, now: dt.datetime, ids: Iterable[uuid.UUID] | None = None
) -> tuple[dict[uuid.UUID, Reader], dict[uuid.UUID, list[Due]], dict[uuid.UUID, dt.datetime]]:
    """Return the active staff who are told, and what each is told today or was before and is due, its hour come or not.

    Days and hours are those of where each reader is. With `ids` only what is due about those people. The last of
    the three is when, later today, the clock alone changes that for one of them.
    """
    try:
        house_zone = zone_of(organisation.find_organisation(session).zone)
    except NotFound:
        return {}, {}, {}
    readers = _list_readers(session, house_zone)
    today = day_of(now, house_zone)
    found: dict[uuid.UUID, list[Due]] = defaultdict(list)
    supervisors = accounts.map_supervisors(session)
    kept = restricting.map_all_kept(session)
    seen_by: dict[uuid.UUID, set[uuid.UUID]] = {}
    coach_of: dict[uuid.UUID, uuid.UUID] = {}
    here = now.astimezone(house_zone)
    everybody = facts.list_known(session, replace(SYSTEM, now=now), ids=ids, until=today + dt.timedelta(days=1))
    for known in everybody:
        over_them = supervisors.get(known.coach_id, set())
        coach_of[known.person.id] = known.coach_id
        walking = {known.coach_id, known.facts.coach_id}
        answering = over_them | known.facts.supervisors
        seen_by[known.person.id] = (walking | answering) - kept.get(known.person.id, set())
        for due in told_of(known.facts, today, over_them, now=here):
            found[due.recipient].append(due)
    if deciding.find_settings(session).is_on(Rule.REVIEW_WAITING):
        for due in _reviews(session, house_zone, coach_of, supervisors):
            found[due.recipient].append(due)
    midnight = moment_of(today + dt.timedelta(days=1), dt.time(), house_zone)
    ready = {
        reader_id: [
            due
            for due in dues
            # Whoever no longer sees a person is told nothing of them.
            if reader_id in seen_by.get(due.client_id, ()) and _is_told_by(due, readers[reader_id], now, midnight)
        ]
        for reader_id, dues in found.items()
        if reader_id in readers
    }
    return readers, {reader_id: dues for reader_id, dues in ready.items() if dues}, _map_turns(everybody, here)


def _is_told_by(due: Due, reader: Reader, now: dt.datetime, end: dt.datetime) -> bool:
    """Say whether a reader is told of something before a moment, by the days and hours where they are."""
    return told_from(due, reader.zone, reader.prefs) < end and not is_past(due, day_of(now, reader.zone))


def _map_turns(everybody: Iterable[facts.Known], here: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """Return when, later today, the clock alone changes what is due about somebody."""
    turns = {known.person.id: next_turn(known.facts, here) for known in everybody}
    return {key: at for key, at in turns.items() if at and at.astimezone(here.tzinfo).date() == here.date()}


def map_readers(session: Any) -> dict[uuid.UUID, Reader]:
    """Return everybody who is told."""
    try:
        return _list_readers(session, zone_of(organisation.find_organisation(session).zone))
    except NotFound:
        return {}


def _list_readers(session: Any, house_zone: ZoneInfo) -> dict[uuid.UUID, Reader]:
    """Return the staff; people are told by `coming`."""
    chosen = choosing.map_prefs(session)
    told = User.role_name.in_((Role.COACH, Role.SUPERVISOR))
    needed = sa.orm.load_only(User.email, User.first_name, User.last_name, User.zone)
    return {
        user.id: Reader(
            user.id,
            user.email,
            user.name,
            zone_of(user.zone, house_zone),
            chosen.get(user.id, USUAL),
        )
        for user in session.scalars(sa.select(User).where(User.active, told).options(needed))
    }


def _reviews(
    session: Any,
    zone: ZoneInfo,
    coach_of: dict[uuid.UUID, uuid.UUID],
    supervisors: Mapping[uuid.UUID, set[uuid.UUID]],
) -> list[Due]:
    """Return the check-ins that wait, each for the supervisors of the person's coach of now; never for its author.

    A coach of now who is a supervisor answers for a colleague before them, as far as they may read it.
    """
    waiting = reviewing.list_waiting_of(session, SYSTEM, coach_of.keys())
    coaches = {coach_of[review.client_id] for review in waiting}
    staff = accounts.list_users(session, {review.coach_id for review in waiting} | coaches)
    own = {
        (user.id, review.id)
        for user in (staff[key] for key in coaches)
        if user.role_name is Role.SUPERVISOR
        for review in reviewing.list_waiting_of(session, user.identity, coach_of.keys())
        if coach_of.get(review.client_id) == user.id
    }
    told = {
        review.id: supervisors.get(coach_of[review.client_id], set())
        | {key for key, about in own if about == review.id}
        for review in waiting
    }
    return [
        Due(
            Rule.REVIEW_WAITING,
            review.id,
            review.client_id,
            reader_id,
            day_of(review.asked_at, zone),
            say(REVIEW_WAITS, name=staff[review.coach_id].name),
        )
        for review in waiting
        for reader_id in told[review.id] - {review.coach_id}
    ]
