"""Draw pictures of the demo's pages: `python -m tests.pictures [folder]` (a browser is needed).

Pictures of each role's first page go to docs/pictures for the README; with a folder given, every page at both widths.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_migrate import upgrade
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from coachdesk.config import bundled, load
from coachdesk.demo import PASSPHRASE, make_demo
from coachdesk.factory import create_app
from tests.chromium import FLAGS, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTHS = {390: 844, 1280: 900}
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
            _take(f"http://127.0.0.1:{port}", folder)
        finally:
            server.shutdown()


def _take(base: str, folder: Path | None) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for role, (name, first) in FIRST.items():
            for width, height in WIDTHS.items():
                context = browser.new_context(viewport={"width": width, "height": height})
                page = context.new_page()
                page.goto(f"{base}/sign-in")
                if folder and role == "coach":
                    page.screenshot(path=folder / f"sign-in-{width}.png", full_page=True)
                page.fill("#email", f"{name}@demo.example")
                page.fill("#password", PASSPHRASE)
                page.click("main form button")
                page.goto(base + first)
                if folder is None:
                    page.screenshot(path=DOCS / f"{role}-{width}.png")
                    continue
                for title, path in _pages(role, page, base):
                    page.goto(base + path)
                    page.screenshot(path=folder / f"{title}-{width}.png", full_page=True)
                context.close()
        browser.close()


def _pages(role: str, page: Any, base: str) -> Iterator[tuple[str, str]]:
    """Return the titles and addresses of a role's pages, following the links a reader would."""
    if role == "coach":
        page.goto(f"{base}/people?q=marcus")
        record = page.locator("main a.name").first.get_attribute("href")
        page.goto(f"{base}{record}/goals")
        edit = page.locator("a:has-text('Change')").first.get_attribute("href")
        review = page.locator("a:has-text('Review goal')").first.get_attribute("href")
        page.goto(f"{base}{record}/referrals")
        referral = page.locator("main .list a.name").first.get_attribute("href")
        yield from (
            ("today", "/today"),
            ("people", "/people"),
            ("more", "/more"),
            ("record", record),
            ("goals", f"{record}/goals"),
            ("timeline", f"{record}/timeline"),
            ("referrals-tab", f"{record}/referrals"),
            ("about", f"{record}/about"),
            ("details", f"{record}/details"),
            ("edit-person", f"{record}/edit"),
            ("new-person", "/people/new"),
            ("check-in", f"{record}/check-ins/new"),
            ("attempt", f"{record}/attempts/new"),
            ("pick", "/check-ins/new"),
            ("new-goal", f"{record}/goals/new"),
            ("edit-goal", edit),
            ("review-1", review),
            ("review-3", f"{review}?question=3"),
            ("review-feel", f"{review}?question=feel"),
            ("review-5", f"{review}?question=5"),
            ("review-6", f"{review}?question=6"),
            ("new-referral", f"{record}/referrals/new"),
            ("referral", referral),
            ("referrals", "/referrals"),
            ("resources", "/resources"),
            ("new-service", "/resources/new"),
            ("reminders", "/reminders"),
            ("new-reminder", f"{record}/reminders/new"),
            ("plan", f"{record}/visits/new"),
            ("account", "/account"),
            ("not-found", "/nowhere"),
        )
    elif role == "supervisor":
        page.goto(f"{base}/team/reviews")
        first = page.locator("main a.name").first.get_attribute("href")
        yield from (("team", "/team"), ("queue", "/team/reviews"), ("review", first), ("team-people", "/people"))
    elif role == "person":
        yield from (
            ("my-goals", "/my-goals"),
            ("what-we-wrote", "/my-goals/what-we-wrote"),
            ("person-account", "/account"),
        )
    else:
        page.goto(f"{base}/admin/accounts")
        one = page.locator("main tbody a").first.get_attribute("href")
        page.goto(f"{base}/admin/people")
        coach = page.locator("main tbody a").first.get_attribute("href")
        yield from (
            ("accounts", "/admin/accounts"),
            ("new-account", "/admin/accounts/new"),
            ("account-one", one),
            ("admin-people", "/admin/people"),
            ("assign", coach),
            ("teams", "/admin/teams"),
            ("settings", "/admin/settings"),
        )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    (target or DOCS).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    main(target)
