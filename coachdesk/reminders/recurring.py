"""Reminders that come again: when one is done the next is made."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from coachdesk.access import visible
from coachdesk.clock import day_of, zone_of
from coachdesk.organisation import service as organisation
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.repeating import next_on
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity

_SAME = ("client_id", "kind", "for_user_id", "text", "hour", "about_id", "made_at", "made_by", "repeat", "repeat_from")
"""What the next one has of the one before; its words are as old as they were, for whoever may read what was before them."""


def follow(session: Any, reminder: Reminder, *, now: dt.datetime) -> Reminder | None:
    """Make the next of a reminder that was done; none where it comes no more. What was missed is not made up for."""
    if reminder.repeat is None or reminder.last_at is not None:
        return None
    today = day_of(now, zone_of(organisation.find_zone(session)))
    first, until = reminder.repeat_from or reminder.due_on, reminder.repeat_until
    on = next_on(reminder.repeat, first, after=max(reminder.due_on, today), until=until)
    if on is None:
        return None
    same = {name: getattr(reminder, name) for name in _SAME}
    made = Reminder(id=uuid.uuid4(), due_on=on, repeat_until=until, follows_id=reminder.id, **same)
    session.add(made)
    session.flush()
    return made


def take_back(session: Any, identity: Identity, reminder: Reminder, *, now: dt.datetime) -> None:
    """Let the next one go where it turned out that the one before is not done."""
    following = visible(identity, Reminder).where(Reminder.follows_id == reminder.id, Reminder.done_at.is_(None))
    for row in session.scalars(following).all():
        if row.version > 1:
            raise Refused(mark("The next one was changed since, so this one stays done."))
        row.done_at, row.done_by = now, identity.id
