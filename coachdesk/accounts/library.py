"""How the sign-in library is set: what of it is on, under which addresses, with which pages and words."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask_login import current_user

from coachdesk.accounts import passphrases, wording
from coachdesk.accounts.rules import LEAST_PASSPHRASE, may_have_passkeys
from coachdesk.accounts.second_factor import RECOVERY_CODES

if TYPE_CHECKING:
    from flask import Flask


def configure(app: Flask, secret_salt: str) -> None:
    """Set the library, and tell templates whether passkeys can be made at this address."""
    app.config.update(_settings(app, secret_salt), **wording.settings())
    app.jinja_env.globals |= {
        "passkeys_work": may_have_passkeys(_host_of(app)),
        "least_passphrase": lambda: passphrases.least_for(current_user),
    }


def _settings(app: Flask, secret_salt: str) -> dict[str, Any]:
    host = _host_of(app).replace(":", ".")  # no colon may stand in a name
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
        "SECURITY_DATETIME_FACTORY": _house_of(app).clock.now,
        # The gate asks for freshness, by the session's row and the house's clock; the library's own never ends.
        "SECURITY_FRESHNESS": dt.timedelta(days=36_500),
        "SECURITY_FRESHNESS_GRACE_PERIOD": dt.timedelta(days=36_500),
        "SECURITY_VERIFY_URL": "/account/confirm",
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_REQUIRED": not _house_of(app).settings.demo,
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


def _house_of(app: Flask) -> Any:
    """Return the joined parts of an application that is being built."""
    return app.extensions["coachdesk"]


def _host_of(app: Flask) -> str:
    return urlsplit(_house_of(app).settings.base_url).hostname or ""


def _derived(app: Flask, purpose: str) -> str:
    """Return a secret of its own for one purpose; the column it seals is encrypted with the key ring besides."""
    secret = _house_of(app).settings.keys.digest.encode()
    return hmac.new(secret, f"coachdesk:{purpose}".encode(), hashlib.sha256).hexdigest()
