"""Whom a coach sees at the same time already: a gentle hint, never a block, and only about their own people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import scoped, visible
from coachdesk.accounts import leaving
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.clients.models import Episode
from coachdesk.clients.naming import called
from coachdesk.clock import moment_of
from coachdesk.organisation import holidays
from coachdesk.organisation import service as organisation
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import days
from coachdesk.visits.telling import meets
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.leaving import Leave
    from coachdesk.clients.models import Client
    from coachdesk.visits.rules import Planned
    from coachdesk.words import Sentence

_DAY = dt.timedelta(days=1)


def list_hints(
    session: Any, identity: Identity, client_id: uuid.UUID, planned: Planned, *, zone: ZoneInfo
) -> list[Sentence]:
    """Say what the reader may want to know of the day of a planned contact: that it is a day closed, and whom else they see."""
    closed = holidays.closed_words(session, planned.on)
    return [*([closed] if closed else []), *list_clashes(session, identity, client_id, planned, zone=zone)]


def list_clashes(
    session: Any, identity: Identity, client_id: uuid.UUID, planned: Planned, *, zone: ZoneInfo
) -> list[Sentence]:
    """Say whom else the reader sees while one planned contact lasts, and who is away that day; hours are by `zone`.

    Nothing where the person is not the reader's own, also in somebody's place. Whose people the reader looks after on
    that day counts as theirs; whose coach is back by then, or away again with other cover, does not.
    """
    own = {person.id: person for person in clients.list_own_people(session, identity.everyday)}
    if client_id not in own:
        return []
    away = leaving.list_on(session, identity.id, planned.on)
    coaches = {key: row.coach_id for key, row in assigning.map_assignments(session, identity.everyday).items()}
    covered = {leave.row.user_id for leave in away if leave.row.cover_id == identity.id}
    mine = {key: row for key, row in own.items() if coaches.get(key) in {identity.id, *covered}}
    if client_id not in mine:
        return [_without_them(session, coaches.get(client_id), planned.on)]
    found = _leave_words(away, identity, covered - set(coaches.values()))
    return [*found, *_met(session, identity, client_id, planned, mine=mine, zone=zone)]


def _without_them(session: Any, coach_id: uuid.UUID | None, day: dt.date) -> Sentence:
    """Say why somebody the reader sees today is not theirs to see that day: their coach is back, or away again."""
    again = leaving.list_on(session, coach_id, day) if coach_id is not None else []
    leave = next((one for one in again if one.row.user_id == coach_id), None)
    if leave is None:
        return say(mark("Their own coach is back by then."))
    if not leave.cover:
        return say(mark("Their own coach is away that day, and nobody looks after their people yet."))
    return say(mark("Their own coach is away that day. %(name)s looks after their people."), name=leave.cover)


def _leave_words(away: Sequence[Leave], identity: Identity, ahead: set[uuid.UUID]) -> Iterator[Sentence]:
    """Say that the reader is away that day themself, or looks after people they do not see yet (`ahead`: of whom)."""
    for leave in away:
        if leave.row.user_id == identity.id:
            yield (
                say(mark("You are away that day. %(name)s looks after your people."), name=leave.cover)
                if leave.cover
                else say(mark("You are away that day."))
            )
        elif leave.row.user_id in ahead:
            yield say(mark("That day you look after %(name)s’s people, too."), name=leave.name)


def _met(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    planned: Planned,
    *,
    mine: dict[uuid.UUID, Client],
    zone: ZoneInfo,
) -> Iterator[Sentence]:
    """Say whom of their people the reader sees at that time."""
    if planned.hour is None:
        return
    house = ZoneInfo(organisation.find_zone(session))
    one = moment_of(planned.on, planned.hour, _zone(mine[client_id], house)), planned.minutes
    found = []
    for person_id, on, hour, minutes in _near(session, identity, planned.on):
        if person_id in mine and person_id != client_id:
            moment = moment_of(on, hour, _zone(mine[person_id], house))
            if meets(one, (moment, minutes)):
                found.append((moment, called(mine[person_id])))
    for moment, name in sorted(found):
        yield say(mark("You see %(name)s at %(hour)s that day."), name=name, hour=moment.astimezone(zone).time())


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
