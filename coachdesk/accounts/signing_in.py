"""Sign-in by Flask-Security over our own account table. With its neighbours the one place where accounts know the web."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import abort, redirect, request, session, url_for
from flask_login import current_user
from flask_security import Security
from flask_security.signals import (
    password_changed,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
    user_failed_authn,
    wan_deleted,
    wan_registered,
)
from flask_security.tf_plugin import tf_clean_session
from werkzeug.datastructures import ImmutableMultiDict

from coachdesk import audit
from coachdesk.access import Action
from coachdesk.accounts import guarding, library, links, passphrases, standing
from coachdesk.accounts.changes import note_way_changed
from coachdesk.accounts.models import Passkey, PlainRole, User
from coachdesk.accounts.rules import HALF_SIGNED_IN, is_own_path
from coachdesk.accounts.second_factor import (
    Codes,
    Datastore,
    PasskeyAnswerForm,
    PasskeyForm,
    PasskeyRemovalForm,
    PasskeyRules,
    PasskeySignInForm,
    RecoveryCodes,
)
from coachdesk.accounts.sign_in_forms import ChangeForm, CodeForm, ConfirmForm, RecoveryForm, SignInForm, note_refusal
from coachdesk.db import db
from coachdesk.web.house import by_script, is_signed_in, now
from coachdesk.web.room import Declared, declare_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

SIGN_IN, SIGN_OUT = "security.login", "security.logout"
_CODES = "security.mf_recovery_codes"
_OWN = Declared(Action.ACCOUNT_OWN)
_OWN_FRESH = Declared(Action.ACCOUNT_OWN, fresh=True)
_DOOR = Declared(public=True)
_SHUT = Declared()
ENDPOINTS: Mapping[str, Declared] = {
    SIGN_IN: _DOOR,
    SIGN_OUT: _DOOR,
    "security.two_factor_token_validation": _DOOR,
    "security.mf_recovery": _DOOR,
    "security.tf_select": _DOOR,
    "security.wan_signin": _DOOR,
    "security.wan_signin_response": _DOOR,
    "security.two_factor_setup": Declared(public=True, fresh=True),  # supervisors come here half signed in
    "security.two_factor_setup_validate": _OWN_FRESH,
    _CODES: _OWN_FRESH,
    "security.wan_register": _OWN_FRESH,
    "security.wan_register_response": _OWN_FRESH,
    "security.wan_delete": _OWN_FRESH,
    "security.change_password": _OWN_FRESH,
    "security.verify": _OWN,
    "security.wan_verify": _OWN,
    "security.wan_verify_response": _OWN,
    "security.two_factor_rescue": _SHUT,  # it would mail a code to whoever reads the mail already
}


def install(app: Flask, secret_salt: str) -> None:
    """Give an application its ways in and out, and tell the gate about their endpoints."""
    library.configure(app, secret_salt)
    security = Security(
        app,
        Datastore(db, User, PlainRole, Passkey),
        login_form=SignInForm,
        change_password_form=ChangeForm,
        verify_form=ConfirmForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        wan_register_form=PasskeyForm,
        wan_delete_form=PasskeyRemovalForm,
        wan_signin_form=PasskeySignInForm,
        wan_signin_response_form=PasskeyAnswerForm,
        password_util_cls=passphrases.Passphrases,
        totp_cls=Codes,
        mf_recovery_codes_util_cls=RecoveryCodes,
        webauthn_util_cls=PasskeyRules,
    )
    security.pwd_context = passphrases.Unlocked(security.pwd_context)
    _without_principal(app)
    for endpoint, declared in ENDPOINTS.items():
        declare_endpoint(app, endpoint, declared)
    app.before_request(_forms_alone)
    app.before_request(_drop_foreign_ways)
    app.before_request(_keep_order)
    app.before_request(_take_state)
    app.after_request(_lead_on)
    standing.install(app)
    guarding.stand(app)
    for signal, happened in {
        tf_profile_changed: audit.Event.SECOND_FACTOR_SET,
        tf_disabled: audit.Event.SECOND_FACTOR_REMOVED,
        wan_registered: audit.Event.PASSKEY_ADDED,
        wan_deleted: audit.Event.PASSKEY_REMOVED,
    }.items():
        signal.connect(_writer(happened), app, weak=False)
    tf_code_confirmed.connect(_code_confirmed, app)
    password_changed.connect(_changed, app)
    user_failed_authn.connect(_failed, app)


# ---- before a request of the library's ----------------------------------------------------------------------------


def _is_library() -> bool:
    return (request.endpoint or "").startswith("security.")


def _forms_alone() -> None:
    """Refuse what is no form at the library's pages: nobody is asked to sign in by program."""
    if _is_library() and (request.is_json or by_script()):
        abort(400)


def _drop_foreign_ways() -> None:
    """Let go of a `next` that does not lead to a page of ours, so that signing in simply leads home."""
    if not _is_library():
        return
    for place in ("args", "form"):
        given = getattr(request, place)
        if "next" in given and not is_own_path(given["next"]):
            kept = [(name, value) for name, value in given.items(multi=True) if name != "next"]
            setattr(request, place, ImmutableMultiDict(kept))


_HALFWAY = frozenset(
    {
        "security.two_factor_token_validation",
        "security.mf_recovery",
        "security.tf_select",
        "security.wan_signin",
        "security.wan_signin_response",
    }
)
"""Between passphrase and second factor; the library signs out whoever comes here signed in, by a mere link."""


def _keep_order() -> ResponseReturnValue | None:
    """Lead home who is in already, and forget who gave a passphrase and then no second factor for ten minutes."""
    if request.endpoint in _HALFWAY and is_signed_in():
        return redirect(url_for("accounts.home"), 303)
    if _lets_app_go() and is_signed_in() and current_user.tf_primary_method is None:  # there is none to let go
        return redirect(url_for("accounts.account"), 303)
    if _is_library() and "tf_user_id" in session:
        waited = now().timestamp() - session.get("half_at", 0)
        if waited > HALF_SIGNED_IN.total_seconds() or _would_replace():
            tf_clean_session()
    return None


def _take_state() -> None:
    """Take what the set-up of an app carries from its form: in an address it would stand in histories and logs."""
    if request.endpoint == "security.two_factor_setup_validate":
        request.view_args = {"token": request.form.get("state", "")}


def _lead_on(response: Response) -> Response:
    """Show new spare codes by a page that may be loaded again without making others; whoever let an app go needs none."""
    if request.method != "POST":
        return response
    if request.endpoint == _CODES and response.status_code == HTTPStatus.OK:
        response.status_code, response.location = 303, url_for(_CODES, show_codes=1)
        response.set_data(b"")
    if _lets_app_go() and response.status_code == HTTPStatus.FOUND:
        response.location = url_for("accounts.account")
    return response


def _lets_app_go() -> bool:
    return request.endpoint == "security.two_factor_setup" and request.form.get("setup") == "disable"


def _would_replace() -> bool:
    """Say whether somebody half signed in would set up a second factor where its owner has set one up meanwhile."""
    if session.get("tf_state") not in ("setup_from_login", "validating_profile") or is_signed_in():
        return False
    user = db.session.scalar(sa.select(User).where(User.fs_uniquifier == session["tf_user_id"]))
    return user is None or user.has_second_factor


def _without_principal(app: Flask) -> None:
    """Take out the library's own per-request work: access is decided by the gate and `access` alone."""
    hooks = app.before_request_funcs.get(None, [])
    hooks[:] = [hook for hook in hooks if "principal" not in getattr(hook, "__module__", "")]


# ---- what is written down -----------------------------------------------------------------------------------------


def _writer(happened: audit.Event) -> Any:
    """Return what writes an event in the transaction of the act; the library commits it."""

    def write(_app: Flask, user: Any, **_more: Any) -> None:
        note_way_changed(db.session, user, happened, now=now())

    return write


def _code_confirmed(_app: Flask, user: User, **_more: Any) -> None:
    """Write down an app that was set up on the way in; the library says the same of every sign-in with a code."""
    if session.get("tf_state") == "validating_profile":
        note_way_changed(db.session, user, audit.Event.SECOND_FACTOR_SET, now=now())


def _changed(_app: Flask, user: User, **_more: Any) -> None:
    user.passphrase_is_short = passphrases.is_short(request.form.get("new_password", ""))
    links.end_links(db.session, user.id, now=now())
    note_way_changed(db.session, user, audit.Event.PASSPHRASE_CHANGED, now=now())


def _failed(_app: Flask, user: Any, auth_type: str = "", **_more: Any) -> None:
    """Write down what did not fit; the sign-in form writes down its own, of unknown addresses too."""
    if request.endpoint != SIGN_IN:
        note_refusal(user, "passphrase" if auth_type == "password" else auth_type)
