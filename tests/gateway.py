"""A real gateway on the loopback: it answers as told and keeps what it took, as Apprise's own `json://` sends it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from coachdesk.organisation import ways
from tests.cast import MONDAY

if TYPE_CHECKING:
    import uuid

    from tests.cast import Cast


class Gateway:
    """It takes what is posted; `answers` is the status, `says` the body, `waits` holds an answer back."""

    def __init__(self) -> None:
        self.took: list[dict[str, Any]] = []
        self.asked = 0
        self.answers, self.says = 200, b"{}"
        self.waits = threading.Event()
        self.waits.set()
        whole = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                whole.asked += 1
                whole.waits.wait(20)
                if whole.answers < 300:
                    whole.took.append({"path": self.path, **json.loads(body)})
                self.send_response(whole.answers)
                self.send_header("Content-Length", str(len(whole.says)))
                self.end_headers()
                self.wfile.write(whole.says)

            def log_message(self, *_said: object) -> None:
                """Say nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/send?:to={{to}}"

    @property
    def room_url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/room"

    def close(self) -> None:
        self.waits.set()
        self.server.shutdown()
        self.server.server_close()


def add_way(session: Any, cast: Cast, url: str = "jsons://sms.example.org/{to}", kind: str = "text") -> uuid.UUID:
    """Add a gateway as the administrator and return its id."""
    made = ways.add_way(session, cast.admin, kind=kind, label="Our gateway", url=url, now=MONDAY, here=True)
    session.commit()
    return made.id
