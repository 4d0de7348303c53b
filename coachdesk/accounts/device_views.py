"""Where you are signed in: one's own sessions, ended one by one or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service, sessions, standing
from coachdesk.accounts.rules import Ended
from coachdesk.db import db
from coachdesk.web import act_now, now, tell, who

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add the pages to the accounts' room."""
    room.get("/account/devices", action=Action.ACCOUNT_OWN)(devices)
    room.post("/account/devices/<uuid:session_id>/end", action=Action.ACCOUNT_OWN)(end_device)
    room.post("/account/devices/end-others", action=Action.ACCOUNT_OWN)(end_other_devices)


def devices() -> str:
    """List where one is signed in."""
    user = service.find_user(db.session, who().id)
    rows = sessions.list_live(db.session, user, now=now())
    return render_template("accounts/devices.html", rows=rows, here=standing.session_key(), user=user)


def end_device(session_id: uuid.UUID) -> ResponseReturnValue:
    """End one session; that device is refused at its next request."""
    return act_now(
        lambda: sessions.end_own(db.session, who(), session_id, now=now()),
        lambda _nothing: tell(redirect(url_for("accounts.devices")), _("That device is signed out.")),
        back=url_for("accounts.devices"),
    )


def end_other_devices() -> ResponseReturnValue:
    """End all sessions but this one."""
    return act_now(
        lambda: sessions.end_others(db.session, who(), standing.session_key(), why=Ended.ELSEWHERE, now=now()),
        lambda _count: tell(redirect(url_for("accounts.devices")), _("All other devices are signed out.")),
        back=url_for("accounts.devices"),
    )
