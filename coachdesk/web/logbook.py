"""One line in the log for each request: which page, by what kind of reader, how it went. Never the address itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, g, request

from coachdesk.logs import trouble
from coachdesk.web.request import request_id

if TYPE_CHECKING:
    from types import TracebackType

    from flask import Response


log = structlog.get_logger()
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})
NOBODY = "nobody"


class Application(Flask):
    """An application whose log tells what went wrong and where, and nothing of what anybody wrote."""

    def request_context(self, environ: Any) -> Any:
        """Note when the request began."""
        environ["coachdesk.began"] = time.monotonic()
        return super().request_context(environ)

    def log_exception(self, *given: Any) -> None:
        """Log a fault by its type and the places it passed; its message may repeat what was written."""
        log.error("fault", id=request_id(), route=request.endpoint or "", trouble=trouble(_error_of(given)))


def _error_of(given: tuple[Any, ...]) -> BaseException | None:
    found: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] = given[-1]
    return found[1]


def attach(app: Flask) -> None:
    """Write a line for every answer of an application. To be attached first, so that it speaks last."""

    @app.after_request
    def _line(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        log.info(
            "request",
            id=request_id(),
            method=request.method if request.method in _METHODS else "other",
            route=request.endpoint or "",
            status=response.status_code,
            ms=round((time.monotonic() - request.environ["coachdesk.began"]) * 1000),
            role=g.get("role", NOBODY),
        )
        return response
