"""Reminders set by hand and asks, and what is due for a reader when their page is opened."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clients import episodes
from coachdesk.clients import service as clients
from coachdesk.clock import day_of, moment_of
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.repeating import refuse_bad_end
from coachdesk.reminders.rules import FAR_DAYS
from coachdesk.reminders.telling import later_choices
from coachdesk.words import Refused, day_ahead, mark, say

if TYPE_CHECKING:
    import datetime as dt
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.reminders.repeating import Often


def set_reminder(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    text: str,
    due_on: dt.date,
    hour: dt.time | None = None,
    repeat: Often | None = None,
    until: dt.date | None = None,
    zone: ZoneInfo,
    now: dt.datetime,
) -> Reminder:
    """Set a reminder for oneself about a person; with an hour (wall-clock in `zone`) it comes at that hour.

    With `repeat` the next one is made when it is done, until a last day where one is given.
    """
    demand(identity, Action.REMINDERS_SET)
    # What is seen for an hour alone is no place for one: it would stand there when the hour is over.
    _person, ended = episodes.find_with_end(session, identity.everyday, client_id)
    if ended:
        raise Refused(mark("Coaching came to its end, so nothing is reminded of any more. Begin again first."))
    refuse_bad_moment(due_on, hour, zone=zone, now=now)
    refuse_bad_end(repeat, due_on, until, today=day_of(now, zone))
    made = _make(
        session,
        identity,
        client_id,
        AskKind.BY_HAND,
        text=text,
        for_user_id=identity.id,
        due_on=due_on,
        hour=hour,
        about_id=None,
        now=now,
    )
    if repeat:
        made.repeat, made.repeat_from, made.repeat_until = repeat, due_on, until
        session.flush()
    return made


def refuse_bad_moment(due_on: dt.date, hour: dt.time | None, *, zone: ZoneInfo, now: dt.datetime) -> None:
    """Refuse a day or an hour that lies behind us, and one that is too far ahead."""
    today = day_of(now, zone)
    if due_on < today or (due_on == today and hour is not None and moment_of(due_on, hour, zone) <= now):
        raise Refused(mark("This lies behind us. Choose a day or an hour to come."), "due_on")
    if (due_on - today).days > FAR_DAYS:
        raise Refused(mark("That is more than a year ahead. Choose a nearer day."), "due_on")


def ask(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    kind: AskKind,
    for_user_id: uuid.UUID | None = None,
    text: str = "",
    about_id: uuid.UUID | None = None,
    now: dt.datetime,
    today: dt.date,
) -> Reminder:
    """Ask a coach for something: the person asks for help, the supervisor asks to talk. Due at once.

    Without `for_user_id` it is for whoever is the person's coach on the day. The same wish, still open, is one wish.
    """
    demand(identity, Action.PORTAL_ASK, Action.TEAM_ASK, Action.CHECKINS_REVIEW)
    clients.find_person(session, identity, client_id)
    same: Reminder | None = session.scalar(
        visible(identity, Reminder)
        .where(
            Reminder.client_id == client_id,
            Reminder.kind == kind,
            Reminder.about_id == about_id if about_id else Reminder.about_id.is_(None),
            Reminder.made_by == identity.id,
            Reminder.for_user_id == for_user_id if for_user_id else Reminder.for_user_id.is_(None),
            Reminder.done_at.is_(None),
        )
        .limit(1)
    )
    if same is not None and same.text == text:
        return same
    return _make(
        session,
        identity,
        client_id,
        kind,
        text=text,
        for_user_id=for_user_id,
        due_on=today,
        hour=None,
        about_id=about_id,
        now=now,
    )


def withdraw_ask(
    session: Any, identity: Identity, client_id: uuid.UUID, *, kind: AskKind, about_id: uuid.UUID, now: dt.datetime
) -> None:
    """Take back what one asked oneself about something, where it still waits."""
    demand(identity, Action.PORTAL_ASK)
    own = visible(identity, Reminder).where(
        Reminder.client_id == client_id,
        Reminder.kind == kind,
        Reminder.about_id == about_id,
        Reminder.made_by == identity.id,
        Reminder.done_at.is_(None),
    )
    for ask_row in session.scalars(own).all():
        ask_row.done_at, ask_row.done_by = now, identity.id
        session.flush()
        audit.record(session, identity, audit.Event.REMINDER_DONE, client_id=client_id, subject=ask_row, now=now)


def _make(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    kind: AskKind,
    *,
    text: str,
    for_user_id: uuid.UUID | None,
    due_on: dt.date,
    hour: dt.time | None,
    about_id: uuid.UUID | None,
    now: dt.datetime,
) -> Reminder:
    made = Reminder(
        id=uuid.uuid4(),
        client_id=client_id,
        kind=kind,
        for_user_id=for_user_id,
        text=text,
        due_on=due_on,
        hour=hour,
        about_id=about_id,
        made_at=now,
        made_by=identity.id,
    )
    session.add(made)
    session.flush()
    happened = audit.Event.HELP_ASKED if kind is AskKind.HELP_ASKED else audit.Event.REMINDER_SET
    audit.record(session, identity, happened, client_id=client_id, subject=made, detail={"kind": kind.value}, now=now)
    return made


def moment_of_later(value: str, day: dt.date | None, *, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the moment a choice of “Later” means; raises `Refused` where it is none."""
    for choice in later_choices(now.astimezone(zone)):
        if choice.value == value:
            return moment_of(choice.day, choice.hour, zone)
    if value == "day" and day is not None and day > day_of(now, zone):
        return moment_of(day, later_choices(now.astimezone(zone))[-1].hour, zone)
    raise Refused(say("Choose a day after today, like %(day)s.", day=day_ahead(day_of(now, zone))), "day")
