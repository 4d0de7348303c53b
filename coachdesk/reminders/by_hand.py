"""A reminder set by hand, before it is done: changed, taken back, let be the last; the last two undone for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clock import day_of, zone_of
from coachdesk.organisation import service as organisation
from coachdesk.reminders import facts
from coachdesk.reminders.answers import may_undo
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.hearers import due_to
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.repeating import refuse_bad_end
from coachdesk.reminders.rules import FAR_DAYS
from coachdesk.reminders.service import refuse_bad_moment
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.reminders.repeating import Often

_TOO_LATE = mark("That was more than ten minutes ago, so it stays.")
_STANDS = mark("The next one stands already, so this one stays taken back.")
_BEFORE_IT = mark("The one before it is to do again, and brings the next when it is done.")


def find_own(
    session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime, worded: bool = False
) -> Reminder:
    """Return a reminder that is not done and comes to this reader: set by them, or by a coach of before.

    With `worded` only where they read what it says: what was written before they came may be closed to them.
    """
    demand(identity, Action.REMINDERS_SET)
    asked = visible(identity.everyday, Reminder).where(
        Reminder.id == reminder_id, Reminder.kind == AskKind.BY_HAND, Reminder.done_at.is_(None)
    )
    found: Reminder | None = session.scalar(asked.with_for_update())
    if found is None:
        raise NotFound
    today = day_of(now, zone_of(organisation.find_zone(session)))
    for known in facts.list_known(session, identity.everyday, ids=[found.client_id], closed=True):
        theirs = due_to(identity.id, known.facts, today, is_over=known.is_over, ahead_days=FAR_DAYS)
        reads = any(ask.text for ask in known.facts.asks if ask.id == reminder_id)
        if any(due.subject == reminder_id for due in theirs) and (reads or not worded):
            return found
    raise NotFound


def change(
    session: Any,
    identity: Identity,
    reminder_id: uuid.UUID,
    *,
    text: str,
    due_on: dt.date,
    hour: dt.time | None,
    repeat: Often | None,
    until: dt.date | None,
    version: int,
    zone: ZoneInfo,
    now: dt.datetime,
) -> Reminder:
    """Change what a reminder says, when it comes and how often; on another day or hour it is told anew.

    Whoever writes its words has set it, from then on.
    """
    found = find_own(session, identity, reminder_id, now=now, worded=True)
    if found.version != version:
        raise Stale
    new = {"text": text, "due_on": due_on, "hour": hour, "repeat": repeat, "repeat_until": until}
    # One that was let be the last reads as one that comes once; left so, the Undo of that still holds.
    ended = {"repeat", "repeat_until"} if found.last_at else set()
    changed = sorted(name for name, value in new.items() if (None if name in ended else getattr(found, name)) != value)
    if not changed:
        return found
    if {"due_on", "hour"} & {*changed}:
        refuse_bad_moment(due_on, hour, zone=zone, now=now)
    refuse_bad_end(repeat, due_on, until, today=day_of(now, zone))
    for name in changed:
        setattr(found, name, new[name])
    if "text" in changed:
        found.for_user_id = found.made_by = identity.id
        found.made_at = now
    if {"due_on", "repeat"} & {*changed}:
        found.repeat_from = due_on if found.repeat else None
    if "repeat" in changed:
        found.last_at = None
    found.version += 1
    session.flush()
    happened = audit.Event.REMINDER_CHANGED
    detail = {"fields": changed}
    audit.record(session, identity, happened, client_id=found.client_id, subject=found, detail=detail, now=now)
    return found


def take_back(session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime) -> Reminder:
    """Take a reminder back: it comes no more, and no other follows it. Done twice it is done once."""
    earlier = _find_taken_back(session, identity, reminder_id)
    if earlier is not None:
        return earlier
    found = find_own(session, identity, reminder_id, now=now)
    found.done_at = found.taken_back_at = now
    found.done_by = identity.id
    found.version += 1
    session.flush()
    happened = audit.Event.REMINDER_TAKEN_BACK
    audit.record(session, identity, happened, client_id=found.client_id, subject=found, now=now)
    return found


def put_back(session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime) -> Reminder:
    """Undo `take_back` within ten minutes."""
    demand(identity, Action.REMINDERS_SET)
    found = _find_taken_back(session, identity, reminder_id)
    if found is None or found.taken_back_at is None:
        raise NotFound
    if not may_undo(found.taken_back_at, now):
        raise Refused(_TOO_LATE)
    before = visible(identity.everyday, Reminder).where(Reminder.id == found.follows_id, Reminder.done_at.is_(None))
    if session.scalar(before) is not None:
        raise Refused(_BEFORE_IT)
    if found.follows_id is not None:
        beside = Reminder.follows_id == found.follows_id, Reminder.done_at.is_(None)
        if session.scalar(visible(identity.everyday, Reminder).where(*beside)) is not None:
            raise Refused(_STANDS)
    found.done_at = found.done_by = found.taken_back_at = None
    found.version += 1
    return _undone(session, identity, found, now=now)


def _find_taken_back(session: Any, identity: Identity, reminder_id: uuid.UUID) -> Reminder | None:
    asked = visible(identity.everyday, Reminder).where(
        Reminder.id == reminder_id, Reminder.taken_back_at.is_not(None), Reminder.done_by == identity.id
    )
    found: Reminder | None = session.scalar(asked.with_for_update())
    return found


def let_be_last(session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime) -> Reminder:
    """Let a reminder come no more once it is done; doing so twice changes nothing."""
    found = find_own(session, identity, reminder_id, now=now)
    if found.repeat is None:
        raise NotFound
    if found.last_at is None:
        found.last_at = now
        found.version += 1
        session.flush()
        happened = audit.Event.REMINDER_STOPPED
        audit.record(session, identity, happened, client_id=found.client_id, subject=found, now=now)
    return found


def let_go_on(session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime) -> Reminder:
    """Undo `let_be_last` within ten minutes."""
    found = find_own(session, identity, reminder_id, now=now)
    if found.repeat is None:
        raise NotFound
    if found.last_at is None:
        return found
    if not may_undo(found.last_at, now):
        raise Refused(_TOO_LATE)
    found.last_at = None
    found.version += 1
    return _undone(session, identity, found, now=now)


def is_done(session: Any, identity: Identity, reminder_id: uuid.UUID) -> bool:
    """Say whether a reminder of this reader's, or one that they ended, is over."""
    theirs = sa.or_(Reminder.for_user_id == identity.id, Reminder.done_by == identity.id)
    asked = visible(identity.everyday, Reminder).where(
        Reminder.id == reminder_id, Reminder.kind == AskKind.BY_HAND, Reminder.done_at.is_not(None), theirs
    )
    return session.scalar(asked) is not None


def _undone(session: Any, identity: Identity, found: Reminder, *, now: dt.datetime) -> Reminder:
    session.flush()
    happened = audit.Event.REMINDER_UNDONE
    audit.record(session, identity, happened, client_id=found.client_id, subject=found, now=now)
    return found
