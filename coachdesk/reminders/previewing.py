"""The dry run: a plan that writes nowhere. What would be told now, or up to a moment to come if nothing changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.clock import day_of, moment_of
from coachdesk.notify import Channel, Delivery, DeliveryState, Topic
from coachdesk.reminders import deciding, deriving, looking, marking, queueing
from coachdesk.reminders.looking import Look, Telling
from coachdesk.reminders.models import DigestDay, LedgerDelivery, LedgerEntry
from coachdesk.reminders.telling import digest_moment

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterator

    from coachdesk.reminders.deriving import Reader
    from coachdesk.reminders.rules import Due

_BECAUSE = "whoever asks sees what of it is theirs; the system plans for all"


def preview(
    session: Any, *, now: dt.datetime, until: dt.datetime | None = None, ids: Collection[uuid.UUID] | None = None
) -> list[Telling]:
    """Return what would leave by a moment (or by now), in order of its leaving, what waits already among it.

    With `ids` only what is due about those people is reckoned with. Nothing is written.
    """
    last = max(until or now, now)
    book = _Book(session, now)
    for begin, end in _days(now, last, marking.find_zone(session)):
        look = _look(session, marking.list_everybody(session) if ids is None else ids, now=begin)
        for since, upto in _parts(session, look, begin, end):
            book.add(look, since, upto)
    waiting = _list_waiting(session, book.readers, now=now, last=last)
    found = [_when(telling) for telling in (*waiting, *book.tellings)]
    return sorted(
        (telling for telling in found if telling.at and telling.at <= last),
        key=lambda telling: (telling.at or now, telling.reader.name, telling.channel, telling.key),
    )


class _Book:
    """What was told, and what would have been by the time one imagines."""

    def __init__(self, session: Any, now: dt.datetime) -> None:
        self.session, self.now = session, now
        self.readers: dict[uuid.UUID, Reader] = deriving.map_readers(session)
        self.tellings: list[Telling] = []
        self.outside: set[str] = set()
        """What a message that leaves the building would have told of."""
        days = {day_of(now, reader.zone) for reader in self.readers.values()}
        known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.day >= min(days, default=now.date()))
        self.considered = {(row.user_id, row.day) for row in session.execute(known)}
        self.alone: set[str] = set()
        self._asked: set[str] = set()
        self._in_ledger: set[str] = set()
        self._unmailed: dict[dt.datetime, set[str]] = {}

    def add(self, look: Look, begin: dt.datetime, end: dt.datetime) -> None:
        """Go through a day, from one moment to another: first what is told by itself, then each reader's message."""
        in_ledger = self._list_told(look.dues)
        for key, due in look.ready(end).items():
            if key not in in_ledger and key not in self.alone:
                self.alone.add(key)
                at = max(begin, look.told_from[key])
                self._tell(look.alone(due, at), at)
        self._add_again(look, begin, end)
        by_reader: dict[uuid.UUID, list[Due]] = defaultdict(list)
        for due in look.dues.values():
            by_reader[due.recipient].append(due)
        for reader_id, dues in by_reader.items():
            reader = self.readers[reader_id]
            for day, at in _digests(reader, begin, end):
                if (reader_id, day) not in self.considered:
                    self.considered.add((reader_id, day))
                    told = [due for due in dues if look.told_from[due.key] <= at and self._is_new(due, in_ledger, at)]
                    self._tell(look.together(reader, day, told), at)

    def _add_again(self, look: Look, begin: dt.datetime, end: dt.datetime) -> None:
        """Tell anew what was moved to later and comes back."""
        for telling in look.again(end):
            at = look.moved[telling.dues[0].key]
            if at > self.now and telling.key not in self.alone:
                self.alone.add(telling.key)
                self._tell(iter([telling]), max(begin, at))

    def _list_told(self, keys: Collection[str]) -> set[str]:
        """Return what stands in the ledger, of these and of all asked about before: each is asked about once."""
        new = set(keys) - self._asked
        self._asked |= new
        self._in_ledger |= _list_known(self.session, new)
        return self._in_ledger

    def _is_new(self, due: Due, in_ledger: set[str], at: dt.datetime) -> bool:
        if due.key in self.outside:
            return False
        return due.key not in in_ledger or due.key in self._list_unmailed(at)

    def _list_unmailed(self, at: dt.datetime) -> set[str]:
        if at not in self._unmailed:
            found = queueing.map_unmailed(self.session, self.readers.keys(), now=at)
            self._unmailed[at] = {due.key for dues in found.values() for due in dues}
        return self._unmailed[at]

    def _tell(self, tellings: Iterator[Telling], at: dt.datetime) -> None:
        for telling in tellings:
            self.tellings.append(replace(telling, at=telling.at or at))
            if telling.channel is not Channel.IN_APP:
                self.outside.update(due.key for due in telling.dues)


def _look(session: Any, ids: Collection[uuid.UUID], *, now: dt.datetime) -> Look:
    """Look at everybody, some hundred at once."""
    whole = Look(deriving.map_readers(session), deciding.find_settings(session))
    for some in queueing.in_batches(list(ids)):
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


def _digests(reader: Reader, begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.date, dt.datetime]]:
    """Yield the local days whose one message is due by `end`, with the moment at which it is considered."""
    first, last = day_of(begin, reader.zone), day_of(end, reader.zone)
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        at = digest_moment(day, reader.zone, reader.prefs)
        if at and at <= end:
            yield day, max(at, begin)


def _when(telling: Telling) -> Telling:
    """Let what leaves the building wait for the end of its reader's quiet hours, as it will."""
    at, reader = telling.at, telling.reader
    if at is None or telling.channel is Channel.IN_APP:
        return telling
    return replace(telling, at=reader.prefs.quiet_end(at, reader.zone) or at)


def _list_known(session: Any, keys: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in queueing.in_batches(sorted(keys)):
        asked = sa.select(LedgerEntry.key).where(LedgerEntry.key.in_(some))
        found.update(session.scalars(unscoped(asked, because=_BECAUSE)))
    return found


def _list_waiting(
    session: Any, readers: dict[uuid.UUID, Reader], *, now: dt.datetime, last: dt.datetime
) -> list[Telling]:
    """Return the reminders that are queued and have not left."""
    waits = (
        Delivery.topic == Topic.REMINDERS,
        Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)),
        Delivery.not_before <= last,
    )
    rows = session.execute(
        unscoped(
            queueing.select_open()
            .add_columns(
                LedgerEntry.why, Delivery.id, Delivery.key.label("message"), Delivery.channel, Delivery.not_before
            )
            .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
            .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
            .where(*waits),
            because=_BECAUSE,
        )
    )
    found: dict[str, Telling] = {}
    for row in rows:
        reader = readers.get(row.recipient_id)
        if reader is not None:
            before = found.get(row.message)
            dues = [*(before.dues if before else ()), queueing.as_due(row, row.why)]
            found[row.message] = Telling(reader, row.channel, dues, row.message, max(row.not_before, now))
    return list(found.values())
