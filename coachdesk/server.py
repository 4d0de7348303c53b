"""The web server: gunicorn set up from our own settings, with no name of its own, no echo and no log of addresses."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi

from coachdesk.db import db
from coachdesk.web.headers import BARE

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from coachdesk.config import Settings

PATIENCE = 10
"""Seconds a request may still take when the server is told to stop."""
LONGEST_LINE, MOST_HEADERS, LONGEST_HEADER = 4094, 60, 8190
"""Bytes of a request's first line; headers; bytes of one."""


def serve_web(make_app: Callable[[], Flask], settings: Settings) -> None:
    """Serve the application until told to stop: a few processes of a few threads each (gunicorn)."""
    wsgi.Response = _Nameless  # the library asks for it by this name; there is no setting
    util.write_error = _answer_plainly
    _Server(make_app, settings).run()


class _Server(BaseApplication):
    """Gunicorn set up from our own settings; it reads no file and no environment of its own."""

    def __init__(self, make_app: Callable[[], Flask], settings: Settings) -> None:
        self._make_app, self._settings = make_app, settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in server_options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def server_options(settings: Settings) -> dict[str, Any]:
    """Return what the web server is told. There is no access log: addresses may hold a name that was looked for."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "worker_class": "gthread",
        "workers": settings.workers,
        "threads": settings.threads,
        "preload_app": True,
        "post_fork": _forget_connections,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 (a slow disk stops no worker)
        "graceful_timeout": PATIENCE,
        "accesslog": None,
        "errorlog": "-",
        "logger_class": _Ours,
        "loglevel": "warning" if settings.log == "info" else settings.log,
        "control_socket_disable": True,
        "proc_name": "coachdesk",
        "limit_request_line": LONGEST_LINE,
        "limit_request_fields": MOST_HEADERS,
        "limit_request_field_size": LONGEST_HEADER,
        # Which proxies are believed is decided in one place, the factory; by itself the server believes 127.0.0.1.
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "header_map": "drop",
    }


def _forget_connections(_server: Any, worker: Any) -> None:
    """Leave the parent's database connections to the parent: two processes on one connection garble both."""
    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)


class _Nameless(wsgi.Response):  # type: ignore[misc, name-defined, unused-ignore]
    """An answer that does not say which server gives it."""

    def default_headers(self) -> list[str]:
        """Return the server's own headers without its name."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class _Ours(Logger):  # type: ignore[misc, unused-ignore]
    """The server's lines go the way of all others."""

    def setup(self, cfg: Any) -> None:
        """Let the lines pass on to the one handler there is."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        self.access_log.setLevel(logging.CRITICAL)


def _answer_plainly(sock: Any, status: int, reason: str, _why: str) -> None:
    """Answer what is no request at all; nothing of it is repeated."""
    body = f"<!doctype html><html lang=en><title>{reason}</title><h1>{reason}</h1>\n"
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in BARE.items()),
    ]
    with suppress(OSError):
        util.write_nonblock(sock, ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin1"))
