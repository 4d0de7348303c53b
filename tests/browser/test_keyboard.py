"""Each flow of the coach's day with a keyboard alone: Tab, Enter, Space and the arrows, with scripts and without.

At every stop the ring is drawn, the thing in focus is not covered, and Tab goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.goals.models import Goal
from coachdesk.reminders import service as reminders
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import set_home_goal

if TYPE_CHECKING:
    from tests.browser.hand import Hand

MOST_STOPS = 150
HERE = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return {name: "", kind: "body", key: "body", ringed: true, seen: true};
    const label = at.labels && at.labels[0];
    const shown = label && (at.type === "radio" || at.type === "checkbox") ? label : at;
    const drawn = one => { const style = getComputedStyle(one); return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2; };
    const box = shown.getBoundingClientRect();
    const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
    const y = box.height > innerHeight ? Math.max(box.y, 0) + 8 : box.y + box.height / 2;
    const over = document.elementFromPoint(x, y);
    const name = at.getAttribute("aria-label") || (label ? label.innerText : at.innerText) || at.value || at.id;
    const all = [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")];
    return {
        name: name.replace(/\\s+/g, " ").trim(), kind: at.type || at.tagName.toLowerCase(), group: at.name || "",
        checked: !!at.checked, key: at.tagName + all.indexOf(at), id: at.id,
        ringed: drawn(at) || [shown, ...shown.querySelectorAll("*")].some(drawn),
        seen: !!over && (shown.contains(over) || over.contains(shown)),
    };
}"""
IN_GROUP = """([group, words]) => [...document.getElementsByName(group)].some(one =>
    one.labels && [...one.labels].some(label => label.innerText.replace(/\\s+/g, " ").includes(words)))"""


class Keys:
    """Somebody who uses nothing but a keyboard. What they do is held to the bar at every stop."""

    def __init__(self, hand: Hand) -> None:
        """Take a signed-in hand; from here on its keyboard alone is used."""
        self.hand, self.page, self.stops = hand, hand.page, 0

    @property
    def here(self) -> dict[str, Any]:
        """What has the focus, held to the bar."""
        found: dict[str, Any] = self.page.evaluate(HERE)
        assert found["ringed"], f"no ring on {found}"
        assert found["seen"], f"covered: {found}"
        return found

    def goes_to(self, words: str) -> dict[str, Any]:
        """Press Tab until what is named so has the focus; within a group of choices the arrows go on."""
        before, seen = None, self.here
        for _ in range(MOST_STOPS):
            if words in seen["name"] and seen["kind"] != "div":
                return seen
            if seen["kind"] == "radio" and self.page.evaluate(IN_GROUP, [seen["group"], words]):
                self.page.keyboard.press("ArrowRight")
            else:
                before = seen["key"]
                self.page.keyboard.press("Tab")
                self.stops += 1
            seen = self.here
            assert seen["key"] != before, f"Tab stays at {seen}"
        raise AssertionError(f"Tab never came to {words!r} on {self.page.url}")

    def chooses(self, *choices: str) -> None:
        """Choose by the words of a choice, or tick by those of a box."""
        for words in choices:
            found = self.goes_to(words)
            if not found["checked"]:
                self.page.keyboard.press("Space")
            assert self.here["checked"], words

    def opens(self, words: str) -> None:
        """Open what is folded."""
        self.goes_to(words)
        self.page.keyboard.press("Enter")

    def follows(self, words: str) -> None:
        """Follow a link or press a button, and wait for the page it leads to."""
        self.goes_to(words)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def types(self, label: str, text: str) -> None:
        """Write into the box that is named so."""
        self.goes_to(label)
        self.page.keyboard.type(text)

    def reads(self, words: str) -> bool:
        """Say whether words stand on the page."""
        return self.hand.reads(words)


@pytest.fixture
def dana(hand, session, cast, visit):
    """Dana at her keyboard, with something of everything due today."""
    set_home_goal(session, cast, "Hand in the housing form")
    session.execute(sa.update(Goal).values(next_review_on=TODAY))
    reminders.set_reminder(
        session,
        cast.dana,
        cast.marcus,
        text="Ask how the first day went",
        due_on=TODAY,
        zone=ZoneInfo(ZONE),
        now=MONDAY,
    )
    resources.add_service(session, cast.dana, name="Dental clinic", need=Need.DENTIST, provider="", now=MONDAY)
    session.commit()
    return Keys(hand("dana"))


def test_the_first_stop_leads_past_the_head_of_the_page(dana):
    dana.page.keyboard.press("Tab")
    assert "Skip" in dana.here["name"]
    dana.page.keyboard.press("Enter")
    dana.page.keyboard.press("Tab")
    assert dana.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_check_in(dana):
    dana.follows("Log check-in")
    dana.chooses("In person", "Brighter", "Hand in the housing form")
    dana.types("Notes", "Slept well.")
    dana.follows("Save check-in")
    assert dana.reads("Check-in saved.")
    dana.follows("Undo")
    assert dana.reads("The check-in is taken back.")


def test_more_about_a_check_in(dana):
    dana.follows("Log check-in")
    dana.chooses("Call")
    dana.opens("More about this time")
    dana.chooses("As planned")
    dana.types("When did it begin?", "9:10 am")
    dana.chooses("Treatment ended", "Less alone")
    dana.types("Plan 1", "Ring Eastside")
    dana.goes_to("Next step of")
    dana.page.keyboard.press("ArrowDown")
    dana.chooses("Remind me")
    dana.follows("Save check-in")
    assert dana.reads("Check-in saved.")
    assert dana.reads("Ring Eastside")


def test_a_try_that_reached_nobody(dana):
    dana.follows("Log check-in")
    dana.chooses("Tried, no answer", "Left a plain message")
    dana.follows("Save check-in")
    assert dana.reads("Noted that you tried.")


def test_done_later_and_undo(dana):
    dana.follows("Done: Marcus T.")
    assert dana.reads("Done.")
    dana.follows("Undo")
    assert dana.reads("Ask how the first day went")
    dana.opens("Later")
    dana.follows("Tomorrow")
    assert dana.reads("Moved to tomorrow")


def test_a_referral(dana):
    dana.follows("Marcus T.")
    dana.follows("Add referral")
    assert dana.here["id"] == "service"
    dana.page.keyboard.type("Dental clinic")
    dana.page.keyboard.press("Escape")
    dana.chooses("I will make the call", "said yes to sharing")
    dana.follows("Save referral")
    assert dana.reads("Referral saved.")


def test_a_step_a_reminder_and_a_worry(dana):
    dana.follows("Marcus T.")
    dana.follows("Step done")
    assert dana.reads("1 of 1 step done")
    dana.follows("Set reminder")
    assert dana.here["id"] == "text"
    dana.page.keyboard.type("Ask about work")
    dana.chooses("Tomorrow")
    dana.follows("Save reminder")
    assert dana.reads("Reminder set for")
    dana.follows("I am worried about Marcus’s safety")
    dana.chooses("Something else", "I do not know")
    dana.follows("Tell them now")
    assert dana.reads("was told straight away")


def test_a_goal_review(dana):
    dana.follows("Review a goal with Marcus T.")
    dana.types("What has gone well?", "The form is in.")
    dana.follows("Continue")
    dana.follows("Continue")
    dana.chooses("Yes, more than before")
    for _ in range(3):
        dana.follows("Continue")
    dana.follows("Save review")
    assert dana.reads("Review saved.")


def test_what_is_wrong_has_the_focus_and_leads_to_its_field(dana):
    dana.follows("Log check-in")
    dana.types("Notes", "Kept.")
    dana.follows("Save check-in")
    assert dana.page.title().startswith("Error: ")
    assert dana.page.evaluate("document.activeElement.id") == "error-summary"
    dana.goes_to("Choose how you connected")
    dana.page.keyboard.press("Enter")
    assert dana.here["group"] == "how"
    dana.chooses("Call")
    dana.follows("Save check-in")
    assert dana.reads("Check-in saved.")


def test_tab_goes_through_a_whole_page_and_back(dana, cast):
    for path in ("/today", f"/people/{cast.marcus}", f"/people/{cast.marcus}/check-ins/new"):
        dana.hand.opens(path)
        for key in ("Tab", "Shift+Tab"):
            visited = []
            for _ in range(MOST_STOPS):
                dana.page.keyboard.press(key)
                visited.append(dana.here["key"])
                if visited[-1] in ("body", "HTML-1") or visited.count(visited[-1]) > 1:
                    break
            assert len(set(visited)) >= 10, (path, key, visited)
