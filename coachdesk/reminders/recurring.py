"""Reminders that come again: when one is done the next is made, and whoever set it lets one be the last."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clock import day_of, zone_of
from coachdesk.organisation import service as organisation
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.repeating import next_on
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity

_SAME = ("client_id", "kind", "for_user_id", "text", "hour", "about_id", "made_by", "repeat", "repeat_from")


def follow(session: Any, reminder: Reminder, *, now: dt.datetime) -> Reminder | None:
    """Make the next of a reminder that was done; none where it comes no more. What was missed is not made up for."""
    if reminder.repeat is None:
        return None
    today = day_of(now, zone_of(organisation.find_zone(session)))
    first, until = reminder.repeat_from or reminder.due_on, reminder.repeat_until
    on = next_on(reminder.repeat, first, after=max(reminder.due_on, today), until=until)
    if on is None:
        return None
    same = {name: getattr(reminder, name) for name in _SAME}
    made = Reminder(id=uuid.uuid4(), due_on=on, made_at=now, repeat_until=until, follows_id=reminder.id, **same)
    session.add(made)
    session.flush()
    return made


def take_back(session: Any, identity: Identity, reminder: Reminder, *, now: dt.datetime) -> None:
    """Let the next one go where it turned out that the one before is not done."""
    following = visible(identity, Reminder).where(Reminder.follows_id == reminder.id, Reminder.done_at.is_(None))
    for row in session.scalars(following).all():
        row.done_at, row.done_by = now, identity.id


def let_be_last(session: Any, identity: Identity, reminder_id: uuid.UUID, *, now: dt.datetime) -> Reminder:
    """Let a reminder of one's own come no more once it is done; doing so twice changes nothing."""
    demand(identity, Action.REMINDERS_SET)
    own = visible(identity, Reminder).where(
        Reminder.id == reminder_id, Reminder.for_user_id == identity.id, Reminder.done_at.is_(None)
    )
    found: Reminder | None = session.scalar(own.with_for_update())
    if found is None:
        raise NotFound
    if found.repeat is not None:
        found.repeat = None
        session.flush()
        happened = audit.Event.REMINDER_STOPPED
        audit.record(session, identity, happened, client_id=found.client_id, subject=found, now=now)
    return found
