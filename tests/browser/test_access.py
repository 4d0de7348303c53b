"""axe finds nothing on any page; nothing scrolls sideways; the first visit is light."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import Team
from coachdesk.desk.models import CaseloadImport
from coachdesk.organisation.models import CrisisLine
from tests.access.helpers import break_glass, restrict
from tests.browser.hand import Hand
from tests.browser.pages import READERS, list_pages
from tests.desk.test_importing import reads, table
from tests.gateway import add_way
from tests.lived import live


@pytest.fixture
def scripts() -> bool:
    """With scripts, as axe needs them."""
    return True


@pytest.fixture
def full(session, cast):
    """A record with something of everything."""
    return live(session, cast)


@pytest.fixture
def addresses(ids, session, cast, reader):
    """The ids of a record with a row of every kind, of what is about nobody, and an open look at the record."""
    reads(reader("dana"), table("Wren,Hale,,,,,", "Marcus,Tell,,,,,", ",Nameless,,,,,"))
    restrict(session, cast, "chris", "marcus")
    break_glass(session, cast, "omar", "marcus", last="Tell")
    return {
        **ids,
        "line": session.scalar(sa.select(CrisisLine.id).limit(1)),
        "team": session.scalar(sa.select(Team.id).limit(1)),
        "brought": session.scalar(sa.select(CaseloadImport.id)),
        "way": add_way(session, cast),
    }


@pytest.mark.parametrize("name", READERS)
def test_axe_finds_nothing_on_any_page_and_nothing_scrolls_sideways(hand, app, reader, addresses, clock, name):
    someone, wrong = hand(name), []
    for path in list_pages(app, reader, name, addresses):
        wrong += _look_at(someone, path)
    clock.move(days=4)
    someone = hand(name)
    for path in LATER[name]:
        wrong += _look_at(someone, path)
    assert wrong == []


LATER = {
    "dana": ("/today", "/people", "/referrals", "/reminders"),
    "chris": ("/today",),
    "ruth": ("/team", "/today"),
    "omar": ("/team",),
    "marcus": ("/my-goals",),
    "admin": ("/admin/people",),
}
"""What looks otherwise once days have gone by: what was due is over."""


def _look_at(someone: Hand, path: str) -> list[str]:
    """Open a page closed and opened, on the smallest and the widest screen, by day and by night."""
    someone.opens(path)
    title, wrong = someone.page.title(), someone.breaks()
    if someone.page.locator("main details:not([open])").count():
        someone.page.evaluate("document.querySelectorAll('main details').forEach(at => { at.open = true })")
        wrong += someone.breaks()
    someone.page.set_viewport_size({"width": 320, "height": 700})
    if someone.scrolls_sideways():
        wrong.append(f"{path} scrolls sideways at 320")
    someone.page.set_viewport_size({"width": 1280, "height": 900})
    someone.page.emulate_media(color_scheme="dark")
    wrong += someone.breaks()
    someone.page.emulate_media(color_scheme="light")
    someone.page.set_viewport_size({"width": 390, "height": 844})
    return [f"{title} {fault}" for fault in wrong]


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
