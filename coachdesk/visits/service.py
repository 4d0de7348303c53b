"""Planning when you speak next. A check-in or an attempt closes the plan; taking that back opens it again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clients import service as clients
from coachdesk.organisation import service as organisation
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Closing, refuse_bad_plan
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity
    from coachdesk.visits.rules import Channel


def plan_visit(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    planned_on: dt.date,
    hour: dt.time | None = None,
    channel: Channel | None = None,
    place: str = "",
    now: dt.datetime,
    today: dt.date,
    at: str = "planned_on",
) -> Visit:
    """Plan the next contact, in place of the one planned before; `hour` is wall-clock time in the person's zone."""
    demand(identity, Action.VISITS_PLAN)
    person = clients.find_person(session, identity, client_id)
    zone = ZoneInfo(person.zone or organisation.find_zone(session))
    refuse_bad_plan(planned_on, hour, today=today, now_there=now.astimezone(zone).replace(tzinfo=None), at=at)
    close_visit(session, identity, client_id, closing=Closing.REPLACED, closing_id=None, now=now)
    made = Visit(
        id=uuid.uuid4(),
        client_id=client_id,
        planned_on=planned_on,
        hour=hour,
        channel=channel,
        place=place,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_PLANNED, client_id=client_id, subject=made, now=now)
    return made


def close_visit(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    closing: Closing,
    closing_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Close the open plan, if there is one; the act that closes it records its own event."""
    visit = find_open_visit(session, identity, client_id)
    if visit is None:
        return
    visit.closed_at, visit.closed_by = now, identity.id
    visit.closing, visit.closing_id = closing, closing_id
    visit.version += 1
    session.flush()


def reopen_visit(session: Any, identity: Identity, closing_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Open again what a withdrawn check-in or attempt closed, unless something else was planned since."""
    visit = session.scalar(visible(identity, Visit).where(Visit.closing_id == closing_id))
    if visit is None or find_open_visit(session, identity, visit.client_id) is not None:
        return
    visit.closed_at = visit.closed_by = visit.closing = visit.closing_id = None
    visit.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_PLANNED, client_id=visit.client_id, subject=visit, now=now)


def drop_visit(session: Any, identity: Identity, visit: Visit, *, now: dt.datetime) -> None:
    """Call a plan off."""
    demand(identity, Action.VISITS_PLAN)
    visit.closed_at, visit.closed_by, visit.closing = now, identity.id, Closing.CANCELLED
    visit.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.VISIT_CANCELLED, client_id=visit.client_id, subject=visit, now=now)


def cancel_visit(session: Any, identity: Identity, visit_id: uuid.UUID, *, now: dt.datetime) -> Visit:
    """Call off a plan that is still open; raises `NotFound`."""
    visit: Visit | None = session.scalar(
        visible(identity, Visit).where(Visit.id == visit_id, Visit.closed_at.is_(None))
    )
    if visit is None:
        raise NotFound
    drop_visit(session, identity, visit, now=now)
    return visit


def find_open_visit(session: Any, identity: Identity, client_id: uuid.UUID) -> Visit | None:
    """Return the next contact planned with a person, if there is one."""
    found: Visit | None = session.scalar(
        visible(identity, Visit).where(Visit.client_id == client_id, Visit.closed_at.is_(None))
    )
    return found


def map_open_visits(session: Any, identity: Identity) -> dict[uuid.UUID, Visit]:
    """Return the open plans of everybody this identity sees, by person."""
    found = visible(identity, Visit).where(Visit.closed_at.is_(None))
    return {visit.client_id: visit for visit in session.scalars(found)}
