"""The gate: before each request it decides how the database is opened, who asks, and whether the route is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from coachdesk import audit
from coachdesk.access import may
from coachdesk.db import db, set_reading
from coachdesk.web.flashing import tell
from coachdesk.web.house import by_script, fallen, house, is_fresh, is_signed_in, now, who
from coachdesk.web.request import request_id
from coachdesk.web.room import GATE, Declared
from coachdesk.words import mark

if TYPE_CHECKING:
    import uuid

    from flask import Flask
    from flask.typing import ResponseReturnValue

READS = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""What a page of ours sends; other bodies leave every field empty, and an empty field may be an answer."""
CONFIRM = "security.verify"


def stand(app: Flask) -> None:
    """Put the gate before every request of an application."""
    app.before_request(_open)
    app.before_request(_refuse_other_bodies)


def _open() -> ResponseReturnValue | None:
    audit.request_id.set(request_id())
    set_reading(reading=request.method in READS)
    if request.endpoint is None or request.endpoint == "static":
        return None  # no such address: the 404 page answers
    declared: Declared | None = current_app.extensions[GATE].get(request.endpoint)
    if declared is None:
        raise PageNotFound
    over = fallen()
    if over is not None and not by_script():  # what a script asks beside its page spoils nothing for the page
        way = _way_back(over.user_id)
        _leave_behind(private=over.private)
        if not declared.public:
            return redirect(url_for("security.login", next=way), 303)
    if not (declared.public or is_signed_in()):
        return redirect(url_for("security.login", next=_way_back(None)), 303)
    if not declared.public and (declared.action is None or not may(who(), declared.action)):
        note_refusal()
        raise PageNotFound
    if declared.fresh and is_signed_in() and not is_fresh():
        response = redirect(url_for(CONFIRM, next=_way_back(who().id)), 303)
        return response if request.method in READS else tell(response, _(_NOT_YET), "info")
    return None


_NOT_YET = mark("Nothing was changed yet. Show that it is still you, then press the button again.")


def _refuse_other_bodies() -> None:
    declared: Declared | None = current_app.extensions[GATE].get(request.endpoint)
    others = declared is not None and declared.outside
    if request.method not in READS and request.mimetype and request.mimetype not in FORMS and not others:
        abort(400)


def _leave_behind(*, private: bool) -> None:
    """Forget the session that is over, but for what its reader wrote too late: that is found in this browser alone."""
    kept = session.get("unsent", [])
    session.clear()
    session["told_private"] = private
    if kept:
        session["unsent"] = kept


def note_refusal() -> None:
    """Write down that somebody asked for what is not theirs, in a transaction of its own."""
    identity = who()
    db.session.rollback()
    set_reading(reading=False)
    audit.record(db.session, identity, audit.Event.ACCESS_REFUSED, detail={"route": request.endpoint or ""}, now=now())
    db.session.commit()
    set_reading(reading=request.method in READS)


def _way_back(writer: uuid.UUID | None) -> str:
    """Return where to lead somebody once they are back; what they wrote waits for them there."""
    if request.method in READS:
        return request.full_path.rstrip("?")
    return house().keep_unsent(writer) if writer else "/"
