"""The gate: before each request it decides how the database is opened, who asks, and whether the route is theirs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import current_app, g, redirect, request, session, url_for
from flask_login import logout_user
from werkzeug.exceptions import NotFound as PageNotFound

from coachdesk import audit
from coachdesk.access import Role, may
from coachdesk.db import db, set_reading
from coachdesk.web.house import is_signed_in, now, who
from coachdesk.web.request import request_id
from coachdesk.web.room import GATE, Declared

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

READS = frozenset({"GET", "HEAD", "OPTIONS"})
IDLE = {Role.CLIENT: dt.timedelta(minutes=15)}
STAFF_IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=12)
_SIGN_IN = frozenset({"security.login", "accounts.accept", "static"})
"""Sign-in verifies a passphrase for a tenth of a second; holding the write lock meanwhile would stop everybody."""


def stand(app: Flask) -> None:
    """Put the gate before every request of an application."""
    app.before_request(_open)


def _open() -> ResponseReturnValue | None:
    audit.request_id.set(request_id())
    set_reading(reading=request.method in READS or request.endpoint in _SIGN_IN)
    if request.endpoint is None:
        return None  # no such address: the 404 page answers
    declared: Declared | None = current_app.extensions[GATE].get(request.endpoint)
    if declared is None:
        raise PageNotFound
    if is_signed_in() and _is_over():
        logout_user()
        session.clear()
        session["told_private"] = True
    if declared.public:
        return None
    if not is_signed_in():
        return redirect(url_for("security.login", next=_way_back()), 303)
    if declared.action is None or not may(who(), declared.action):
        note_refusal()
        raise PageNotFound
    return None


def note_refusal() -> None:
    """Write down that somebody asked for what is not theirs, in a transaction of its own."""
    identity = who()
    db.session.rollback()
    set_reading(reading=False)
    audit.record(db.session, identity, audit.Event.ACCESS_REFUSED, detail={"route": request.endpoint or ""}, now=now())
    db.session.commit()
    set_reading(reading=request.method in READS)


def _way_back() -> str:
    return request.full_path.rstrip("?") if request.method in READS else "/"


def _is_over() -> bool:
    """Say whether the session has been idle too long, or has lasted long enough; mark it as seen otherwise."""
    moment = now().timestamp()
    began, seen = session.get("began", moment), session.get("seen", moment)
    idle = IDLE.get(who().role, STAFF_IDLE)
    if moment - seen > idle.total_seconds() or moment - began > LONGEST.total_seconds():
        return True
    session["began"], session["seen"] = began, moment
    g.seen = moment
    return False
