"""Headers, tokens, forms, sessions: what every page rests on."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import flash, session
from werkzeug.datastructures import MultiDict

from coachdesk.web import flashed, tell
from coachdesk.web.fields import DayField, HourField, NumberField, PickField
from coachdesk.web.flashing import keep_few
from coachdesk.web.forms import Form
from coachdesk.web.room import Room, Undeclared

PAGES = ("/sign-in", "/nowhere", "/healthz", "/today", "/static/app.css")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(reader, path):
    dana = reader("dana")
    with dana.app.app_context(), dana.client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static"))


def test_every_answer_has_a_nonce_of_its_own(reader):
    dana = reader("dana")
    found = {dana.opens("/today").response.headers["Content-Security-Policy"] for _time in range(3)}
    assert len(found) == 3
    script = dana.page.soup.find("script")
    assert f"'nonce-{script['nonce']}'" in dana.page.response.headers["Content-Security-Policy"]


def test_fingerprinted_files_may_be_kept_for_a_year(reader):
    dana = reader("dana")
    address = dana.opens("/today").soup.find("link", rel="stylesheet")["href"]
    with dana.app.app_context(), dana.client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("token", [None, "", "nonsense"])
def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(app, reader, cast, token):
    from coachdesk.checkins.models import CheckIn
    from coachdesk.db import db

    dana = reader("dana")
    data = {"how": "call", **({} if token is None else {"csrf_token": token})}
    page = dana._fetch("POST", f"/people/{cast.marcus}/check-ins/new", status=400, follow=False, data=data)
    assert "open it again" in page.words.lower() or "send it once more" in page.words
    assert db.session.query(CheckIn).count() == 0
    db.session.rollback()


def test_another_readers_token_is_refused(reader, cast):
    imani = reader("imani")
    imani.opens(f"/people/{cast.aisha}/check-ins/new")
    dana = reader("dana")
    dana._fetch(
        "POST",
        f"/people/{cast.marcus}/check-ins/new",
        status=400,
        follow=False,
        data={"csrf_token": imani.token, "how": "call"},
    )


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://desk.example.evil.example/",
        "///evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "evil.example",
    ],
)
def test_signing_in_leads_only_to_our_own_pages(app, reader, where):
    nobody = reader(None)
    nobody.opens("/sign-in")
    page = nobody._fetch(
        "POST",
        "/sign-in",
        status=302,
        follow=False,
        data={
            "csrf_token": nobody.token,
            "email": "dana@cast.example",
            "password": "first light over the hills",
            "next": where,
        },
    )
    assert page.response.location in ("/", "/%2509/evil.example")


def test_known_and_unknown_addresses_get_the_same_words(reader):
    nobody = reader(None)
    words = []
    for email in ("dana@cast.example", "nobody@cast.example"):
        nobody.opens("/sign-in")
        page = nobody.sends(email=email, password="not the right one at all", status=200)
        words.append(page.soup.find(id="error-summary").get_text(" ", strip=True))
    assert words[0] == words[1]
    assert "invalid" not in words[0].lower()


@pytest.mark.parametrize(
    ("name", "minutes", "stays"),
    [
        ("dana", 29, True),
        ("dana", 31, False),
        ("marcus", 14, True),
        ("marcus", 16, False),
    ],
)
def test_an_idle_session_ends_sooner_for_a_person(reader, clock, name, minutes, stays):
    someone = reader(name)
    clock.move(minutes=minutes)
    page = someone.opens("/")
    assert ("You were signed out to keep this private." in page.words) is not stays


def test_a_session_ends_after_twelve_hours_however_busy(reader, clock):
    dana = reader("dana")
    for _each in range(25):
        clock.move(minutes=29)
        dana.opens("/more")
        if dana.page.url == "/sign-in":
            break
    assert dana.page.url == "/sign-in"


def test_leaving_ends_the_session_and_goes_to_a_dull_page(reader):
    marcus = reader("marcus")
    page = marcus._fetch("GET", "/leave", status=303, follow=False)
    assert page.response.location == "https://www.wikipedia.org/"
    assert marcus.opens("/my-goals").url == "/sign-in"


def test_a_route_that_declares_nothing_cannot_be_added():
    room = Room("bare", __name__)
    with pytest.raises(Undeclared):
        room.get("/bare")(lambda: "")


def test_readiness_names_what_is_missing(reader):
    with reader(None).app.app_context():
        answer = reader(None).client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] is True
    assert answer.json["scheduler"] is False


class _Form(Form):
    on = DayField("On")
    at = HourField("At")
    many = NumberField("Many", least=1, most=9)
    pick = PickField("Pick", choices=[("a", "A")])


def _read(app, **typed):
    with app.test_request_context("/"):
        return _Form(
            formdata=MultiDict({name.replace("__", "-"): value for name, value in typed.items()}), meta={"csrf": False}
        )


@pytest.mark.parametrize(
    ("day", "month", "year", "read"),
    [
        ("1", "2", "2026", dt.date(2026, 2, 1)),
        ("01", "02", "26", dt.date(2026, 2, 1)),
        ("3", "nov", "2026", dt.date(2026, 11, 3)),
        ("3", "November", "26", dt.date(2026, 11, 3)),
        ("31", "2", "2026", None),
        ("x", "y", "z", None),
        ("1", "", "2026", None),
        ("1", "1", "999999999", None),
        ("\u0661", "\u0662", "2026", dt.date(2026, 2, 1)),
    ],
)
def test_a_day_is_read_as_people_write_it(app, day, month, year, read):
    form = _read(app, on__day=day, on__month=month, on__year=year)
    assert form.on.data == read
    assert form.on.parts["day"] == day
    with app.test_request_context("/"):
        assert form.on.validate(form) is (read is not None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2:30 pm", dt.time(14, 30)),
        ("14:30", dt.time(14, 30)),
        ("9am", dt.time(9)),
        ("12 am", dt.time(0)),
        ("12pm", dt.time(12)),
        ("2.30 p.m.", dt.time(14, 30)),
        ("0:30", dt.time(0, 30)),
        ("00:00", dt.time(0)),
        ("0", None),
        ("00", None),
        ("25:00", None),
        ("13 pm", None),
        ("half two", None),
        ("2:75", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(app, text, read):
    with app.test_request_context("/"):
        assert _read(app, at=text).at.data == read


@pytest.mark.parametrize(
    ("text", "read"), [("5", 5), ("0", None), ("10", None), ("-1", None), ("1e3", None), ("\u096b", None)]
)
def test_a_number_keeps_its_bounds(app, text, read):
    with app.test_request_context("/"):
        assert _read(app, many=text).many.data == read


@pytest.mark.parametrize("words", ["The check-in is saved, and they read it here. " * 3, "अगला कदम: सुबह की सैर " * 12])
def test_what_nobody_looks_at_for_long_makes_no_cookie_that_a_browser_drops(app, reader, words):
    dana = reader("dana")
    dana.opens("/account/second-factor")
    dana.presses("Set it up")  # the most that a session holds otherwise
    with dana.client.session_transaction() as held:
        before = dict(held)
    with app.test_request_context():
        session.update(before, unsent=[uuid.uuid4().hex for _n in range(20)])
        for n in range(40):
            tell("", f"{n} {words}", undo=f"/undo/{n}" if n == 3 else "")
            flash(f"Said by the library: {n}", "info")
        keep_few(None)
        cookie = app.session_interface.get_signing_serializer(app).dumps(dict(session))
        said = flashed()
    assert len(cookie) < 4000
    assert said[-1].text == f"39 {words}"
    assert any(row.undo for row in said)  # what can be undone stays longest
