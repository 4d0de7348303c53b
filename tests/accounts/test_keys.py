from __future__ import annotations

import json

import pytest


def _ways(page):
    return json.loads(page.soup.body["data-keys"])


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("dana", {"g t": "/today", "g p": "/people", "g r": "/referrals", "c": "/check-ins/new", "/": "/people#q"}),
        ("ruth", {"g t": "/today", "g b": "/team", "g v": "/team/reviews", "c": "/check-ins/new", "/": "/people#q"}),
        ("admin", {"g a": "/admin/accounts", "g t": "/admin/teams", "g s": "/admin/settings"}),
    ],
)
def test_each_role_has_letters_for_its_own_places(reader, name, letters):
    someone = reader(name)
    found = _ways(someone.opens("/account"))
    assert letters.items() <= found.items()
    for path in set(found.values()):
        someone.opens(path.split("#")[0])


@pytest.mark.parametrize("name", ["dana", "ruth", "admin"])
def test_they_are_turned_off_on_the_account_and_nothing_of_them_is_loaded(reader, name):
    someone = reader(name)
    page = someone.opens("/account")
    assert page.soup.select_one("script[src*='keys.js']")
    assert page.soup.find(id="shortcuts").has_attr("checked")
    page = someone.sends(shortcuts=None)
    assert "Saved." in page.main
    assert not page.soup.body.has_attr("data-keys")
    assert not page.soup.select_one("script[src*='keys.js']")
    assert not page.soup.find(id="shortcuts").has_attr("checked")
    assert "They are off for you" in someone.opens("/account/keys").main
    someone.opens("/account")
    assert _ways(someone.sends(shortcuts="y"))


def test_the_sheet_lists_what_leads_where_and_where_to_turn_it_off(reader):
    page = reader("dana").opens("/account/keys")
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select(".keys > div")]
    assert rows[:3] == ["g t Today", "g p My people", "c Log check-in"]
    assert "? These keys" in rows
    assert page.link("Turn them off") == "/account#shortcuts"


def test_no_letter_does_anything_on_a_persons_own_pages(reader):
    page = reader("marcus").opens("/account")
    assert not page.soup.body.has_attr("data-keys")
    assert page.soup.find(id="shortcuts") is None
    reader("marcus").opens("/account/keys", status=404)
