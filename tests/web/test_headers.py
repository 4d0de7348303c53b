"""The headers of every answer: all routes are walked, by every method, signed in and out, in health and in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.web.headers import BARE
from tests.conftest import make_app, settings
from tests.test_routes import _address

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
NONE_BUT_OURS = {
    "default-src": {"'none'"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "style-src": {"'self'"},
    "img-src": {"'self'"},
    "connect-src": {"'self'"},
    "form-action": {"'self'"},
}


def check(answer: Any, *, static: bool = False, secure: bool = False) -> None:
    """What every answer carries."""
    where = f"{answer.request.method} {answer.request.path}: {answer.status_code}"
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value], (where, name)
    assert "camera=()" in answer.headers["Permissions-Policy"], where
    assert "Server" not in answer.headers, where
    assert "Access-Control-Allow-Origin" not in answer.headers, where
    assert len(answer.headers["X-Request-ID"]) == 32, where
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert {name: set(value.split()) for name, value in policy.items() if name != "script-src"} == NONE_BUT_OURS
    assert policy["script-src"].startswith("'nonce-"), where
    assert " " not in policy["script-src"], where
    cache = answer.headers["Cache-Control"]
    assert ("no-store" in cache) is not (static and answer.status_code == 200), (where, cache)
    assert ("Strict-Transport-Security" in answer.headers) is secure, where
    if answer.get_data() and not static:
        assert "charset=utf-8" in answer.headers["Content-Type"] or answer.is_json, where


@pytest.mark.asvs("3.4.1")
@pytest.mark.asvs("3.4.3")
@pytest.mark.asvs("3.4.4")
@pytest.mark.asvs("3.4.5")
@pytest.mark.asvs("3.4.6")
@pytest.mark.asvs("4.1.1")
@pytest.mark.asvs("14.3.2")
@pytest.mark.parametrize("name", [None, "dana", "marcus"])
def test_every_route_by_every_method_carries_them(app: Any, reader: Callable[..., Any], name: str | None) -> None:
    someone = reader(name)
    seen = set()
    for rule in [*app.url_map.iter_rules(), None]:
        if rule is not None and rule.endpoint in ("accounts.leave", "security.logout"):
            continue
        for method in METHODS:
            with app.app_context():
                answer = someone.client.open(_address(rule) if rule else "/nowhere", method=method)
            check(answer, static=bool(rule and rule.endpoint == "static" and method in ("GET", "HEAD")))
            seen.add(answer.status_code)
    assert seen >= {200, 303, 400, 404}


@pytest.mark.parametrize("code", [400, 404, 405, 409, 413, 429, 500, 503])
def test_every_refusal_and_fault_carries_them(app: Any, reader: Callable[..., Any], code: int) -> None:
    from coachdesk.web.room import Declared, declare_endpoint

    def fail() -> str:
        if code == 503:
            raise sa.exc.OperationalError("SELECT secret words", {}, Exception("secret words"))
        if code == 500:
            raise ValueError("secret words")
        from werkzeug.exceptions import abort

        abort(code)

    app.add_url_rule("/fails", "fails", fail)
    declare_endpoint(app, "fails", Declared(public=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        answer = reader(None).client.get("/fails")
    assert answer.status_code == {405: 404}.get(code, code)
    check(answer)
    assert "secret words" not in answer.get_data(as_text=True)


@pytest.mark.asvs("16.5.1")
def test_a_fault_gives_a_number_to_tell_us_and_nothing_else(app: Any, reader: Callable[..., Any]) -> None:
    from coachdesk.web.room import Declared, declare_endpoint

    def fail() -> str:
        raise ValueError("secret words")

    app.add_url_rule("/fails", "fails", fail)
    declare_endpoint(app, "fails", Declared(public=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = reader(None).looks("/fails")
    assert page.status == 500
    number = page.response.headers["X-Request-ID"][:8]
    assert f"If you tell us about this, say {number}." in page.words
    assert "secret" not in page.text
    assert "Traceback" not in page.text


def test_a_request_cannot_choose_its_own_number(app: Any, reader: Callable[..., Any]) -> None:
    with app.app_context():
        answer = reader(None).client.get("/healthz", headers={"X-Request-ID": "mine"})
    assert answer.headers["X-Request-ID"] != "mine"


@pytest.mark.asvs("3.3.1")
@pytest.mark.asvs("3.3.2")
@pytest.mark.asvs("3.3.4")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookies_are_for_us_alone(app: Any, tmp_path: Any, scheme: str) -> None:
    made = settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, base_url=f"{scheme}://desk.example")
    answer = make_app(made, app.extensions["coachdesk"].clock).test_client().get("/sign-in")
    check(answer, secure=scheme == "https")
    cookie = answer.headers["Set-Cookie"]
    name, *rest = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-desk=" if scheme == "https" else "desk=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(rest)
    assert ("Secure" in rest) is (scheme == "https")
    assert "domain" not in cookie.lower()
    if scheme == "https":
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_static_file_that_is_not_there_is_not_kept_for_a_year(app: Any, reader: Callable[..., Any]) -> None:
    with app.app_context():
        answer = reader(None).client.get("/static/nothing.css?v=1")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_web_servers_own_answers_carry_them_too() -> None:
    assert BARE.items() >= ALWAYS.items()
    assert BARE["Cache-Control"] == "no-store"


def test_no_cookie_but_the_sessions_own_and_the_known_devices_is_ever_set(
    app: Any, reader: Callable[..., Any], cast: Any
) -> None:
    from tests.cast import PASSPHRASE

    nobody = reader(None)
    nobody.opens("/sign-in")
    page = nobody.sends(email=cast.email("dana"), password=PASSPHRASE, remember="y", follow=False, status=302)
    assert [cookie.partition("=")[0] for cookie in page.response.headers.getlist("Set-Cookie")] == ["door", "desk"]
