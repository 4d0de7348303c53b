"""At the doors: the page that asks to wait, whom it stands before, and devices that are known."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import GuessCount, User
from coachdesk.audit import AuditEntry
from coachdesk.db import db
from tests.cast import MONDAY, PASSPHRASE
from tests.conftest import make_app, settings
from tests.reader import Reader

WRONG = "not the right one at all"
CHOSEN = "seven herons over the marsh"
WAIT = "That is a lot of tries. Please wait a minute, then try again."


def at_address(someone, address):
    """Let a reader call from somewhere."""
    someone.client.environ_base["REMOTE_ADDR"] = address
    return someone


def guesses(someone, email, *, times=5, passphrase=WRONG):
    """Try so often; the last answer."""
    someone.opens("/sign-in")
    token = someone.token
    for _ in range(times):
        page = someone.sends_raw("/sign-in", {"csrf_token": token, "email": email, "password": passphrase})
    return page


def events(session, event="sign-in:refused"):
    session.rollback()
    return [entry.details for entry in session.scalars(sa.select(AuditEntry).where(AuditEntry.event == event))]


@pytest.mark.asvs("6.3.1")
def test_after_five_wrong_tries_a_kind_page_says_the_wait_and_keeps_the_address(reader, cast, clock):
    nobody = reader(None)
    assert guesses(nobody, cast.email("dana")).status == 200
    clock.move(seconds=20)
    nobody.opens("/sign-in")
    page = nobody.sends(status=429, email=cast.email("dana"), password=WRONG)
    assert page.response.headers["Retry-After"] == "40"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert WAIT in page.main
    assert page.soup.find(id="email")["value"] == cast.email("dana")
    assert not page.soup.find(id="password").get("value")
    assert WRONG not in page.text
    clock.move(seconds=40)
    assert nobody.sends(email=cast.email("dana"), password=PASSPHRASE).url == "/today"


def test_longer_waits_are_said_in_minutes(reader, cast, clock):
    nobody = reader(None)
    guesses(nobody, cast.email("dana"))
    clock.move(minutes=1)
    guesses(nobody, cast.email("dana"))
    page = guesses(nobody, cast.email("dana"), times=1)
    assert (page.status, page.response.headers["Retry-After"]) == (429, "540")
    assert "Please wait 9 minutes, then try again." in page.main


@pytest.mark.asvs("6.3.8")
def test_the_wait_is_the_same_for_known_and_unknown_accounts(reader, cast, session):
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(active=False))
    session.commit()
    told = set()
    for name in ("dana", "nobody", "chris"):
        someone = reader(None)
        assert guesses(someone, cast.email(name)).status == 200
        page = guesses(someone, cast.email(name), times=1)
        without_token = page.text.replace(someone.token, "").replace(cast.email(name), "")
        nonce = page.soup.find("script")["nonce"] if page.soup.find("script") else ""
        told.add((page.status, page.response.headers["Retry-After"], without_token.replace(nonce, "")))
        assert len([q for q in page.queries if "guess_count" in q]) >= 1
    assert len({(status, after) for status, after, _text in told}) == 1
    assert len({page_text.split("<main")[1].split("csrf_token")[0] for *_rest, page_text in told}) == 1


def test_while_a_wait_runs_nothing_is_looked_at_and_the_right_passphrase_waits_too(reader, cast):
    nobody = reader(None)
    guesses(nobody, cast.email("dana"))
    page = guesses(nobody, cast.email("dana"), times=1, passphrase=PASSPHRASE)
    assert page.status == 429
    assert not [query for query in page.queries if "FROM user_account" in query and "password" in query]
    assert nobody.opens("/today").url == "/sign-in"


@pytest.mark.asvs("6.3.1")
def test_a_thousand_wrong_tries_elsewhere_leave_the_owners_sign_in_untouched(reader, cast, session):
    stranger = at_address(reader(None), "203.0.113.9")
    assert guesses(stranger, cast.email("dana"), times=1000).status == 429
    assert at_address(reader(None), "198.51.100.7").sign_in("dana").url == "/today"
    assert len(events(session)) == 6  # five wrong tries and one wait, not a thousand rows


@pytest.mark.asvs("2.4.1")
def test_a_device_that_was_signed_in_on_before_does_not_wait_for_what_others_do(reader, cast):
    known = reader(None)
    known.sign_in("dana")
    known.presses("Sign out")
    beside = reader(None)
    assert guesses(beside, cast.email("dana"), times=6).status == 429
    for n in range(60):
        guesses(at_address(reader(None), f"192.0.2.{n}"), f"p{n}@cast.example", times=1)
    assert guesses(at_address(reader(None), "198.51.100.7"), cast.email("ruth"), times=1).status == 429
    assert known.sign_in("dana").url == "/today"


def test_a_known_device_waits_for_its_own_wrong_tries(reader, cast):
    known = reader(None)
    known.sign_in("dana")
    known.presses("Sign out")
    assert guesses(known, cast.email("dana"), times=6).status == 429


def test_a_device_is_known_for_those_accounts_alone_that_were_signed_in_to_there(reader, cast):
    known = reader(None)
    known.sign_in("dana")
    known.presses("Sign out")
    guesses(reader(None), cast.email("ruth"))
    assert guesses(known, cast.email("ruth"), times=1).status == 429


@pytest.mark.parametrize(
    "spoil", [lambda value: value[:-2], lambda value: f"x{value}", lambda _value: "", lambda _v: "{}"]
)
def test_a_device_cookie_that_was_tampered_with_makes_no_device_known(reader, cast, spoil):
    known = reader(None)
    known.sign_in("dana")
    known.presses("Sign out")
    value = known.client.get_cookie("door", domain="desk.example").value
    other = reader(None)
    guesses(other, cast.email("dana"))
    other.client.set_cookie("door", value, domain="desk.example")
    assert guesses(other, cast.email("dana"), times=1).status == 200
    other.client.set_cookie("door", spoil(value), domain="desk.example")
    assert guesses(other, cast.email("dana"), times=1).status == 429


def test_the_session_cookie_cannot_stand_for_a_device(reader, cast):
    known = reader("dana")
    other = reader(None)
    guesses(other, cast.email("dana"))
    other.client.set_cookie("door", known.client.get_cookie("desk", domain="desk.example").value, domain="desk.example")
    assert guesses(other, cast.email("dana"), times=1).status == 429


def test_a_device_is_forgotten_after_half_a_year(reader, cast, clock):
    known = reader(None)
    known.sign_in("dana")
    known.presses("Sign out")
    clock.move(days=180, seconds=1)
    guesses(reader(None), cast.email("dana"))
    assert guesses(known, cast.email("dana"), times=1).status == 429


def test_the_device_cookie_names_nobody_and_is_out_of_reach_of_scripts(reader):
    someone = reader(None)
    someone.opens("/sign-in")
    answer = someone.sends(email="dana@cast.example", password=PASSPHRASE, follow=False, status=302).response
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("door=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "dana" not in cookie


@pytest.fixture
def serve(app, clock, tmp_path):
    """Serve the test's own database with other settings."""
    made = []

    def make(**more):
        made.append(make_app(settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, **more), clock))
        return made[-1]

    yield make
    for served in made:
        with served.app_context():
            db.engine.dispose()


def test_over_https_the_device_cookie_is_for_this_host_alone(serve, cast):
    served = serve(base_url="https://desk.example")
    someone = Reader(served, cast)
    someone.opens("/sign-in")
    with served.app_context():
        answer = someone.client.post(
            "/sign-in",
            base_url="https://desk.example",
            headers={"Referer": "https://desk.example/sign-in"},
            data={"csrf_token": token_of(someone), "email": cast.email("dana"), "password": PASSPHRASE},
        )
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if "door=" in line]
    assert cookie.startswith("__Host-door=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def token_of(someone):
    page = someone.client.get("/sign-in", base_url="https://desk.example")
    return page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_a_device_is_known_for_five_accounts_the_latest(app, reader, cast):
    app.config["SECURITY_TWO_FACTOR_REQUIRED"] = False  # six accounts at one device, none with a phone to hand
    shared = reader(None)
    for name in ("dana", "imani", "ruth", "chris", "omar", "admin"):
        shared.sign_in(name)
        shared.presses("Sign out")
    guesses(reader(None), cast.email("dana"))
    guesses(reader(None), cast.email("imani"))
    assert guesses(shared, cast.email("imani"), times=1).status == 200
    assert guesses(shared, cast.email("dana"), times=1).status == 429


def test_a_right_passphrase_begins_the_count_anew(reader, cast):
    for _ in range(3):
        assert guesses(reader(None), cast.email("dana"), times=4).status == 200
        assert reader(None).sign_in("dana").url == "/today"


def test_addresses_of_one_household_count_as_one(reader, cast):
    pages = [guesses(at_address(reader(None), f"2001:db8:1:2::{n}"), cast.email("dana"), times=1) for n in range(1, 7)]
    assert [page.status for page in pages] == [200] * 5 + [429]
    assert guesses(at_address(reader(None), "2001:db8:1:3::1"), cast.email("dana"), times=1).status == 200


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200)])
def test_whom_a_proxy_speaks_for_is_believed_only_of_a_proxy_of_ours(serve, cast, proxies, status):
    served = serve(trusted_proxies=proxies)
    for n in range(6):
        someone = Reader(served, cast)
        someone.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{n}"
        page = guesses(someone, cast.email("dana"), times=1)
    assert page.status == status


@pytest.mark.parametrize("email", ["DANA@cast.example", " dana@CAST.example ", "\uff24ana@cast.example"])
def test_another_spelling_gives_no_tries_anew(reader, cast, email):
    nobody = reader(None)
    guesses(nobody, cast.email("dana"))
    assert guesses(nobody, email, times=1).status == 429


def test_an_empty_box_is_no_try(reader, cast, session):
    guesses(reader(None), cast.email("dana"), passphrase="", times=20)
    assert guesses(reader(None), "", times=20).status == 200
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(GuessCount)) == 0


def test_the_way_back_survives_the_pause(reader, cast, clock):
    nobody = reader(None)
    nobody.opens("/people?q=mar")
    for _ in range(5):
        nobody.sends(email=cast.email("dana"), password=WRONG)
    nobody.sends(status=429, email=cast.email("dana"), password=WRONG)
    clock.move(minutes=1)
    assert nobody.sends(email=cast.email("dana"), password=PASSPHRASE).url == "/people"


# ---- links, and the passphrase of whoever is signed in -------------------------------------------------------------


@pytest.mark.asvs("6.3.1")
def test_whoever_tries_links_waits_and_a_link_that_lives_is_no_try(reader, cast, session):
    path = links.invite(session, cast.admin, accounts.find_user(session, cast.dana.id), now=MONDAY)
    session.commit()
    nobody = reader(None)
    for _ in range(40):
        nobody.opens(path)
    form = nobody.page
    for n in range(30):
        assert nobody.looks(f"/invitation/{n}").status == 404
    page = nobody.opens(path, status=429)
    assert "Please wait 10 minutes" in page.main
    nobody.page = form
    assert nobody.sends(status=429, passphrase=CHOSEN, again=CHOSEN).response.headers["Retry-After"] == "600"
    elsewhere = at_address(reader(None), "198.51.100.7")
    elsewhere.opens(path)
    assert elsewhere.sends(passphrase=CHOSEN, again=CHOSEN).url == "/sign-in"
    assert events(session) == [{"why": "wait", "kind": "link", "reach": "address"}]


def test_a_passphrase_typed_twice_unlike_costs_the_holder_of_a_link_no_tries(reader, cast, session):
    path = links.invite(session, cast.admin, accounts.find_user(session, cast.dana.id), now=MONDAY)
    session.commit()
    nobody = reader(None)
    nobody.opens(path)
    for _ in range(40):
        nobody.sends(status=422, passphrase=CHOSEN, again=WRONG)
    assert nobody.sends(passphrase=CHOSEN, again=CHOSEN).url == "/sign-in"


def changes(someone, status, **typed):
    someone.opens("/account/passphrase")
    own = {"password": PASSPHRASE, "new_password": CHOSEN, "new_password_confirm": CHOSEN}
    return someone.sends("/account/passphrase", status=status, **{**own, **typed})


def test_whoever_finds_a_session_open_cannot_guess_the_passphrase_in_it(reader):
    found = reader("dana")
    for _ in range(5):
        changes(found, 200, password=WRONG)
    assert WAIT in changes(found, 429).main
    assert found.opens("/today").url == "/today"


def test_a_new_passphrase_that_cannot_be_is_no_guess_and_forgives_none(reader):
    someone = reader("dana")
    for _ in range(4):
        changes(someone, 200, password=WRONG)
    for _ in range(6):
        changes(someone, 200, new_password_confirm="seven swans")
    changes(someone, 200, password=WRONG)
    changes(someone, 429, password=WRONG)


# ---- how long it takes ---------------------------------------------------------------------------------------------


@pytest.mark.asvs("6.3.8")
def test_known_and_unknown_addresses_take_as_long(tmp_path):
    """With the product's own cost; the fuller measurement is `python -m tests.faults.timing`."""
    from tests.faults.timing import ALIKE_MS, ALIKE_SHARE, measure, small_house

    with small_house(tmp_path) as app:
        known, unknown = measure(app, rounds=12)
    gap = abs(known - unknown)
    assert known > 5, "that is no passphrase hash"
    assert gap <= max(ALIKE_MS, ALIKE_SHARE * max(known, unknown)), (known, unknown)


def test_a_wait_costs_next_to_nothing(tmp_path):
    from tests.faults.timing import measure, small_house

    with small_house(tmp_path) as app:
        tried, _unknown = measure(app, rounds=3)
        waiting, waiting_unknown = measure(app, rounds=14, spaced=dt.timedelta())
    assert max(waiting, waiting_unknown) < tried / 2
