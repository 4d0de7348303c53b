"""Guesses at the doors, as the web sees them: who tries, the page that asks them to wait, and devices that are known."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, NoReturn

from flask import abort, after_this_request, current_app, g, make_response, render_template, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from sqlalchemy.exc import OperationalError

from coachdesk.accounts import guessing
from coachdesk.accounts.rules import (
    DEVICE_ACCOUNTS,
    DEVICE_DAYS,
    Caller,
    account_name,
    minutes_of,
    network_of,
    seconds_of,
)
from coachdesk.db import db, keys, reading_only, writing
from coachdesk.web.house import now

if TYPE_CHECKING:
    from flask import Flask, Response

    from coachdesk.accounts.guessing import Taken
    from coachdesk.accounts.rules import Guess


class Try:
    """A try that is counted as wrong until it is said to be right, or to be none."""

    def __init__(self, taken: Taken) -> None:
        """Keep what was counted."""
        self.taken, self.is_right, self.is_none = taken, False, False

    def was_right(self) -> None:
        """Begin the count anew once the answer is made."""
        self.is_right = True

    def was_none(self) -> None:
        """Take the try back once the answer is made: what was guessed was not even looked at."""
        self.is_none = True


def a_try(guess: Guess, account: str = "") -> Try:
    """Count a try at an account (or at a link) before anything is looked at; while a wait runs, answer with its page.

    Call it before anything is changed: it ends the transaction at hand and counts in short ones of its own, so that
    no lock is held while a passphrase is hashed.
    """
    caller = Caller(account_name(account), network_of(request.remote_addr or ""), _device_of(account))
    db.session.rollback()
    with reading_only():  # whoever must wait costs one query and no lock
        taken = guessing.find_wait(db.session, guess, caller, now=now())
        db.session.rollback()
    if not taken.wait:
        with writing():
            taken = guessing.take(db.session, guess, caller, now=now())
            db.session.commit()
    if taken.wait:
        _ask_to_wait(taken)
    made = Try(taken)
    g.setdefault("tries", []).append(made)
    return made


def know_device(account: str) -> None:
    """Let this device be known for an account that was signed in to just now: strangers' tries cost it no wait."""
    after_this_request(lambda response: _with_device(response, account))


def stand(app: Flask) -> None:
    """Settle what was right after the answer of a request is made and everything of it is committed."""
    app.after_request(_settle)


def _settle(response: Response) -> Response:
    settled = [made for made in g.pop("tries", []) if made.is_right or made.is_none]
    if not settled:
        return response
    db.session.rollback()
    try:
        with writing():
            for made in settled:
                (guessing.forgive if made.is_right else guessing.give_back)(db.session, made.taken, now=now())
            db.session.commit()
    except OperationalError:  # the try stays counted, and the answer is as right as before
        db.session.rollback()
    return response


def _ask_to_wait(taken: Taken) -> NoReturn:
    with reading_only():
        told = guessing.is_told(db.session, taken, now=now())
        db.session.rollback()
    if not told:
        with writing():
            guessing.tell_trail(db.session, taken, now=now())
            db.session.commit()
    page = render_template(
        "errors/429.html",
        minutes=minutes_of(taken.wait),
        email=request.form.get("email"),
        with_passphrase="password" in request.form,
        with_code="code" in request.form,
        state=request.form.get("state"),
        way=request.form.get("next", ""),
        action=request.full_path.rstrip("?"),
    )
    abort(make_response(page, 429, {"Retry-After": str(seconds_of(taken.wait))}))


# ---- known devices ------------------------------------------------------------------------------------------------


class _Signing(SecureCookieSessionInterface):
    """Flask's own signing, under another salt: neither cookie can stand for the other."""

    salt = "known-device"


def _cookie_name() -> str:
    return "__Host-door" if current_app.config["SESSION_COOKIE_SECURE"] else "door"


def _label(account: str) -> str:
    return keys().digest(f"door/{account_name(account)}")[:24]


def _known() -> list[tuple[str, str, float]]:
    """Return the accounts this device is known for, latest last: label, a random name of the device, until when."""
    signing = _Signing().get_signing_serializer(current_app)
    try:
        held = signing.loads(request.cookies.get(_cookie_name(), "")) if signing else []
    except BadSignature:
        return []
    return [(label, name, until) for label, name, until in held if until > now().timestamp()]


def _device_of(account: str) -> str:
    return next((name for label, name, _until in _known() if account and label == _label(account)), "")


def _with_device(response: Response, account: str) -> Response:
    kept, mine = dt.timedelta(days=DEVICE_DAYS), _label(account)
    others = [held for held in _known() if held[0] != mine]
    known = [*others, (mine, _device_of(account) or secrets.token_urlsafe(12), (now() + kept).timestamp())]
    signing = _Signing().get_signing_serializer(current_app)
    response.set_cookie(
        _cookie_name(),
        str(signing.dumps(known[-DEVICE_ACCOUNTS:])) if signing else "",
        max_age=kept,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
