"""What is done about a reminder by a button: done, later, not needed, undo; each leads back to where it stood."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.reminders import ledger, service
from coachdesk.reminders.answers import Reason, may_undo
from coachdesk.reminders.forms import LaterForm, NotNeededForm
from coachdesk.reminders.kinds import Act
from coachdesk.reminders.telling import later_choices
from coachdesk.web import act_now, now, reader_zone, reading, save, tell, today, who
from coachdesk.web.filters import translated
from coachdesk.web.saving import SEE_OTHER
from coachdesk.words import NotFound, mark, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from coachdesk.web import Room

_LISTED = frozenset({"reminders.list_mine", "reminders.show_told", "supervision.board", "desk.record"})
"""Pages beside Today on which something due stands with its buttons."""


def furnish(room: Room) -> None:
    """Add the buttons to the room of reminders."""
    room.post("/reminders/done", action=Action.REMINDERS_ANSWER)(done)
    room.post("/reminders/later", action=Action.REMINDERS_ANSWER)(move_later)
    room.post("/reminders/not-needed", action=Action.REMINDERS_ANSWER)(set_aside)
    room.post("/reminders/acts/<uuid:act_id>/undo", action=Action.REMINDERS_ANSWER)(undo)


def done() -> ResponseReturnValue:
    """Say that something is done."""
    leads_back = back()

    def act() -> Any:
        return ledger.done(db.session, who(), _key(), now=now(), today=today())

    def said(row: Any) -> Response:
        return tell(redirect(leads_back), _("Done."), undo=url_for("reminders.undo", act_id=row.id))

    return _or_settled(lambda: act_now(act, said, back=leads_back), leads_back)


def move_later() -> ResponseReturnValue:
    """Hide something from Today until a moment; a date that cannot be is asked for again on a page of its own."""
    form, leads_back = LaterForm(), back()

    def act() -> Any:
        until = service.moment_of_later(request.form.get("until", ""), form.day.data, now=now(), zone=reader_zone())
        return ledger.later(db.session, who(), _key(), until=until, now=now(), today=today())

    def moved(row: Any) -> Any:
        day, here = day_of(row.until, reader_zone()), day_of(now(), reader_zone())
        words = (
            say("Moved to tomorrow, %(short)s.", short=day)
            if day == here + dt.timedelta(days=1)
            else say("Moved to this afternoon.")
            if day == here
            else say("Moved to %(short)s.", short=day)
        )
        return tell(redirect(leads_back), words, undo=url_for("reminders.undo", act_id=row.id))

    if request.form.get("until") != "day":
        return _or_settled(lambda: act_now(act, moved, back=leads_back), leads_back)
    page = partial(_page, "later", form, leads_back)
    return _or_settled(lambda: save(form, act, done=moved, page=page), leads_back)


def set_aside() -> ResponseReturnValue:
    """Say that something is not needed; a reason of one's own that was left out is asked for on a page of its own."""
    form, leads_back = NotNeededForm(), back()
    if request.form.get("reason") not in set(Reason):
        raise NotFound
    reason = Reason(request.form["reason"])

    def act() -> Any:
        words = form.words.data if reason is Reason.OTHER else ""
        return ledger.not_needed(db.session, who(), _key(), reason=reason, words=words, now=now(), today=today())

    def put_aside(row: Any) -> Any:
        undone = url_for("reminders.undo", act_id=row.id)
        return tell(redirect(leads_back), _("Set aside: not needed this time."), undo=undone)

    if reason is not Reason.OTHER:
        return _or_settled(lambda: act_now(act, put_aside, back=leads_back), leads_back)
    page = partial(_page, "not_needed", form, leads_back)
    return _or_settled(lambda: save(form, act, done=put_aside, page=page), leads_back)


def _page(name: str, form: Any, leads_back: str) -> str:
    due = ledger.find_due(db.session, who(), _key(), today())
    person = clients.find_person(db.session, who(), due.client_id)
    reading([due.client_id])
    return render_template(
        f"reminders/{name}.html", form=form, key=due.key, why=translated(due.why), name=shown(person), back=leads_back
    )


def undo(act_id: UUID) -> ResponseReturnValue:
    """Take back what one did oneself."""
    return act_now(
        lambda: ledger.undo(db.session, who(), act_id, now=now()),
        lambda _act: tell(redirect(back()), _("Back on your list.")),
        back=back(),
    )


def later_words() -> list[tuple[str, str, str]]:
    """Return what “Later” offers now by the reader's own clock, as words."""
    offered = later_choices(now().astimezone(reader_zone()))
    return [(choice.value, translated(choice.label), translated(choice.small)) for choice in offered]


_SETTLED_WORDS = {
    (False, True): mark("You did that already, on %(short)s at %(at)s."),
    (False, False): mark("%(name)s did that already, on %(short)s at %(at)s."),
    (True, True): mark("You set that aside already, on %(short)s at %(at)s."),
    (True, False): mark("%(name)s set that aside already, on %(short)s at %(at)s."),
}
"""By whether it was set aside, and by whether its reader did it themself."""


def settled(leads_back: str) -> Response:
    """Say that something is done already."""
    return tell(redirect(leads_back), _("That is settled already. Nothing is left to do about it."), "info")


def _settled(leads_back: str) -> Response:
    """Say that something is done already, and by whom, where it was due to this reader; raises `NotFound` otherwise."""
    known = ledger.find_settled(db.session, who(), _key())
    if known.act is None:
        return settled(leads_back)
    own = known.act.by == who().id
    words = _SETTLED_WORDS[known.act.act is Act.NOT_NEEDED, own]
    undo = url_for("reminders.undo", act_id=known.act.id) if own and may_undo(known.act.at, now()) else ""
    at = known.act.at.astimezone(reader_zone())
    return tell(redirect(leads_back), say(words, name=known.by, short=at.date(), at=at.time()), "info", undo=undo)


def _or_settled(answer: Callable[[], ResponseReturnValue], leads_back: str) -> ResponseReturnValue:
    """Do what a button or a form asks for; where another window was quicker, say so."""
    try:
        return answer()
    except NotFound:
        db.session.rollback()
        return _settled(leads_back), SEE_OTHER


def _key() -> str:
    key = request.form.get("key", "")
    if not key or len(key) > 160:  # noqa: PLR2004 (the column's length)
        raise NotFound
    return key


def back() -> str:
    """Return the page the button stood on, where it is one of ours that lists what is due; else Today."""
    came_from = request.form.get("back") or request.referrer or ""
    try:
        endpoint, ids = current_app.url_map.bind("").match(urlsplit(came_from).path, method="GET")
    except (HTTPException, ValueError):
        return url_for("desk.today")
    return url_for(endpoint, **ids) if endpoint in _LISTED else url_for("desk.today")
