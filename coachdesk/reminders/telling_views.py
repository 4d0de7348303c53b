"""“How you are told”: the way, the hour, the days, the quiet; for a person whether at all, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from coachdesk.access import Action, Role
from coachdesk.accounts import service as accounts
from coachdesk.db import db
from coachdesk.notify import Channel
from coachdesk.organisation import ways
from coachdesk.reminders import choosing
from coachdesk.reminders.forms import PersonTellingForm, TellingForm
from coachdesk.reminders.prefs import NEVER, Prefs, normal_number, refuse_bad_quiet
from coachdesk.web import act_now, now, save, tell, who
from coachdesk.words import mark, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room
    from coachdesk.words import Sentence

    AnyForm = TellingForm | PersonTellingForm

_NO_HOUR = dt.time()
_ONLY = mark("We remind you only between %(begins)s and %(ends)s.")


def furnish(room: Room) -> None:
    """Add the page to the room of reminders."""
    room.get("/account/telling", action=Action.ACCOUNT_TELLING)(telling)
    room.post("/account/telling", action=Action.ACCOUNT_TELLING_CHANGE)(change_telling)
    room.post("/account/telling/again", action=Action.ACCOUNT_TELLING)(turn_on_again)


def telling() -> str:
    """Show how one is told; to an administrator, who is told at once and always, where and of what."""
    if who().role is Role.ADMINISTRATOR:
        user = accounts.find_user(db.session, who().id)
        off = choosing.list_off(db.session, user.id)
        return render_template("reminders/telling_always.html", off=off, address=user.email)
    return _page(_form_as_kept())


def change_telling() -> ResponseReturnValue:
    """Change how one is told."""
    form: AnyForm = PersonTellingForm() if _is_person() else _offering(TellingForm())
    form.newest = _form_as_kept
    return save(
        form,
        lambda: choosing.choose(db.session, who(), _prefs(form), version=form.typed()["version"], now=now()),
        done=lambda _row: tell(redirect(url_for("reminders.telling")), _saved(form)),
        page=lambda: _page(form),
    )


def _saved(form: Any) -> Sentence:
    if _is_person() and form.by_email.data == "no":
        return say(mark("Saved. No reminder is sent to you."))
    if not _is_person() and not form.channels.data:
        return say(mark("Saved. No reminder is sent to you. Everything that is due still stands on your pages here."))
    return say(mark("Saved. It counts from the next message on."))


def turn_on_again() -> ResponseReturnValue:
    """“Turn on again”, for what was stopped or did not arrive."""
    back = url_for("reminders.telling")
    return act_now(
        lambda: choosing.resume(db.session, who(), _channel(), now=now()),
        lambda _nothing: tell(redirect(back), _("Turned on again.")),
        back=back,
    )


def _channel() -> Channel:
    try:
        return Channel(request.form.get("channel", ""))
    except ValueError:
        raise PageNotFound from None


def _is_person() -> bool:
    return who().role is Role.CLIENT


def _form_as_kept() -> AnyForm:
    prefs = choosing.find_prefs(db.session, accounts.find_user(db.session, who().id))
    row = choosing.find_row(db.session, who().id)
    version = row.version if row else 0
    if _is_person():
        answer = {"by_email": "yes" if Channel.EMAIL in prefs.channels else "no", "hour": prefs.hour}
        return PersonTellingForm(formdata=None, data={**answer, "version": version})
    quiet = prefs.quiet_from != prefs.quiet_until
    kept = {
        "channels": [channel.value for channel in prefs.channels],
        "phone": prefs.phone,
        "chat_name": prefs.chat_name,
        "each": "yes" if prefs.each else "no",
        "hour": prefs.hour,
        "days": [str(day) for day in prefs.days],
        "quiet_from": prefs.quiet_from if quiet else None,
        "quiet_until": prefs.quiet_until if quiet else None,
        "version": version,
    }
    return _offering(TellingForm(formdata=None, data=kept))


def _offering(form: TellingForm) -> TellingForm:
    """Offer what there is a way for, and what is chosen already."""
    offered = {Channel.EMAIL, *ways.map_asks_for_name(db.session), *map(Channel, _known(form.channels.data))}
    texts = {Channel.EMAIL: _("E-mail"), Channel.TEXT: _("Text message"), Channel.CHAT: _("Chat")}
    form.channels.choices = [(channel.value, text) for channel, text in texts.items() if channel in offered]
    return form


def _known(values: list[str]) -> list[str]:
    row = choosing.find_row(db.session, who().id)
    kept = {Channel.TEXT.value: bool(row and row.by_text), Channel.CHAT.value: bool(row and row.by_chat)}
    return [value for value in values if kept.get(value)]


def _prefs(form: Any) -> Prefs:
    if _is_person():
        chosen = frozenset({Channel.EMAIL}) if form.by_email.data == "yes" else frozenset()
        return replace(NEVER, channels=chosen, hour=form.hour.data)
    begins, ends = form.quiet_from.data, form.quiet_until.data
    refuse_bad_quiet(begins, ends)
    return Prefs(
        hour=form.hour.data,
        days=frozenset(map(int, form.days.data)),
        channels=frozenset(map(Channel, form.channels.data)),
        each=form.each.data == "yes",
        quiet_from=begins or _NO_HOUR,
        quiet_until=ends or _NO_HOUR,
        phone=normal_number(form.phone.data),
        chat_name=form.chat_name.data,
    )


def _open_ways() -> set[Channel]:
    """Return by what the desk can send, mail among it: where none is set up, the page says so by itself."""
    return {Channel.EMAIL, *ways.map_asks_for_name(db.session)}


def _page(form: AnyForm) -> str:
    user = accounts.find_user(db.session, who().id)
    prefs = choosing.find_prefs(db.session, user)
    return render_template(
        "reminders/telling.html",
        form=form,
        off=choosing.list_off(db.session, user.id),
        address=user.email,
        why_not=choosing.why_unsafe(db.session, user) if _is_person() else None,
        is_silent=not (prefs.channels & _open_ways() or _is_person()),
        only=say(_ONLY, begins=prefs.quiet_until, ends=prefs.quiet_from),
        asks_name=ways.map_asks_for_name(db.session).get(Channel.CHAT, False),
    )
