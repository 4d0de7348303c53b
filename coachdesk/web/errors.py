"""Refusals and faults as pages: a sentence that says what to do next, and nothing of any record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from coachdesk.db import db
from coachdesk.web.headers import nonce
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

_PAGES = frozenset({400, 404, 409, 413, 429, 500, 503})
_BUSY_SECONDS = "5"


def hang(app: Flask) -> None:
    """Answer every refusal and fault of an application with a page of ours."""
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(CSRFError, lambda _error: _page(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(500, lambda _error: _page(500))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:  # noqa: PLR2004
        return error.get_response()
    code = 404 if error.code in (401, 403, 405, 410) else error.code
    return _page(code if code in _PAGES else 400)


def _busy(_error: OperationalError) -> ResponseReturnValue:
    body, status = _page(503)
    return body, status, {"Retry-After": _BUSY_SECONDS}


def _page(code: int) -> tuple[str, int]:
    db.session.rollback()
    # Without what other pages know: that asks the database, which may be what is not answering.
    page = current_app.jinja_env.get_template(f"errors/{code}.html")
    return page.render(csp_nonce=nonce()), code
