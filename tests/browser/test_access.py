"""axe finds nothing on any page; nothing scrolls sideways; the first visit is light."""

from __future__ import annotations

import pytest

from tests.access.helpers import break_glass, restrict
from tests.browser.hand import Hand
from tests.lived import live


@pytest.fixture
def scripts() -> bool:
    """With scripts, as axe needs them."""
    return True


@pytest.fixture
def full(session, cast):
    """A record with something of everything."""
    found = live(session, cast)
    restrict(session, cast, "chris", "marcus")
    return {**found, "look": break_glass(session, cast).id}


PAGES = {
    "dana": [
        "/today",
        "/people",
        "/more",
        "/people/{marcus}",
        "/people/{marcus}/goals",
        "/people/{marcus}/timeline",
        "/people/{marcus}/referrals",
        "/people/{marcus}/details",
        "/people/{marcus}/edit",
        "/people/new",
        "/people/{marcus}/concerns/new",
        "/concerns/{concern}",
        "/concerns/{concern}/more",
        "/people/{marcus}/safety",
        "/people/{marcus}/safety-plan",
        "/safety-plans/{plan}",
        "/people/{marcus}/check-ins/new",
        "/people/{marcus}/attempts/new",
        "/check-ins/{checkin}",
        "/check-ins/new",
        "/people/{marcus}/goals/new",
        "/goals/{goal}/edit",
        "/goals/{goal}/reviews/new",
        "/goals/{goal}/reviews/new?question=3",
        "/goals/{goal}/reviews/new?question=feel",
        "/goals/{goal}/reviews/new?question=5",
        "/goals/{goal}/reviews/new?question=6",
        "/people/{marcus}/referrals/new",
        "/referrals/{referral}",
        "/referrals",
        "/resources",
        "/resources/new",
        "/reminders",
        "/people/{marcus}/reminders/new",
        "/people/{marcus}/visits/new",
        "/account",
        "/account/activity",
        "/account/passphrase",
        "/account/devices",
        "/account/second-factor",
        "/account/spare-codes",
        "/account/passkeys",
        "/account/confirm",
        "/nowhere",
    ],
    "ruth": [
        "/team",
        "/concerns/{concern}",
        "/team/reviews",
        "/today",
        "/people",
        "/people/new",
        "/more",
        "/people/{marcus}/details",
        "/people/{marcus}/restrictions",
        "/break-glass",
    ],
    "marcus": [
        "/my-goals",
        "/my-goals/my-plan",
        "/my-goals/what-we-wrote",
        "/my-goals/who-looked",
        "/account",
        "/account/devices",
        "/account/second-factor",
    ],
    "admin": [
        "/admin/accounts",
        "/admin/accounts/new",
        "/admin/people",
        "/admin/teams",
        "/admin/trail",
        "/admin/trail?who=a&order=whose",
        "/admin/settings",
        "/admin/lines/new",
        "/admin/people?show=needs",
        "/admin/people/{marcus}",
        "/admin/people/{marcus}/coach",
        "/admin/access",
        "/admin/break-glass",
        "/admin/break-glass/{look}",
    ],
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(hand, name, full, clock):
    clock.move(days=4)
    someone = hand(name)
    wrong = []
    for path in PAGES[name]:
        someone.opens(path.format(**full))
        wrong += someone.breaks()
        someone.page.set_viewport_size({"width": 320, "height": 700})
        if someone.scrolls_sideways():
            wrong.append(f"{path} scrolls sideways at 320")
        someone.page.set_viewport_size({"width": 390, "height": 844})
    assert wrong == []


def test_axe_finds_nothing_at_the_doors(chromium, desk, cast):
    context = chromium.new_context(viewport={"width": 320, "height": 700})
    nobody = Hand(context.new_page(), desk, cast)
    wrong = []
    for path in ("/sign-in", "/cannot-get-in", "/sign-in/passkey", "/back/nothing", "/invitation/nothing", "/nowhere"):
        nobody.opens(path)
        wrong += nobody.breaks()
        if nobody.scrolls_sideways():
            wrong.append(f"{path} scrolls sideways at 320")
    context.close()
    assert wrong == []


def test_a_page_with_errors_in_the_dark_is_fine_too(chromium, desk, cast, full):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    dana = Hand(context.new_page(), desk, cast)
    dana.opens("/sign-in")
    assert dana.breaks() == []
    dana.sign_in("dana")
    wrong = []
    for path, button in (
        (f"/people/{cast.marcus}/check-ins/new", "Save check-in"),
        (f"/people/{cast.marcus}/goals/new", "Save goal"),
        ("/people/new", "Add this person"),
        (f"/people/{cast.marcus}/referrals/new", "Save referral"),
        (f"/people/{cast.marcus}/reminders/new", "Save reminder"),
    ):
        dana.opens(path)
        dana.taps_on(button)
        assert dana.page.locator("#error-summary").is_visible(), path
        assert dana.page.evaluate("document.activeElement.id") == "error-summary"
        wrong += dana.breaks()
    context.close()
    assert wrong == []


def test_the_first_visit_is_light_and_asks_nobody_else(chromium, desk, cast, full):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    fetched = []
    page.on("response", lambda answer: fetched.append((answer.url, len(answer.body()))))
    page.goto(f"{desk}/sign-in")
    assert all(url.startswith(desk) for url, _size in fetched)
    assert sum(size for _url, size in fetched) < 60_000
    assert len(fetched) <= 4
    context.close()


@pytest.mark.parametrize(("width", "light"), [(390, "light"), (1280, "dark")])
def test_the_page_that_asks_to_wait_is_fine_too(chromium, desk, cast, width, light):
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=light)
    nobody = Hand(context.new_page(), desk, cast)
    nobody.opens("/sign-in")
    for _ in range(6):
        nobody.page.fill("#email", cast.email("dana"))
        nobody.page.fill("#password", "not the right one at all")
        nobody.taps_on("Sign in")
    assert "Please wait a minute" in nobody.page.inner_text("main")
    assert nobody.page.input_value("#email") == cast.email("dana")
    wrong = nobody.breaks()
    nobody.page.set_viewport_size({"width": 320, "height": 700})
    assert not nobody.scrolls_sideways()
    context.close()
    assert wrong == []
