"""How far planning has come, and whom it looks at next: those whose record changed, and those whose moment has come.

Every verb leaves a row of the trail in its own transaction, so what changed is read from there. Each event is one of
three kinds: it changes what is due about the people it names, or about everybody, or about nobody.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.clients.models import Client
from coachdesk.clock import UTC, day_of, zone_of
from coachdesk.db import Many, insert_once
from coachdesk.organisation import service as organisation
from coachdesk.reminders.models import PlanMark, PlanNext
from coachdesk.reminders.moving import MOVES_EVERYBODY, MOVES_NOBODY
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

LATE = dt.timedelta(minutes=2)
"""Longer than any transaction takes: what was recorded before the last plan and committed after it is still found."""
BEHIND = 20_000
"""More rows than are written while any transaction lasts: what lies further behind is committed, whatever the clock was."""
WHOLE_EVERY = dt.timedelta(hours=6)
"""However quiet it is, everybody is looked at again."""
_ONLY = 1


class Scope(NamedTuple):
    """Whom a plan looks at, and what it will have seen when it is done."""

    ids: Sequence[uuid.UUID]
    is_whole: bool
    day: dt.date
    latest: int
    seen: list[int]


class Changes(NamedTuple):
    """Whose record changed since the last plan; everybody's, where there is no saying."""

    ids: frozenset[uuid.UUID]
    is_everybody: bool
    seen: list[int]


def hold(session: Any) -> PlanMark:
    """Return how far planning has come, held so that two who plan at once do it one after another."""
    insert_once(session, PlanMark, id=_ONLY, latest=0, seen=[])
    held = sa.select(PlanMark).with_for_update().execution_options(populate_existing=True)
    found: PlanMark = session.scalars(held).one()
    return found


def find_scope(session: Any, *, now: dt.datetime, whole: bool = False) -> Scope:
    """Return whom to look at now: everybody on a new day, after a long time, or where the clock was put back."""
    mark, today = hold(session), day_of(now, find_zone(session))
    latest = session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
    is_asked = not whole and mark.day == today and not is_stale(mark, now)
    changes = find_changes(session, mark, now=now) if is_asked else _all_may_have_changed(session, latest, now=now)
    everybody = changes.is_everybody
    ids = list_everybody(session) if everybody else sorted(changes.ids | _whose_moment_has_come(session, now))
    return Scope(ids, everybody, today, latest, changes.seen)


def is_stale(mark: PlanMark, now: dt.datetime) -> bool:
    """Say whether it is too long since everybody was looked at, or the clock was put back meanwhile."""
    if mark.at is None or mark.whole_at is None:
        return True
    return now < mark.at or not mark.whole_at <= now < mark.whole_at + WHOLE_EVERY


def find_zone(session: Any) -> ZoneInfo:
    """Return the organisation's zone, as far as there is one."""
    try:
        return zone_of(organisation.find_organisation(session).zone)
    except NotFound:
        return UTC


def find_changes(session: Any, mark: PlanMark, *, now: dt.datetime) -> Changes:
    """Return whose record changed and was not looked at since, by what was recorded."""
    since = (mark.at or now) - LATE
    rows = session.execute(
        sa.select(AuditEntry.id, AuditEntry.at, AuditEntry.event, AuditPerson.client_id)
        .outerjoin(AuditPerson, AuditPerson.entry_id == AuditEntry.id)
        .where(
            sa.or_(AuditEntry.id > mark.latest, AuditEntry.at >= since),
            AuditEntry.id > mark.latest - BEHIND,
            _moves_somebody(),
        )
    ).all()
    seen_before = set(mark.seen)
    new = [row for row in rows if row.id not in seen_before]
    everybody = any(row.event in MOVES_EVERYBODY or row.client_id is None for row in new)
    kept = {row.id for row in rows if row.at >= now - LATE}
    return Changes(frozenset(row.client_id for row in new if row.client_id), everybody, sorted(kept))


def _all_may_have_changed(session: Any, latest: int, *, now: dt.datetime) -> Changes:
    """Return what a look at everybody sees, without reading whose record changed: there may be years of that."""
    late = sa.select(AuditEntry.id).where(AuditEntry.at >= now - LATE, AuditEntry.id > latest - BEHIND)
    return Changes(frozenset(), is_everybody=True, seen=sorted(session.scalars(late.where(_moves_somebody()))))


def _moves_somebody() -> Any:
    return AuditEntry.event.not_in(event.value for event in MOVES_NOBODY)


def note(session: Any, scope: Scope, *, now: dt.datetime) -> None:
    """Note that everything up to this scope was planned."""
    mark = hold(session)
    mark.at, mark.day, mark.latest, mark.seen = now, scope.day, scope.latest, scope.seen
    if scope.is_whole:
        mark.whole_at = now
    session.flush()


def keep_next(session: Any, ids: Iterable[uuid.UUID], moments: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Keep for these people when, later today, something about them can be told."""
    theirs = sa.delete(PlanNext).where(Many(session, ids).has(PlanNext.client_id))
    session.execute(theirs.execution_options(synchronize_session=False))
    if moments:
        session.execute(sa.insert(PlanNext), [{"client_id": key, "at": at} for key, at in sorted(moments.items())])


def list_everybody(session: Any) -> Sequence[uuid.UUID]:
    """Return everybody's id by name, so that people of one name are looked at together and told apart."""
    found = sa.select(Client.id).order_by(Client.shown_sort, Client.id)
    ids: Sequence[uuid.UUID] = session.scalars(unscoped(found, because="the system plans")).all()
    return ids


def _whose_moment_has_come(session: Any, now: dt.datetime) -> frozenset[uuid.UUID]:
    come = sa.select(PlanNext.client_id).where(PlanNext.at <= now)
    return frozenset(session.scalars(unscoped(come, because="the system plans")))
