"""The doors: where everybody starts, one's own account, the link that lets somebody in, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user

from coachdesk.access import Action, Role
from coachdesk.accounts import activity_views, service, signing_in
from coachdesk.accounts.forms import OwnForm, PassphraseForm, StaffForm
from coachdesk.db import db, writing
from coachdesk.organisation import service as organisation
from coachdesk.web import Room, is_signed_in, now, save, tell, who
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("accounts", __name__)
activity_views.furnish(room)
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


def _own_form(**values: object) -> OwnForm:
    form: OwnForm = OwnForm(**values) if who().role in (Role.CLIENT, Role.ADMINISTRATOR) else StaffForm(**values)
    return form


def _account_page(form: OwnForm) -> str:
    return render_template("accounts/account.html", form=form, user=service.find_user(db.session, who().id))


@room.get("/invitation/<token>", public=True)
def invitation(token: str) -> ResponseReturnValue:
    """Let whoever holds a live link choose a passphrase."""
    return _invitation_page(token, PassphraseForm())


@room.post("/invitation/<token>", public=True)
def accept(token: str) -> ResponseReturnValue:
    """Take the passphrase; the link ends with it. Hashing is slow, so it is done before anything is locked."""
    form = PassphraseForm()
    form.validate()
    for sentence in () if form.passphrase.errors else signing_in.faults_of(form.passphrase.data):
        form.refuse(sentence, "passphrase")
    if not form.again.errors and form.passphrase.data != form.again.data:
        form.refuse(_("The two do not match. Write the same one twice."), "again")
    if form.errors:
        return _invitation_page(token, form, status=422)
    hashed = signing_in.hashed(form.passphrase.data)
    db.session.rollback()
    try:
        with writing():
            service.accept_invitation(db.session, token, hashed, now=now())
            db.session.commit()
    except NotFound:
        return _over()
    return tell(redirect(url_for("security.login"), 303), _("Your passphrase is chosen. Sign in with it now."))


def _invitation_page(token: str, form: PassphraseForm, status: int = 200) -> ResponseReturnValue:
    try:
        user = service.find_invited(db.session, token, now=now())
    except NotFound:
        return _over()
    return render_template("accounts/invitation.html", form=form, name=user.first_name), status


def _over() -> ResponseReturnValue:
    db.session.rollback()
    return render_template("accounts/invitation_over.html"), 404
