"""My reminders, setting one, and what is done about one: done, later, undo."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, may_see
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.notify import list_notices, see_notice
from coachdesk.reminders import facts, ledger, service
from coachdesk.reminders.forms import LaterForm, ReminderForm
from coachdesk.reminders.lines import due_lines
from coachdesk.reminders.rules import is_now
from coachdesk.reminders.telling import later_choices
from coachdesk.web import Room, act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.web.filters import short, translated
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("reminders", __name__)
_DONE_DAYS = 30


@room.get("/reminders", action=Action.REMINDERS_LIST)
def list_mine() -> str:
    """Show what is due, what was moved to later, and what was done in thirty days, with how it was told."""
    known = facts.list_known(db.session, who())
    moved = ledger.map_moved(db.session, who(), now=now())
    lines = due_lines(known, who().id, today(), now=now().astimezone(house_zone()))
    finished = ledger.list_finished(db.session, who(), since=now() - dt.timedelta(days=_DONE_DAYS))
    names = {row.person.id: row.facts.name for row in known}
    reading({line.due.client_id for line in lines} | {row.entry.client_id for row in finished})
    in_order = sorted(lines, key=lambda line: (line.due.on, line.due.at or dt.time()))
    offered = later_choices(now().astimezone(house_zone()))
    return render_template(
        "reminders/list.html",
        due=[x for x in lines if is_now(x.due, today()) and x.due.key not in moved],
        ahead=[x for x in in_order if not is_now(x.due, today()) and x.due.key not in moved],
        later=[(x, *moved[x.due.key]) for x in lines if x.due.key in moved],
        finished=finished,
        names=names,
        choices=[(c.value, translated(c.label), translated(c.small)) for c in offered],
        notices=list_notices(db.session, who().id, sees=partial(may_see, who())),
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
            zone=house_zone(),
            now=now(),
        ),
        done=lambda row: tell(
            redirect(url_for("desk.record", client_id=client_id)),
            say("Reminder set for %(weekday)s.", weekday=row.due_on),
        ),
        page=lambda: _page(form, client_id),
    )


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


@room.post("/reminders/done", action=Action.REMINDERS_ANSWER)
def done() -> ResponseReturnValue:
    """Say that something is done."""
    return act_now(
        lambda: ledger.done(db.session, who(), _key(), now=now(), today=today()),
        lambda act: tell(redirect(_back()), _("Done."), undo=url_for("reminders.undo", act_id=act.id)),
        back=_back(),
    )


@room.post("/reminders/later", action=Action.REMINDERS_ANSWER)
def move_later() -> ResponseReturnValue:
    """Hide something from Today until a moment; a date that cannot be is asked for again on a page of its own."""
    form, back = LaterForm(), _back()

    def act() -> Any:
        until = service.moment_of_later(request.form.get("until", ""), form.day.data, now=now(), zone=house_zone())
        return ledger.later(db.session, who(), _key(), until=until, now=now(), today=today())

    def moved(row: Any) -> Any:
        day = day_of(row.until, house_zone())
        words = (
            say("Moved to tomorrow, %(short)s.", short=day)
            if day == today() + dt.timedelta(days=1)
            else say("Moved to this afternoon.")
            if day == today()
            else say("Moved to %(short)s.", short=day)
        )
        return tell(redirect(back), words, undo=url_for("reminders.undo", act_id=row.id))

    if request.form.get("until") != "day":
        return act_now(act, moved, back=back)
    return save(form, act, done=moved, page=lambda: _later_page(form, back))


def _later_page(form: LaterForm, back: str) -> str:
    due = ledger.find_due(db.session, who(), _key(), today())
    person = clients.find_person(db.session, who(), due.client_id)
    reading([due.client_id])
    return render_template(
        "reminders/later.html", form=form, key=due.key, why=translated(due.why), name=shown(person), back=back
    )


@room.post("/reminders/acts/<uuid:act_id>/undo", action=Action.REMINDERS_ANSWER)
def undo(act_id: UUID) -> ResponseReturnValue:
    """Take back what one did oneself."""
    return act_now(
        lambda: ledger.undo(db.session, who(), act_id, now=now()),
        lambda _act: tell(redirect(_back()), _("Back on your list.")),
        back=_back(),
    )


@room.post("/notices/<uuid:notice_id>/seen", action=Action.REMINDERS_LIST)
def see(notice_id: UUID) -> ResponseReturnValue:
    """Take a notice off one's list."""
    return act_now(
        lambda: see_notice(db.session, who().id, notice_id, now=now()), lambda _nothing: redirect(_back()), back=_back()
    )


def _key() -> str:
    key = request.form.get("key", "")
    if not key or len(key) > 160:  # noqa: PLR2004 (the column's length)
        raise NotFound
    return key


def _back() -> str:
    """Return the page the button stood on, where it is one of ours that lists reminders."""
    came_from = request.form.get("back") or (request.referrer or "").split("?")[0]
    for endpoint in ("reminders.list_mine", "supervision.board"):
        if came_from.endswith(url_for(endpoint)):
            return url_for(endpoint)
    return url_for("desk.today")
