"""The second factor: who must have one, codes that are taken once, spare codes, and letting one go."""

from __future__ import annotations

import re
import threading

import pytest
import sqlalchemy as sa

from coachdesk.accounts import links
from coachdesk.accounts.models import Passkey, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.accounts.second_factor import RECOVERY_CODES
from coachdesk.admin import service as admin
from coachdesk.db import db
from coachdesk.words import NotFound, Refused
from tests.accounts.helpers import Phone, account, events, give_phone
from tests.cast import MONDAY, PASSPHRASE

SHORT = "nine owls"
WRONG = "That code does not fit."


def half_in(reader, name, passphrase=PASSPHRASE, **more):
    someone = reader(None)
    someone.opens("/sign-in")
    someone.sends(email=f"{name}@cast.example", password=passphrase, **more)
    return someone


def codes_on(page):
    return [code.get_text() for code in page.soup.select("ul.codes code")]


# ---- who must have one ----------------------------------------------------------------------------------------------


@pytest.mark.asvs("6.3.3")
@pytest.mark.parametrize("name", ["ruth", "omar", "admin"])
def test_supervisors_and_administrators_set_one_up_before_they_are_in(reader, app, session, name):
    someone = half_in(reader, name)
    assert someone.page.url == "/account/second-factor"
    for path in ("/team", "/admin/accounts", "/account", "/account/devices"):
        assert someone.opens(path).url == "/sign-in"
    someone = half_in(reader, name)
    page = someone.presses("Set it up")
    phone = Phone(app)
    phone.read(page.soup.select_one("code.key").get_text())
    page = someone.sends(code="000000", status=422)
    assert WRONG in page.main
    assert page.soup.select_one("code.key").get_text() == phone.shown  # the square stays
    page = someone.sends(code=phone.code())
    assert page.url in ("/team", "/admin/accounts")
    assert account(session, name).tf_primary_method == "authenticator"
    assert [row.event for row in events(session, "second-factor:set", "signed-in")] == [
        "second-factor:set",
        "signed-in",
    ]


def test_the_demo_alone_may_do_without(app, reader):
    app.config["SECURITY_TWO_FACTOR_REQUIRED"] = False  # as the demo's settings make it
    assert half_in(reader, "ruth").page.url == "/team"


def test_coaches_and_people_may_and_need_not(reader):
    assert half_in(reader, "dana").page.url == "/today"
    assert half_in(reader, "marcus").page.url == "/my-goals"


# ---- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.asvs("6.3.3")
def test_a_passphrase_alone_no_longer_lets_in_whoever_has_an_app(reader, app, session):
    phone = give_phone(app, session, "dana")
    dana = half_in(reader, "dana")
    assert dana.page.url == "/sign-in/code"
    assert dana.opens("/today").url == "/sign-in"
    dana = half_in(reader, "dana")
    assert WRONG in dana.sends(code="123456").main
    assert WRONG in dana.sends(code="").main or "There is a problem" in dana.page.main
    code = phone.code()
    assert dana.sends(code=f" {code[:3]} {code[3:]} ").url == "/today"
    assert events(session, "sign-in:refused")[0].details == {"by": "code"}


@pytest.mark.asvs("6.4.6")
def test_a_code_is_taken_once(reader, app, session, clock):
    phone = give_phone(app, session, "dana")
    code = phone.code()
    assert half_in(reader, "dana").sends(code=code).url == "/today"
    again = half_in(reader, "dana")
    assert WRONG in again.sends(code=code).main
    clock.move(seconds=30)
    assert WRONG in again.sends(code=code).main
    assert again.sends(code=phone.code()).url == "/today"


def test_of_two_at_once_with_one_code_one_is_let_in(app, session, cast):
    phone, factory = give_phone(app, session, "dana"), app.extensions["security"].totp_factory
    code, ready, taken = phone.code(), threading.Barrier(4), []
    session.remove()

    def use():
        with app.app_context():
            user = db.session.get(User, cast.dana.id)
            db.session.commit()
            ready.wait(10)
            if factory.verify_totp(code, phone.secret, user, window=60):
                taken.append(1)
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=use) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == 1


@pytest.mark.parametrize(("minutes", "fits"), [(0, True), (1, True), (-1, True), (5, False), (-5, False)])
def test_a_clock_a_minute_off_will_do_and_five_are_too_many(reader, app, session, minutes, fits):
    phone = give_phone(app, session, "dana")
    page = half_in(reader, "dana").sends(code=phone.code(minutes_off=minutes))
    assert (page.url == "/today") is fits
    assert fits or "sets its clock by itself" in page.main


def test_between_passphrase_and_code_ten_minutes_may_pass(reader, app, session, clock):
    phone = give_phone(app, session, "dana")
    dana = half_in(reader, "dana")
    clock.move(minutes=11)
    assert dana.sends(code=phone.code()).url == "/sign-in"
    dana = half_in(reader, "dana")
    clock.move(minutes=9)
    assert dana.sends(code=phone.code()).url == "/today"


def test_whose_device_it_is_and_where_to_lead_outlive_the_second_step(reader, app, session):
    phone = give_phone(app, session, "dana")
    dana = reader(None)
    dana.opens("/people?order=name")
    dana.sends(email="dana@cast.example", password=PASSPHRASE, own="y")
    page = dana.sends(code=phone.code())
    assert page.url == "/people"
    row = session.execute(sa.text("SELECT own_device FROM user_session")).scalar_one()
    assert row


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/spare-code", "/sign-in/way"])
def test_nobody_starts_in_the_middle(reader, path):
    assert reader(None).opens(path).url == "/sign-in"
    dana = reader("dana")
    assert dana.opens(path).url == "/today"
    assert dana.opens("/account").url == "/account"


def test_a_code_by_mail_is_not_to_be_had(reader, app, session):
    give_phone(app, session, "dana")
    dana = half_in(reader, "dana")
    assert dana.posts("/sign-in/rescue", help_setup="email").url == "/sign-in"
    reader("dana").opens("/sign-in/rescue", status=404)


def test_an_app_is_set_up_changed_and_let_go(reader, app, session):
    dana = reader("dana")
    page = dana.opens("/account/second-factor")
    assert "Do not ask for codes any more" not in page.main
    phone = Phone(app)
    phone.read(dana.presses("Set it up").soup.select_one("code.key").get_text())
    page = dana.sends(code="000000", status=422)
    assert WRONG in page.main
    assert page.soup.select_one("code.key").get_text() == phone.shown  # the square stays
    assert page.url == "/account/second-factor/code"  # what it carries stands in no address
    assert dana.sends(code=phone.code()).url == "/account/spare-codes"
    key = app.extensions["security"].totp_factory.get_totp_b32_key
    assert key(account(session, "dana").tf_totp_secret) == key(phone.secret)
    dana.opens("/account/second-factor")
    assert dana.presses("Do not ask for codes any more").url == "/account"
    kept = account(session, "dana")
    assert (kept.tf_primary_method, kept.tf_totp_secret) == (None, None)
    assert half_in(reader, "dana").page.url == "/today"


@pytest.mark.parametrize("state", ["", "x.y.z", "ImEi.aa.bb"])
def test_a_set_up_that_is_none_begins_again(reader, state):
    dana = reader("dana")
    dana.opens("/account/second-factor")
    dana.presses("Set it up")
    assert dana.sends(code="000000", state=state).url == "/account/second-factor"
    assert "Set it up" in dana.page.main


@pytest.mark.asvs("11.4.2")
def test_secrets_lie_encrypted(reader, app, session):
    phone = give_phone(app, session, "dana")
    dana = reader("dana")
    dana.opens("/account/spare-codes")
    codes = codes_on(dana.presses("Make ten codes"))
    session.rollback()
    row = session.execute(
        sa.text("SELECT tf_totp_secret, mf_recovery_codes, password FROM user_account WHERE first_name = 'Dana'")
    ).one()
    key = app.extensions["security"].totp_factory.get_totp_b32_key(phone.secret)
    assert not any(secret in str(row) for secret in (key, *codes, PASSPHRASE))
    assert row.password.startswith("$argon2id$")


# ---- spare codes ----------------------------------------------------------------------------------------------------


@pytest.mark.asvs("6.4.3")
def test_a_spare_code_lets_in_once_however_it_is_typed(reader, app, session):
    give_phone(app, session, "dana")
    dana = reader("dana")
    dana.opens("/account/spare-codes")
    codes = codes_on(dana.presses("Make ten codes"))
    assert len(set(codes)) == RECOVERY_CODES
    assert all(re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){2}", code) for code in codes)

    def tries(code):
        someone = half_in(reader, "dana")
        someone.opens("/sign-in/spare-code")
        return someone.sends(code=code)

    assert tries(codes[0]).url == "/today"
    assert "used before" in tries(codes[0]).main
    assert tries(codes[1].upper().replace("-", " ")).url == "/today"
    for nothing in ("", "-", "zzzz-zzzz-zzzz", codes[2][:-1]):
        assert tries(nothing).url == "/sign-in/spare-code"
    assert len(account(session, "dana").mf_recovery_codes or []) == RECOVERY_CODES - 2
    used = events(session, "recovery-code:used")
    assert [row.details["left"] for row in used] == [9, 8]
    assert "recovery code" in [row.details.get("by") for row in events(session, "sign-in:refused")]


def test_new_spare_codes_end_the_old_and_are_shown_again_on_asking(reader, app, session):
    give_phone(app, session, "dana")
    dana = reader("dana")
    dana.opens("/account/spare-codes")
    old = codes_on(dana.presses("Make ten codes"))
    assert dana.page.url == "/account/spare-codes"  # a page that may be loaded again: nothing is made anew
    assert codes_on(dana.opens("/account/spare-codes")) == []
    assert codes_on(dana.opens("/account/spare-codes?show_codes=1")) == old
    new = codes_on(dana.presses("Make ten codes"))
    assert not set(old) & set(new)
    assert len(events(session, "recovery-codes:made")) == 2


# ---- passphrases beside one -----------------------------------------------------------------------------------------


@pytest.mark.asvs("6.2.1")
def test_eight_characters_will_do_beside_a_second_factor_and_it_must_stay(reader, app, session):
    change = {"password": PASSPHRASE, "new_password": "owl 9 rafts", "new_password_confirm": "owl 9 rafts"}
    dana = reader("dana")
    dana.opens("/account/passphrase")
    assert "at least 15 characters" in dana.sends("/account/passphrase", **change).main
    phone = give_phone(app, session, "dana")
    dana.opens("/account/passphrase")
    assert "Your passphrase is changed" in dana.sends("/account/passphrase", **change).main
    assert account(session, "dana").passphrase_is_short
    assert "Do not ask for codes any more" not in dana.opens("/account/second-factor").main
    assert dana.posts("/account/second-factor", setup="disable").url == "/account/second-factor"
    assert account(session, "dana").tf_totp_secret == phone.secret


def test_a_short_name_that_stands_in_other_words_by_chance_keeps_none_of_them_away(reader, app, session):
    give_phone(app, session, "dana")
    account(session, "dana").first_name = "Al"
    session.commit()
    dana = reader("dana")
    dana.opens("/account/passphrase")
    new = "walnut 9 tall"
    page = dana.sends("/account/passphrase", password=PASSPHRASE, new_password=new, new_password_confirm=new)
    assert "Your passphrase is changed" in page.main


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize(
    "easy",
    [
        "passwordpassword",
        "qwertyuiopasdfgh",
        "dana osei dana osei",
        "coachdesk recovery dana",
        "aaaaaaaaaaaaaaaaaa",
        "correcthorsebatterystaple",
        "osei osei osei tea",
    ],
)
def test_what_everybody_tries_first_is_not_taken(reader, easy):
    dana = reader("dana")
    dana.opens("/account/passphrase")
    page = dana.sends("/account/passphrase", password=PASSPHRASE, new_password=easy, new_password_confirm=easy)
    assert "easy to guess" in page.main


# ---- letting one go -------------------------------------------------------------------------------------------------


def begin_reset(reader, session, cast, name="dana"):
    grace = reader("admin")
    grace.opens(f"/admin/accounts/{cast.staff[name].id}")
    return grace.presses("Start a reset of the second factor").handed_over


def test_a_reset_changes_nothing_before_its_owner_confirms(reader, app, session, cast):
    phone = give_phone(app, session, "dana")
    dana = reader("dana")
    path = begin_reset(reader, session, cast)
    assert path.startswith("/second-factor/")
    assert account(session, "dana").tf_totp_secret == phone.secret
    someone = reader(None)
    assert "an administrator was asked for this" in someone.opens(path).main
    assert "not the passphrase" in someone.sends(passphrase="not the right one at all", status=422).main
    assert account(session, "dana").tf_totp_secret == phone.secret
    page = someone.sends(passphrase=PASSPHRASE)
    assert "Your second factor is gone." in page.main
    kept = account(session, "dana")
    assert (kept.tf_primary_method, kept.tf_totp_secret, kept.mf_recovery_codes) == (None, None, None)
    assert dana.opens("/account").url == "/sign-in"
    assert half_in(reader, "dana").page.url == "/today"
    someone.opens(path, status=404)
    names = [row.event for row in events(session, "second-factor:reset-asked", "second-factor:removed")]
    assert names == ["second-factor:reset-asked", "second-factor:removed"]


def test_a_reset_ends_passkeys_too_and_supervisors_set_up_anew(reader, app, session, cast):
    ruth = account(session, "ruth")
    session.add(
        Passkey(
            user_id=ruth.id,
            name="My phone",
            credential_id=b"c",
            public_key=b"p",
            usage="first",
            created_at=MONDAY,
            lastuse_datetime=MONDAY,
        )
    )
    session.commit()
    assert half_in(reader, "ruth").page.url == "/sign-in/passkey"
    path = begin_reset(reader, session, cast, "ruth")
    someone = reader(None)
    someone.opens(path)
    someone.sends(passphrase=PASSPHRASE)
    assert account(session, "ruth").webauthn == []
    assert half_in(reader, "ruth").page.url == "/account/second-factor"


def test_a_reset_is_for_who_has_one_and_by_administrators_alone(session, cast):
    with pytest.raises(Refused):
        admin.begin_factor_reset(session, cast.admin, cast.dana.id, mailed=False, now=MONDAY)
    for identity in (cast.dana, cast.ruth):
        with pytest.raises(NotFound):
            admin.begin_factor_reset(session, identity, cast.dana.id, mailed=False, now=MONDAY)
    with pytest.raises(NotFound):
        links.find_by_link(session, "nothing", LinkPurpose.SECOND_FACTOR, now=MONDAY)


# ---- what the doors say ---------------------------------------------------------------------------------------------


def test_no_page_before_sign_in_says_what_this_is(reader, app, session):
    give_phone(app, session, "dana")
    user = account(session, "dana")
    key = {"name": "x", "credential_id": b"c", "public_key": b"p", "usage": "first"}
    session.add(Passkey(user_id=user.id, created_at=MONDAY, lastuse_datetime=MONDAY, **key))
    session.commit()
    nobody = half_in(reader, "dana")
    pages = [nobody.page, nobody.sends(which="authenticator"), nobody.opens("/sign-in/spare-code")]
    assert [page.url for page in pages] == ["/sign-in/way", "/sign-in/code", "/sign-in/spare-code"]
    nobody = half_in(reader, "dana")
    pages.append(nobody.sends(which="webauthn"))
    pages += [reader(None).opens(path) for path in ("/sign-in", "/cannot-get-in", "/sign-in/passkey")]
    for page in pages:
        assert not re.search(r"coachdesk|recovery|sober|coach\b", page.words, re.IGNORECASE), page.url


def test_an_empty_code_is_asked_for_in_words_and_costs_no_try(reader, app, session):
    give_phone(app, session, "dana")
    dana = half_in(reader, "dana")
    for _n in range(7):
        assert "Write the six digits that your app shows." in dana.sends(code="").main
    dana.opens("/sign-in/spare-code")
    assert "Write one of your spare codes." in dana.sends(code=" ").main
    dana.opens("/sign-in/code")
    page = dana.sends(code="000000")
    assert page.soup.select_one("[name=code]")["value"] == ""  # nothing is left to be deleted first


def test_spare_codes_are_offered_beside_what_they_stand_in_for(reader, app, session):
    dana = reader("dana")
    page = dana.opens("/account/spare-codes")
    assert "Set one of these up first." in page.main
    assert "Make ten codes" not in page.main
    give_phone(app, session, "dana")
    assert "Make ten codes" in dana.opens("/account/spare-codes").main
