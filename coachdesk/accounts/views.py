"""Where everybody starts, one's own account, and the way out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import jsonify, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import logout_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError

from coachdesk.access import Action, Role
from coachdesk.accounts import activity_views, device_views, door_views, service, standing
from coachdesk.accounts.forms import DeskForm, OwnForm, StaffForm
from coachdesk.db import db
from coachdesk.organisation import service as organisation
from coachdesk.web import Room, is_signed_in, now, save, tell, who
from coachdesk.web.house import house

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("accounts", __name__)
door_views.furnish(room)
device_views.furnish(room)
activity_views.furnish(room)
_FIRST_PAGES = {
    Role.COACH: "desk.today",
    Role.SUPERVISOR: "supervision.board",
    Role.CLIENT: "portal.my_goals",
    Role.ADMINISTRATOR: "admin.accounts",
}


@room.get("/", action=Action.ACCOUNT_OWN)
def home() -> ResponseReturnValue:
    """Lead everybody to their own first page, or to what they wrote before they were signed out."""
    waiting = house().find_unsent()
    if waiting is not None:
        return redirect(waiting, 303)
    return redirect(url_for(_FIRST_PAGES[who().role]), 303)


@room.get("/account/token", action=Action.ACCOUNT_OWN)
def token() -> ResponseReturnValue:
    """Tell a script that its reader is still signed in, with a fresh token for the forms of its page."""
    return jsonify(token=generate_csrf())


@room.get("/leave", public=True)
def leave() -> ResponseReturnValue:
    """End the session, then go to the organisation's choice of a dull page."""
    away = organisation.find_organisation(db.session).exit_url
    if is_signed_in():
        with suppress(OperationalError):  # however busy the house is, nobody is kept from leaving
            logout_user()
    db.session.rollback()
    session.clear()
    response = redirect(away, 303)
    response.headers["Clear-Site-Data"] = standing.CLEAR
    return response


@room.get("/account", action=Action.ACCOUNT_OWN)
def account() -> str:
    """Show one's own account."""
    user = service.find_user(db.session, who().id)
    return _account_page(_own_form(obj=user))


@room.post("/account", action=Action.ACCOUNT_OWN)
def change_account() -> ResponseReturnValue:
    """Change what is one's own to change."""
    form = _own_form()
    return save(
        form,
        lambda: service.change_own(db.session, who(), **form.typed(), now=now()),
        done=lambda _user: tell(redirect(url_for("accounts.account")), _("Saved.")),
        page=lambda: _account_page(form),
    )


@room.get("/account/keys", action=Action.ACCOUNT_ACTIVITY)
def keys() -> str:
    """Show which keys lead where; with scripts it opens over the page at hand."""
    return render_template("accounts/keys.html")


def _own_form(**values: object) -> OwnForm:
    kinds = {Role.CLIENT: OwnForm, Role.ADMINISTRATOR: DeskForm}
    return kinds.get(who().role, StaffForm)(**values)


def _account_page(form: OwnForm) -> str:
    user = service.find_user(db.session, who().id)
    return render_template("accounts/account.html", form=form, user=user, ways=_ways_in(user))


def _ways_in(user: Any) -> list[tuple[str, str, str, str]]:
    """Return how somebody signs in, with where each is changed: rows of a summary list."""
    codes, keys = len(user.mf_recovery_codes or []), len(user.webauthn)
    app = _("Set up") if user.tf_primary_method else _("Not set up")
    return [
        (
            _("Passphrase"),
            _("Chosen") if user.password else _("None: you sign in by a link"),
            url_for("security.change_password"),
            _("your passphrase"),
        ),
        (_("Authenticator app"), app, url_for("security.two_factor_setup"), _("your authenticator app")),
        (_("Passkeys"), str(keys or _("None yet")), url_for("security.wan_register"), _("your passkeys")),
        (
            _("Spare codes"),
            ngettext("%(num)d left", "%(num)d left", codes) if codes else _("None yet"),
            url_for("security.mf_recovery_codes"),
            _("your spare codes"),
        ),
        (_("Devices"), _("Where you are signed in"), url_for("accounts.devices"), _("your devices")),
    ]
