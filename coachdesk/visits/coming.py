"""What is coming up with a person, day by day, and what becomes of one of those days: moved, called off, taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients import assigning
from coachdesk.clients.models import Client, Episode
from coachdesk.visits import service
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import (
    FARTHEST_DAYS,
    Closing,
    Planned,
    Side,
    Then,
    coming_days,
    days,
    is_over,
    occurrence_id,
    refuse_bad_plan,
)
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity

BEHIND = mark("That day lies behind us. What was planned and what came of it stay as they were.")
_MEANWHILE = mark("Something else was planned meanwhile. Look at what is there now.")
_OFF = mark("This was called off meanwhile. Look at what is there now.")
_MET = frozenset({Closing.CHECKIN, Closing.ATTEMPT})


@dataclass(frozen=True)
class Off:
    """A planned contact that was called off: its day, by whom, and what follows."""

    on: dt.date
    by: Side
    then: Then | None = None
    """None where a coach dropped it: nobody was asked who cannot make it, so nobody is named."""


@dataclass(frozen=True)
class Calendar:
    """What is planned with a person: what has passed and waits for a word, what is coming, and by which series."""

    over: Planned | None
    coming: Sequence[Planned]
    series: VisitSeries | None
    off: Off | None = None
    """What was called off last, where its day is not over and nothing was planned by itself since."""


def calendar_of(
    opened: Iterable[Planned],
    series: VisitSeries | None,
    taken: Collection[dt.date],
    off: Off | None = None,
    *,
    zone: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
    most: int = 6,
) -> Calendar:
    """Put what is open, and what the series has ahead beside it, in order; `zone` is the one the hours are by.

    `taken` holds the days of the series that have a row, open or not.
    """
    in_order = sorted(opened, key=lambda one: one.order)
    over = [one for one in in_order if is_over(one.on, one.hour, one.minutes, zone=zone, now=now, today=today)]
    coming = [one for one in in_order if one not in over]
    if series is not None:
        ahead = list_ahead(series, in_order, taken, zone=zone, now=now, today=today)
        coming = sorted([*coming, *(_follows(series, day) for day in islice(ahead, most))], key=lambda one: one.order)
    return Calendar(over[0] if over else None, coming[:most], series, off)


def list_ahead(
    series: VisitSeries,
    opened: Iterable[Planned],
    taken: Collection[dt.date],
    *,
    zone: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
    most_days: int = FARTHEST_DAYS,
) -> Iterator[dt.date]:
    """Return the days a series has ahead that have no row, neither an open one nor one of those `taken`."""
    known = {*taken, *(one.occurs_on for one in opened if one.series_id == series.id and one.occurs_on)}
    return coming_days(
        series.pattern, taken=known, minutes=series.minutes, zone=zone, now=now, today=today, most_days=most_days
    )


def _follows(series: VisitSeries, day: dt.date) -> Planned:
    """Return what a series plans for one of its days that has no row."""
    return Planned(
        occurrence_id(series.id, day),
        day,
        series.hour,
        series.minutes,
        series.channel,
        series.place,
        series.id,
        day,
    )


def open_calendar(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    zone: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
    most: int = 6,
) -> Calendar:
    """Return what is planned with a person in one query; `zone` is the one their hours are by.

    Nothing is, once coaching has come to its end; what repeated goes on where it begins again.
    """
    series, rows = _read(session, identity, client_id, today, while_open=True)
    return calendar_of(
        [row.planned for row in rows if row.closed_at is None],
        series,
        _taken(series, rows),
        _called_off(rows, today),
        zone=zone,
        now=now,
        today=today,
        most=most,
    )


def _read(
    session: Any, identity: Identity, client_id: uuid.UUID, since: dt.date, *, while_open: bool = False
) -> tuple[VisitSeries | None, list[Visit]]:
    """Return the series that goes on, with its rows from a day on, and what else is open or planned from then on."""
    going = sa.and_(VisitSeries.client_id == Client.id, VisitSeries.ended_at.is_(None))
    open_now = sa.exists().where(Episode.client_id == Client.id, Episode.closed_at.is_(None))
    wanted = sa.or_(
        Visit.closed_at.is_(None),
        sa.and_(Visit.series_id == VisitSeries.id, Visit.occurs_on >= since),
        Visit.planned_on >= since,
    )
    found = session.execute(
        scoped(
            sa.select(VisitSeries, Visit)
            .select_from(Client)
            .outerjoin(VisitSeries, going)
            .outerjoin(Visit, sa.and_(Visit.client_id == Client.id, wanted))
            .where(Client.id == client_id, open_now if while_open else sa.true()),
            identity,
            Client.id,
        )
    ).all()
    return (found[0][0] if found else None), [visit for _series, visit in found if visit is not None]


def _taken(series: VisitSeries | None, rows: Iterable[Visit]) -> set[dt.date]:
    return {row.occurs_on for row in rows if series and row.series_id == series.id and row.occurs_on}


def _called_off(rows: Sequence[Visit], today: dt.date) -> Off | None:
    off = [row for row in rows if row.off_by and row.closed_at and row.planned_on >= today]
    last = max(off, key=lambda row: row.closed_at or row.made_at, default=None)
    if last is None or last.off_by is None or last.closed_at is None:
        return None
    by_itself = [row for row in rows if row.closed_at is None and row.series_id is None]
    planned_since = any(row.made_at >= last.closed_at for row in by_itself)
    return None if planned_since else Off(last.planned_on, last.off_by, last.off_then)


def find_repeating(session: Any, identity: Identity, client_id: uuid.UUID, *, after: dt.date) -> dt.date | None:
    """Return the first day after a day on which a person's series comes, as it is moved or as its pattern has it."""
    series, rows = _read(session, identity, client_id, after)
    if series is None:
        return None
    opened = [row.planned_on for row in rows if row.closed_at is None and row.series_id]
    taken, last = _taken(series, rows), after + dt.timedelta(days=FARTHEST_DAYS)
    follows = next((day for day in days(series.pattern, last=last) if day > after and day not in taken), None)
    return min([day for day in (*opened, follows) if day and day > after], default=None)


def find_planned(
    session: Any, identity: Identity, client_id: uuid.UUID, visit_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> Planned:
    """Return one planned contact of a person by its id, with or without a row; raises `NotFound`.

    Refused where it lies behind us (met, tried, or a day of the series that went by), was called off, or gave way.
    """
    row = _row(session, identity, client_id, visit_id)
    if row is not None:
        if row.closing is not None:
            raise Refused(BEHIND if row.closing in _MET else _OFF if row.closing is Closing.CANCELLED else _MEANWHILE)
        return row.planned
    zone = service.find_zone(session, identity, client_id)
    series = service.find_series(session, identity, client_id)
    last = today + dt.timedelta(days=FARTHEST_DAYS)
    named = (
        (day for day in days(series.pattern, last=last) if occurrence_id(series.id, day) == visit_id) if series else ()
    )
    day = next(iter(named), None)
    if series is None or day is None:
        raise NotFound
    if is_over(day, series.hour, series.minutes, zone=zone, now=now, today=today):
        raise Refused(BEHIND)
    return _follows(series, day)


def _row(session: Any, identity: Identity, client_id: uuid.UUID, visit_id: uuid.UUID) -> Visit | None:
    found: Visit | None = session.scalar(
        visible(identity, Visit).where(Visit.id == visit_id, Visit.client_id == client_id)
    )
    return found


def _as_row(
    session: Any, identity: Identity, client_id: uuid.UUID, visit_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> Visit:
    planned = find_planned(session, identity, client_id, visit_id, now=now, today=today)
    row = _row(session, identity, client_id, visit_id)
    series = service.find_series(session, identity, client_id)
    if row is None and series is not None:
        return service.make_occurrence(session, identity, series, planned.on, now=now)
    if row is None:
        raise NotFound
    return row


def move_visit(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    visit_id: uuid.UUID,
    *,
    planned_on: dt.date,
    hour: dt.time | None,
    version: int,
    now: dt.datetime,
    today: dt.date,
) -> Visit:
    """Move one planned contact to another day or hour (wall-clock in the person's zone); the others stay."""
    demand(identity, Action.VISITS_PLAN)
    assigning.hold_person(session, client_id)
    if find_planned(session, identity, client_id, visit_id, now=now, today=today).version != version:
        raise Stale
    zone = service.find_zone(session, identity, client_id)
    there = now.astimezone(zone).replace(tzinfo=None)
    refuse_bad_plan(planned_on, hour, today=today, now_there=there, at="planned_on")
    visit = _as_row(session, identity, client_id, visit_id, now=now, today=today)
    return _move(session, identity, visit, planned_on, hour, now=now, today=today)


def put_back(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    visit_id: uuid.UUID,
    *,
    to: tuple[dt.date, dt.time | None] | None = None,
    version: int | None = None,
    now: dt.datetime,
    today: dt.date,
) -> Visit:
    """Put a moved contact back: `to` where it was before (day and hour), else to where its series has it.

    Raises `Stale` where it was moved again since, which its `version` shows.
    """
    demand(identity, Action.VISITS_PLAN)
    assigning.hold_person(session, client_id)
    visit = _row(session, identity, client_id, visit_id)
    if visit is None:
        raise NotFound
    if version is not None and visit.version != version:
        raise Stale
    planned_on, hour = to or _by_series(session, identity, visit)
    zone = service.find_zone(session, identity, client_id)
    near = abs(planned_on - today) <= dt.timedelta(days=FARTHEST_DAYS)
    over = not near or is_over(planned_on, hour, visit.minutes, zone=zone, now=now, today=today)
    if over or visit.closed_at is not None:
        raise Refused(BEHIND)
    return _move(session, identity, visit, planned_on, hour, now=now, today=today)


def _by_series(session: Any, identity: Identity, visit: Visit) -> tuple[dt.date, dt.time | None]:
    series = service.find_series(session, identity, visit.client_id)
    if series is None or visit.series_id != series.id or visit.occurs_on is None:
        raise NotFound
    return visit.occurs_on, series.hour


def _move(
    session: Any,
    identity: Identity,
    visit: Visit,
    planned_on: dt.date,
    hour: dt.time | None,
    *,
    now: dt.datetime,
    today: dt.date,
) -> Visit:
    visit.planned_on, visit.hour = planned_on, hour
    visit.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_MOVED, client_id=visit.client_id, subject=visit, now=now)
    service.open_next(session, identity, visit.client_id, met_on=None, now=now, today=today)
    return visit


def call_off(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    visit_id: uuid.UUID,
    *,
    off_by: Side | None = None,
    then: Then | None = None,
    now: dt.datetime,
    today: dt.date,
) -> Visit:
    """Call one planned contact off; `off_by` and `then` say who could not make it and what follows, for the other."""
    demand(identity, Action.VISITS_PLAN, Action.PORTAL_ASK)
    assigning.hold_person(session, client_id)
    visit = _as_row(session, identity, client_id, visit_id, now=now, today=today)
    service.drop_visit(session, identity, visit, now=now)
    visit.off_by, visit.off_then = off_by, then
    session.flush()
    service.open_next(session, identity, client_id, met_on=None, now=now, today=today)
    return visit


def take_back(
    session: Any, identity: Identity, client_id: uuid.UUID, visit_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> Visit:
    """Plan again what one called off oneself, unless something else was planned since; raises `NotFound`."""
    demand(identity, Action.VISITS_PLAN, Action.PORTAL_ASK)
    assigning.hold_person(session, client_id)
    visit = _row(session, identity, client_id, visit_id)
    if visit is None or visit.closing is not Closing.CANCELLED or visit.closed_by != identity.id:
        raise NotFound
    if visit.planned_on < today:
        raise Refused(BEHIND)
    if service.is_replaced(session, identity, visit):
        raise Refused(_MEANWHILE)
    service.reopen(session, identity, visit, now=now)
    return visit
