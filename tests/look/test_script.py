"""What pages do better with the script, in a real browser; the server's answers are given by the test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import FLAGS, MISSING, find_chromium, must_have
from tests.look.gallery import STATIC, gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.browser
SITE = "http://desk.test"
FORM = """<main data-lost="Not saved yet. The connection dropped. Your words are safe here."
data-out="Not saved yet. You were signed out." data-gone="Not saved. Copy what you need." data-again="Try again" data-ask="/token" data-door="/sign-in" data-in="Sign in on a new page">
<form method="post" action="/saved"><input type="hidden" name="draft" value="n" data-keep="/drafts">
<label for="note">Notes</label><textarea id="note" name="note"></textarea><input type="hidden" name="csrf_token" value="t">
<button type="submit">Save</button><span role="status" data-saving="Saving…" data-saved="Draft saved"></span></form></main>"""


def page_of(body: str) -> str:
    return f'<!doctype html><html lang="en"><title>Page</title><script src="app.js" defer></script><body>{body}</body></html>'


class Desk:
    """A browser whose every request the test answers."""

    def __init__(self, page: Any) -> None:
        self.page, self.online, self.token, self.signed_in = page, True, "t", True
        self.gone = False
        self.sent: list[tuple[str, str]] = []
        page.route("**/*", self._answer)

    def _answer(self, route: Any) -> None:
        request = route.request
        path = request.url.removeprefix(SITE)
        if path in ("/app.js", "/app.css"):
            route.fulfill(path=str(STATIC / path[1:]))
        elif request.method == "POST":
            self.sent.append((path, request.post_data or ""))
            self._take(route, path)
        elif not self.online:
            route.abort("internetdisconnected")
        elif path == "/token" and self.signed_in:
            route.fulfill(json={"token": self.token})
        elif path in ("/", "/token") and not self.signed_in:
            route.fulfill(status=303, headers={"Location": "/sign-in"})
        else:
            body = (
                self.body.replace('value="t"', f'value="{self.token}"')
                if path == "/"
                else page_of("<h1>Elsewhere</h1>")
            )
            route.fulfill(body=body, content_type="text/html; charset=utf-8")

    def _take(self, route: Any, path: str) -> None:
        if not self.online:
            route.abort("internetdisconnected")
        elif f"csrf_token={self.token}" not in self.sent[-1][1]:
            route.fulfill(status=400)
        elif path == "/drafts" and self.gone:
            route.fulfill(status=404)
        elif path == "/drafts":
            route.fulfill(json={"saved": "9:47 am"})
        else:
            route.fulfill(status=204)  # the page stays, as it does while an answer is on its way

    def opens(self, body: str) -> Any:
        self.body = body
        self.page.clock.install()
        self.page.goto(f"{SITE}/")
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = find_chromium()
    if path is None:
        (pytest.fail if must_have() else pytest.skip)(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def desk(browser: Any) -> Iterator[Desk]:
    context = browser.new_context()
    yield Desk(context.new_page())
    context.close()


@pytest.fixture
def focused() -> Callable[[Any], str]:
    return lambda page: str(page.evaluate("document.activeElement.id"))


def test_the_reader_is_led_to_what_needs_mending(desk: Desk, focused: Callable[[Any], str]) -> None:
    page = desk.opens(gallery(wrong=True, script=True))
    assert focused(page) == "error-summary"
    page.locator("#error-summary a[href='#held_on-day']").click()
    assert focused(page) == "held_on-day"


def test_a_draft_is_kept_after_five_seconds_and_only_where_something_changed(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    page.clock.run_for(11_000)
    assert not desk.sent
    page.fill("#note", "He rang Eastside himself.")
    page.clock.run_for(5_100)
    page.get_by_text("Draft saved 9:47 am").wait_for()
    page.clock.run_for(11_000)
    assert desk.sent == [("/drafts", "draft=n&note=He+rang+Eastside+himself.&csrf_token=t")]


def test_a_dropped_connection_is_said_in_words_and_the_words_stay(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    desk.online = False
    page.fill("#note", "A hard weekend.")
    page.clock.run_for(5_100)
    page.get_by_text("Not saved yet. The connection dropped. Your words are safe here.").wait_for()
    assert page.input_value("#note") == "A hard weekend."
    desk.online = True
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Draft saved 9:47 am").wait_for()


def test_without_a_connection_nothing_is_sent_into_the_dark_and_the_words_stay(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    desk.online = False
    page.evaluate("Object.defineProperty(navigator, 'onLine', {get: () => window.there || false})")
    page.fill("#note", "A hard weekend.")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved yet. The connection dropped. Your words are safe here.").wait_for()
    assert page.input_value("#note") == "A hard weekend."
    assert not [path for path, _data in desk.sent if path == "/saved"]
    desk.online = True
    page.evaluate("window.there = true")
    with page.expect_response(f"{SITE}/saved"):
        page.get_by_role("button", name="Try again").click()
    assert [path for path, _data in desk.sent if path == "/saved"] == ["/saved"]


def test_after_a_failed_saving_the_form_first_asks_whether_the_desk_is_there(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    desk.online = False
    page.fill("#note", "A hard weekend.")
    page.clock.run_for(5_100)
    page.get_by_text("Not saved yet. The connection dropped.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved yet. The connection dropped.").wait_for()
    assert page.url == f"{SITE}/"
    assert page.input_value("#note") == "A hard weekend."
    assert not [path for path, _data in desk.sent if path == "/saved"]


def test_what_belongs_to_somebody_else_by_now_is_said_and_not_tried_again(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    desk.gone = True
    page.fill("#note", "She told me about the garden.")
    page.clock.run_for(5_100)
    page.get_by_text("Not saved. Copy what you need.").wait_for()
    assert page.get_by_role("button", name="Try again").count() == 0
    assert page.input_value("#note") == "She told me about the garden."


def test_a_draft_is_kept_when_the_page_is_hidden(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    page.fill("#note", "Sleeping better.")
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", {value: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.get_by_text("Draft saved 9:47 am").wait_for()


def test_a_link_waits_until_what_was_just_typed_is_kept(desk: Desk) -> None:
    page = desk.opens(page_of(FORM + '<a href="/today">Today</a><a href="#note">Notes</a><a href="tel:988">Call</a>'))
    went: list[str] = []
    page.on("requestfinished", lambda request: went.append(f"{request.method} {request.url.removeprefix(SITE)}"))
    page.fill("#note", "Sleeping better.")
    page.get_by_role("link", name="Notes").click()
    page.get_by_role("link", name="Call").click()
    assert desk.sent == []
    page.get_by_role("link", name="Today").click()
    page.get_by_role("heading", name="Elsewhere").wait_for()
    assert went[:2] == ["POST /drafts", "GET /today"]


def test_a_form_is_sent_once_however_often_its_button_is_pressed(desk: Desk) -> None:
    page = desk.opens(page_of(FORM.replace(" data-keep", " data-not")))
    page.evaluate("""() => { const button = document.querySelector("button"); button.click();
                             return new Promise(done => setTimeout(() => { button.click(); done(); }, 50)); }""")
    page.locator("button[disabled]").wait_for()
    assert [path for path, _data in desk.sent] == ["/saved"]


def test_signed_out_meanwhile_the_words_stay_and_are_kept_after_signing_in_elsewhere(desk: Desk) -> None:
    page = desk.opens(page_of(FORM))
    page.fill("#note", "The second half.")
    desk.signed_in, desk.token = False, "new"
    page.clock.run_for(5_100)
    page.get_by_text("Not saved yet. You were signed out.").wait_for()
    door = page.get_by_role("link", name="Sign in on a new page")
    assert (door.get_attribute("href"), door.get_attribute("target")) == ("/sign-in", "_blank")
    desk.signed_in = True
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Draft saved 9:47 am").wait_for()
    assert desk.sent[-1] == ("/drafts", "draft=n&note=The+second+half.&csrf_token=new")


@pytest.mark.parametrize("draft", ["data-keep", "data-not"])
def test_after_a_pause_nothing_is_sent_into_a_closed_door(desk: Desk, draft: str) -> None:
    page = desk.opens(page_of(FORM.replace("data-keep", draft)))
    desk.signed_in, desk.token = False, "new"
    page.evaluate("const now = Date.now; Date.now = () => now() + 6 * 60 * 1000")
    page.locator("#note").evaluate("note => { note.value = 'All of it.'; }")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved yet. You were signed out.").wait_for()
    assert page.input_value("#note") == "All of it."
    assert not [path for path, _data in desk.sent if path == "/saved"]
    desk.signed_in = True
    with page.expect_response(f"{SITE}/saved"):
        page.get_by_role("button", name="Try again").click()
    assert desk.sent[-1] == ("/saved", "draft=n&note=All+of+it.&csrf_token=new")


def test_escape_closes_later_and_stands_on_its_button_again(desk: Desk) -> None:
    page = desk.opens(gallery(script=True))
    page.locator(".menu > summary").first.click()
    page.locator(".menu[open] .sheet button").first.focus()
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0
    assert page.evaluate("document.activeElement.matches('.menu > summary')")


LEAVE = '<h1>My goals</h1><a id="leave" href="/leave">Leave this page</a>'


@pytest.mark.parametrize("way", ["button", "keys"])
def test_leaving_puts_another_page_in_the_place_of_this_one(desk: Desk, way: str) -> None:
    page = desk.opens(page_of(LEAVE))
    before = page.evaluate("history.length")
    if way == "button":
        page.click("#leave")
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url(f"{SITE}/leave")
    assert page.evaluate("history.length") == before


def test_writing_capitals_is_not_leaving(desk: Desk) -> None:
    page = desk.opens(page_of(LEAVE + '<textarea id="note" aria-label="Notes"></textarea>'))
    page.focus("#note")
    for letter in "NIA":
        page.keyboard.press(f"Shift+{letter}")
    page.clock.run_for(3_000)
    assert page.url == f"{SITE}/"


def test_print_appears_only_with_the_script(desk: Desk) -> None:
    body = page_of('<button type="button" data-print hidden>Print</button>')
    page = desk.opens(body)
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    assert page.title() == "printed"
    bare = desk.opens(re.sub(r"<script.*?</script>", "", body))
    assert not bare.locator("[data-print]").is_visible()


def test_an_address_is_copied_by_a_button_that_appears_only_with_the_script(desk: Desk) -> None:
    body = page_of(
        '<input id="address" readonly value="https://desk.test/calendar/one.ics" data-select>'
        '<p role="status"><button type="button" data-copy="#address" data-done="Copied" hidden>Copy</button></p>'
    )
    page = desk.opens(body)
    assert not page.get_by_role("button", name="Copy").is_visible()  # this site is no safe place: no clipboard
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', "
        "{value: {writeText: text => { document.title = text; return Promise.resolve(); }}})"
    )
    page = desk.opens(body)
    page.get_by_role("button", name="Copy").click()
    assert page.get_by_role("status").inner_text() == "Copied"
    assert page.title() == "https://desk.test/calendar/one.ics"


def finding(found: str) -> str:
    return page_of(
        '<main><form data-find action="/people"><label for="q">Name</label><input id="q" name="q" type="search"></form>'
        f'<p role="status" data-count>{found}</p><div data-found><p>{found}</p></div></main><script src="find.js" defer></script>'
    )


def test_a_list_answers_while_one_types_and_the_last_letters_count(desk: Desk) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url.removeprefix(SITE))
        route.fulfill(body=finding("2 people match"), content_type="text/html; charset=utf-8")

    desk.page.route("**/people?*", answer)
    desk.page.route("**/find.js", lambda route: route.fulfill(path=str(STATIC / "find.js")))
    page = desk.opens(finding("Everybody"))
    page.locator("#q").press_sequentially("mar")
    page.clock.run_for(300)
    page.locator("[data-found]").get_by_text("2 people match").wait_for()
    assert asked == ["/people?q=mar"]
    assert page.url == f"{SITE}/people?q=mar"
    assert page.locator("[role=status]").inner_text() == "2 people match"
    assert page.evaluate("document.activeElement.id") == "q"
    page.fill("#q", "m")
    page.clock.run_for(300)
    assert asked == ["/people?q=mar"]
