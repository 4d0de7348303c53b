"""Whatever a request says of our address, nothing of it is heard or repeated, and every way leads to our own pages."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.config import SettingsError
from tests.conftest import make_app, settings
from tests.test_routes import _address

if TYPE_CHECKING:
    from collections.abc import Callable

EVIL = "evil.example"
FORGED: dict[str, dict[str, str]] = {
    "another host": {"Host": EVIL},
    "another port": {"Host": "desk.example:8443"},
    "a name that begins like ours": {"Host": f"desk.example.{EVIL}"},
    "a name that ends like ours": {"Host": "notdesk.example"},
    "ours before an @": {"Host": f"desk.example@{EVIL}"},
    "ours with a path": {"Host": f"desk.example/{EVIL}"},
    "two at once": {"Host": f"desk.example, {EVIL}"},
    "no host": {"Host": ""},
    "a dot behind": {"Host": "desk.example."},
    "an address": {"Host": "127.0.0.1"},
    "markup": {"Host": "<script>alert(1)</script>"},
    "forwarded for another host": {"X-Forwarded-Host": EVIL},
    "forwarded for ours and another": {"X-Forwarded-Host": f"desk.example, {EVIL}"},
    "Forwarded": {"Forwarded": f"for=192.0.2.1;host={EVIL};proto=https"},
    "Forwarded in quotes": {"Forwarded": f'for=192.0.2.1, for=192.0.2.2;HOST="{EVIL}:80"'},
}
OURS: dict[str, dict[str, str]] = {
    "ours": {},
    "in capitals": {"Host": "DESK.Example"},
    "with the port it has anyway": {"Host": "desk.example:80"},
    "a proxy's repetition of ours": {"X-Forwarded-Host": "desk.example", "Forwarded": "host=desk.example;for=10.0.0.1"},
    "what is not about the host": {"X-Forwarded-Port": "1", "X-Forwarded-Prefix": f"//{EVIL}"},
}
PATHS = ("/", "/sign-in", "/healthz", "/readyz", "/static/app.css", "/nowhere", "/leave", "/today", "//today")


@pytest.mark.asvs("4.1.3")
@pytest.mark.parametrize("how", FORGED)
def test_a_forged_address_gets_a_plain_page_on_every_route(app: Any, reader: Callable[..., Any], how: str) -> None:
    dana = reader("dana")
    addresses = {_address(rule) for rule in app.url_map.iter_rules()} | set(PATHS)
    for path in sorted(addresses):
        for method in ("GET", "POST"):
            with app.app_context():
                answer = dana.client.open(path, method=method, headers=FORGED[how])
            text = answer.get_data(as_text=True)
            assert answer.status_code == 400, (path, answer.status_code)
            assert "Please come by our own address" in text, path
            assert re.findall(r'<a class="btn[^>]*href="([^"]*)"', text) == ["http://desk.example/"]
            told = text + str(answer.headers)
            assert EVIL not in told, path
            assert ":8443" not in told
            assert "alert(1)" not in told
            assert "Location" not in answer.headers
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("how", OURS)
def test_our_own_address_is_known_however_it_is_written(app: Any, reader: Callable[..., Any], how: str) -> None:
    dana = reader("dana")
    with app.app_context():
        assert dana.client.get("/today", headers=OURS[how]).status_code == 200


@pytest.mark.parametrize("line", [f"http://{EVIL}/sign-in", f"http://desk.example@{EVIL}/", f"https:{EVIL}", EVIL])
def test_an_address_on_the_first_line_counts_as_a_host(app: Any, reader: Callable[..., Any], line: str) -> None:
    nobody = reader(None)
    with app.app_context():
        answer = nobody.client.get("/sign-in", environ_overrides={"RAW_URI": line, "REQUEST_URI": line})
    assert answer.status_code == 400
    assert EVIL not in answer.get_data(as_text=True)


@pytest.mark.parametrize("line", ["http://desk.example/sign-in", "/sign-in", "*"])
def test_our_own_on_the_first_line_is_fine(app: Any, reader: Callable[..., Any], line: str) -> None:
    nobody = reader(None)
    with app.app_context():
        answer = nobody.client.get("/sign-in", environ_overrides={"RAW_URI": line, "REQUEST_URI": line})
    assert answer.status_code == 200


@pytest.mark.asvs("3.7.2")
def test_no_redirect_and_no_link_of_any_page_carries_another_host(app: Any, reader: Callable[..., Any]) -> None:
    dana = reader("dana")
    forged = {"X-Forwarded-Proto": "gopher", "X-Forwarded-For": EVIL, "X-Forwarded-Server": EVIL, "Origin": EVIL}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("accounts.leave", "security.logout") or "GET" not in rule.methods:
            continue
        with app.app_context():
            answer = dana.client.get(_address(rule), headers=forged)
        assert EVIL not in answer.get_data(as_text=True)
        assert re.fullmatch(r"|/(?!/).*|http://desk\.example/.*", answer.headers.get("Location", ""))


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_on_this_machine_any_of_its_names_will_do(app: Any, tmp_path: Any, base: str) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    local = make_app(settings(url, tmp_path, base_url=base), app.extensions["coachdesk"].clock)
    client = local.test_client()
    for host, status in {
        "127.0.0.1:8000": 200,
        "localhost:8000": 200,
        "[::1]:8000": 200,
        "127.0.0.1": 400,
        "localhost:8001": 400,
        f"{EVIL}:8000": 400,
    }.items():
        assert client.get("/healthz", headers={"Host": host}).status_code == status, host


# ---- proxies ------------------------------------------------------------------------------------------------------


@pytest.mark.asvs("4.1.3")
@pytest.mark.parametrize(
    ("proxies", "sent", "address", "secure"),
    [
        (0, "203.0.113.9", "127.0.0.1", False),
        (1, "203.0.113.9", "203.0.113.9", True),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9", True),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1", True),
    ],
)
def test_what_a_proxy_says_counts_only_where_proxies_are_trusted(
    app: Any,
    tmp_path: Any,
    proxies: int,
    sent: str,
    address: str,
    secure: bool,  # noqa: FBT001
) -> None:
    made = settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, trusted_proxies=proxies)
    behind = make_app(made, app.extensions["coachdesk"].clock)
    seen: list[tuple[str | None, bool]] = []

    @behind.before_request
    def _look() -> None:
        from flask import request

        seen.append((request.remote_addr, request.is_secure))

    protos = ", ".join(["https"] * max(1, proxies))
    answer = behind.test_client().get("/sign-in", headers={"X-Forwarded-For": sent, "X-Forwarded-Proto": protos})
    assert answer.status_code == 200
    assert seen == [(address, secure)]


def test_no_proxy_is_trusted_unless_it_is_said(tmp_path: Any) -> None:
    from coachdesk.config import load

    environ = {"COACHDESK_INSTANCE": str(tmp_path / uuid.uuid4().hex), "COACHDESK_BASE_URL": "https://desk.example"}
    assert load(environ).trusted_proxies == 0
    with pytest.raises(SettingsError, match="COACHDESK_TRUSTED_PROXIES"):
        load(environ | {"COACHDESK_TRUSTED_PROXIES": "all"})
