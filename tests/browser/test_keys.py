from __future__ import annotations

import pytest
from playwright.sync_api import expect

with_scripts = pytest.mark.parametrize("scripts", [True], ids=["with scripts"])


def _presses(hand, *keys):
    for key in keys:
        hand.page.keyboard.press(key)


def _stays(hand, path, *keys):
    _presses(hand, *keys)
    hand.page.wait_for_timeout(250)
    assert hand.page.url == hand.base + path
    assert not hand.page.locator("dialog").count()


@with_scripts
def test_letters_lead_to_the_places_of_ones_role(hand):
    dana = hand("dana", width=1280)
    dana.opens("/more")
    for keys, path in (
        ("gp", "/people"),
        ("gt", "/today"),
        ("gr", "/referrals"),
        ("gy", "/account"),
        ("c", "/check-ins/new"),
    ):
        _presses(dana, *keys)
        dana.page.wait_for_url(dana.base + path)


@with_scripts
def test_c_on_a_record_is_a_check_in_with_that_person(hand, cast):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/goals")
    _presses(dana, "c")
    dana.page.wait_for_url(f"{dana.base}/people/{cast.marcus}/check-ins/new")


@pytest.mark.parametrize("width", [390, 1280])
@with_scripts
def test_a_slash_finds_from_anywhere(hand, width):
    dana = hand("dana", width=width)
    dana.opens("/account")
    _presses(dana, "/")
    if width == 390:
        dana.page.wait_for_url(f"{dana.base}/people#q")
    expect(dana.page.locator("[data-find]:focus")).to_have_count(1)
    dana.page.keyboard.type("mar")
    _presses(dana, "Enter")
    dana.page.wait_for_url("**/people?q=mar*")
    assert dana.reads("1 person matches “mar”.")
    _presses(dana, "Tab")
    dana.page.locator("h1").click()
    _presses(dana, "/")
    expect(dana.page.locator("#q")).to_be_focused()


@with_scripts
def test_nothing_fires_while_writing_or_with_another_key_held(hand, cast):
    dana = hand("dana", width=1280)
    dana.opens("/today")
    for held in ("Control", "Alt", "Meta", "Shift"):
        _stays(dana, "/today", f"{held}+g", f"{held}+t", f"{held}+c", f"{held}+p")
    _stays(dana, "/today", "g", "x", "p")
    path = f"/people/{cast.marcus}/reminders/new"
    dana.opens(path)
    dana.page.locator("main textarea, main input[type=text], main input:not([type])").first.focus()
    dana.page.keyboard.type("gt c ? / gp")
    _stays(dana, path)
    dana.page.locator("h1").click()
    _stays(dana, path, "g", "t", "c")
    assert dana.page.locator("main form :focus").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
@with_scripts
def test_the_sheet_opens_over_the_page_and_closes_with_esc(hand, width):
    dana = hand("dana", width=width)
    dana.opens("/today")
    _presses(dana, "Shift+?")
    sheet = dana.page.locator("dialog")
    expect(sheet).to_be_visible()
    assert "Log check-in" in sheet.inner_text()
    assert dana.breaks() == []
    _presses(dana, "Escape")
    expect(sheet).to_have_count(0)
    assert dana.page.url == f"{dana.base}/today"
    _presses(dana, "Shift+?")
    dana.page.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)


@with_scripts
def test_turned_off_no_letter_does_anything(hand):
    dana = hand("dana", width=1280)
    dana.opens("/account")
    dana.taps_on("Let keys lead me somewhere")
    dana.taps_on("Save")
    dana.opens("/today")
    _stays(dana, "/today", "g", "p", "c", "/", "Shift+?")


def test_which_keys_there_are_can_be_read_with_scripts_off_too(hand):
    dana = hand("dana")
    dana.opens("/more")
    dana.taps_on("Keys that lead somewhere")
    assert dana.reads("Find a person")
    assert not dana.scrolls_sideways()
