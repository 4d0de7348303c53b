"""Planning when you speak next. A check-in or an attempt closes a plan; taking that back opens it again.

The next contact is the earliest open plan. Where plans repeat, closing one opens the next in the same transaction.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.clock import zone_of
from coachdesk.organisation import service as organisation
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Closing, coming_days, occurrence_id, refuse_bad_plan

if TYPE_CHECKING:
    import datetime as dt
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.visits.rules import Channel


def plan_visit(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    planned_on: dt.date,
    hour: dt.time | None = None,
    minutes: int | None = None,
    channel: Channel | None = None,
    place: str = "",
    now: dt.datetime,
    today: dt.date,
    at: str = "planned_on",
) -> Visit:
    """Plan a contact by itself, in place of the one planned so before; days of a series stay beside it.

    `hour` is wall-clock time in the person's zone, `minutes` how long it is meant to take.
    """
    demand(identity, Action.VISITS_PLAN)
    assigning.hold_person(session, client_id)
    zone = find_zone(session, identity, client_id)
    refuse_bad_plan(planned_on, hour, today=today, now_there=now.astimezone(zone).replace(tzinfo=None), at=at)
    for before in list_open_visits(session, identity, client_id):
        if before.series_id is None:
            _close(session, identity, before, closing=Closing.REPLACED, closing_id=None, now=now)
    made = Visit(
        id=uuid.uuid4(),
        client_id=client_id,
        planned_on=planned_on,
        hour=hour,
        minutes=minutes,
        channel=channel,
        place=place,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_PLANNED, client_id=client_id, subject=made, now=now)
    return made


def find_zone(session: Any, identity: Identity, client_id: uuid.UUID) -> ZoneInfo:
    """Return the zone a person's hours are by: their own, else the organisation's; raises `NotFound`."""
    person = clients.find_person(session, identity, client_id)
    return zone_of(person.zone, zone_of(organisation.find_zone(session)))


def close_met(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    met_on: dt.date,
    closing: Closing,
    closing_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Close every open plan up to a day; the act that closes it records its own event.

    A check-in also closes what was planned by itself for later: it names the next contact anew.
    """
    assigning.hold_person(session, client_id)
    for visit in list_open_visits(session, identity, client_id):
        if visit.planned_on <= met_on or (closing is Closing.CHECKIN and visit.series_id is None):
            _close(session, identity, visit, closing=closing, closing_id=closing_id, now=now)


def _close(
    session: Any, identity: Identity, visit: Visit, *, closing: Closing, closing_id: uuid.UUID | None, now: dt.datetime
) -> None:
    visit.closed_at, visit.closed_by = now, identity.id
    visit.closing, visit.closing_id = closing, closing_id
    visit.version += 1
    session.flush()


def open_next(
    session: Any, identity: Identity, client_id: uuid.UUID, *, met_on: dt.date | None, now: dt.datetime, today: dt.date
) -> Visit | None:
    """Make the next day of a person's series the next contact, unless something is planned before it.

    `met_on` is the day of the contact or the try that went before: that day is not asked for again.
    """
    series = find_series(session, identity, client_id)
    if series is None:
        return None
    zone, taken = find_zone(session, identity, client_id), list_taken(session, identity, series)
    ahead = coming_days(series.pattern, taken=taken, minutes=0, zone=zone, now=now, today=today)
    first = next((day for day in ahead if met_on is None or day > met_on), None)
    planned = [visit.planned_on for visit in list_open_visits(session, identity, client_id)]
    if first is None or any(today <= on <= first for on in planned):
        return None
    return make_occurrence(session, identity, series, first, now=now)


def make_occurrence(session: Any, identity: Identity, series: VisitSeries, day: dt.date, *, now: dt.datetime) -> Visit:
    """Give one day of a series a row of its own."""
    made = Visit(
        id=occurrence_id(series.id, day),
        client_id=series.client_id,
        planned_on=day,
        hour=series.hour,
        minutes=series.minutes,
        channel=series.channel,
        place=series.place,
        series_id=series.id,
        occurs_on=day,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_PLANNED, client_id=series.client_id, subject=made, now=now)
    return made


def reopen_visits(session: Any, identity: Identity, closing_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Open again what a withdrawn check-in or attempt closed, unless something else was planned in its place since."""
    for visit in session.scalars(visible(identity, Visit).where(Visit.closing_id == closing_id)).all():
        if not is_replaced(session, identity, visit):
            reopen(session, identity, visit, now=now)


def is_replaced(session: Any, identity: Identity, visit: Visit) -> bool:
    """Say whether something else stands where a closed plan stood: another plan, or an ended series."""
    if visit.series_id is None:
        return any(row.series_id is None for row in list_open_visits(session, identity, visit.client_id))
    series = find_series(session, identity, visit.client_id)
    return series is None or series.id != visit.series_id


def reopen(session: Any, identity: Identity, visit: Visit, *, now: dt.datetime) -> None:
    """Open a closed plan again."""
    visit.closed_at = visit.closed_by = visit.closing = visit.closing_id = visit.off_by = visit.off_then = None
    visit.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_PLANNED, client_id=visit.client_id, subject=visit, now=now)


def drop_visit(
    session: Any, identity: Identity, visit: Visit, *, closing_id: uuid.UUID | None = None, now: dt.datetime
) -> None:
    """Call a plan off."""
    demand(identity, Action.VISITS_PLAN, Action.PORTAL_ASK)
    _close(session, identity, visit, closing=Closing.CANCELLED, closing_id=closing_id, now=now)
    audit.record(session, identity, audit.Event.VISIT_CANCELLED, client_id=visit.client_id, subject=visit, now=now)


def drop_made_at(
    session: Any, identity: Identity, client_id: uuid.UUID, *, made_at: dt.datetime, now: dt.datetime
) -> None:
    """Call off what a withdrawn check-in had planned by itself; a day of a series stays."""
    for visit in list_open_visits(session, identity, client_id):
        if visit.series_id is None and visit.made_at == made_at:
            drop_visit(session, identity, visit, now=now)


# ---- finding --------------------------------------------------------------------------------------------------------


def list_open_visits(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Visit]:
    """Return the open plans with a person, the earliest first."""
    found = session.scalars(visible(identity, Visit).where(Visit.client_id == client_id, Visit.closed_at.is_(None)))
    return sorted(found, key=lambda visit: visit.planned.order)


def find_open_visit(session: Any, identity: Identity, client_id: uuid.UUID) -> Visit | None:
    """Return the next contact planned with a person, if there is one."""
    return next(iter(list_open_visits(session, identity, client_id)), None)


def find_next_visit(session: Any, identity: Identity, client_id: uuid.UUID, *, after: dt.date) -> Visit | None:
    """Return the earliest open plan after a day."""
    ahead = (visit for visit in list_open_visits(session, identity, client_id) if visit.planned_on > after)
    return next(ahead, None)


def map_open_visits(session: Any, identity: Identity) -> dict[uuid.UUID, Visit]:
    """Return the next contact of everybody this identity sees, by person."""
    found = session.scalars(visible(identity, Visit).where(Visit.closed_at.is_(None)))
    return {visit.client_id: visit for visit in sorted(found, key=lambda row: row.planned.order, reverse=True)}


def find_series(session: Any, identity: Identity, client_id: uuid.UUID) -> VisitSeries | None:
    """Return the series that goes on with a person, if there is one."""
    found: VisitSeries | None = session.scalar(
        visible(identity, VisitSeries).where(VisitSeries.client_id == client_id, VisitSeries.ended_at.is_(None))
    )
    return found


def list_taken(session: Any, identity: Identity, series: VisitSeries) -> set[dt.date]:
    """Return the days of a series that have a row of their own."""
    found = scoped(sa.select(Visit.occurs_on).where(Visit.series_id == series.id), identity, Visit.client_id)
    return set(session.scalars(found))
