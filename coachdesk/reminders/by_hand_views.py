"""A reminder set by hand, before it is done: changing it, taking it back, and letting it be the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.organisation import holidays
from coachdesk.reminders import by_hand
from coachdesk.reminders.answer_views import back, settled
from coachdesk.reminders.forms import ChangeForm
from coachdesk.reminders.repeating import Often
from coachdesk.web import act_now, now, reader_zone, reading, save, tell, who
from coachdesk.web.saving import SEE_OTHER
from coachdesk.words import NotFound, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from coachdesk.reminders.models import Reminder
    from coachdesk.web import Room
    from coachdesk.words import Sentence


def furnish(room: Room) -> None:
    """Add what is done about a coming reminder to the room of reminders."""
    one = "/reminders/<uuid:reminder_id>"
    room.get(one, action=Action.REMINDERS_SET)(edit_reminder)
    room.post(one, action=Action.REMINDERS_SET)(change_reminder)
    room.post(f"{one}/taken-back", action=Action.REMINDERS_SET)(take_back)
    room.post(f"{one}/taken-back/undo", action=Action.REMINDERS_SET)(put_back)
    room.post(f"{one}/last", action=Action.REMINDERS_SET)(let_be_last)
    room.post(f"{one}/last/undo", action=Action.REMINDERS_SET)(let_go_on)


def edit_reminder(reminder_id: UUID) -> str:
    """Show the form over a reminder."""
    row = _find_worded(reminder_id)
    return _page(_form(row), row, back())


def change_reminder(reminder_id: UUID) -> ResponseReturnValue:
    """Change a reminder."""
    form, row, leads_back = ChangeForm(), _find_worded(reminder_id), back()
    form.newest = lambda: _form(_find_worded(reminder_id))

    def act() -> Any:
        typed = {**form.typed(), "repeat": Often(form.repeat.data) if form.repeat.data != "once" else None}
        return by_hand.change(db.session, who(), reminder_id, **typed, zone=reader_zone(), now=now())

    return save(
        form,
        act,
        done=lambda saved: _saved(redirect(leads_back), saved.due_on),
        page=lambda: _page(form, row, leads_back),
    )


def set_words(response: Response, words: Sentence, day: dt.date) -> Response:
    """Say for which day it is set, and that nobody is there on it where the organisation is closed: there it stays."""
    response = tell(response, words)
    closed = holidays.closed_words(db.session, day)
    return tell(response, closed, "info") if closed else response


def _saved(response: Response, day: dt.date) -> Response:
    """Say that it is saved, and where its day is ahead, which that is."""
    if day < day_of(now(), reader_zone()):
        return tell(response, _("Saved."))
    return set_words(response, say("Saved. It comes on %(weekday)s.", weekday=day), day)


def _find_worded(reminder_id: UUID) -> Reminder:
    return by_hand.find_own(db.session, who(), reminder_id, now=now(), worded=True)


def _form(row: Reminder) -> ChangeForm:
    repeat = row.repeat.value if row.repeat and row.last_at is None else "once"
    until = row.repeat_until if repeat != "once" else None
    data = {"text": row.text, "due_on": row.due_on, "hour": row.hour, "repeat": repeat, "until": until}
    return ChangeForm(formdata=None, data={**data, "version": row.version})


def _page(form: ChangeForm, row: Reminder, leads_back: str) -> str:
    person = clients.find_person(db.session, who().everyday, row.client_id)
    reading([row.client_id])
    return render_template("reminders/edit.html", form=form, row=row, name=shown(person), back=leads_back)


def take_back(reminder_id: UUID) -> ResponseReturnValue:
    """Take a reminder back before it comes."""
    undo = url_for("reminders.put_back", reminder_id=reminder_id)
    return _at_once(by_hand.take_back, reminder_id, lambda _row: _("Taken back. It does not come."), undo)


def put_back(reminder_id: UUID) -> ResponseReturnValue:
    """Undo taking it back."""
    return _at_once(by_hand.put_back, reminder_id, lambda row: say("It is back, for %(weekday)s.", weekday=row.due_on))


def let_be_last(reminder_id: UUID) -> ResponseReturnValue:
    """Let a reminder come no more once it is done."""
    undo = url_for("reminders.let_go_on", reminder_id=reminder_id)
    words = _("It comes this once more, and not again after that.")
    return _at_once(by_hand.let_be_last, reminder_id, lambda _row: words, undo)


def let_go_on(reminder_id: UUID) -> ResponseReturnValue:
    """Undo letting it be the last."""
    return _at_once(by_hand.let_go_on, reminder_id, lambda _row: _("It goes on as before."))


def _at_once(
    act: Callable[..., Reminder], reminder_id: UUID, words: Callable[[Reminder], Any], undo: str = ""
) -> ResponseReturnValue:
    """Do what a button asks for; where it was done in another window, say so."""
    leads_back = back()
    try:
        return act_now(
            lambda: act(db.session, who(), reminder_id, now=now()),
            lambda row: tell(redirect(leads_back), words(row), undo=undo),
            back=leads_back,
        )
    except NotFound:
        db.session.rollback()
        if not by_hand.is_done(db.session, who(), reminder_id):
            raise
        return settled(leads_back), SEE_OTHER
