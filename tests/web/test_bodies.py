"""What is sent without a token, in another shape, by another method, too large or with a tampered cookie changes nothing."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.db import Base
from coachdesk.factory import MOST_BYTES
from tests.lived import live
from tests.test_routes import _address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reader import Reader

    Opened = Callable[[str | None], Reader]

OPEN_A_WHILE = "This page has been open for a while"
NOTED_ANYWAY = {AuditEntry.__tablename__, AuditPerson.__tablename__}


def standing(session: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the trail."""
    found = {
        name: sorted(map(str, session.execute(sa.select(table)).all()))
        for name, table in Base.metadata.tables.items()
        if name not in NOTED_ANYWAY
    }
    session.rollback()
    return found  # type: ignore[return-value]


OF_OTHERS = frozenset({"/reminder-mails/<token>", "/texts/<secret>"})
"""What mail programs and text gateways send to: the secret in the address is their only key."""


def posts(app: Any, ids: dict[str, Any]) -> Iterator[str]:
    """The address of every route that takes a POST of a page of ours, about rows that are there."""
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and str(rule.rule) not in OF_OTHERS:
            address = str(rule.rule)
            for name in rule.arguments:
                value = str(ids.get(name.removesuffix("_id"), "00000000-0000-4000-8000-000000000007"))
                address = address.replace(f"<uuid:{name}>", value).replace(f"<{name}>", "checkin")
            yield address


def bodies(token: str) -> dict[str, dict[str, Any]]:
    """What a page of somebody else's could send, each with what a right form would hold."""
    words = {"how": "call", "words": "x", "first_name": "X", "text": "x", "csrf_token": token}
    return {
        "nothing": {},
        "JSON": {"data": json.dumps(words), "content_type": "application/json"},
        "plain text": {"data": "\r\n".join(f"{k}={v}" for k, v in words.items()), "content_type": "text/plain"},
        "no type": {"data": "csrf_token=" + token, "content_type": ""},
        "a token in the address alone": {"query_string": words},
        "multipart without its parts": {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
        "a file for a token": {
            "data": {"csrf_token": (io.BytesIO(token.encode()), "token")},
            "content_type": "multipart/form-data",
        },
        "half a form": {"data": b"csrf_token", "content_type": "application/x-www-form-urlencoded; charset=utf-7"},
    }


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("name", ["dana", "marcus", "admin"])
def test_no_post_route_takes_what_is_no_form_of_ours(
    app: Any, reader: Opened, session: Any, cast: Any, name: str
) -> None:
    ids = {"client": cast.marcus, "person": cast.marcus, **live(session, cast)}
    someone = reader(name)
    someone.opens("/account")
    before, wrong = standing(session), []
    for address in posts(app, ids):
        for kind, body in bodies(someone.token).items():
            with app.app_context():
                answer = someone.client.post(address, **body)
            if answer.status_code != 400 or OPEN_A_WHILE not in answer.get_data(as_text=True):
                wrong.append((address, kind, answer.status_code))
    assert wrong == []
    assert standing(session) == before
    assert someone.opens("/account").url == "/account"


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("name", ["dana", "admin"])
def test_a_token_in_a_header_makes_no_form_of_what_is_none(
    app: Any, reader: Opened, session: Any, cast: Any, name: str
) -> None:
    ids = {"client": cast.marcus, "person": cast.marcus, **live(session, cast)}
    someone = reader(name)
    someone.opens("/account")
    before, wrong = standing(session), []
    headers = {"X-CSRFToken": someone.token, "Referer": "http://desk.example/account"}
    for address in posts(app, ids):
        for kind in ("JSON", "plain text"):
            with app.app_context():
                answer = someone.client.post(address, headers=headers, **bodies(someone.token)[kind])
            if answer.status_code not in (400, 404):
                wrong.append((address, kind, answer.status_code))
    assert wrong == []
    assert standing(session) == before


def test_a_form_without_anything_in_it_is_asked_for_again(app: Any, reader: Opened, session: Any) -> None:
    dana = reader("dana")
    dana.opens("/account")
    before = standing(session)
    with app.app_context():
        answer = dana.client.post("/account", headers={"X-CSRFToken": dana.token, "Referer": "http://desk.example/"})
    assert answer.status_code == 422
    assert "This page had been open for long." in answer.get_data(as_text=True)
    assert standing(session) == before


@pytest.mark.asvs("3.5.1")
def test_a_token_is_good_for_its_own_session_only(app: Any, reader: Opened, session: Any, cast: Any) -> None:
    ids = {"client": cast.marcus, "person": cast.marcus, **live(session, cast)}
    imani, dana = reader("imani"), reader("dana")
    imani.opens("/account")
    dana.opens("/account")
    old = dana.token
    dana.presses("Sign out")
    dana.sign_in("dana")
    dana.opens("/account")
    before = standing(session)
    for token in (imani.token, old, dana.token[:-1], dana.token[::-1], "x" * 5000):
        for address in posts(app, ids):
            with app.app_context():
                answer = dana.client.post(address, data={"csrf_token": token, "words": "x"})
            assert answer.status_code == 400, (address, token[:9])
    assert standing(session) == before


def test_a_token_of_a_session_that_ended_does_nothing(app: Any, reader: Opened, session: Any, clock: Any) -> None:
    dana = reader("dana")
    dana.opens("/account")
    clock.move(minutes=31)
    before = standing(session)
    with app.app_context():
        answer = dana.client.post("/account", data={"csrf_token": dana.token, "work_hours": "Nights"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
    now = standing(session)
    assert len(now.pop("unsent")) == 1  # what was written waits for its writer, and is no part of anything yet
    before.pop("unsent")
    assert now == before


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND", "SECRETWORD"])
def test_other_methods_get_the_page_for_what_is_not_there(app: Any, reader: Opened, session: Any, method: str) -> None:
    dana = reader("dana")
    dana.opens("/account")
    before = standing(session)
    for rule in app.url_map.iter_rules():
        with app.app_context():
            answer = dana.client.open(_address(rule), method=method, data={"csrf_token": dana.token})
        assert answer.status_code == 404, (rule.rule, answer.status_code)
        assert method not in answer.get_data(as_text=True)
    assert standing(session) == before


@pytest.mark.asvs("3.5.3")
def test_a_get_changes_nothing(app: Any, reader: Opened, session: Any, cast: Any) -> None:
    ids = {"client": cast.marcus, "person": cast.marcus, **live(session, cast)}
    dana = reader("dana")
    before = standing(session)
    for address in posts(app, ids):
        if address != "/sign-in":
            with app.app_context():
                dana.client.get(address, query_string={"words": "x", "first_name": "X"})
    now = standing(session)
    now.pop("guess_count")  # a link that is none counts as a guess, also where it is only looked at
    before.pop("guess_count")
    assert now == before


# ---- sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["form", "multipart", "many parts", "said only"])
def test_too_much_gets_its_own_page_and_changes_nothing(app: Any, reader: Opened, session: Any, how: str) -> None:
    dana = reader("dana")
    dana.opens("/account")
    much = "x" * (MOST_BYTES + 1)
    parts = "multipart/form-data; boundary=cut"
    ways: dict[str, dict[str, Any]] = {
        "form": {"data": {"csrf_token": dana.token, "work_hours": much}},
        "multipart": {"data": _in_parts({"csrf_token": dana.token, "work_hours": much}), "content_type": parts},
        "many parts": {
            "data": _in_parts({"csrf_token": dana.token, **{f"field{n}": "x" for n in range(501)}}),
            "content_type": parts,
        },
        "said only": {
            "content_type": "application/x-www-form-urlencoded",
            "environ_overrides": {"CONTENT_LENGTH": str(10**12)},
        },
    }
    before = standing(session)
    with app.app_context():
        answer = dana.client.post("/account", **ways[how])
    assert answer.status_code == 413
    assert "<h1>" in answer.get_data(as_text=True)
    assert standing(session) == before


def _in_parts(fields: dict[str, str]) -> bytes:
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    return ("".join(parts) + "--cut--\r\n").encode()


# ---- cookies ------------------------------------------------------------------------------------------------------


def _another_key(app: Any, value: str) -> str:
    app.secret_key, kept = "another key altogether, forty letters..", app.secret_key
    try:
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        app.secret_key = kept
        own = SecureCookieSessionInterface().get_signing_serializer(app)
        assert own is not None
        return str(signer.dumps(own.loads(value)))
    finally:
        app.secret_key = kept


TAMPERED: dict[str, Callable[[Any, str], str]] = {
    "a byte of what it says": lambda _app, value: ("a" if value[3] != "a" else "b").join([value[:3], value[4:]]),
    "a byte of its seal": lambda _app, value: value[:-9] + ("a" if value[-9] != "a" else "b") + value[-8:],
    "another key's": _another_key,
    "cut short": lambda _app, value: value[: len(value) // 2],
    "its words alone": lambda _app, value: value.split(".")[0],
    "nothing": lambda _app, _value: "",
    "enormous": lambda _app, value: value + "x" * 1_000_000,
    "no letters": lambda _app, _value: "\x80\xff.é.💥",
    "compressed nonsense": lambda _app, _value: ".eJw" + "A" * 500 + ".aaaa.bbbb",
    "no seal": lambda _app, _value: "{}",
}


@pytest.mark.asvs("7.2.1")
@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_cookie_is_nobodys(app: Any, reader: Opened, how: str) -> None:
    dana = reader("dana")
    cookie = dana.client.get_cookie("desk", domain="desk.example")
    assert cookie is not None
    value = TAMPERED[how](app, cookie.value)
    assert value != cookie.value
    stranger = app.test_client(use_cookies=False)
    for path, status in (("/sign-in", 200), ("/today", 303), ("/healthz", 200)):
        with app.app_context():
            sent = f"desk={value}".encode().decode("latin1")
            answer = stranger.get(path, environ_overrides={"HTTP_COOKIE": sent})
        assert answer.status_code == status, path
        assert answer.headers.get("Location", "/sign-in").startswith("/sign-in")
    with app.app_context():
        assert stranger.get("/today", headers={"Cookie": f"desk={cookie.value}"}).status_code == 200
