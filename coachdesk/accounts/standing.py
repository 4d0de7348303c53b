"""Who is signed in at this request: the session's row is looked up each time, so that what ends it ends it at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, request, session
from flask_babel import gettext as _
from flask_login import user_logged_out
from flask_security.signals import user_authenticated
from flask_security.utils import set_request_attr
from sqlalchemy.exc import OperationalError

from coachdesk import audit
from coachdesk.accounts import guarding, sessions
from coachdesk.accounts.rules import LONGEST_OWN, TOUCH_EVERY, Ended, is_fresh
from coachdesk.db import db, writing
from coachdesk.web.flashing import tell
from coachdesk.web.house import Fallen, house

if TYPE_CHECKING:
    import datetime as dt

    from flask import Flask, Response

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User, UserSession


@dataclass(frozen=True)
class Here:
    """The session at hand as a plain value: its row would be asked for again once the page's transaction has ended."""

    key: uuid.UUID
    reader: Identity
    seen_at: dt.datetime
    own_device: bool


KEY = "sid"
CHANGE, SIGN_OUT = "security.change_password", "security.logout"
_KEPT = ("_user_id", "_fresh", "_id", "fs_paa", "fs_cc", "unsent")
"""What of the signed cookie outlives a sign-in; all else belonged to whoever was there before."""
CLEAR = '"cache", "storage"'
"""The session's cookie is taken back by itself; the one by which a device is known stays."""


def install(app: Flask) -> None:
    """Tie the library's sign-in and sign-out to rows."""
    manager: Any = app.login_manager  # type: ignore[attr-defined]
    manager.user_loader(_load)
    manager.request_loader(None)  # nobody signs in by a header or in an address
    manager.session_protection = None  # an address that changes on a train signs nobody out; the row decides
    app.config["PERMANENT_SESSION_LIFETIME"] = LONGEST_OWN
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.after_request(_write_down)


def session_key() -> uuid.UUID | None:
    """Return the key of the session at hand, where the browser brought one."""
    try:
        return uuid.UUID(session.get(KEY, ""))
    except (ValueError, TypeError, AttributeError):
        return None


def _load(uniquifier: str) -> User | None:
    key = session_key()
    found = sessions.find_standing(db.session, key, uniquifier, now=_now()) if key else None
    if found is None:
        g.fallen = Fallen()
        return None
    if found.over is not None:
        # Whoever holds the cookie of a session that was ended keeps words for its owner, and reads none of them.
        g.fallen = Fallen(found.user.id if found.user.active else None, private=found.over is Ended.TIME)
        return None
    g.here, g.shown_at = _here(found.user, found.kept), session.get("fs_paa")
    g.is_fresh = is_fresh(found.kept.fresh_at, _now())
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return found.user


def _begin(_app: Flask, user: User, authn_via: list[str] | None = None, **_more: Any) -> None:
    """Begin a session where the library let somebody in; what the browser carried before is left behind."""
    changed = request.endpoint == CHANGE
    own, earlier = bool(session.get("own_device")), session_key()
    if changed and "here" in g:
        own = g.here.own_device
    kept = {name: session[name] for name in _KEPT if name in session}
    session.clear()
    g.pop("csrf_token", None)
    session.update(kept)
    made = sessions.begin(
        db.session,
        user,
        user_agent=request.user_agent.string,
        own_device=own,
        earlier=earlier,
        now=_now(),
    )
    session[KEY], session.permanent = made.id.hex, own
    g.here, g.is_fresh, g.shown_at = _here(user, made), True, session.get("fs_paa")
    guarding.know_device(user.email)
    if changed:  # committed by the library with the new passphrase itself, or not at all
        sessions.end_others(db.session, user.identity, made.id, why=Ended.RIGHTS, now=_now())
    else:
        by = "+".join(authn_via or ["second factor"])
        audit.record(
            db.session,
            user.identity,
            audit.Event.SIGNED_IN,
            subject=("user_account", user.id),
            detail={"by": by, "own_device": own},
            now=_now(),
        )
        db.session.commit()


def _end(_app: Flask, user: Any, **_more: Any) -> None:
    key, reader = session_key(), getattr(user, "identity", None)
    # A page that reads may be what leads out; what it has read so far must not stand against the writing.
    db.session.rollback()
    with writing():
        _write_end(key, reader)
    session.clear()
    g.pop("here", None)
    g.signed_out = True


def _write_end(key: uuid.UUID | None, reader: Identity | None) -> None:
    if key is not None:
        sessions.sign_out(db.session, key, now=_now())
    if reader is not None:
        audit.record(db.session, reader, audit.Event.SIGNED_OUT, subject=("user_account", reader.id), now=_now())
    db.session.commit()


def _write_down(response: Response) -> Response:
    """Write down, in a short transaction of its own, that a session is in use, or that its owner showed who they are."""
    if g.pop("signed_out", False):
        response.headers["Clear-Site-Data"] = CLEAR
        if request.endpoint == SIGN_OUT:  # whoever leaves a page in a hurry leaves no word behind
            tell(response, _("You are signed out."), "info")
    here: Here | None = g.get("here")
    if here is None or request.endpoint == "static":
        return response
    shown = session.get("fs_paa") != g.get("shown_at")
    if shown or _now() - here.seen_at >= TOUCH_EVERY:
        _touch(here, shown=shown)
    return response


def _touch(here: Here, *, shown: bool) -> None:
    db.session.rollback()
    try:
        with writing():
            if shown:
                sessions.confirm(db.session, here.reader, here.key, now=_now())
            sessions.touch(db.session, here.key, now=_now())
            db.session.commit()
    except OperationalError:  # the database is busy: the answer is as right as before, and the next one is noted
        db.session.rollback()


def _here(user: User, kept: UserSession) -> Here:
    return Here(kept.id, user.identity, kept.seen_at, kept.own_device)


def _now() -> Any:
    return house().clock.now()
