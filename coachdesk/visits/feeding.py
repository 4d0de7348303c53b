"""The address that somebody's calendar asks for the hours they speak with others.

It shows when, and nothing else, to whoever has it: to a member of staff the hours with those they walk with at the
moment of asking, also in somebody's place; to a person their own. It ends with the sessions of its account: by another
passphrase, another role, or another address to sign in with. Each time it is asked for leaves a row in the trail.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, demand, may, scoped, visible, walks_with
from coachdesk.accounts.changes import tell_owner
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client, Episode
from coachdesk.clock import day_of, moment_of
from coachdesk.db import keys
from coachdesk.organisation import service as organisation
from coachdesk.visits.icalendars import Slot, write_calendar
from coachdesk.visits.models import CalendarFeed, Visit, VisitSeries
from coachdesk.visits.rules import USUAL_MINUTES, Closing, days, is_over, occurrence_id
from coachdesk.words import NotFound, mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coachdesk.access import Identity

BEHIND, AHEAD = dt.timedelta(days=30), dt.timedelta(days=180)
"""How far back and how far ahead of today the calendar goes."""
WORD, TITLE = mark("Visit"), mark("Visits")
_UTC = ZoneInfo("UTC")
_MET = frozenset({Closing.CHECKIN, Closing.ATTEMPT})


# ---- the address ----------------------------------------------------------------------------------------------------


def make_feed(session: Any, identity: Identity, *, now: dt.datetime) -> str:
    """Make an address for one's calendar in place of the one before; return its path, which is kept nowhere.

    Its owner is told: whoever had their account open for a moment may have made it, to look on from then.
    """
    demand(identity, Action.CALENDAR_OWN)
    held = sa.select(User).where(User.id == identity.id).with_for_update()
    user = session.scalars(held.execution_options(populate_existing=True)).one()
    _end(session, identity, now=now)
    token = secrets.token_urlsafe(32)
    made = CalendarFeed(
        id=uuid.uuid4(),
        user_id=identity.id,
        token_digest=_digest(token),
        made_for=_digest_of_account(user),
        made_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.CALENDAR_MADE, subject=made, client_id=identity.client_id, now=now)
    tell_owner(session, user, audit.Event.CALENDAR_MADE, now=now)
    return f"/calendar/{token}.ics"


def end_feed(session: Any, identity: Identity, *, now: dt.datetime) -> None:
    """Turn the address of one's calendar off; nothing happens where there is none."""
    demand(identity, Action.CALENDAR_OWN)
    found = _end(session, identity, now=now)
    if found is not None:
        audit.record(
            session,
            identity,
            audit.Event.CALENDAR_ENDED,
            subject=("calendar_feed", found),
            client_id=identity.client_id,
            now=now,
        )


def _end(session: Any, identity: Identity, *, now: dt.datetime) -> uuid.UUID | None:
    going = sa.update(CalendarFeed).where(CalendarFeed.user_id == identity.id, CalendarFeed.ended_at.is_(None))
    ended: uuid.UUID | None = session.scalar(going.values(ended_at=now).returning(CalendarFeed.id))
    return ended


def find_feed(session: Any, identity: Identity) -> CalendarFeed | None:
    """Return the address of one's calendar that is answered now: when it was made, and when it was asked for last."""
    demand(identity, Action.CALENDAR_OWN)
    row = session.execute(_going().where(CalendarFeed.user_id == identity.id)).first()
    return row[0] if row is not None and _stands(*row) else None


def select_made_at(identity: Identity, *, since: dt.datetime) -> Any:
    """Select when the address of one's calendar was made, where that was after a moment and it was not turned off."""
    going = CalendarFeed.user_id == identity.id, CalendarFeed.ended_at.is_(None), CalendarFeed.made_at > since
    return sa.select(CalendarFeed.made_at).where(*going)


def _going() -> Any:
    joined = sa.select(CalendarFeed, User).join(User, User.id == CalendarFeed.user_id)
    return joined.where(CalendarFeed.ended_at.is_(None), User.active)


def _stands(feed: CalendarFeed, user: User) -> bool:
    """Say whether nothing changed that ends sessions: by whatever came then, somebody may have been left behind."""
    return feed.made_for == _digest_of_account(user)


def _digest(token: str) -> str:
    return keys().digest(f"calendar/{token}")


def _digest_of_account(user: User) -> str:
    return keys().digest(f"calendar-for/{user.fs_uniquifier}/{user.email}")


# ---- asking for it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An address that is answered, and whose calendar it is."""

    feed_id: uuid.UUID
    owner: Identity


def find_by_token(session: Any, token: str, *, now: dt.datetime) -> Asked:
    """Return whose calendar an address is; raises `NotFound` where it is not answered, whatever the reason.

    A record that its owner has open in an emergency is not theirs here.
    """
    row = session.execute(_going().where(CalendarFeed.token_digest == _digest(token))).first()
    if row is None or not _stands(*row):
        raise NotFound
    owner = replace(row[1].identity, now=now)
    if not may(owner, Action.CALENDAR_OWN):
        raise NotFound
    return Asked(row[0].id, owner)


def was_given(session: Any, token: str) -> bool:
    """Say whether somebody was ever given this address: a calendar that still asks for an old one guesses nothing."""
    return session.scalar(sa.select(CalendarFeed.id).where(CalendarFeed.token_digest == _digest(token))) is not None


@dataclass(frozen=True)
class Written:
    """A calendar as it leaves, and whose hours stand in it."""

    text: bytes
    people: frozenset[uuid.UUID]


def write_feed(session: Any, asked: Asked, *, title: str, word: str, now: dt.datetime) -> Written:
    """Write the calendar of an address: 30 days back to 180 ahead, in a fixed number of queries."""
    zone = _zone_or(organisation.find_zone(session), _UTC)
    today = day_of(now, zone)
    gathering = _Gathering(session, asked.owner, zone, today - BEHIND, today + AHEAD)
    found = gathering.slots()
    text = write_calendar(
        [slot for _person, slot in found],
        zone=zone,
        since=gathering.first,
        until=gathering.last,
        title=title,
        word=word,
        now=now,
    )
    return Written(text, frozenset(person for person, _slot in found))


def note_fetched(session: Any, asked: Asked, written: Written, *, now: dt.datetime) -> None:
    """Write down that a calendar was asked for; raises `NotFound` where its address was turned off meanwhile."""
    going = sa.update(CalendarFeed).where(CalendarFeed.id == asked.feed_id, CalendarFeed.ended_at.is_(None))
    if session.execute(going.values(fetched_at=now)).rowcount != 1:
        raise NotFound
    audit.record(
        session,
        asked.owner,
        audit.Event.CALENDAR_FETCHED,
        subject=("calendar_feed", asked.feed_id),
        client_ids=written.people,
        now=now,
    )


# ---- what stands in it ----------------------------------------------------------------------------------------------


class _Gathering:
    """The hours of those whom one identity walks with, between two days; of a plan nothing but its time is read."""

    def __init__(self, session: Any, owner: Identity, house: ZoneInfo, first: dt.date, last: dt.date) -> None:
        self.session, self.owner, self.house, self.first, self.last = session, owner, house, first, last
        self.zones = self._zones()

    def slots(self) -> list[tuple[uuid.UUID, Slot]]:
        """Return each hour with whose it is."""
        rows = self._visits() if self.zones else []
        taken = {(row.series_id, row.occurs_on) for row in rows if row.series_id}
        found = [self._of_row(row) for row in rows if self.first <= row.planned_on <= self.last]
        series = self._series() if self.zones else []
        return [*(one for one in found if one is not None), *(one for row in series for one in self._ahead(row, taken))]

    def _zones(self) -> Mapping[uuid.UUID, ZoneInfo]:
        """Return the people whose hours are shown, with the zone these are by; whose coaching has ended is not."""
        open_now = sa.select(Episode.client_id).where(Episode.closed_at.is_(None))
        found = sa.select(Client.id, Client.zone).where(Client.id.in_(open_now))
        if self.owner.is_coaching:
            walks = walks_with(self.owner, Assignment.coach_id)
            own = sa.select(Assignment.client_id).where(walks, Assignment.ended_at.is_(None))
            found = found.where(Client.id.in_(own))
        rows = self.session.execute(scoped(found, self.owner, Client.id))
        return {client_id: _zone_or(zone, self.house) for client_id, zone in rows}

    def _visits(self) -> Sequence[Visit]:
        within = sa.or_(Visit.planned_on.between(self.first, self.last), Visit.occurs_on.between(self.first, self.last))
        found = visible(self.owner, Visit).where(Visit.client_id.in_(list(self.zones)), within)
        rows: Sequence[Visit] = self.session.scalars(found.options(sa.orm.defer(Visit.place, raiseload=True))).all()
        return rows

    def _series(self) -> Sequence[VisitSeries]:
        since = moment_of(self.first, dt.time(), self.house) - dt.timedelta(days=1)
        going = sa.or_(VisitSeries.ended_at.is_(None), VisitSeries.ended_at >= since)
        found = visible(self.owner, VisitSeries).where(VisitSeries.client_id.in_(list(self.zones)), going)
        without = sa.orm.defer(VisitSeries.place, raiseload=True)
        rows: Sequence[VisitSeries] = self.session.scalars(found.options(without)).all()
        return rows

    def _of_row(self, row: Visit) -> tuple[uuid.UUID, Slot] | None:
        """Return a planned contact, unless another stands in its place or they spoke before its time came."""
        starts = self._starts(row.client_id, row.planned_on, row.hour)
        begins = starts or moment_of(row.planned_on, dt.time(), self.house)
        spoke_before = row.closing in _MET and row.closed_at is not None and row.closed_at < begins
        if row.closing is Closing.REPLACED or spoke_before:
            return None
        off = row.closing is Closing.CANCELLED
        return row.client_id, self._slot(row.id, row.planned_on, starts, row.minutes, off=off, sequence=row.version)

    def _ahead(
        self, row: VisitSeries, taken: set[tuple[uuid.UUID, dt.date | None]]
    ) -> Iterator[tuple[uuid.UUID, Slot]]:
        """Return the days of a series that have no row; of one that has ended those that were over by then."""
        for day in days(row.pattern, last=self.last):
            if day < self.first or (row.id, day) in taken or not self._came(row, day):
                continue
            starts = self._starts(row.client_id, day, row.hour)
            yield row.client_id, self._slot(occurrence_id(row.id, day), day, starts, row.minutes)

    def _came(self, row: VisitSeries, day: dt.date) -> bool:
        if row.ended_at is None:
            return True
        zone, ended_on = self.zones[row.client_id], day_of(row.ended_at, self.house)
        return is_over(day, row.hour, row.minutes, zone=zone, now=row.ended_at, today=ended_on)

    def _starts(self, client_id: uuid.UUID, on: dt.date, hour: dt.time | None) -> dt.datetime | None:
        return None if hour is None else moment_of(on, hour, self.zones[client_id])

    def _slot(
        self,
        key: uuid.UUID,
        on: dt.date,
        starts_at: dt.datetime | None,
        minutes: int | None,
        *,
        off: bool = False,
        sequence: int = 0,
    ) -> Slot:
        # One's own: two calendars that show the same hour cannot be laid side by side.
        uid = uuid.UUID(hex=keys().digest(f"calendar-entry/{self.owner.id}/{key}")[:32])
        return Slot(str(uid), on, starts_at, minutes or USUAL_MINUTES, off, sequence)


def _zone_or(name: str, other: ZoneInfo) -> ZoneInfo:
    """Return a zone by its name; another where there is none of that name, or none any more."""
    try:
        return ZoneInfo(name) if name else other
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return other
