"""Two records of the same person: linked rather than merged, so that nothing written in either is lost."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand, may_see, visible
from coachdesk.clients import assigning, likeness, service
from coachdesk.clients.models import PersonLink
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity


def link_people(
    session: Any, identity: Identity, client_id: uuid.UUID, other_id: uuid.UUID | None, *, now: dt.datetime
) -> PersonLink:
    """Say that two records are of the same person; whoever says it sees both, not only for an hour in an emergency."""
    demand(identity, Action.CLIENTS_LINK)
    service.find_person(session, identity.everyday, client_id)
    if other_id is None or other_id == client_id:
        raise Refused(mark("Choose the other record from the list."), "other_id")
    try:
        service.find_person(session, identity.everyday, other_id)
    except NotFound:
        raise Refused(mark("Choose the other record from the list."), "other_id") from None
    assigning.hold_person(session, client_id)  # two who say the same at once come one after another
    assigning.hold_person(session, other_id)
    if other_id in {person.id for _link, person in likeness.list_links(session, identity.everyday, client_id)}:
        raise Refused(mark("This is written down already."), "other_id")
    first, second = sorted((client_id, other_id))
    made = PersonLink(id=uuid.uuid4(), client_id=first, other_id=second, started_at=now, started_by=identity.id)
    session.add(made)
    session.flush()
    _record(session, identity, audit.Event.PEOPLE_LINKED, made, now=now)
    return made


def end_link(session: Any, identity: Identity, link_id: uuid.UUID, *, now: dt.datetime) -> PersonLink:
    """Say that two records are of two people after all; doing so twice changes nothing."""
    demand(identity, Action.CLIENTS_LINK)
    link = _find(session, identity, link_id)
    if link.ended_at is None:
        link.ended_at, link.ended_by = now, identity.id
        session.flush()
        _record(session, identity, audit.Event.PEOPLE_UNLINKED, link, now=now)
    return link


def put_link_back(session: Any, identity: Identity, link_id: uuid.UUID, *, now: dt.datetime) -> PersonLink:
    """Take the end of a link back."""
    demand(identity, Action.CLIENTS_LINK)
    link = _find(session, identity, link_id)
    if link.ended_at is None:
        return link
    assigning.hold_person(session, link.client_id)
    if link.other_id in {row.id for _link, row in likeness.list_links(session, identity.everyday, link.client_id)}:
        raise Refused(mark("This is written down already."))
    link.ended_at = link.ended_by = None
    session.flush()
    _record(session, identity, audit.Event.PEOPLE_LINKED, link, now=now)
    return link


def _find(session: Any, identity: Identity, link_id: uuid.UUID) -> PersonLink:
    found: PersonLink | None = session.scalar(
        visible(identity.everyday, PersonLink)
        .where(PersonLink.id == link_id, may_see(identity.everyday, PersonLink.other_id))
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def _record(session: Any, identity: Identity, happened: audit.Event, link: PersonLink, *, now: dt.datetime) -> None:
    audit.record(session, identity, happened, client_ids=(link.client_id, link.other_id), subject=link, now=now)
