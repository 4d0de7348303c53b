"""Plans that repeat: begun, changed and ended. What lies behind stays as it was; a change ends one and begins another."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients import assigning
from coachdesk.visits import service
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Closing, coming_days, is_over, refuse_bad_pattern
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity
    from coachdesk.visits.rules import Channel, Pattern

_NO_DAY = mark("There is no such day between the first and the last. Choose a later last day.")


def begin_series(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    pattern: Pattern,
    *,
    minutes: int | None = None,
    channel: Channel | None = None,
    place: str = "",
    now: dt.datetime,
    today: dt.date,
) -> VisitSeries:
    """Plan contacts that repeat, in place of the series before; the first of them becomes the next contact."""
    demand(identity, Action.VISITS_PLAN)
    assigning.hold_person(session, client_id)
    zone = service.find_zone(session, identity, client_id)
    refuse_bad_pattern(pattern, today=today)
    ahead = coming_days(pattern, taken=(), minutes=0, zone=zone, now=now, today=today)
    if next(ahead, None) is None:
        raise Refused(_NO_DAY, "until" if pattern.until else "planned_on")
    before = service.find_series(session, identity, client_id)
    if before is not None:
        _end(session, identity, before, closing=Closing.REPLACED, now=now, today=today)
    made = VisitSeries(
        id=uuid.uuid4(),
        client_id=client_id,
        repeat=pattern.repeat,
        starts_on=pattern.starts_on,
        hour=pattern.hour,
        every=pattern.every,
        weekdays=sum(1 << day for day in pattern.weekdays),
        month_day=pattern.month_day,
        nth=pattern.nth,
        until_on=pattern.until,
        times=pattern.count,
        minutes=minutes,
        channel=channel,
        place=place,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.SERIES_BEGUN, client_id=client_id, subject=made, now=now)
    service.open_next(session, identity, client_id, met_on=None, now=now, today=today)
    return made


def change_series(
    session: Any,
    identity: Identity,
    series_id: uuid.UUID,
    pattern: Pattern,
    *,
    version: int,
    now: dt.datetime,
    today: dt.date,
    **more: Any,
) -> VisitSeries:
    """Let another pattern go on in place of this one; raises `Stale` where somebody changed or ended it meanwhile."""
    demand(identity, Action.VISITS_PLAN)
    series = _held(session, identity, series_id)
    if series.version != version or series.ended_at is not None:
        raise Stale
    return begin_series(session, identity, series.client_id, pattern, now=now, today=today, **more)


def end_series(
    session: Any, identity: Identity, series_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> VisitSeries:
    """End a series: what it still had ahead is called off, what lies behind stays as it was."""
    demand(identity, Action.VISITS_PLAN)
    series = _held(session, identity, series_id)
    if series.ended_at is None:
        _end(session, identity, series, closing=Closing.CANCELLED, now=now, today=today)
    return series


def _end(
    session: Any, identity: Identity, series: VisitSeries, *, closing: Closing, now: dt.datetime, today: dt.date
) -> None:
    zone = service.find_zone(session, identity, series.client_id)
    for visit in service.list_open_visits(session, identity, series.client_id):
        over = is_over(visit.planned_on, visit.hour, visit.minutes, zone=zone, now=now, today=today)
        if visit.series_id == series.id and not over:
            visit.closed_at, visit.closed_by = now, identity.id
            visit.closing, visit.closing_id = closing, series.id
            visit.version += 1
    series.ended_at, series.ended_by = now, identity.id
    series.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.SERIES_ENDED, client_id=series.client_id, subject=series, now=now)


def resume_series(
    session: Any, identity: Identity, series_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> VisitSeries:
    """Let a series that was ended go on, unless another has begun since."""
    demand(identity, Action.VISITS_PLAN)
    series = _held(session, identity, series_id)
    if series.ended_at is None:
        return series
    if service.find_series(session, identity, series.client_id) is not None:
        raise Refused(mark("Something else was planned meanwhile. Look at what is there now."))
    series.ended_at = series.ended_by = None
    series.version += 1
    session.flush()
    zone = service.find_zone(session, identity, series.client_id)
    for visit in session.scalars(visible(identity, Visit).where(Visit.closing_id == series.id)).all():
        if not is_over(visit.planned_on, visit.hour, visit.minutes, zone=zone, now=now, today=today):
            service.reopen(session, identity, visit, now=now)
    audit.record(session, identity, audit.Event.SERIES_BEGUN, client_id=series.client_id, subject=series, now=now)
    service.open_next(session, identity, series.client_id, met_on=None, now=now, today=today)
    return series


def _held(session: Any, identity: Identity, series_id: uuid.UUID) -> VisitSeries:
    """Return a series with its person's row held, so that two who plan at once come one after another."""
    of = scoped(sa.select(VisitSeries.client_id).where(VisitSeries.id == series_id), identity, VisitSeries.client_id)
    client_id = session.scalar(of)
    if client_id is None:
        raise NotFound
    assigning.hold_person(session, client_id)
    return find_series(session, identity, series_id)


def find_series(session: Any, identity: Identity, series_id: uuid.UUID) -> VisitSeries:
    """Return a series by its id, ended or not; raises `NotFound`."""
    fresh = visible(identity, VisitSeries).where(VisitSeries.id == series_id).execution_options(populate_existing=True)
    found: VisitSeries | None = session.scalar(fresh)
    if found is None:
        raise NotFound
    return found
