"""Whom a coach sees at the same time already: a gentle hint, never a block, and only about their own people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import scoped, visible
from coachdesk.clients import service as clients
from coachdesk.clients.models import Episode
from coachdesk.clients.naming import called
from coachdesk.clock import moment_of
from coachdesk.organisation import service as organisation
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import days
from coachdesk.visits.telling import meets
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from coachdesk.access import Identity
    from coachdesk.clients.models import Client
    from coachdesk.visits.rules import Planned
    from coachdesk.words import Sentence

_DAY = dt.timedelta(days=1)


def list_clashes(
    session: Any, identity: Identity, client_id: uuid.UUID, planned: Planned, *, zone: ZoneInfo
) -> list[Sentence]:
    """Say whom else the reader sees while one planned contact lasts; hours are by `zone`, the reader's.

    Nothing where the person is not the reader's own, or the plan has no hour.
    """
    own = {person.id: person for person in clients.list_own_people(session, identity.everyday)}
    if planned.hour is None or client_id not in own:
        return []
    house = ZoneInfo(organisation.find_zone(session))
    one = moment_of(planned.on, planned.hour, _zone(own.pop(client_id), house)), planned.minutes
    found = []
    for person_id, on, hour, minutes in _near(session, identity, planned.on):
        if person_id in own:
            moment = moment_of(on, hour, _zone(own[person_id], house))
            if meets(one, (moment, minutes)):
                found.append((moment, called(own[person_id])))
    return [
        say(mark("You see %(name)s at %(hour)s that day."), name=name, hour=moment.astimezone(zone).time())
        for moment, name in sorted(found)
    ]


def _zone(person: Client, house: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(person.zone) if person.zone else house


def _near(session: Any, identity: Identity, day: dt.date) -> Iterator[tuple[uuid.UUID, dt.date, dt.time, int | None]]:
    """Return what is planned within a day of a day: person, local day, hour, minutes. What has ended plans nothing."""
    near = Visit.planned_on.between(day - _DAY, day + _DAY)
    coached = sa.select(Episode.client_id).where(Episode.closed_at.is_(None))
    planned = visible(identity, Visit).where(Visit.client_id.in_(coached))
    open_then = planned.where(Visit.closed_at.is_(None), Visit.hour.is_not(None), near)
    for visit in session.scalars(open_then):
        yield visit.client_id, visit.planned_on, visit.hour, visit.minutes
    repeating = visible(identity, VisitSeries).where(VisitSeries.client_id.in_(coached))
    going = repeating.where(VisitSeries.ended_at.is_(None), VisitSeries.hour.is_not(None))
    taken = scoped(
        sa.select(Visit.series_id, Visit.occurs_on).where(Visit.occurs_on.between(day - _DAY, day + _DAY)),
        identity,
        Visit.client_id,
    )
    known = {tuple(row) for row in session.execute(taken)}
    for series in session.scalars(going):
        for on in days(series.pattern, last=day + _DAY):
            if on >= day - _DAY and (series.id, on) not in known:
                yield series.client_id, on, series.hour, series.minutes
