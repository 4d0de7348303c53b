"""The doors: where everybody starts, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, session, url_for
from flask_login import logout_user

from coachdesk.access import Action, Role
from coachdesk.db import db
from coachdesk.organisation import service as organisation
from coachdesk.web import Room, is_signed_in, who

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("accounts", __name__)
_FIRST_PAGES = {
    Role.COACH: "desk.today",
    Role.SUPERVISOR: "supervision.board",
    Role.CLIENT: "portal.my_goals",
    Role.ADMINISTRATOR: "admin.accounts",
}


@room.get("/", action=Action.ACCOUNT_OWN)
def home() -> ResponseReturnValue:
    """Lead everybody to their own first page."""
    return redirect(url_for(_FIRST_PAGES[who().role]), 303)


@room.get("/leave", public=True)
def leave() -> ResponseReturnValue:
    """End the session, then go to the organisation's choice of a dull page."""
    away = organisation.find_organisation(db.session).exit_url
    if is_signed_in():
        logout_user()
    session.clear()
    return redirect(away, 303)
