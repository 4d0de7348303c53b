"""A desk on the loopback with the cast in it, and a browser that taps, counts and is checked by axe."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel
from tests.browser.hand import Hand
from tests.cast import MONDAY, TODAY
from tests.chromium import FLAGS, find_chromium, must_have
from tests.conftest import make_app, settings
from tests.test_matrix import ids  # noqa: F401 - a record with a row of every kind, for whoever asks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Chromium; without one it is left out, but never under CI."""
    left_out = pytest.mark.skip(reason="no Chromium was found")
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if not find_chromium() and not must_have():
                item.add_marker(left_out)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """Journeys run on SQLite; the rooms' own tests run on both."""
    return str(request.param)


@pytest.fixture(params=["http"])
def scheme(request: pytest.FixtureRequest) -> str:
    """How the desk is reached; one journey asks for https."""
    return str(request.param)


@pytest.fixture(params=["127.0.0.1"])
def host(request: pytest.FixtureRequest) -> str:
    """Under which name; passkeys are made for a name, never for a bare address."""
    return str(request.param)


@pytest.fixture
def desk(app: Any, cast: Any, clock: Any, scheme: str, host: str, tmp_path: Path) -> Iterator[str]:
    """The address of a running desk over the test's own database."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = int(door.getsockname()[1])
    served = make_app(settings(url, tmp_path, base_url=f"{scheme}://{host}:{port}"), clock)
    context = None
    if scheme == "https":
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        with certificate.private_key_and_cert_chain_pem.tempfile() as pem:
            import ssl

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
    server = make_server("127.0.0.1", port, served, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"{scheme}://{host}:{port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Every journey runs with scripts and without."""
    return bool(request.param == "with scripts")


@pytest.fixture
def hand(chromium: Browser, desk: str, app: Any, cast: Any, scripts: bool) -> Iterator[Callable[..., Hand]]:  # noqa: FBT001
    """Give somebody a phone: `hand("dana")`, or a wide screen."""
    opened = []

    def give(name: str, *, width: int = 390, height: int = 844) -> Hand:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            ignore_https_errors=True,
            reduced_motion="reduce",
        )
        opened.append(context)
        found = Hand(context.new_page(), desk, cast)
        if name in ("ruth", "omar", "admin"):
            found.is_let_in(app, name)
        else:
            found.sign_in(name)
        return found

    yield give
    for context in opened:
        context.close()


@pytest.fixture
def visit(session: Any, cast: Any) -> Any:
    """Dana meets Marcus today at half past ten, in the library."""
    made = visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY,
        hour=dt.time(10, 30),
        channel=Channel.IN_PERSON,
        place="Library",
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return made
