"""Refusals and faults as pages: a sentence that says what to do next, and nothing of any record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from coachdesk.access import Role
from coachdesk.db import db
from coachdesk.logs import trouble
from coachdesk.web.door import WrongAddress
from coachdesk.web.headers import nonce
from coachdesk.web.house import house, is_signed_in, who
from coachdesk.web.request import request_id
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

log = structlog.get_logger()
_PAGES = frozenset({400, 404, 409, 413, 429, 500, 503})
_BUSY_SECONDS = "5"
_TOLD = 8
"""Letters of the request's random name that a reader is asked to repeat; the log holds the whole."""


def hang(app: Flask) -> None:
    """Answer every refusal and fault of an application with a page of ours."""
    app.register_error_handler(NotFound, lambda _error: _not_found())
    app.register_error_handler(WrongAddress, lambda _error: _page(400, "address"))
    app.register_error_handler(CSRFError, lambda _error: _page(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(500, _fault)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:  # noqa: PLR2004
        return error.get_response()
    if error.code in (401, 403, 404, 405, 410):
        return _not_found()
    code = error.code
    return _page(code if code in _PAGES else 400)


def _fault(error: InternalServerError) -> ResponseReturnValue:
    """Answer what nobody foresaw; a database that goes away while the answer leaves is busy, as it is before that."""
    if isinstance(error.original_exception, OperationalError):
        return _busy(error.original_exception)
    return _page(500)


def _busy(error: OperationalError) -> ResponseReturnValue:
    log.warning("database busy", id=request_id(), route=request.endpoint or "", trouble=trouble(error))
    body, status = _page(503)
    return body, status, {"Retry-After": _BUSY_SECONDS}


def _not_found() -> ResponseReturnValue:
    """Answer within the reader's own pages, so that a person keeps the way out and the lines for help."""
    if not is_signed_in():
        return _page(404)
    db.session.rollback()
    words = house().words_sent() if request.method == "POST" else []
    layout = "layout_portal.html" if who().role is Role.CLIENT else "layout.html"
    return render_template("errors/404.html", layout=layout, words=words), 404


def _page(code: int, name: str = "") -> tuple[str, int]:
    db.session.rollback()
    # Without what other pages know: that asks the database, which may be what is not answering.
    page = current_app.jinja_env.get_template(f"errors/{name or code}.html")
    return page.render(csp_nonce=nonce(), number=request_id()[:_TOLD], home=f"{house().settings.base_url}/"), code
