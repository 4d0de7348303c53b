from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.audit import AuditEntry, Event
from tests.cast import MONDAY, PASSPHRASE
from tests.goals.helpers import KEPT, MEGABYTE, TYPED

CHOSEN = "seven herons over the marsh"
TRY_AGAIN = "That e-mail and passphrase do not go together. Have another look, then try again."
NOT_YOURS = "That is not your passphrase. Have another look, then try again."
PRIVATE = "You were signed out to keep this private."
TOO_SHORT = "Use at least 15 characters."
NO_MATCH = "The two do not match. Write the same one twice."


def link_for(session, cast, name="dana"):
    user = accounts.find_user(session, (cast.staff.get(name) or cast.accounts[name]).id)
    path = links.invite(session, cast.admin, user, now=MONDAY)
    session.commit()
    return path


def account_now(session, name):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(User).where(User.email == f"{name}@cast.example")).one()


def standing(session):
    """All accounts and links, as they stand."""
    session.rollback()
    return [sorted(map(str, session.execute(sa.select(table.__table__)))) for table in (User, OneTimeLink)]


def lets_in(reader, name, passphrase):
    return reader(None).sign_in(name, passphrase).url != "/sign-in"


def summary(page):
    return page.soup.find(id="error-summary").get_text(" ")


def at(page, name):
    """The sentence at a field."""
    return " ".join(tag.get_text(" ") for tag in page.soup.select(f"#{name}-error"))


def shows_no_secret(page, *secrets):
    assert all(not field.get("value") for field in page.soup.select("input[type=password]"))
    assert not any(secret and secret in page.text for secret in secrets)


# ---- in and out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first"),
    [("dana", "/today"), ("ruth", "/team"), ("marcus", "/my-goals"), ("admin", "/admin/accounts")],
)
def test_everybody_is_led_to_their_own_first_page(reader, name, first):
    assert reader(name).opens("/").url == first


@pytest.mark.parametrize(("name", "first"), [("dana", "/today"), ("marcus", "/my-goals")])
def test_who_needs_no_second_factor_is_there_at_once(reader, name, first):
    assert reader(None).sign_in(name).url == first


@pytest.mark.parametrize("email", ["DANA@Cast.Example", "dana@cast.example\x00"])
def test_an_address_is_taken_however_it_is_written(reader, email):
    nobody = reader(None)
    nobody.opens("/sign-in")
    assert nobody.sends(email=email, password=PASSPHRASE).url == "/today"


def test_whoever_cannot_sign_in_reads_the_same_words(reader, cast, session):
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(active=False))
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(password=None))
    session.commit()
    told = set()
    for name, passphrase in (
        ("nobody", PASSPHRASE),
        ("dana", "not the right one at all"),
        ("dana", PASSPHRASE.upper()),
        ("chris", PASSPHRASE),
        ("imani", PASSPHRASE),
    ):
        someone = reader(None)
        page = someone.sign_in(name, passphrase)
        told.add((page.status, page.main, page.soup.title.get_text()))
        assert page.soup.find(id="email")["value"] == f"{name}@cast.example"
        shows_no_secret(page, passphrase)
        assert someone.opens("/today").url == "/sign-in"
    assert len(told) == 1
    assert TRY_AGAIN in told.pop()[1]


@pytest.mark.parametrize(
    ("email", "passphrase"),
    [
        *((email, PASSPHRASE) for email in ("", "dana", KEPT, "dana@cast.example' OR '1'='1", MEGABYTE)),
        *(("dana@cast.example", secret) for secret in ("", "\x00", "🌅 أمي \u202e", MEGABYTE)),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_the_address_stays(reader, email, passphrase):
    nobody = reader(None)
    nobody.opens("/sign-in")
    page = nobody.sends(email=email, password=passphrase)
    assert summary(page).split("\n")[0].strip() == "There is a problem"
    assert page.url == "/sign-in"
    assert page.soup.title.get_text().startswith("Error:")
    assert page.soup.find(id="email")["value"] == email
    shows_no_secret(page, passphrase.strip("\x00"))


def test_signing_out_ends_the_session_and_takes_a_press(reader):
    dana = reader("dana")
    dana.opens("/sign-out", status=404)
    assert dana.opens("/today").url == "/today"
    assert dana.presses("Sign out").url == "/sign-in"
    assert PRIVATE not in dana.page.main
    assert dana.opens("/today").url == "/sign-in"


@pytest.mark.parametrize(("name", "minutes", "path"), [("dana", 31, "/people"), ("marcus", 16, "/account")])
def test_an_idle_session_ends_with_a_sentence_said_once_and_leads_back(reader, cast, clock, name, minutes, path):
    someone = reader(name)
    someone.opens(path)
    clock.move(minutes=minutes)
    page = someone.opens(path)
    assert page.url == "/sign-in"
    assert PRIVATE in page.main
    assert someone.sends(email=cast.email(name), password=PASSPHRASE).url == path
    someone.presses("Sign out")
    assert PRIVATE not in someone.opens("/sign-in").main


def test_what_is_sent_after_too_long_changes_nothing(reader, session, clock):
    dana = reader("dana")
    dana.opens("/account")
    before = standing(session)
    clock.move(minutes=31)
    page = dana.sends(work_hours="Nights")
    assert page.url == "/sign-in"
    assert PRIVATE in page.main
    assert standing(session) == before


FOREIGN = {
    "slashes": ["//evil.org", "///evil.org", "http:///evil.org", "https:/evil.org", " //evil.org"],
    "hosts": ["https://evil.org/", "https:evil.org", "//desk.example@evil.org", "https://desk.example.evil.org"],
    "backslashes": ["\\\\evil.org", "/\\evil.org", "\\/evil.org", "https://evil.org\\@desk.example/"],
    "unseen": ["/\t/evil.org", "\t//evil.org", "/\x00/evil.org", "\x00//evil.org", "/\x7f/evil.org"],
    "line ends": ["/\r\n/evil.org", "/\r\nLocation: https://evil.org", "/\n\n//evil.org"],
    "schemes": ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,evil", "\x01javascript:evil"],
    "encoded": ["%2F%2Fevil.org", "/%5cevil.org", "/%2f/evil.org", "/%09/evil.org", "/\u200b/evil.org"],
    "others": ["evil.org", "@evil.org", "?next=//evil.org", "/ /evil.org", "\uff0f\uff0fevil.org"],
}


def host_of(location):
    """Where a browser would go: it drops tabs and line ends, and takes a backslash for a slash."""
    seen = re.sub("[\t\r\n\x00]", "", location.replace("\\", "/")).strip()
    return urlsplit(urljoin("http://desk.example/sign-in", seen)).netloc


@pytest.mark.parametrize("kind", FOREIGN)
def test_nobody_is_led_elsewhere_by_signing_in_or_out(reader, cast, kind):
    for where in FOREIGN[kind]:
        someone, way = reader(None), f"next={quote(where, safe='')}"
        someone.opens(f"/sign-in?{way}")
        own = {"email": cast.email("dana"), "password": PASSPHRASE}
        answers = [someone.sends(status=302, follow=False, next=where, **own).response]
        answers.append(someone._open(f"/sign-in?{way}", "GET"))
        someone.opens("/account")
        answers.append(someone._open(f"/sign-out?{way}", "POST", {"csrf_token": someone.token, "next": where}))
        for answer in answers:
            assert answer.status_code in (302, 303)
            assert host_of(answer.location) in ("", "desk.example"), (where, answer.location)


def test_whoever_was_on_the_way_to_a_page_of_ours_gets_there(reader, cast):
    nobody = reader(None)
    assert nobody.opens("/people?q=mar").url == "/sign-in"
    nobody.sends(email=cast.email("dana"), password="wrong")
    page = nobody.sends(email=cast.email("dana"), password=PASSPHRASE)
    assert page.url == "/people"
    assert [a.get_text() for a in page.soup.select("main a.name")] == ["Marcus T."]


def test_a_link_is_used_to_choose_a_passphrase_and_sign_in(reader, cast, session):
    before = reader("dana")
    path, nobody = link_for(session, cast), reader(None)
    assert "Welcome, Dana" in nobody.opens(path).main
    page = nobody.sends(passphrase=CHOSEN, again=CHOSEN)
    assert "Your passphrase is chosen. Sign in with it now." in page.main
    shows_no_secret(page, CHOSEN)
    assert nobody.sends(email=cast.email("dana"), password=CHOSEN).url == "/today"
    assert not lets_in(reader, "dana", PASSPHRASE)
    assert before.opens("/today").url == "/sign-in"


def test_a_link_is_used_once(reader, cast, session):
    path, slow, nobody = link_for(session, cast), reader(None), reader(None)
    for someone in (slow, nobody):
        someone.opens(path)
    nobody.sends(passphrase=CHOSEN, again=CHOSEN)
    kept = standing(session)
    assert "This link has ended" in nobody.opens(path, status=404).main
    page = slow.sends(status=404, passphrase="quite another passphrase", again="quite another passphrase")
    assert "Ask whoever sent it for a new one." in page.main
    assert standing(session) == kept


@pytest.mark.parametrize(("hours", "status"), [(7 * 24 - 1, 200), (7 * 24, 404)])
def test_a_link_ends_after_seven_days(reader, cast, session, clock, hours, status):
    path, nobody = link_for(session, cast), reader(None)
    nobody.opens(path)
    form, before = nobody.page, standing(session)
    clock.move(hours=hours)
    nobody.opens(path, status=status)
    nobody.page = form
    page = nobody.sends(status=status, passphrase=CHOSEN, again=CHOSEN)
    assert (standing(session) == before) is (status == 404)
    assert ("This link has ended" in page.main) is (status == 404)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path[:-1],
        lambda path: f"{path}x",
        lambda path: path[:-1] + ("A" if path[-1] != "A" else "B"),
        lambda path: f"{path}%00",
        lambda path: f"{path}%20",
        lambda _path: "/invitation/" + quote("🌅 أمي <b>"),
        lambda _path: "/invitation/" + "x" * 5_000,
    ],
)
def test_a_link_that_is_not_quite_it_gets_a_kind_page(reader, cast, session, spoil):
    path, nobody = link_for(session, cast), reader(None)
    nobody.opens(path)
    before = standing(session)
    data = {"csrf_token": nobody.token, "passphrase": CHOSEN, "again": CHOSEN, "form_key": "x"}
    page = nobody._fetch("POST", spoil(path), status=404, follow=False, data=data)
    assert "Dana" not in page.text
    assert "Ask whoever sent it for a new one." in nobody.opens(spoil(path), status=404).main
    assert standing(session) == before


@pytest.mark.parametrize(
    ("one", "again", "field", "sentence"),
    [
        ("", "", "passphrase", "Write a passphrase."),
        ("\x00", "\x00", "passphrase", "Write a passphrase."),
        (CHOSEN, "", "again", "Write the same passphrase once more."),
        (CHOSEN, CHOSEN.title(), "again", NO_MATCH),
        ("short", "short", "passphrase", TOO_SHORT),
        ("short", "shorter", "passphrase", TOO_SHORT),
        ("short", "shorter", "again", NO_MATCH),
        ("🌅" * 14, "🌅" * 14, "passphrase", TOO_SHORT),
        ("x" * 257, "x" * 257, "passphrase", "1 characters too long"),
        (MEGABYTE, MEGABYTE, "passphrase", "characters too long"),
    ],
)
def test_a_passphrase_that_cannot_be_gets_a_sentence(reader, cast, session, one, again, field, sentence):
    nobody = reader(None)
    nobody.opens(link_for(session, cast))
    before = standing(session)
    page = nobody.sends(status=422, passphrase=one, again=again)
    assert sentence in at(page, field)
    assert sentence in summary(page)
    shows_no_secret(page, one.strip("\x00"))
    assert standing(session) == before
    assert nobody.sends(passphrase=CHOSEN, again=CHOSEN).url == "/sign-in"


@pytest.mark.parametrize(
    "passphrase",
    [
        "abbey rode six z",
        "herons over seven marshes " * 5,
        "  spaces around it  ",
        "<b>& “all” %(n)s {{ 7*7 }}",
        "घर 🌅 home \u202e and me",
        "a\tb" * 6 + "over hills",
    ],
)
def test_whatever_passphrase_was_taken_lets_in(reader, cast, session, passphrase):
    nobody = reader(None)
    nobody.opens(link_for(session, cast))
    assert nobody.sends(passphrase=passphrase, again=passphrase).url == "/sign-in"
    assert lets_in(reader, "dana", passphrase)
    assert not lets_in(reader, "dana", passphrase[:-1])


# ---- one's own account ----------------------------------------------------------------------------------------------


def changes(someone, password=PASSPHRASE, new=CHOSEN, again=None):
    someone.opens("/account/passphrase")
    again = new if again is None else again
    return someone.sends("/account/passphrase", password=password, new_password=new, new_password_confirm=again)


@pytest.mark.parametrize("name", ["dana", "marcus"])
def test_a_passphrase_is_changed_and_other_sessions_end(reader, session, name):
    elsewhere, someone = reader(name), reader(name)
    page = changes(someone)
    assert page.url == "/account"
    shows_no_secret(page, CHOSEN)
    assert someone.opens("/account").url == "/account"
    assert elsewhere.opens("/account").url == "/sign-in"
    assert not lets_in(reader, name, PASSPHRASE)
    assert lets_in(reader, name, CHOSEN)
    event = sa.select(sa.func.count()).where(AuditEntry.event == Event.PASSPHRASE_CHANGED.value)
    session.rollback()
    assert session.scalar(event) == 1


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"password": ""}, "password", "Write your passphrase."),
        ({"password": "not the right one at all"}, "password", NOT_YOURS),
        ({"password": MEGABYTE}, "password", NOT_YOURS),
        ({"new": PASSPHRASE}, "new_password", "That is the one you have now. Choose another."),
        ({"new": ""}, "new_password", "Write your passphrase."),
        ({"new": "short"}, "new_password", TOO_SHORT),
        ({"new": "\x00" * 20}, "new_password", "Write your passphrase."),
        ({"again": "seven swans over the marsh"}, "new_password_confirm", NO_MATCH),
    ],
)
def test_a_change_that_cannot_be_gets_a_sentence_and_shows_nothing(reader, session, typed, field, sentence):
    dana, before = reader("dana"), standing(session)
    page = changes(dana, **typed)
    assert sentence in at(page, field)
    assert sentence in summary(page)
    assert page.soup.title.get_text().startswith("Error:")
    shows_no_secret(page, CHOSEN, PASSPHRASE, *typed.values())
    assert standing(session) == before


def test_what_is_ones_own_is_changed_and_nothing_else(reader, session):
    dana = reader("dana")
    dana.opens("/account")
    more = {"role": "administrator", "role_name": "administrator", "is_admin": "1", "client_id": "7", "email": "x@y.z"}
    page = dana.sends(theme="dark", work_phone="555 0177", work_hours=TYPED, first_name="Mallory", active="", **more)
    assert "Saved." in page.main
    assert page.soup.html["data-theme"] == "dark"
    now = account_now(session, "dana")
    assert (now.work_phone, now.work_hours, now.role_name, now.name) == ("555 0177", KEPT, Role.COACH, "Dana Osei")
    assert (now.email, now.active, now.client_id) == ("dana@cast.example", True, None)


def test_a_person_chooses_light_or_dark_and_has_no_number(reader, session):
    marcus = reader("marcus")
    page = marcus.opens("/account")
    assert not page.soup.find("input", {"name": "work_phone"})
    page = marcus.sends("/account", theme="light", work_phone="555 0666", role="coach")
    assert page.soup.html["data-theme"] == "light"
    now = account_now(session, "marcus")
    assert (now.work_phone, now.role_name) == ("", Role.CLIENT)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"theme": "purple"}, "Choose one of these."),
        ({"work_phone": MEGABYTE}, "characters too long"),
        ({"form_key": "\x00"}, "Please press the button again."),
    ],
)
def test_an_account_that_cannot_be_keeps_what_was_typed(reader, session, fields, sentence):
    dana = reader("dana")
    dana.opens("/account")
    before = standing(session)
    page = dana.sends(status=422, **{"work_hours": TYPED, **fields})
    assert sentence in summary(page)
    assert page.soup.find("input", {"name": "work_hours"})["value"] == KEPT
    assert standing(session) == before
    assert "Saved." in dana.sends(theme="", work_phone="").main


def test_nothing_is_done_without_its_token_or_with_anothers(reader, cast, session):
    path, imani, dana, nobody = link_for(session, cast), reader("imani"), reader("dana"), reader(None)
    before = standing(session)
    own = {"password": PASSPHRASE, "new_password": CHOSEN, "new_password_confirm": CHOSEN}
    for token in ({}, {"csrf_token": ""}, {"csrf_token": imani.token}):
        for someone, action, data in (
            (dana, "/account", {"work_hours": "Nights"}),
            (dana, "/account/passphrase", own),
            (dana, "/sign-out", {}),
            (nobody, path, {"passphrase": CHOSEN, "again": CHOSEN}),
            (nobody, "/sign-in", {"email": cast.email("dana"), "password": PASSPHRASE}),
        ):
            page = someone._fetch("POST", action, status=400, follow=False, data={**data, **token})
            assert "Nothing was changed." in page.main
    assert standing(session) == before
    assert dana.opens("/today").url == "/today"
    assert nobody.opens("/today").url == "/sign-in"
