"""Sign-in by Flask-Security over our own account table. The one place where accounts know the web."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, request, session
from flask_babel import gettext
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
from flask_security.forms import ChangePasswordForm, LoginForm
from flask_security.password_util import PasswordUtil
from flask_security.signals import password_changed
from werkzeug.datastructures import ImmutableMultiDict

from coachdesk import audit
from coachdesk.access import Action
from coachdesk.accounts import guarding
from coachdesk.accounts.models import PlainRole, User
from coachdesk.accounts.rules import LEAST_PASSPHRASE, MOST_PASSPHRASE, Guess, is_own_path
from coachdesk.db import db, writing
from coachdesk.web.flashing import tell
from coachdesk.web.house import house
from coachdesk.web.room import Declared, declare_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

_SHORT = f"Use at least {LEAST_PASSPHRASE} characters. Four or five plain words make a good one."
_LONG = f"Use at most {MOST_PASSPHRASE} characters."
_NO_ADDRESS, _NO_PASSPHRASE = "Write your e-mail address.", "Write your passphrase."
SIGN_IN, SIGN_OUT, CHANGE = "security.login", "security.logout", "security.change_password"


class Passphrases(PasswordUtil):
    """What a passphrase may be, in our own sentences; the library's own check ends at 128 characters."""

    def validate(self, password: str, *_given: Any, **_more: Any) -> tuple[list[str] | None, str]:
        """Return what is wrong, if anything, and the passphrase as it is hashed and compared (NFKD)."""
        normal: str = self.normalize(password)
        if len(normal.strip()) < LEAST_PASSPHRASE:
            return [_SHORT], normal
        return ([_LONG] if len(normal) > MOST_PASSPHRASE else None), normal


class SignInForm(LoginForm):
    """The library's form; an empty box gets its own sentence, and a refusal is written down."""

    missing: Mapping[str, str] = MappingProxyType({})
    """What stands at an empty box; the library would make one sentence of all that is wrong."""

    def validate(self, **kwargs: Any) -> bool:
        """Check address and passphrase; both empty boxes are named at once."""
        sentences = {"email": _NO_ADDRESS, "password": _NO_PASSPHRASE}
        self.missing = {name: said for name, said in sentences.items() if not (self[name].data or "").strip()}
        if self.missing:
            return False
        tried = guarding.a_try(Guess.PASSPHRASE, self.email.data or "")
        fine: bool = super().validate(**kwargs)
        if fine:
            tried.was_right()
        else:
            known = self.user.id if self.user else None
            db.session.rollback()
            with writing():
                subject = ("user_account", known) if known else None
                audit.record(db.session, None, audit.Event.SIGN_IN_REFUSED, subject=subject, now=house().clock.now())
                db.session.commit()
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


def install(app: Flask, secret_salt: str) -> None:
    """Give an application sign-in, sign-out and change of passphrase, and tell the gate about their endpoints."""
    app.config.update(
        SECURITY_PASSWORD_SALT=secret_salt,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=LEAST_PASSPHRASE,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGOUT_CSRF=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_URL="/account/passphrase",
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_UNAUTHORIZED_VIEW="/sign-in",
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_FRESHNESS=timedelta(minutes=-1),
        SECURITY_LOGIN_USER_TEMPLATE="accounts/sign_in.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="accounts/change_passphrase.html",
    )
    _own_words(app)
    Security(
        app,
        SQLAlchemyUserDatastore(db, User, PlainRole),
        login_form=SignInForm,
        change_password_form=ChangeForm,
        password_util_cls=Passphrases,
    )
    _without_principal(app)
    for endpoint, declared in {
        SIGN_IN: Declared(public=True),
        SIGN_OUT: Declared(public=True),
        CHANGE: Declared(Action.ACCOUNT_OWN),
    }.items():
        declare_endpoint(app, endpoint, declared)
    guarding.stand(app)
    app.before_request(_forms_alone)
    app.before_request(_drop_foreign_ways)
    user_logged_in.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    password_changed.connect(_changed, app)


def _own_words(app: Flask) -> None:
    """Replace the library's sentences by ours: the same answer for a wrong name and a wrong passphrase."""
    try_again = "That e-mail and passphrase do not go together. Have another look, then try again."
    for key in (
        "GENERIC_AUTHN_FAILED",
        "USER_DOES_NOT_EXIST",
        "INVALID_PASSWORD",
        "PASSWORD_NOT_SET",
        "DISABLED_ACCOUNT",
    ):
        app.config[f"SECURITY_MSG_{key}"] = (try_again, "error")
    app.config["SECURITY_MSG_EMAIL_NOT_PROVIDED"] = (_NO_ADDRESS, "error")
    app.config["SECURITY_MSG_INVALID_EMAIL_ADDRESS"] = (try_again, "error")
    app.config["SECURITY_MSG_PASSWORD_NOT_PROVIDED"] = (_NO_PASSPHRASE, "error")
    app.config["SECURITY_MSG_PASSWORD_MISMATCH"] = ("The two do not match. Write the same one twice.", "error")
    app.config["SECURITY_MSG_RETYPE_PASSWORD_MISMATCH"] = ("The two do not match. Write the same one twice.", "error")
    app.config["SECURITY_MSG_PASSWORD_IS_THE_SAME"] = ("That is the one you have now. Choose another.", "error")
    app.config["SECURITY_MSG_UNAUTHENTICATED"] = ("", "info")


def _forms_alone() -> None:
    """Refuse what is no form at the library's pages: nobody is asked to sign in by program."""
    if (request.endpoint or "").startswith("security.") and request.is_json:
        abort(400)


def _drop_foreign_ways() -> None:
    """Let go of a `next` that does not lead to a page of ours, so that signing in simply leads home."""
    if request.endpoint != SIGN_IN:
        return
    for place in ("args", "form"):
        given = getattr(request, place)
        if "next" in given and not is_own_path(given["next"]):
            kept = [(name, value) for name, value in given.items(multi=True) if name != "next"]
            setattr(request, place, ImmutableMultiDict(kept))


def _without_principal(app: Flask) -> None:
    """Take out the library's own per-request work: access is decided by the gate and `access` alone."""
    hooks = app.before_request_funcs.get(None, [])
    hooks[:] = [hook for hook in hooks if "principal" not in getattr(hook, "__module__", "")]


def _write(happened: audit.Event, user: Any) -> None:
    db.session.rollback()
    with writing():
        audit.record(db.session, user.identity, happened, subject=("user_account", user.id), now=house().clock.now())
        db.session.commit()


def _signed_in(_app: Flask, user: User, **_kw: Any) -> None:
    if request.endpoint == CHANGE:
        return  # the library signs its reader in again; the change is not committed yet
    session["began"] = session["seen"] = house().clock.now().timestamp()
    guarding.know_device(user.email)
    _write(audit.Event.SIGNED_IN, user)


def _signed_out(_app: Flask, user: Any, **_kw: Any) -> None:
    if isinstance(user, User) or hasattr(user, "identity"):
        _write(audit.Event.SIGNED_OUT, user)


def _changed(_app: Flask, user: User, **_kw: Any) -> None:
    audit.record(
        db.session,
        user.identity,
        audit.Event.PASSPHRASE_CHANGED,
        subject=("user_account", user.id),
        now=house().clock.now(),
    )
    tell(None, gettext("Your passphrase is changed."))


def hashed(passphrase: str) -> str:
    """Hash a passphrase (argon2id, about a tenth of a second); call it outside a transaction that writes."""
    # As sign-in compares it: the same word typed on another keyboard may be other bytes.
    found: str = hash_password(current_app.extensions["security"].password_util.normalize(passphrase))
    return found


def faults_of(passphrase: str) -> list[str]:
    """Return what is wrong with a passphrase, in sentences; nothing where it may be used."""
    found, _same = current_app.extensions["security"].password_util.validate(passphrase, True)  # noqa: FBT003
    return [str(sentence) for sentence in found or []]
