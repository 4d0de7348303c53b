"""Sign-in by Flask-Security over our own account table. With its neighbours the one place where accounts know the web."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import abort, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_security import Security
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.recovery_codes import MfRecoveryForm
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
from wtforms import BooleanField

from coachdesk import audit
from coachdesk.access import Action
from coachdesk.accounts import guarding, passphrases, standing, wording
from coachdesk.accounts.models import Passkey, PlainRole, User
from coachdesk.accounts.rules import HALF_SIGNED_IN, LEAST_PASSPHRASE, Guess, is_own_path, may_have_passkeys
from coachdesk.accounts.second_factor import (
    RECOVERY_CODES,
    Codes,
    Datastore,
    PasskeyAnswerForm,
    PasskeyForm,
    PasskeyRules,
    PasskeySignInForm,
    RecoveryCodes,
)
from coachdesk.db import db
from coachdesk.web.house import is_signed_in, now
from coachdesk.web.room import Declared, declare_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from flask.typing import ResponseReturnValue

SIGN_IN, SIGN_OUT = "security.login", "security.logout"
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
    "security.mf_recovery_codes": _OWN_FRESH,
    "security.wan_register": _OWN_FRESH,
    "security.wan_register_response": _OWN_FRESH,
    "security.wan_delete": _OWN_FRESH,
    "security.change_password": _OWN_FRESH,
    "security.verify": _OWN,
    "security.wan_verify": _OWN,
    "security.wan_verify_response": _OWN,
    "security.two_factor_rescue": _SHUT,  # it would mail a code to whoever reads the mail already
}


class SignInForm(LoginForm):
    """The library's form; an empty box gets its own sentence, and a refusal is written down."""

    remember = None  # type: ignore[assignment]  # the library's cookie that outlives a session is not used
    own = BooleanField()
    missing: Mapping[str, str] = MappingProxyType({})
    """What stands at an empty box; the library would make one sentence of all that is wrong."""

    def validate(self, **kwargs: Any) -> bool:
        """Check address and passphrase; both empty boxes are named at once."""
        sentences = {"email": wording.NO_ADDRESS, "password": wording.NO_PASSPHRASE}
        self.missing = {name: gettext(said) for name, said in sentences.items() if not (self[name].data or "").strip()}
        if self.missing:
            return False
        tried = guarding.a_try(Guess.PASSPHRASE, self.email.data or "")
        fine: bool = super().validate(**kwargs)
        if fine:
            tried.was_right()
            session["own_device"], session["half_at"] = bool(self.own.data), now().timestamp()
        else:
            _refused(self.user, "passphrase")
        return fine


class ChangeForm(ChangePasswordForm):
    """The library's form, with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the boxes as everywhere else."""
        super().__init__(*args, **kwargs)
        self.password.label.text = gettext("Your passphrase now")
        self.new_password.label.text = gettext("New passphrase")
        self.new_password_confirm.label.text = gettext("The new one once more")

    def validate(self, **kwargs: Any) -> bool:
        """Check the passphrase of now as at sign-in; a new one that cannot be is no guess."""
        tried = guarding.a_try(Guess.PASSPHRASE, current_user.email)
        fine: bool = super().validate(**kwargs)
        if fine:
            tried.was_right()
        elif not self.password.errors:
            tried.was_none()
        return fine


class ConfirmForm(VerifyForm):
    """Showing once more who is at the device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.password.label.text = gettext("Passphrase")

    def validate(self, **kwargs: Any) -> bool:
        """Check the passphrase; who has none gets a link instead."""
        tried = guarding.a_try(Guess.PASSPHRASE, self.user.email)
        fine: bool = bool(self.user.password) and super().validate(**kwargs)
        if fine:
            tried.was_right()
        return fine


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.code.label.text = gettext("Code")

    def validate(self, **kwargs: Any) -> bool:
        """Take a code however it was spaced."""
        self.code.data = "".join((self.code.data or "").split())
        tried = guarding.a_try(Guess.CODE, self.user.email) if self.user else None
        fine: bool = super().validate(**kwargs)
        if fine and tried:
            tried.was_right()
        return fine


class RecoveryForm(MfRecoveryForm):
    """A recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.code.label.text = gettext("Spare code")

    def validate(self, **kwargs: Any) -> bool:
        """Check the code; the library tells nobody of a wrong one."""
        tried = guarding.a_try(Guess.RECOVERY_CODE, self.user.email) if self.user else None
        fine: bool = super().validate(**kwargs)
        if fine and tried:
            tried.was_right()
        elif self.user is not None:
            _refused(self.user, "recovery code")
        return fine


def install(app: Flask, secret_salt: str) -> None:
    """Give an application its ways in and out, and tell the gate about their endpoints."""
    app.config.update(_settings(app, secret_salt), **wording.settings())
    security = Security(
        app,
        Datastore(db, User, PlainRole, Passkey),
        login_form=SignInForm,
        change_password_form=ChangeForm,
        verify_form=ConfirmForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        wan_register_form=PasskeyForm,
        wan_signin_form=PasskeySignInForm,
        wan_signin_response_form=PasskeyAnswerForm,
        password_util_cls=passphrases.Passphrases,
        totp_cls=Codes,
        mf_recovery_codes_util_cls=RecoveryCodes,
        webauthn_util_cls=PasskeyRules,
    )
    security.pwd_context = passphrases.Unlocked(security.pwd_context)
    host = urlsplit(house_of(app).settings.base_url).hostname or ""
    app.jinja_env.globals["passkeys_work"] = may_have_passkeys(host)
    _without_principal(app)
    for endpoint, declared in ENDPOINTS.items():
        declare_endpoint(app, endpoint, declared)
    app.before_request(_forms_alone)
    app.before_request(_drop_foreign_ways)
    app.before_request(_keep_order)
    standing.install(app)
    guarding.stand(app)
    for signal, happened in {
        tf_code_confirmed: audit.Event.SECOND_FACTOR_SET,
        tf_profile_changed: audit.Event.SECOND_FACTOR_SET,
        tf_disabled: audit.Event.SECOND_FACTOR_REMOVED,
        wan_registered: audit.Event.PASSKEY_ADDED,
        wan_deleted: audit.Event.PASSKEY_REMOVED,
    }.items():
        signal.connect(_writer(happened), app, weak=False)
    password_changed.connect(_changed, app)
    user_failed_authn.connect(_failed, app)


def _settings(app: Flask, secret_salt: str) -> dict[str, Any]:
    host = (urlsplit(house_of(app).settings.base_url).hostname or "").replace(":", ".")  # no colon may stand in a name
    return {
        "SECURITY_PASSWORD_SALT": secret_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_LENGTH_MIN": LEAST_PASSPHRASE,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_LOGOUT_CSRF": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/account/passphrase",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_POST_VERIFY_VIEW": "/account",
        "SECURITY_UNAUTHORIZED_VIEW": "/sign-in",
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_DATETIME_FACTORY": house_of(app).clock.now,
        # The gate asks for freshness, by the session's row and the house's clock; the library's own never ends.
        "SECURITY_FRESHNESS": dt.timedelta(days=36_500),
        "SECURITY_FRESHNESS_GRACE_PERIOD": dt.timedelta(days=36_500),
        "SECURITY_VERIFY_URL": "/account/confirm",
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_REQUIRED": not house_of(app).settings.demo,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {
            "code": "flask_security.twofactor.CodeTfPlugin",
            "webauthn": "coachdesk.accounts.second_factor.PasskeyPlugin",
        },
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/way",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account/spare-codes",
        "SECURITY_TOTP_SECRETS": {"1": _derived(app, "authenticator")},
        "SECURITY_TOTP_ISSUER": host,  # what stands on somebody's phone says nothing of what this is
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/spare-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/spare-code",
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": host,
        "SECURITY_WAN_REGISTER_URL": "/account/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/passkeys/removal",
        "SECURITY_WAN_SIGNIN_URL": "/sign-in/passkey",
        "SECURITY_WAN_VERIFY_URL": "/account/confirm/passkey",
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_NAME_ALLOWED_CHARS": None,
        "SECURITY_LOGIN_USER_TEMPLATE": "accounts/sign_in.html",
        "SECURITY_LOGOUT_USER_TEMPLATE": "accounts/sign_out.html",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "accounts/change_passphrase.html",
        "SECURITY_VERIFY_TEMPLATE": "accounts/confirm.html",
        "SECURITY_WAN_VERIFY_TEMPLATE": "accounts/confirm_passkey.html",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "accounts/second_factor.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "accounts/code.html",
        "SECURITY_TWO_FACTOR_SELECT_TEMPLATE": "accounts/way.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "accounts/recovery_code.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "accounts/recovery_codes.html",
        "SECURITY_WAN_REGISTER_TEMPLATE": "accounts/passkeys.html",
        "SECURITY_WAN_SIGNIN_TEMPLATE": "accounts/passkey_sign_in.html",
    }


def house_of(app: Flask) -> Any:
    """Return the joined parts of an application that is being built."""
    return app.extensions["coachdesk"]


def _derived(app: Flask, purpose: str) -> str:
    """Return a secret of its own for one purpose; the column it seals is encrypted with the key ring besides."""
    secret = house_of(app).settings.keys.digest.encode()
    return hmac.new(secret, f"coachdesk:{purpose}".encode(), hashlib.sha256).hexdigest()


# ---- before a request of the library's ----------------------------------------------------------------------------


def _is_library() -> bool:
    return (request.endpoint or "").startswith("security.")


def _forms_alone() -> None:
    """Refuse what is no form at the library's pages: nobody is asked to sign in by program."""
    if _is_library() and (request.is_json or request.accept_mimetypes.best == "application/json"):
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
    if _is_library() and "tf_user_id" in session:
        waited = now().timestamp() - session.get("half_at", 0)
        if waited > HALF_SIGNED_IN.total_seconds():
            tf_clean_session()
    return None


def _without_principal(app: Flask) -> None:
    """Take out the library's own per-request work: access is decided by the gate and `access` alone."""
    hooks = app.before_request_funcs.get(None, [])
    hooks[:] = [hook for hook in hooks if "principal" not in getattr(hook, "__module__", "")]


# ---- what is written down -----------------------------------------------------------------------------------------


def _write(happened: audit.Event, user: Any, **detail: Any) -> None:
    audit.record(
        db.session, user.identity, happened, subject=("user_account", user.id), detail=detail or None, now=now()
    )


def _writer(happened: audit.Event) -> Any:
    """Return what writes an event in the transaction of the act; the library commits it."""

    def write(_app: Flask, user: Any, **_more: Any) -> None:
        _write(happened, user)

    return write


def _changed(_app: Flask, user: User, **_more: Any) -> None:
    user.passphrase_is_short = passphrases.is_short(request.form.get("new_password", ""))
    _write(audit.Event.PASSPHRASE_CHANGED, user)


def _failed(_app: Flask, user: Any, auth_type: str = "", **_more: Any) -> None:
    """Write down what did not fit; the sign-in form writes down its own, of unknown addresses too."""
    if request.endpoint != SIGN_IN:
        _refused(user, "passphrase" if auth_type == "password" else auth_type)


def _refused(user: Any, by: str) -> None:
    subject = ("user_account", user.id) if user else None
    reader = current_user.identity if current_user and current_user.is_authenticated else None
    audit.record(db.session, reader, audit.Event.SIGN_IN_REFUSED, subject=subject, detail={"by": by}, now=now())
    db.session.commit()
