"""For whoever is not signed in: the link in a reminder mail that stops such mails, and answers to text messages.

Both are also asked by machines: a mail program's own button (RFC 8058), a gateway that hands on what somebody answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from coachdesk.accounts import guarding
from coachdesk.accounts.rules import Guess
from coachdesk.db import db
from coachdesk.notify.tokens import PATH, read_stop_token
from coachdesk.organisation import ways
from coachdesk.reminders import choosing
from coachdesk.reminders.prefs import asks_to_stop
from coachdesk.web import house, now
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

MOST_BYTES = 64 * 1024
_FROM = ("from", "msisdn", "sender", "originator")
_BODY = ("body", "text", "message", "content")


def furnish(room: Room) -> None:
    """Add the doors to the room of reminders."""
    room.get(f"{PATH}<token>", public=True)(offer_stop)
    room.post(f"{PATH}<token>", public=True, outside=True)(stop_mails)
    room.post("/texts/<secret>", public=True, outside=True)(take_answer)


def offer_stop(token: str) -> ResponseReturnValue:
    """Say what the button will stop. Nothing happens before a press: mail scanners open links too."""
    return _with_token(token, lambda _user_id: "ask")


def stop_mails(token: str) -> ResponseReturnValue:
    """Stop the mails, by the button of the page or of the mail program itself."""

    def stop(user_id: UUID | None) -> str:
        choosing.stop_mails(db.session, user_id, now=now())
        db.session.commit()
        return "done"

    return _with_token(token, stop)


def _with_token(token: str, act: Callable[[UUID | None], str]) -> ResponseReturnValue:
    tried = guarding.a_try(Guess.LINK)
    user_id = read_stop_token(house().settings.keys.session, token, now=now())
    try:
        choosing.find_stopper(db.session, user_id)
        tried.was_right()
        return render_template("reminders/stop.html", state=act(user_id))
    except NotFound:
        db.session.rollback()
        return render_template("reminders/stop.html", state="over"), 404


def take_answer(secret: str) -> ResponseReturnValue:
    """Heed STOP and START as an answer to a text; whatever else was written is not kept, and nobody reads it."""
    tried = guarding.a_try(Guess.LINK)
    if not ways.is_answer_secret(db.session, secret):
        raise NotFound
    tried.was_right()
    sent = _fields()
    stop = asks_to_stop(_first(sent, _BODY))
    if stop is not None:
        choosing.heed_answer(db.session, _first(sent, _FROM), stop=stop, now=now())
        db.session.commit()
    return "", 204


def _fields() -> dict[str, Any]:
    """Return what a gateway sent, as a form or as JSON, by name in small letters."""
    if (request.content_length or 0) > MOST_BYTES:
        return {}
    try:
        sent: Any = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    except RecursionError:
        sent = {}
    return {str(name).lower(): value for name, value in sent.items()} if isinstance(sent, dict) else {}


def _first(sent: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((str(sent[name]) for name in names if isinstance(sent.get(name), str | int)), "")
