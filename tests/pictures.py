"""Draw pictures of the demo's pages: `python -m tests.pictures [folder]` (a browser is needed).

Pictures of each role's first page go to docs/pictures for the README. With a folder given, every page that a reader
comes to by links is drawn: three widths, by day and by night, and printed on A4 and Letter.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flask_migrate import upgrade
from playwright.sync_api import sync_playwright
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from coachdesk.config import bundled, load
from coachdesk.demo import PASSPHRASE, make_demo
from coachdesk.factory import create_app
from tests.chromium import FLAGS, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from playwright.sync_api import Page

DOCS = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTHS = {320: 700, 390: 844, 1280: 900}
DOCS_WIDTHS = (390, 1280)
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEADS_OUT = {"accounts.leave", "admin.export_trail", "desk.import_template", "static"}
"""No pages: one ends the session, the others are files."""
FIRST = {
    "coach": ("dana", "/today"),
    "supervisor": ("ruth", "/team"),
    "person": ("marcus", "/my-goals"),
    "administrator": ("admin", "/admin/accounts"),
}


def main(folder: Path | None) -> None:
    """Serve a fresh demo on the loopback and take the pictures."""
    with tempfile.TemporaryDirectory() as place:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            port = int(door.getsockname()[1])
        app = create_app(load({"COACHDESK_INSTANCE": place, "PORT": str(port)}, demo=True))
        with app.app_context():
            upgrade(directory=str(bundled("migrations")))
            make_demo(app)
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            _take(app, f"http://127.0.0.1:{port}", folder)
        finally:
            server.shutdown()


def _take(app: Flask, base: str, folder: Path | None) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for role, (name, first) in FIRST.items():
            page = browser.new_context(reduced_motion="reduce").new_page()
            page.goto(f"{base}/sign-in")
            page.fill("#email", f"{name}@demo.example")
            page.fill("#password", PASSPHRASE)
            page.click("main form button")
            page.goto(base + first)
            if folder is None:
                for width in DOCS_WIDTHS:
                    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
                    page.screenshot(path=DOCS / f"{role}-{width}.png")
                continue
            for title, path in _pages(app, page, base, first):
                page.goto(base + path)
                _draw(page, folder, f"{role}-{title}")
        browser.close()


def _draw(page: Page, folder: Path, title: str) -> None:
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for light in LIGHTS:
            page.emulate_media(color_scheme=light)
            page.screenshot(path=folder / f"{title}-{width}-{light}.png", full_page=True)
    page.emulate_media(media="print", color_scheme="light")
    for size in ("A4", "Letter"):
        page.pdf(path=folder / f"{title}-{size}.pdf", format=size)
    page.emulate_media(media="screen")


def _pages(app: Flask, page: Page, base: str, first: str) -> Iterator[tuple[str, str]]:
    """Return a page for each route that a reader comes to by following links, with the route's name."""
    addresses, seen, waiting = app.url_map.bind("localhost"), set(), [first]
    while waiting:
        path = waiting.pop(0)
        try:
            endpoint, _ids = addresses.match(path.split("?")[0])
        except HTTPException:
            continue
        if endpoint in seen or endpoint in LEADS_OUT:
            continue
        seen.add(endpoint)
        page.goto(base + path)
        waiting += page.eval_on_selector_all(
            "a[href^='/']:not([download])", "links => links.map(link => link.getAttribute('href').split('#')[0])"
        )
        yield endpoint, path


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    (target or DOCS).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    main(target)
