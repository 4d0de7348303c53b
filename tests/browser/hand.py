"""A hand on a phone: its methods are what a reader does, and every tap is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

from tests.cast import PASSPHRASE
from tests.letting_in import begin_session, signed

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

LEADS_AWAY = """at => {
    const found = at.closest("a[href], button");
    if (!found) return false;
    if (found.tagName === "A") return found.origin === location.origin && !found.getAttribute("href").startsWith("#");
    return found.type === "submit" && found.form !== null && (found.formNoValidate || found.form.noValidate || found.form.checkValidity());
}"""


class Hand:
    """Somebody with a page open in front of them."""

    def __init__(self, page: Page, base: str, cast: Any) -> None:
        """Take a page, where the desk is, and the cast."""
        self.page, self.base, self.cast, self.taps = page, base, cast, 0
        self.page.set_default_timeout(10_000)

    def sign_in(self, name: str) -> None:
        """Sign in; taps are counted from the first page on."""
        self.opens("/sign-in")
        self.page.fill("#email", self.cast.email(name))
        self.page.fill("#password", PASSPHRASE)
        self._tap(self.page.locator("main form button").first)
        self.taps = 0

    def is_let_in(self, app: Any, name: str) -> None:
        """Begin signed in, where a second factor would be asked for; how one signs in is a journey of its own."""
        value = signed(app, begin_session(app, self.cast.email(name)))
        cookie = {"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": self.base}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]
        self.opens("/")

    def opens(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(self.base + path)

    def taps_on(self, words: str, *, within: str = "main", exact: bool = False) -> None:
        """Tap a link, a button, or a choice by its words."""
        self.taps += 1
        self._tap(self._find(words, within, exact=exact))

    def goes_back(self) -> None:
        """Press the browser's own way back."""
        self.page.go_back(wait_until="load")

    def _tap(self, place: Locator) -> None:
        """Click, and where that asks for another page, wait until it is there whole."""
        if place.evaluate(LEADS_AWAY):
            with self.page.expect_navigation(wait_until="load"):
                place.click()
        else:
            place.click()

    def _find(self, words: str, within: str, *, exact: bool) -> Locator:
        place = self.page.locator(within)
        for found in (
            place.get_by_role("button", name=words, exact=exact),
            place.get_by_role("link", name=words, exact=exact),
            place.locator("label.pick", has_text=words),
            place.locator("label.tick", has_text=words),
            place.locator("summary", has_text=words),
        ):
            seen = found.filter(visible=True)
            if seen.count():
                return seen.first
        return place.get_by_text(words, exact=exact).first

    def types(self, label: str, text: str) -> None:
        """Write into a field found by its label."""
        self.page.get_by_label(label).first.fill(text)

    def reads(self, words: str) -> bool:
        """Say whether words stand on the page."""
        return words in " ".join(self.page.locator("body").inner_text().split())

    def breaks(self) -> list[str]:
        """Return what axe finds wrong with the page."""
        results = Axe().run(self.page, options=RULES)
        return [
            f"{self.page.url}: {found['id']}: {found['nodes'][0]['html'][:160]}"
            for found in results.response["violations"]
        ]

    def scrolls_sideways(self) -> bool:
        """Say whether the page is wider than the screen."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
