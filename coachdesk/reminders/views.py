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
from coachdesk.reminders import (
    answer_views,
    by_hand_views,
    facts,
    service,
    stop_views,
    telling_views,
    told,
    told_views,
)
from coachdesk.reminders.answer_views import back
from coachdesk.reminders.answers import may_undo
from coachdesk.reminders.forms import ReminderForm
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.lines import due_lines
from coachdesk.reminders.repeating import Often
from coachdesk.reminders.rules import AHEAD_DAYS, FAR_DAYS, is_now
from coachdesk.reminders.telling import later_choices, set_for
from coachdesk.web import Room, act_now, house_zone, now, reader_zone, reading, save, today, who
from coachdesk.web.filters import day_ahead, short
from coachdesk.words import Refused, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.reminders.lines import Line

room = Room("reminders", __name__)
answer_views.furnish(room)
by_hand_views.furnish(room)
stop_views.furnish(room)
telling_views.furnish(room)
told_views.furnish(room)
_DONE_DAYS = 30


@room.get("/reminders", action=Action.REMINDERS_LIST)
def list_mine() -> str:
    """Show what is due, what was moved to later, and what was done or set aside in thirty days, with how it was told."""
    known = facts.list_known(db.session, who())
    lines = due_lines(known, who().id, today(), now=now().astimezone(house_zone()), hidden=True, ahead_days=FAR_DAYS)
    finished = told.list_finished(db.session, who(), since=now() - dt.timedelta(days=_DONE_DAYS))
    notices = list_notices(db.session, who().id, sees=partial(may_see, who()))
    people = {line.due.client_id for line in lines} | {row.entry.client_id for row in finished}
    reading(people | {notice.client_id for notice in notices if notice.client_id})
    in_order = sorted(lines, key=lambda line: (line.due.on, line.due.at or dt.time()))
    due = [line for line in lines if is_now(line.due, today()) and not line.is_hidden]
    return render_template(
        "reminders/list.html",
        due=due,
        tomorrow=today() + dt.timedelta(days=1),
        ahead=[line for line in in_order if _is_ahead(line)],
        later=[line for line in lines if line.answer and line.answer.until],
        told=told.map_told(db.session, who(), [x.due.key for x in due]),
        finished=finished,
        undoable={row.act.id for row in finished if may_undo(row.act.at, now())},
        names={row.person.id: row.facts.name for row in known},
        notices=notices,
        **told_views.words(),
    )


def _is_ahead(line: Line) -> bool:
    """Say whether something stands under what is coming: within some days, and what was set by hand however far ahead."""
    ahead = (line.due.on - today()).days
    return not line.is_hidden and ahead > 0 and (ahead <= AHEAD_DAYS or line.rule is Rule.BY_HAND)


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
            zone=reader_zone(),
            now=now(),
        ),
        done=lambda row: by_hand_views.set_words(
            redirect(url_for("desk.record", client_id=client_id)),
            set_for(row.due_on, row.hour),
            row.due_on,
        ),
        page=lambda: _page(form, client_id),
    )


def _quick() -> dict[str, dt.date]:
    here = now().astimezone(reader_zone())
    offered = {choice.value: choice.day for choice in later_choices(here)}
    return {"today": here.date(), "tomorrow": offered["tomorrow"], "monday": offered["monday"]}


def _due_on(form: ReminderForm) -> dt.date:
    if form.when.data != "day":
        return _quick()[form.when.data]
    if form.due_on.data is None:
        raise Refused(say("Write the day, like %(day)s.", day=day_ahead()), "due_on")
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
