"""The organisation's own lists, and what it says itself of what may have to be reported. Both are settings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.organisation import service
from coachdesk.organisation.models import ListChoice
from coachdesk.organisation.rules import DUTY_WORDS, Duty, ListKind, refuse_bad_list
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.organisation.models import Organisation


def list_choices(session: Any) -> dict[ListKind, list[ListChoice]]:
    """Return what is offered, by list, in order."""
    found: dict[ListKind, list[ListChoice]] = {kind: [] for kind in ListKind}
    offered = sa.select(ListChoice).where(ListChoice.ended_at.is_(None)).order_by(ListChoice.position, ListChoice.id)
    for row in session.scalars(offered):
        found[row.kind].append(row)
    return found


def map_choices(session: Any, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the words of some entries, also of those that ended."""
    if not ids:
        return {}
    return {row.id: row.words for row in session.scalars(sa.select(ListChoice).where(ListChoice.id.in_(ids)))}


def find_duties(session: Any) -> dict[Duty, str]:
    """Return what the organisation says itself of what may have to be reported; empty where it says nothing."""
    try:
        kept = service.find_organisation(session).duties
    except NotFound:
        kept = {}
    return {duty: kept.get(duty.value, "") for duty in DUTY_WORDS}


def change_lists(
    session: Any,
    identity: Identity,
    *,
    lists: Mapping[ListKind, Sequence[str]],
    duties: Mapping[Duty, str],
    version: int,
    now: dt.datetime,
) -> Organisation:
    """Change the lists and the words; `version` is the organisation's. Raises `Stale` or `Refused`.

    An entry that is left out is no longer offered, and stays with what was saved with it.
    """
    demand(identity, Action.ADMIN_SETTINGS)
    house = service.hold_organisation(session, version)
    before = list_choices(session)
    for kind, words in lists.items():
        refuse_bad_list(words, at=kind.value)
        _rewrite(session, identity, kind, before[kind], words, now=now)
    house.duties = {duty.value: words for duty, words in duties.items() if words}
    house.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.SETTINGS_CHANGED, fields=["lists", "duties"], now=now)
    return house


def _rewrite(
    session: Any,
    identity: Identity,
    kind: ListKind,
    before: Sequence[ListChoice],
    words: Sequence[str],
    *,
    now: dt.datetime,
) -> None:
    kept = {row.words: row for row in before}
    for row in before:
        if row.words not in words:
            row.ended_at, row.ended_by = now, identity.id
    for position, entry in enumerate(words):
        if entry in kept:
            kept[entry].position = position
        else:
            session.add(
                ListChoice(id=uuid.uuid4(), kind=kind, position=position, words=entry, made_at=now, made_by=identity.id)
            )
