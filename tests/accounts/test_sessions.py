"""Where somebody is signed in: rows that end by themselves, one by one, or all at once, at the next request."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.access import Role
from coachdesk.accounts import rules, sessions
from coachdesk.accounts.models import UserSession
from coachdesk.accounts.rules import Ended
from coachdesk.admin import service as admin
from coachdesk.scheduler import tidy
from tests.accounts.helpers import account, events
from tests.cast import MONDAY, PASSPHRASE
from tests.letting_in import begin_session

ANDROID = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537.36"
)
MINUTE = dt.timedelta(minutes=1)


def rows(session, name):
    user = account(session, name)
    return list(
        session.scalars(sa.select(UserSession).where(UserSession.user_id == user.id).order_by(UserSession.began_at))
    )


def is_in(someone):
    return someone.opens("/account").url == "/account"


# ---- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.asvs("7.3.1")
@pytest.mark.parametrize(
    ("person", "own", "minutes"),
    [(True, False, 15), (False, False, 30), (False, True, 12 * 60), (True, True, 7 * 24 * 60)],
)
def test_a_session_rests_as_long_as_its_role_and_device_allow(person, own, minutes):
    limit = dt.timedelta(minutes=minutes)
    assert rules.idle_limit(is_person=person, own_device=own) == limit
    assert not rules.is_over(began=MONDAY, seen=MONDAY, now=MONDAY + limit, is_person=person, own_device=own)
    assert rules.is_over(began=MONDAY, seen=MONDAY, now=MONDAY + limit + MINUTE, is_person=person, own_device=own)


@pytest.mark.asvs("7.3.2")
@given(person=st.booleans(), own=st.booleans(), rests=st.lists(st.integers(0, 20_000), max_size=40))
def test_no_session_outlives_its_longest_however_busy(person, own, rests):
    longest = rules.LONGEST_OWN if own else rules.LONGEST
    seen = MONDAY
    for minutes in rests:
        now = seen + dt.timedelta(minutes=minutes)
        over = rules.is_over(began=MONDAY, seen=seen, now=now, is_person=person, own_device=own)
        assert over or now - MONDAY <= longest
        if over:
            break
        seen = now


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (ANDROID, ("Chrome", "Android")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Mobile/15E148 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", ("Firefox", "Linux")),
        ("curl/8", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_device_is_called_as_people_call_it(sent, shown):
    assert rules.device_of(sent) == shown


# ---- at each request ------------------------------------------------------------------------------------------------


@pytest.mark.asvs("7.2.4")
def test_every_sign_in_has_a_key_of_its_own(reader, session, clock):
    dana = reader(None)
    dana.opens("/sign-in")
    before = dana.token
    dana.sign_in("dana")
    first = rows(session, "dana")
    assert len(first) == 1
    assert first[0].ended_at is None
    dana.opens("/account")
    assert dana.token != before
    dana.presses("Sign out")
    clock.move(seconds=1)
    dana.sign_in("dana")
    old, new = rows(session, "dana")
    assert (old.ended_why, new.ended_at) == (Ended.SIGNED_OUT, None)
    assert old.id != new.id


@pytest.mark.asvs("7.4.1")
def test_a_cookie_of_before_the_sign_out_opens_nothing(reader, app):
    dana = reader("dana")
    dana.opens("/account")
    with dana.client.session_transaction() as held:
        kept = dict(held)
    dana.presses("Sign out")
    thief = app.test_client()
    with thief.session_transaction() as held:
        held.update(kept)
    with app.app_context():
        answer = thief.get("/today")
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("spoil", [{"sid": ""}, {"sid": "x" * 32}, {"sid": 7}, {"sid": None}, {"_user_id": "someone"}])
def test_a_session_is_itself_or_nothing(reader, app, spoil):
    dana = reader("dana")
    with dana.client.session_transaction() as held:
        held.update(spoil)
    assert dana.opens("/account").url == "/sign-in"


def test_somebody_elses_key_beside_ones_own_name_opens_nothing(reader, app, cast):
    dana = reader("dana")
    other = begin_session(app, cast.email("imani"))
    with dana.client.session_transaction() as held:
        held["sid"] = other["sid"]
    assert dana.opens("/account").url == "/sign-in"


@pytest.mark.parametrize(
    ("name", "own", "minutes", "lasts"),
    [
        ("dana", False, 29, True),
        ("dana", False, 31, False),
        ("marcus", False, 16, False),
        ("dana", True, 11 * 60, True),
        ("dana", True, 13 * 60, False),
        ("marcus", True, 6 * 24 * 60, True),
        ("marcus", True, 8 * 24 * 60, False),
    ],
)
def test_how_long_a_session_may_rest(reader, app, cast, clock, name, own, minutes, lasts):
    someone = reader(None)
    held = begin_session(app, cast.email(name), own_device=own)
    with someone.client.session_transaction() as cookie_:
        cookie_.update(held)
    clock.move(minutes=minutes)
    page = someone.opens("/account")
    assert (page.url == "/account") is lasts
    assert lasts or "You were signed out to keep this private." in page.main


def test_a_busy_session_is_written_down_once_a_minute_and_ends_after_twelve_hours(reader, session, clock):
    dana = reader("dana")
    for _n in range(3):
        dana.opens("/account")
    assert rows(session, "dana")[0].seen_at == MONDAY
    clock.move(seconds=61)
    dana.opens("/account")
    assert rows(session, "dana")[0].seen_at == clock.now()
    for _n in range(26):
        clock.move(minutes=27)
        dana.opens("/account")
    clock.move(minutes=27)
    assert dana.opens("/account").url == "/sign-in"


def test_the_tick_of_an_own_device_is_remembered_and_its_cookie_lasts(reader, session):
    dana = reader(None)
    dana.opens("/sign-in")
    dana.sends(email="dana@cast.example", password=PASSPHRASE, own="y", follow=False, status=302)
    assert rows(session, "dana")[0].own_device
    assert any("desk=" in line and "Expires=" in line for line in dana.page.response.headers.getlist("Set-Cookie"))
    imani = reader(None)
    imani.opens("/sign-in")
    imani.sends(email="imani@cast.example", password=PASSPHRASE, follow=False, status=302)
    assert not rows(session, "imani")[0].own_device
    assert not any("desk=" in line and "Expires=" in line for line in imani.page.response.headers.getlist("Set-Cookie"))


# ---- ending ---------------------------------------------------------------------------------------------------------


@pytest.mark.asvs("7.5.1")
def test_a_device_is_ended_from_another_and_refused_at_its_next_request(reader, session):
    here, there = reader("dana"), reader("dana")
    assert is_in(here)
    assert is_in(there)
    page = here.opens("/account/devices")
    assert page.main.count("This one") == 1
    here.presses("Sign out there")
    assert "That device is signed out." in here.page.main
    assert there.opens("/account").url == "/sign-in"
    assert is_in(here)
    assert [row.ended_why for row in rows(session, "dana")].count(Ended.ELSEWHERE) == 1
    assert len(events(session, "session:ended")) == 1


@pytest.mark.asvs("7.4.3")
def test_all_other_devices_are_ended_at_once(reader, session):
    here, *others = (reader("dana") for _n in range(4))
    here.opens("/account/devices")
    here.presses("Sign out everywhere else")
    assert is_in(here)
    assert not any(is_in(other) for other in others)


def test_nobody_ends_somebody_elses_session(reader, session):
    dana, imani = reader("dana"), reader("imani")
    theirs = rows(session, "imani")[0].id
    dana.opens("/account/devices")
    dana.posts(f"/account/devices/{theirs}/end", status=404)
    assert is_in(imani)


def test_what_signs_out_clears_what_the_browser_kept(reader):
    dana = reader("dana")
    dana.opens("/account")
    form = dana.page.form("/sign-out")
    with dana.app.app_context():
        answer = dana.client.post("/sign-out", data={"csrf_token": form.find("input", {"name": "csrf_token"})["value"]})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    marcus = reader("marcus")
    with marcus.app.app_context():
        answer = marcus.client.get("/leave")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert marcus.opens("/my-goals").url == "/sign-in"


@pytest.mark.asvs("7.4.2")
@pytest.mark.parametrize("change", ["role", "off", "off and on"])
def test_a_changed_role_and_switching_off_take_effect_at_the_next_request(reader, session, cast, change):
    chris = reader("chris")
    assert is_in(chris)
    if change == "role":
        user = account(session, "chris")
        admin.change_account(
            session, cast.admin, user.id, first_name="Chris", last_name="Bell", role=Role.SUPERVISOR, work_phone="",
            work_hours="", most_people=15, team_ids=[], version=user.version, now=MONDAY,
        )  # fmt: skip
    else:
        admin.set_active(session, cast.admin, cast.chris.id, active=False, now=MONDAY)
        if change == "off and on":
            admin.set_active(session, cast.admin, cast.chris.id, active=True, now=MONDAY)
    session.commit()
    assert chris.opens("/today").url == "/sign-in"
    assert {row.ended_why for row in rows(session, "chris")} == {Ended.RIGHTS}


def test_a_team_that_changed_is_felt_at_the_next_request(reader, session, cast):
    ruth = reader("ruth")
    assert ruth.opens(f"/people/{cast.marcus}")
    ruth_row = account(session, "ruth")
    admin.change_account(
        session, cast.admin, ruth_row.id, first_name="Ruth", last_name="Mbeki", role=Role.SUPERVISOR, work_phone="",
        work_hours="", most_people=15, team_ids=[], version=ruth_row.version, now=MONDAY,
    )  # fmt: skip
    session.commit()
    ruth.opens(f"/people/{cast.marcus}", status=404)


@pytest.mark.asvs("7.4.3")
def test_a_new_passphrase_ends_the_other_sessions_and_keeps_this_one(reader, session):
    here, there = reader("dana"), reader("dana")
    here.opens("/account/passphrase")
    new = "seven herons over the marsh"
    here.sends("/account/passphrase", password=PASSPHRASE, new_password=new, new_password_confirm=new)
    assert is_in(here)
    assert there.opens("/account").url == "/sign-in"
    assert reader(None).sign_in("dana", new).url == "/today"


def test_an_administrator_sees_devices_and_ends_them(reader, session, cast, app):
    dana, grace = reader("dana"), reader("admin")
    begin_session(app, "dana@cast.example", user_agent=ANDROID)
    page = grace.opens(f"/admin/accounts/{cast.dana.id}")
    assert "Chrome on Android" in page.main
    assert "A browser" in page.main
    grace.presses("Sign out there", within="A browser")
    assert dana.opens("/account").url == "/sign-in"
    assert events(session, "session:ended")[0].actor_id == cast.admin.id
    theirs = rows(session, "dana")[0].id
    grace.posts(f"/admin/accounts/{cast.imani.id}/sessions/{theirs}/end", status=404)


def test_sessions_of_long_ago_are_forgotten(reader, session, app, clock):
    reader("dana")
    clock.move(days=91)
    tidy(app)
    assert rows(session, "dana") == []


def test_only_live_sessions_are_listed(reader, session, clock, app):
    reader("dana")
    begin_session(app, "dana@cast.example", own_device=True)
    clock.move(hours=2)
    assert [row.own_device for row in sessions.list_live(session, account(session, "dana"), now=clock.now())] == [True]
    clock.move(days=31)
    assert sessions.list_live(session, account(session, "dana"), now=clock.now()) == []


# ---- showing again who is there -------------------------------------------------------------------------------------


@pytest.mark.asvs("7.5.1")
@pytest.mark.parametrize(
    "path", ["/account/passphrase", "/account/second-factor", "/account/passkeys", "/account/spare-codes"]
)
def test_what_matters_asks_again_after_fifteen_minutes(reader, session, clock, path):
    dana = reader("dana")
    assert dana.opens(path).url == path
    clock.move(minutes=14)
    assert dana.opens(path).url == path
    clock.move(minutes=2)
    page = dana.opens(path)
    assert page.url == "/account/confirm"
    assert "Is it still you?" in page.main
    page = dana.sends("/account/confirm.*", password="not the right one at all")
    assert page.url == "/account/confirm"
    assert "That is not your passphrase" in page.main
    assert dana.sends("/account/confirm.*", password=PASSPHRASE).url == path
    assert len(events(session, "identity:confirmed")) == 1
    assert [row.details for row in events(session, "sign-in:refused")] == [{"by": "passphrase"}]


def test_what_was_pressed_too_late_to_be_fresh_is_said_not_to_have_happened(reader, session, cast, clock):
    admin = reader("admin")
    clock.move(minutes=16)
    admin.opens(f"/admin/accounts/{cast.chris.id}", status=None)
    page = admin.posts(f"/admin/accounts/{cast.chris.id}/disabling")
    assert page.url == "/account/confirm"
    assert "Nothing was changed yet." in page.main


def test_signing_out_says_so_and_leaving_says_nothing(reader):
    dana = reader("dana")
    dana.opens("/account")
    assert "You are signed out." in dana.presses("Sign out").main
    marcus = reader("marcus")
    marcus.opens("/leave", follow=False, status=303)
    assert "signed out" not in marcus.opens("/sign-in").main


def test_a_space_around_an_address_is_let_go(reader):
    dana = reader(None)
    dana.opens("/sign-in")
    assert dana.sends(email=" dana@cast.example ", password=PASSPHRASE).url == "/today"
