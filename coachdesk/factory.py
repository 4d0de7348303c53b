"""The one place where the parts are joined: settings, database, gate, sign-in, rooms, and what templates know."""

from __future__ import annotations

import hashlib
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import has_request_context, session, url_for
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from coachdesk import furnishing
from coachdesk.access import belt
from coachdesk.accounts import signing_in
from coachdesk.clock import Clock, SystemClock
from coachdesk.config import bundled
from coachdesk.db import KeyRing, db, install_keys, keys, prepare_engine
from coachdesk.drafts import keeping
from coachdesk.keycheck import hold_keys
from coachdesk.organisation import service as organisation
from coachdesk.web import House, door, errors, filters, flashing, gate, headers, health, logbook, reads
from coachdesk.web.request import Request
from coachdesk.web.room import Declared, declare_endpoint

if TYPE_CHECKING:
    from flask import Flask, Response

    from coachdesk.config import Settings

MOST_BYTES = 4 * 1024 * 1024
"""A form of a megabyte of text still reaches its page, so that nothing typed is lost; more is a mistake."""


def create_app(settings: Settings, *, clock: Clock | None = None, testing: bool = False) -> Flask:
    """Build the application from checked settings."""
    app = logbook.Application(
        "coachdesk", static_folder=str(Path(__file__).parent / "static"), template_folder=str(bundled("templates"))
    )
    app.request_class = Request
    _configure(app, settings, testing=testing)
    app.extensions["coachdesk"] = House(
        clock=clock or SystemClock(),
        settings=settings,
        find_zone=lambda: organisation.find_zone(db.session),
        keep_unsent=keeping.keep_unsent,
        find_unsent=keeping.find_unsent,
        forget_sent=keeping.forget_sent,
        clear_draft=keeping.clear_saved,
        find_draft=keeping.find_for,
        words_sent=keeping.words_sent,
        mail_is_set_up=bool(settings.smtp_url),
    )
    _open_database(app, settings)
    logbook.attach(app)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]
    door.stand(app, settings.base_url)
    Babel(app, default_locale="en")
    CSRFProtect(app)
    gate.stand(app)
    signing_in.install(app, settings.keys.salt)
    declare_endpoint(app, "static", Declared(public=True))
    app.register_blueprint(health.room)
    furnishing.furnish(app)
    app.after_request(_remember_nobody)
    app.after_request(flashing.keep_few)
    _hang_templates(app, strict=testing or settings.demo)
    reads.attach(app)
    headers.attach(app)
    errors.hang(app)
    with app.app_context():
        hold_to_keys(app)
    return app


def _configure(app: Flask, settings: Settings, *, testing: bool) -> None:
    base = urlsplit(settings.base_url)
    secure = base.scheme == "https"
    app.config.update(
        TESTING=testing,
        SECRET_KEY=settings.keys.session,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        MAX_FORM_PARTS=500,
        SERVER_NAME=base.netloc,
        TRUSTED_HOSTS=None if "[" in base.netloc else [base.netloc],  # the library knows no such address; the door does
        PREFERRED_URL_SCHEME=base.scheme,
        SESSION_COOKIE_NAME="__Host-desk" if secure else "desk",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_TIMEZONE="UTC",
    )


def _remember_nobody(response: Response) -> Response:
    """Let the sign-in library hand out no year-long cookie beside the session, whatever its form was sent."""
    if session.get("_remember") == "set":
        session.pop("_remember")
    return response


def _engine_options(url: str) -> dict[str, Any]:
    quiet = {"hide_parameters": True}  # what was written stands in no exception
    if url.startswith("postgresql"):
        return {**quiet, "pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}
    return {**quiet, "pool_size": 10, "max_overflow": 5}


def _open_database(app: Flask, settings: Settings) -> None:
    install_keys(KeyRing(settings.keys.fernet, settings.keys.digest, path=settings.keys.fernet_file))
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    if app.testing:
        belt.fasten(db.session, has_request_context)
    Migrate(app, db, directory=str(bundled("migrations")), render_as_batch=True)


def hold_to_keys(app: Flask) -> None:
    """Refuse keys that are not the database's own, and note them the first time; asked again after a migration."""
    house = app.extensions["coachdesk"]
    hold_keys(db.engine, keys(), house.settings, now=house.clock.now())


def _hang_templates(app: Flask, *, strict: bool) -> None:
    if strict:
        app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    filters.hang(app)
    app.context_processor(furnishing.what_templates_know)
    app.jinja_env.globals |= {"asset": asset, "form_key": uuid.uuid4, "keeping": keeping.keeping}


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file, with its fingerprint, so that it may be kept for a year."""
    return url_for("static", filename=name, v=_fingerprint(str(Path(__file__).parent / "static" / name)))
