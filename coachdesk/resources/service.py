"""The directory of services: added, changed, found. It is about services, so nobody's record is touched."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.clients.rules import fold
from coachdesk.clock import day_of
from coachdesk.organisation import service as organisation
from coachdesk.resources.models import Service
from coachdesk.resources.rules import NEED_WORDS
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity
    from coachdesk.resources.rules import Need

FIELDS = (
    "name",
    "provider",
    "need",
    "phone",
    "email",
    "website",
    "address",
    "hours",
    "who_for",
    "cost",
    "languages",
    "notes",
    "is_hidden",
    "verified_on",
)
MOST_FOUND = 200


def find_service(session: Any, identity: Identity, service_id: uuid.UUID) -> Service:
    """Return a service; raises `NotFound`."""
    demand(identity, Action.RESOURCES_FIND)
    found: Service | None = session.get(Service, service_id)
    if found is None:
        raise NotFound
    return found


def list_services(
    session: Any, identity: Identity, *, text: str = "", need: Need | None = None, hidden: bool = False
) -> list[Service]:
    """Find services by words in their name, giver or need; those taken off the list only where asked for."""
    demand(identity, Action.RESOURCES_FIND)
    found = sa.select(Service)
    if not hidden:
        found = found.where(Service.is_hidden.is_(False))
    if need:
        found = found.where(Service.need == need)
    for part in fold(text).split():
        found = found.where(Service.search.contains(part, autoescape=True))
    return list(session.scalars(found.order_by(Service.name).limit(MOST_FOUND)))


def match_service(session: Any, identity: Identity, text: str) -> Service | None:
    """Return the one service whose name was typed or picked, if there is one."""
    wanted = fold(text)
    named = [row for row in list_services(session, identity, text=text) if fold(row.name) == wanted]
    return named[0] if len(named) == 1 else None


def add_service(session: Any, identity: Identity, *, now: dt.datetime, **typed: Any) -> Service:
    """Add a service to the directory."""
    demand(identity, Action.RESOURCES_EDIT)
    made = Service(id=uuid.uuid4(), created_at=now, created_by=identity.id, is_hidden=False)
    _write(session, made, typed, now)
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.RESOURCE_ADDED, subject=made, now=now)
    return made


def edit_service(
    session: Any, identity: Identity, service_id: uuid.UUID, *, version: int, now: dt.datetime, **typed: Any
) -> Service:
    """Change a service; raises `Stale` where somebody changed it meanwhile."""
    demand(identity, Action.RESOURCES_EDIT)
    service = find_service(session, identity, service_id)
    if service.version != version:
        raise Stale
    changed = [name for name in FIELDS if name in typed and getattr(service, name) != typed[name]]
    _write(session, service, typed, now)
    service.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.RESOURCE_EDITED, subject=service, fields=changed, now=now)
    return service


def _write(session: Any, service: Service, typed: dict[str, Any], now: dt.datetime) -> None:
    if not typed.get("name", "").strip():
        raise Refused(mark("Write the name of the service."), "name")
    if typed.get("website") and not typed["website"].startswith(("http://", "https://")):
        raise Refused(mark("Write the whole address, starting with https://"), "website")
    checked = typed.get("verified_on")
    if checked and checked > day_of(now, ZoneInfo(organisation.find_zone(session))):
        raise Refused(mark("Write the day it was last checked: today or a day before."), "verified_on")
    for name in FIELDS:
        if name in typed:
            setattr(service, name, typed[name])
    service.search = fold(f"{service.name} {service.provider} {NEED_WORDS[service.need]}")[:600]
