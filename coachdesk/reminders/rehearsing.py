"""A rehearsal: planning and sending played through in memory, moment after moment, as the scheduler would do both.

It begins with what stands in the ledger and in the outbox, and writes nowhere. Where planning or sending changes, this
changes with it: tests/reminders/test_dry_run.py holds the two against each other.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.clock import day_of
from coachdesk.notify import Channel, Delivery, DeliveryState, Held, Topic
from coachdesk.notify.pauses import is_enough
from coachdesk.reminders import queueing, stopping
from coachdesk.reminders.looking import Telling
from coachdesk.reminders.models import DigestDay, LedgerAct, LedgerDelivery, LedgerEntry
from coachdesk.reminders.telling import digest_moment

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from coachdesk.reminders.deriving import Reader
    from coachdesk.reminders.looking import Look
    from coachdesk.reminders.rules import Due

BECAUSE = "whoever asks sees what of it is theirs; the system plans for all"
WAITS = (DeliveryState.WAITING, DeliveryState.SENDING)
_DAY = dt.timedelta(days=1)


@dataclass
class Mail:
    """A message of the rehearsal: queued long ago, or only in it."""

    telling: Telling
    not_before: dt.datetime
    state: DeliveryState = DeliveryState.WAITING
    held: Held | None = None
    address: str | None = None
    """Where it was addressed as it was queued; none where that is now."""
    attempts: int = 0
    made_at: dt.datetime | None = None

    @property
    def has_left(self) -> bool:
        """Say whether it counts as having told of its things outside the building, or as going to."""
        told_nothing = self.state is DeliveryState.SKIPPED and self.held in queueing.NOT_TOLD
        return self.telling.channel is not Channel.IN_APP and not told_nothing


class Rehearsal:
    """What was told, and what would have been by the moment one imagines."""

    def __init__(
        self,
        session: Any,
        readers: Mapping[uuid.UUID, Reader],
        *,
        now: dt.datetime,
        last: dt.datetime,
        ways: Collection[Channel] | None = None,
    ) -> None:
        """Begin with what is; `ways` are those by which the desk can send at all, where that matters."""
        self.session, self.readers, self.ways = session, readers, ways
        self.sent: list[Telling] = []
        self.mails: dict[str, Mail] = {}
        self._open: dict[str, Due] = {}
        self._known: set[str] = set()
        self._in_ledger: set[str] = set()
        self._put_off: dict[str, dt.datetime | None] = {}
        self._of: dict[str, set[str]] = defaultdict(set)
        self._left: dict[str, dt.datetime] = {}
        self._told: set[str] = set()
        self._queue: list[tuple[dt.datetime, str]] = []
        self._digests = sorted(self._list_digests(now, last), key=lambda one: (one[0], str(one[1])))
        for mail in list_queued(session, readers, now=now).values():
            self._take(mail, mail.not_before)
        self._learn({due.key for mail in self.mails.values() for due in mail.telling.dues}, {})

    @property
    def waiting(self) -> Iterator[Telling]:
        """What would still wait at the end for a way out of the building that there is not."""
        for mail in self.mails.values():
            if mail.state is DeliveryState.WAITING and mail.held is Held.NO_WAY:
                yield replace(mail.telling, at=mail.not_before, held=Held.NO_WAY)

    def play(self, look: Look, begin: dt.datetime, end: dt.datetime) -> None:
        """Plan and send from one moment to another, between which nothing that is due changes but by its hour."""
        self._learn(look.dues, look.dues)
        times = {begin, *(at for at in look.told_from.values() if begin < at <= end)}
        times |= {at for at, _reader, _day in self._digests if begin < at <= end}
        times |= {at for at in look.moved.values() if begin < at <= end}
        agenda = sorted(times)
        while agenda or (self._queue and self._queue[0][0] <= end):
            queued = self._queue[0][0] if self._queue else None
            at = agenda[0] if agenda else end
            at = max(begin, min(at, queued)) if queued else at
            if agenda and agenda[0] <= at:
                agenda.pop(0)
                self._plan(look, at)
            self._send(look, at)

    # ---- planning ---------------------------------------------------------------------------------------------

    def _plan(self, look: Look, at: dt.datetime) -> None:
        for key, due in look.ready(at).items():
            if key in self._open:
                continue
            self._open[key] = due
            if key in self._in_ledger:
                self._restore(key, at)
            else:
                self._in_ledger.add(key)
                for telling in look.alone(due, at):
                    leaves = telling.at or at
                    self._take(Mail(telling, leaves, made_at=at), leaves)
        self._plan_again(look, at)
        for key in [key for key in self._open if key not in look.dues]:
            del self._open[key]
            self._withdraw(key)
        while self._digests and self._digests[0][0] <= at:
            _at, reader_id, day = self._digests.pop(0)
            dues = self._list_unmailed(reader_id, at)
            for telling in look.together(self.readers[reader_id], day, dues):
                self._take(Mail(telling, at, made_at=at), at)

    def _plan_again(self, look: Look, at: dt.datetime) -> None:
        """Tell anew what was moved to later and is back."""
        for telling in look.again(at):
            if telling.key not in self.mails and telling.key not in self._told:
                leaves = telling.at or at
                self._take(Mail(telling, leaves, made_at=at), leaves)

    def _list_unmailed(self, reader_id: uuid.UUID, at: dt.datetime) -> list[Due]:
        return [
            due
            for key, due in sorted(self._open.items())
            if due.recipient == reader_id and not self._is_put_off(key, at) and not self._was_mailed(key, at)
        ]

    def _was_mailed(self, key: str, at: dt.datetime) -> bool:
        """Say whether something was told outside; where it was moved to later and is back, since then."""
        until = self._put_off.get(key)
        back = until if until and until <= at else None
        made = [self._left[key]] if key in self._left else []
        made += [mail.made_at or at for mail in map(self.mails.__getitem__, self._of[key]) if mail.has_left]
        return any(back is None or one >= back for one in made)

    def _is_put_off(self, key: str, at: dt.datetime) -> bool:
        if key not in self._put_off:
            return False
        until = self._put_off[key]
        return until is None or until > at

    def _take(self, mail: Mail, at: dt.datetime) -> None:
        self.mails[mail.telling.key] = mail
        for due in mail.telling.dues:
            self._of[due.key].add(mail.telling.key)
        if mail.state is DeliveryState.WAITING:
            heapq.heappush(self._queue, (at, mail.telling.key))

    def _own(self, key: str) -> Iterator[Mail]:
        """Yield what tells of an occurrence alone, each time it was told."""
        yield from (self.mails[one] for one in sorted(self._of[key]) if one.startswith(key))

    def _withdraw(self, key: str) -> None:
        for mail in self._own(key):
            if mail.state is DeliveryState.WAITING:
                mail.state, mail.held = DeliveryState.SKIPPED, Held.NOT_DUE

    def _restore(self, key: str, at: dt.datetime) -> None:
        for mail in self._own(key):
            if mail.state is DeliveryState.SKIPPED and mail.held is Held.NOT_DUE:
                mail.state, mail.held, mail.not_before = DeliveryState.WAITING, None, max(mail.not_before, at)
                heapq.heappush(self._queue, (mail.not_before, mail.telling.key))

    # ---- sending ----------------------------------------------------------------------------------------------

    def _send(self, look: Look, at: dt.datetime) -> None:
        while self._queue and self._queue[0][0] <= at:
            mail = self.mails[heapq.heappop(self._queue)[1]]
            if mail.state is DeliveryState.WAITING and mail.not_before <= at:
                self._send_one(look, mail, at)

    def _send_one(self, look: Look, mail: Mail, at: dt.datetime) -> None:
        telling, prefs = mail.telling, mail.telling.reader.prefs
        is_due = any(
            due.key in look.dues and look.told_from[due.key] <= at and not self._is_put_off(due.key, at)
            for due in telling.dues
        )
        stops = self._what_stops(mail)
        quiet = None if telling.channel is Channel.IN_APP else prefs.quiet_end(at, telling.reader.zone)
        if stops:
            mail.state, mail.held = DeliveryState.SKIPPED, stops
        elif quiet:
            mail.not_before, mail.held = quiet, Held.QUIET
            heapq.heappush(self._queue, (quiet, telling.key))
        elif not is_due:
            mail.state, mail.held = DeliveryState.SKIPPED, self._why_not(telling, at)
        elif self.ways is not None and telling.channel is not Channel.IN_APP and telling.channel not in self.ways:
            mail.held = Held.NO_WAY
        else:
            self.sent.append(replace(telling, at=at, held=mail.held if mail.held is Held.QUIET else None))
            mail.state, mail.held = DeliveryState.SENT, None

    def _why_not(self, telling: Telling, at: dt.datetime) -> Held:
        answered = [self._is_put_off(due.key, at) for due in telling.dues]
        return Held.DONE if answered and all(answered) else Held.NOT_DUE

    def _what_stops(self, mail: Mail) -> Held | None:
        """Return what keeps a message from ever leaving, as its reader chose meanwhile; worn out, it is done with."""
        channel, reader = mail.telling.channel, mail.telling.reader
        if channel is Channel.IN_APP:
            return None
        if channel not in reader.prefs.channels or is_enough(mail.telling.key, mail.attempts):
            return Held.CHANNEL_OFF
        if channel is Channel.TEXT and stopping.is_stopped(self.session, reader.prefs.phone):
            return Held.CHANNEL_OFF
        if mail.address is None or (channel is Channel.CHAT and not mail.address):
            return None
        now = {Channel.EMAIL: reader.email, Channel.TEXT: reader.prefs.phone, Channel.CHAT: reader.prefs.chat_name}
        return None if mail.address.lower() == now[channel].lower() else Held.NOT_SAFE

    # ---- what is ----------------------------------------------------------------------------------------------

    def _list_digests(self, now: dt.datetime, last: dt.datetime) -> Iterator[tuple[dt.datetime, uuid.UUID, dt.date]]:
        """Yield when each reader's one message of a day is considered, with that day."""
        first = min((day_of(now, reader.zone) for reader in self.readers.values()), default=now.date())
        known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.day >= first)
        considered = {(row.user_id, row.day) for row in self.session.execute(known)}
        for reader in self.readers.values():
            day = day_of(now, reader.zone)
            while day <= day_of(last, reader.zone):
                at = digest_moment(day, reader.zone, reader.prefs)
                if at and at <= last and (reader.id, day) not in considered:
                    yield max(at, now), reader.id, day
                day += _DAY

    def _learn(self, keys: Iterable[str], dues: Mapping[str, Due]) -> None:
        """Read what the ledger says of these, each once: told or over, put off, and by which messages."""
        new = sorted(set(keys) - self._known)
        self._known.update(new)
        for some in queueing.in_batches(new):
            of_these = LedgerEntry.key.in_(some)
            told = sa.select(LedgerEntry.key, LedgerEntry.over_at).where(of_these)
            for key, over_at in self._read(told):
                self._in_ledger.add(key)
                if over_at is None:
                    self._open[key] = dues.get(key) or self._due_of_mail(key)
            acts = sa.select(LedgerEntry.key, LedgerAct.until).join(LedgerAct, LedgerAct.entry_id == LedgerEntry.id)
            for key, until in self._read(acts.where(of_these, LedgerAct.undone_at.is_(None))):
                before = self._put_off.get(key, until)
                self._put_off[key] = max(before, until) if before and until else None
            self._learn_mails(of_these, dues)

    def _learn_mails(self, of_these: Any, dues: Mapping[str, Due]) -> None:
        """Note what was told outside by now, and what was taken back and may go its way again."""
        columns = (LedgerEntry.key, LedgerEntry.recipient_id, Delivery.key.label("message"), *_OF_MAIL)
        for row in self._read(_linked(columns).where(of_these, Delivery.state.not_in(WAITS))):
            self._told.add(row.message)
            taken_back = row.state is DeliveryState.SKIPPED and row.held in queueing.NOT_TOLD
            if row.channel is not Channel.IN_APP and not taken_back:
                self._left[row.key] = max(row.created_at, self._left.get(row.key, row.created_at))
            reader, due = self.readers.get(row.recipient_id), dues.get(row.key)
            if taken_back and reader and due and row.message.startswith(row.key):
                telling = Telling(reader, row.channel, [due], row.message)
                mail = Mail(telling, row.not_before, row.state, row.held, made_at=row.created_at)
                self._take(mail, row.not_before)

    def _due_of_mail(self, key: str) -> Due:
        return next(due for one in self._of[key] for due in self.mails[one].telling.dues if due.key == key)

    def _read(self, statement: Any) -> Any:
        return self.session.execute(unscoped(statement, because=BECAUSE))


_OF_MAIL = (Delivery.channel, Delivery.state, Delivery.held, Delivery.not_before, Delivery.created_at)


def _linked(columns: Iterable[Any]) -> Any:
    found = sa.select(*columns).select_from(LedgerEntry)
    found = found.join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
    return found.join(Delivery, Delivery.id == LedgerDelivery.delivery_id)


def list_queued(session: Any, readers: Mapping[uuid.UUID, Reader], *, now: dt.datetime) -> dict[str, Mail]:
    """Return the reminders to staff that are queued and have not left, by their keys."""
    more = (Delivery.key.label("message"), Delivery.address, Delivery.attempts, *_OF_MAIL)
    waits = (Delivery.topic == Topic.REMINDERS, Delivery.state.in_(WAITS))
    rows = session.execute(
        unscoped(_linked((*queueing.COLUMNS, LedgerEntry.why, *more)).where(*waits), because=BECAUSE)
    )
    found: dict[str, Mail] = {}
    for row in rows:
        reader = readers.get(row.recipient_id)
        if reader is None:
            continue
        before = found.get(row.message)
        dues = [*(before.telling.dues if before else ()), queueing.as_due(row, row.why)]
        telling = Telling(reader, row.channel, dues, row.message)
        at = max(row.not_before, now)
        kept = {"held": row.held, "address": row.address, "attempts": row.attempts, "made_at": row.created_at}
        found[row.message] = Mail(telling, at, **kept)
    return found
