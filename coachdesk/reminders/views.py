"""My reminders, and setting one."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for

from coachdesk.access import Action, may_see
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.db import db
from coachdesk.notify import list_notices, see_notice
from coachdesk.organisation import holidays
from coachdesk.reminders import (
    answer_views,
    facts,
    ledger,
    recurring,
    service,
    stop_views,
    telling_views,
    told,
    told_views,
)
from coachdesk.reminders.answer_views import back
from coachdesk.reminders.answers import may_undo
from coachdesk.reminders.forms import ReminderForm
from coachdesk.reminders.lines import due_lines
from coachdesk.reminders.repeating import Often
from coachdesk.reminders.rules import is_now
from coachdesk.reminders.telling import later_choices
from coachdesk.web import Room, act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.web.filters import short
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

room = Room("reminders", __name__)
answer_views.furnish(room)
stop_views.furnish(room)
telling_views.furnish(room)
told_views.furnish(room)
_DONE_DAYS = 30


@room.get("/reminders", action=Action.REMINDERS_LIST)
def list_mine() -> str:
    """Show what is due, what was moved to later, and what was done or set aside in thirty days, with how it was told."""
    known = facts.list_known(db.session, who())
    put_off = ledger.map_put_off(db.session, who(), now=now())
    lines = due_lines(known, who().id, today(), now=now().astimezone(house_zone()))
    finished = told.list_finished(db.session, who(), since=now() - dt.timedelta(days=_DONE_DAYS))
    reading({line.due.client_id for line in lines} | {row.entry.client_id for row in finished})
    in_order = sorted(lines, key=lambda line: (line.due.on, line.due.at or dt.time()))
    due = [x for x in lines if is_now(x.due, today()) and x.due.key not in put_off]
    return render_template(
        "reminders/list.html",
        due=due,
        ahead=[x for x in in_order if not is_now(x.due, today()) and x.due.key not in put_off],
        later=[(x, *put_off[x.due.key]) for x in lines if put_off.get(x.due.key, (None, None))[1]],
        told=told.map_told(db.session, who(), [x.due.key for x in due]),
        finished=finished,
        undoable={row.act.id for row in finished if may_undo(row.act.at, now())},
        names={row.person.id: row.facts.name for row in known},
        notices=list_notices(db.session, who().id, sees=partial(may_see, who())),
        **told_views.words(),
    )


@room.get("/people/<uuid:client_id>/reminders/new", action=Action.REMINDERS_SET)
def new_reminder(client_id: UUID) -> str:
    """Show the form for a reminder."""
    return _page(ReminderForm(formdata=None), client_id)


@room.post("/people/<uuid:client_id>/reminders/new", action=Action.REMINDERS_SET)
def set_reminder(client_id: UUID) -> ResponseReturnValue:
    """Set a reminder."""
    clients.find_person(db.session, who().everyday, client_id)
    form = ReminderForm()
    return save(
        form,
        lambda: service.set_reminder(
            db.session,
            who(),
            client_id,
            text=form.text.data,
            due_on=_due_on(form),
            hour=form.hour.data,
            repeat=Often(form.repeat.data) if form.repeat.data != "once" else None,
            until=form.until.data,
            zone=house_zone(),
            now=now(),
        ),
        done=lambda row: _set_words(redirect(url_for("desk.record", client_id=client_id)), row.due_on),
        page=lambda: _page(form, client_id),
    )


def _set_words(response: Response, day: dt.date) -> Response:
    """Say for which day it is set, and that nobody is there on it where the organisation is closed: there it stays."""
    response = tell(response, say("Reminder set for %(weekday)s.", weekday=day))
    closed = holidays.closed_words(db.session, day)
    return tell(response, closed, "info") if closed else response


def _quick() -> dict[str, dt.date]:
    offered = {choice.value: choice.day for choice in later_choices(now().astimezone(house_zone()))}
    return {"today": today(), "tomorrow": offered["tomorrow"], "monday": offered["monday"]}


def _due_on(form: ReminderForm) -> dt.date:
    if form.when.data != "day":
        return _quick()[form.when.data]
    if form.due_on.data is None:
        raise Refused(mark("Write the day, like 27 11 2026."), "due_on")
    day: dt.date = form.due_on.data
    return day


def _page(form: ReminderForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who().everyday, client_id)
    reading([client_id])
    return render_template(
        "reminders/new.html",
        form=form,
        person=person,
        name=shown(person),
        days={value: short(day) for value, day in _quick().items()},
    )


@room.post("/notices/<uuid:notice_id>/seen", action=Action.REMINDERS_LIST)
def see(notice_id: UUID) -> ResponseReturnValue:
    """Take a notice off one's list."""
    return act_now(
        lambda: see_notice(db.session, who().id, notice_id, now=now()), lambda _nothing: redirect(back()), back=back()
    )


@room.post("/reminders/<uuid:reminder_id>/last", action=Action.REMINDERS_SET)
def let_be_last(reminder_id: UUID) -> ResponseReturnValue:
    """Let a reminder come no more once it is done."""
    return act_now(
        lambda: recurring.let_be_last(db.session, who(), reminder_id, now=now()),
        lambda _row: tell(redirect(back()), say("This is the last time. It comes no more once it is done.")),
        back=back(),
    )
