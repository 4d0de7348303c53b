"""The person's own safety plan: written together, every save a further version, the last one counts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clients import service as clients
from coachdesk.db import insert_once
from coachdesk.safety.models import SafetyPlan
from coachdesk.safety.rules import PLAN_PARTS
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity


def write_plan(
    session: Any, identity: Identity, client_id: uuid.UUID, *, version: int, now: dt.datetime, **parts: str
) -> SafetyPlan:
    """Keep a further version of a plan. `version` is the number of the one it was written from (0 for none).

    Raises `Stale` where there is a newer one by now, also where two save at the same moment.
    """
    demand(identity, Action.SAFETY_PLAN)
    clients.find_person(session, identity, client_id)
    last = find_plan(session, identity, client_id)
    if (last.number if last else 0) != version:
        raise Stale
    words = {name: parts.get(name, "") for name in PLAN_PARTS}
    if not any(words.values()):
        raise Refused(mark("Write at least one part. The others can wait."), "signs")
    if last is not None and all(getattr(last, name) == text for name, text in words.items()):
        return last
    key = uuid.uuid4()
    if not insert_once(
        session,
        SafetyPlan,
        id=key,
        client_id=client_id,
        number=version + 1,
        made_at=now,
        made_by=identity.id,
        **words,
    ):
        raise Stale
    audit.record(
        session,
        identity,
        audit.Event.SAFETY_PLAN_WRITTEN,
        client_id=client_id,
        subject=(SafetyPlan.__tablename__, key),
        now=now,
    )
    return find_version(session, identity, key)


def find_plan(session: Any, identity: Identity, client_id: uuid.UUID) -> SafetyPlan | None:
    """Return the plan that counts now, if there is one."""
    return next(iter(list_versions(session, identity, client_id, limit=1)), None)


def select_has_plan(identity: Identity, client_id: uuid.UUID) -> Any:
    """Select whether there is a plan."""
    return sa.select(visible(identity, SafetyPlan).where(SafetyPlan.client_id == client_id).exists())


def list_versions(
    session: Any, identity: Identity, client_id: uuid.UUID, *, limit: int | None = None
) -> list[SafetyPlan]:
    """Return all versions of a plan, newest first."""
    demand(identity, Action.SAFETY_PLAN, Action.PORTAL_READ)
    found = visible(identity, SafetyPlan).where(SafetyPlan.client_id == client_id).order_by(SafetyPlan.number.desc())
    return list(session.scalars(found.limit(limit)))


def find_version(session: Any, identity: Identity, plan_id: uuid.UUID) -> SafetyPlan:
    """Return one version; raises `NotFound`."""
    demand(identity, Action.SAFETY_PLAN)
    found: SafetyPlan | None = session.scalar(visible(identity, SafetyPlan).where(SafetyPlan.id == plan_id))
    if found is None:
        raise NotFound
    return found
