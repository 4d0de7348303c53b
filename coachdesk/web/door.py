"""The front door: only what was sent to our own address comes in, and nothing a stranger says of our address is heard.

Links are made from the base address alone; a request that names another host is answered with a page that repeats
nothing of it, whatever it asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from flask import request
from werkzeug.exceptions import BadRequest

from coachdesk.config import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

_FOREIGN = "coachdesk.foreign"
_PORTS = {"http": 80, "https": 443}
_UNHEARD = ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED")


class WrongAddress(BadRequest):
    """The request was meant for another host, or says so."""


class Door:
    """Stands before the application (WSGI) and marks what is not for this house; its host is never seen further in."""

    def __init__(self, app: Callable[..., Iterable[bytes]], base_url: str) -> None:
        """Take the application and the address people open."""
        base = urlsplit(base_url)
        self._app, self._netloc, self._hosts = app, base.netloc.lower(), hosts_of(base)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let a request in; a foreign one as if it were ours, so that `refuse_foreign` answers it."""
        environ[_FOREIGN] = not all(host.strip().lower() in self._hosts for host in _named(environ))
        environ["HTTP_HOST"] = self._netloc
        for name in _UNHEARD:
            environ.pop(name, None)
        for name in ("RAW_URI", "REQUEST_URI"):
            if name in environ:
                environ[name] = environ.get("PATH_INFO", "/")
        return self._app(environ, start_response)


def hosts_of(base: SplitResult) -> frozenset[str]:
    """Return how the base address may be written as a host; on this machine alone, by any of the machine's names."""
    port = base.port or _PORTS[base.scheme]
    names = LOOPBACK if base.hostname in LOOPBACK else {base.hostname or ""}
    written = {f"[{name}]" if ":" in name else name for name in names}
    ports = {f":{port}"} | ({""} if port == _PORTS[base.scheme] else set())
    return frozenset(f"{name}{end}".lower() for name in written for end in ports)


def stand(app: Flask, base_url: str) -> None:
    """Put the door before an application; it refuses before anything else is asked."""
    app.before_request(_refuse_foreign)
    app.wsgi_app = Door(app.wsgi_app, base_url)  # type: ignore[method-assign]


def _refuse_foreign() -> None:
    if request.environ.get(_FOREIGN):
        raise WrongAddress


def _named(environ: dict[str, Any]) -> list[str]:
    """Return every host a request names: its Host, the address on its first line, and what a proxy may have added."""
    named = [environ.get("HTTP_HOST", "")]
    line = environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/"
    if not line.startswith("/") and line != "*":
        named.append(line.partition("://")[2].partition("/")[0])
    if "HTTP_X_FORWARDED_HOST" in environ:
        named += environ["HTTP_X_FORWARDED_HOST"].split(",")
    for part in environ.get("HTTP_FORWARDED", "").replace(",", ";").split(";"):
        name, _is, value = part.partition("=")
        if name.strip().lower() == "host":
            named.append(value.strip().strip('"'))
    return named
