"""Signing in as people do it: passkeys made and used, an app's codes, spare codes, devices that end each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.accounts.models import Passkey
from coachdesk.drafts.models import Draft
from tests.accounts.helpers import Phone, account, events, give_phone
from tests.browser.hand import Hand
from tests.cast import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.parametrize("host", ["localhost"], indirect=True)
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def device(chromium: Browser, desk: str, cast: Any) -> Iterator[Callable[..., Hand]]:
    """A phone of somebody's own, nobody signed in; `key=True` gives it a finger to show."""
    opened = []

    def give(*, key: bool = False, scripts: bool = True) -> Hand:
        context = chromium.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=scripts, reduced_motion="reduce"
        )
        opened.append(context)
        page = context.new_page()
        if key:
            asked = context.new_cdp_session(page)
            asked.send("WebAuthn.enable")
            asked.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        return Hand(page, desk, cast)

    yield give
    for context in opened:
        context.close()


def is_at(someone: Hand, path: str) -> bool:
    return someone.page.url.split("?")[0].endswith(path)


def adds_passkey(someone: Hand, name: str = "My phone") -> None:
    someone.opens("/account/passkeys")
    someone.types("Name", name)
    someone.taps_on("Go on")
    someone.page.wait_for_url("**/account/passkeys", wait_until="load")
    someone.page.get_by_text("Your passkey is set up.").wait_for()


@pytest.mark.asvs("6.3.3")
def test_a_passkey_is_made_and_signs_in_by_itself(device, session):
    dana = device(key=True)
    dana.sign_in("dana")
    adds_passkey(dana)
    assert dana.breaks() == []
    assert dana.reads("My phone")
    dana.opens("/account")
    dana.taps_on("Sign out")
    dana.opens("/sign-in")
    dana.taps_on("Use a passkey")
    assert dana.breaks() == []
    dana.taps_on("Use my passkey")
    dana.page.wait_for_url("**/today")
    row = session.scalars(sa.select(Passkey)).one()
    assert (row.name, row.usage) == ("My phone", "first")
    assert [event.event for event in events(session, "passkey:added")] == ["passkey:added"]
    assert events(session, "signed-in")[-1].details["by"] == "webauthn"


def test_who_has_a_passkey_is_asked_for_it_after_the_passphrase_and_before_what_matters(device, session, clock):
    dana = device(key=True)
    dana.sign_in("dana")
    adds_passkey(dana)
    dana.page.context.clear_cookies()
    dana.sign_in("dana")
    assert is_at(dana, "/sign-in/passkey")
    dana.opens("/today")
    assert is_at(dana, "/sign-in")
    dana.sign_in("dana")
    dana.taps_on("Use my passkey")
    dana.page.wait_for_url("**/today")
    clock.move(minutes=16)
    dana.opens("/account/spare-codes")
    assert is_at(dana, "/account/confirm")
    assert dana.breaks() == []
    dana.taps_on("Use my passkey")
    dana.page.wait_for_url(lambda url: "/account/confirm" not in url)  # its address ends in the one it leads to
    assert len(events(session, "identity:confirmed")) == 1


def test_somebody_elses_passkey_is_no_second_factor_and_a_switched_off_one_opens_nothing(device, session):
    shared = device(key=True)
    shared.sign_in("dana")
    adds_passkey(shared, "Dana’s")
    shared.page.context.clear_cookies()
    shared.sign_in("imani")
    other = device(key=True)
    other.sign_in("imani")
    adds_passkey(other, "Imani’s")
    shared.page.context.clear_cookies()
    shared.sign_in("imani")
    assert is_at(shared, "/sign-in/passkey")
    shared.taps_on("Use my passkey")
    shared.page.get_by_text("not one of this account").wait_for()
    shared.opens("/today")
    assert is_at(shared, "/sign-in")
    account(session, "dana").active = False
    session.commit()
    shared.opens("/sign-in/passkey")
    shared.taps_on("Use my passkey")
    shared.page.get_by_text("Your passkey, please").wait_for()
    shared.opens("/today")
    assert is_at(shared, "/sign-in")


def test_a_passkey_is_removed_and_without_scripts_its_page_says_so(device, session):
    dana = device(key=True)
    dana.sign_in("dana")
    adds_passkey(dana)
    dana.taps_on("Remove")
    assert dana.reads("That passkey is gone.")
    assert session.scalars(sa.select(Passkey)).all() == []
    plain = device(scripts=False)
    plain.opens("/sign-in/passkey")
    plain.taps_on("Use my passkey")
    assert plain.reads("Passkeys need scripts to be switched on.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_supervisor_sets_an_app_up_at_the_first_sign_in_and_keeps_spare_codes(device, app, session, clock, scripts):
    ruth = device(scripts=scripts)
    ruth.sign_in("ruth")
    assert is_at(ruth, "/account/second-factor")
    if scripts:
        assert ruth.breaks() == []
    ruth.taps_on("Set it up")
    if scripts:
        assert ruth.breaks() == []
        assert not ruth.scrolls_sideways()
    phone = Phone(app)
    phone.read(ruth.page.locator("code.key").inner_text())
    ruth.types("Code", phone.code())
    ruth.taps_on("Use this app from now on")
    assert is_at(ruth, "/team")
    ruth.opens("/account/spare-codes")
    ruth.taps_on("Make ten codes")
    codes = ruth.page.locator("ul.codes code").all_inner_texts()
    if scripts:
        assert ruth.breaks() == []
    assert len(codes) == 10
    again = device(scripts=scripts)
    again.sign_in("ruth")
    assert is_at(again, "/sign-in/code")
    if scripts:
        assert again.breaks() == []
    again.types("Code", phone.code())  # the same half-minute: taken once is taken
    again.taps_on("Go on")
    assert again.reads("That code does not fit.")
    again.taps_on("My phone is not here: use a spare code")
    if scripts:
        assert again.breaks() == []
    again.types("Spare code", codes[0])
    again.taps_on("Go on")
    assert is_at(again, "/team")
    clock.move(seconds=30)
    third = device(scripts=scripts)
    third.sign_in("ruth")
    third.types("Code", phone.code())
    third.taps_on("Go on")
    assert is_at(third, "/team")


@pytest.mark.asvs("7.4.3")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_session_ended_on_one_device_is_refused_at_the_next_request_of_the_other(device, session, scripts):
    here, there = device(scripts=scripts), device(scripts=scripts)
    for one in (here, there):
        one.sign_in("dana")
    here.opens("/account/devices")
    if scripts:
        assert here.breaks() == []
    here.taps_on("Sign out there")
    assert here.reads("That device is signed out.")
    there.opens("/people")
    assert is_at(there, "/sign-in")
    here.opens("/people")
    assert is_at(here, "/people")


def test_a_note_in_the_making_is_there_after_signing_in_again(device, session, clock, cast):
    dana = device()
    dana.sign_in("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.types("Notes", "He told me about the garden, and")
    dana.page.get_by_text("Draft saved").wait_for(timeout=20_000)
    clock.move(minutes=31)
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    assert dana.reads("You were signed out to keep this private.")
    dana.page.fill("#email", cast.email("dana"))
    dana.page.fill("#password", PASSPHRASE)
    dana.taps_on("Sign in")
    assert dana.page.get_by_label("Notes").first.input_value() == "He told me about the garden, and"
    session.rollback()
    assert len(session.scalars(sa.select(Draft)).all()) == 1


def test_a_second_factor_is_let_go_by_link_and_passphrase(device, app, session, cast):
    give_phone(app, session, "dana")
    grace = device()
    grace.is_let_in(app, "admin")
    grace.opens(f"/admin/accounts/{cast.dana.id}")
    assert grace.breaks() == []
    grace.taps_on("Start a reset of the second factor")
    link = grace.page.locator("input[data-select]").input_value()
    dana = device()
    dana.page.goto(link)
    assert dana.breaks() == []
    dana.types("Passphrase", PASSPHRASE)
    dana.taps_on("Yes, it was me: take it away")
    assert dana.reads("Your second factor is gone.")
    dana.sign_in("dana")
    assert is_at(dana, "/today")
