"""The dry run: a plan that writes nowhere. What would leave now, or up to a moment to come if nothing changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts.models import User
from coachdesk.clock import day_of, moment_of
from coachdesk.notify import Channel, Delivery, Held, Topic
from coachdesk.reminders import allowing, coming, deciding, deriving, looking, marking, queueing
from coachdesk.reminders.deriving import Reader
from coachdesk.reminders.looking import Look, Telling
from coachdesk.reminders.models import LedgerDelivery
from coachdesk.reminders.rehearsing import WAITS, Rehearsal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Collection, Iterable, Iterator

MORNING = dt.time(6)
_MOST_WAITS = 10


class Stopped(Exception):  # noqa: N818  (nothing is wrong: the desk is told to end)
    """Looking ahead was given up half-way."""


def tonight(session: Any, now: dt.datetime) -> dt.datetime:
    """Return until when “tonight” is: the next morning of the organisation."""
    zone = marking.find_zone(session)
    morning = moment_of(day_of(now, zone), MORNING, zone)
    return morning if morning > now else moment_of(day_of(now, zone) + dt.timedelta(days=1), MORNING, zone)


def preview(
    session: Any,
    *,
    now: dt.datetime,
    until: dt.datetime | None = None,
    ways: Collection[Channel] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Telling]:
    """Return what would leave by a moment (or by now), in order of its leaving, what waits already among it.

    `ways` are those by which the desk can send; what would have to go by another is said to be held. Nothing is written.
    Raises `Stopped` where `stop` says so meanwhile: in a large house it takes a while.
    """
    last = max(until or now, now)
    everybody = marking.list_everybody(session)
    rehearsal = Rehearsal(session, deriving.map_readers(session), now=now, last=last, ways=ways)
    for begin, end in _days(now, last, marking.find_zone(session)):
        look = _look(session, everybody, now=begin, stop=stop)
        for since, upto in _parts(session, look, begin, end):
            _go_on(stop)
            rehearsal.play(look, since, upto)
    others = (_without_way(telling, ways) for telling in _list_others(session, now=now, last=last, stop=stop))
    return sorted(
        (*rehearsal.sent, *rehearsal.waiting, *others),
        key=lambda telling: (telling.at or now, telling.reader.name, telling.channel, telling.key),
    )


def _go_on(stop: Callable[[], bool]) -> None:
    if stop():
        raise Stopped


def _look(session: Any, ids: Collection[uuid.UUID], *, now: dt.datetime, stop: Callable[[], bool]) -> Look:
    """Look at everybody, some hundred at once."""
    whole = Look(deriving.map_readers(session), deciding.find_settings(session))
    for some in queueing.in_batches(list(ids)):
        _go_on(stop)
        look = looking.look_at(session, some, now=now)
        whole.dues.update(look.dues)
        whole.told_from.update(look.told_from)
        whole.turns.update(look.turns)
        whole.moved.update(look.moved)
    return whole


def _parts(session: Any, look: Look, begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield the parts of a day between which the clock alone changes what is due, the look brought up to date each time."""
    while at := min((turn for turn in look.turns.values() if begin < turn <= end), default=None):
        yield begin, at - dt.timedelta(microseconds=1)
        _look_again(session, look, {key for key, turn in look.turns.items() if turn <= at}, now=at)
        begin = at
    yield begin, end


def _look_again(session: Any, look: Look, ids: Collection[uuid.UUID], *, now: dt.datetime) -> None:
    fresh = looking.look_at(session, ids, now=now)
    for key in [key for key, due in look.dues.items() if due.client_id in ids]:
        del look.dues[key], look.told_from[key]
    for person in ids:
        del look.turns[person]
    look.dues.update(fresh.dues)
    look.told_from.update(fresh.told_from)
    look.turns.update(fresh.turns)


def _days(now: dt.datetime, last: dt.datetime, zone: Any) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield now and each midnight of the organisation up to a moment, each with the moment before the next."""
    begin, day = now, day_of(now, zone)
    while begin <= last:
        day += dt.timedelta(days=1)
        following = moment_of(day, dt.time(), zone)
        yield begin, min(last, following - dt.timedelta(microseconds=1))
        begin = following


# ---- what is not planned for staff: mails to people, and what else waits ------------------------------------------


def _list_others(session: Any, *, now: dt.datetime, last: dt.datetime, stop: Callable[[], bool]) -> Iterator[Telling]:
    """Yield what people would be told by mail, and what waits of other topics, each when it may leave."""
    waits = sa.select(Delivery, User).join(User, User.id == Delivery.recipient_id).where(Delivery.state.in_(WAITS))
    unlinked = ~sa.exists().where(LedgerDelivery.delivery_id == Delivery.id)
    waiting = waits.where(Delivery.not_before <= last, sa.or_(Delivery.topic != Topic.REMINDERS, unlinked))
    queued = [(row, user) for row, user in session.execute(waiting)]
    new = [(row, session.get_one(User, row.recipient_id)) for row in coming.foresee(session, now=now, last=last)]
    for delivery, user in (*queued, *new):
        _go_on(stop)
        begin = max(now, delivery.not_before)
        at, held = _when(session, user, delivery, begin)
        if at and at <= last:
            zone = allowing.find_zone(session, user)
            reader = Reader(user.id, user.email, user.name, zone)
            is_person = user.role_name is Role.CLIENT
            yield Telling(reader, delivery.channel, (), delivery.key, at, held, delivery.topic, is_person)


def _when(
    session: Any, user: User, delivery: Delivery, at: dt.datetime
) -> tuple[dt.datetime, Held | None] | tuple[None, None]:
    """Return when a message may leave and what it waited for, or nothing where it would be skipped."""
    waited: Held | None = None
    for _each in range(_MOST_WAITS):
        # What is reckoned from this very moment on is wanted in it.
        if delivery.created_at != at and not _is_wanted(session, user, delivery, at):
            return None, None
        verdict = allowing.may_leave(session, user, delivery, at)
        if verdict.held is None:
            return at, waited
        if verdict.until is None:
            return None, None
        at, waited = verdict.until, verdict.held
    return None, None


def _is_wanted(session: Any, user: User, delivery: Delivery, at: dt.datetime) -> bool:
    if not allowing.sees(session, user, delivery.client_id, now=at):
        return False
    return delivery.topic is not Topic.REMINDERS or coming.is_still_coming(session, user, delivery, now=at)


def _without_way(telling: Telling, ways: Iterable[Channel] | None) -> Telling:
    if ways is None or telling.channel is Channel.IN_APP or telling.channel in ways:
        return telling
    return replace(telling, held=Held.NO_WAY)
