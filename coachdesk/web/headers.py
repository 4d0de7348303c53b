"""The headers of every answer: a strict content policy with a nonce, nothing kept by the browser, nothing leaked."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import current_app, g, request

if TYPE_CHECKING:
    from flask import Flask, Response

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer every POST over TLS would fail its CSRF check
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
_NOTHING = "default-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'"
BARE = {**_FIXED, "Content-Security-Policy": f"{_NOTHING}; form-action 'none'", "Cache-Control": "no-store"}
"""For an answer that the web server gives by itself."""
_A_YEAR = "public, max-age=31536000, immutable"
_HSTS = "max-age=31536000; includeSubDomains"
_KEEPABLE = frozenset({200, 206, 304})


def nonce() -> str:
    """Return this answer's nonce for its script tags."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def attach(app: Flask) -> None:
    """Set the headers on every answer of an application, refusals included."""

    @app.after_request
    def _set(response: Response) -> Response:
        for name, value in _FIXED.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = (
            f"{_NOTHING}; script-src 'nonce-{nonce()}'; style-src 'self'; img-src 'self'; "
            "connect-src 'self'; form-action 'self'"
        )
        if current_app.config["PREFERRED_URL_SCHEME"] == "https":
            response.headers["Strict-Transport-Security"] = _HSTS
        if not _may_be_kept(response):
            response.headers["Cache-Control"] = "no-store"
        elif "v" in request.args:
            response.headers["Cache-Control"] = _A_YEAR
        return response


def _may_be_kept(response: Response) -> bool:
    return request.endpoint == "static" and request.method in ("GET", "HEAD") and response.status_code in _KEEPABLE
