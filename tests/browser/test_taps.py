"""Every task of a day within its taps, on a phone, with scripts and without. `-s` prints the table.

Counted from the page that the task begins on (Today, the board, My goals), signed in, with what is filled in accepted.
A list that opens takes two taps. The pace is a careful hand's: a second and a half a tap, a third of a second a key,
and the time the desk itself took.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.accounts import leaving
from coachdesk.accounts.models import User
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Review
from coachdesk.checkins.rules import ReviewReason
from coachdesk.goals.models import Goal
from coachdesk.reminders import service as reminders
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import set_home_goal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.hand import Hand

TAP_SECONDS, KEY_SECONDS = 1.5, 0.3
MOST_SECONDS = 60
WEEK = dt.timedelta(days=7)
BARS = {
    "check-in": 4,
    "check-in, a tick and twelve words": 6,
    "attempted call": 3,
    "done": 1,
    "later": 2,
    "undo": 1,
    "call": 1,
    "referral": 6,
    "step done": 2,
    "reminder": 4,
    "goal review": 9,
    "sign-off": 2,
    "arrange cover": 4,
    "I did this": 1,
    "crisis call": 1,
    "leave": 1,
    "cannot come": 2,
}
"""The most taps for each task; the funder’s report comes with the reports."""


class Task(NamedTuple):
    """What a task took."""

    name: str
    scripts: bool
    taps: int
    bar: int
    keys: int
    desk: float

    @property
    def pace(self) -> float:
        """Return the seconds a careful hand takes."""
        return self.taps * TAP_SECONDS + self.keys * KEY_SECONDS + self.desk


@pytest.fixture(scope="session")
def table() -> Iterator[list[Task]]:
    """Collect what every task took, and print it at the end."""
    rows: list[Task] = []
    yield rows
    print(f"\n{'task':<34}{'scripts':<9}{'taps':>5}{'bar':>5}{'keys':>6}{'desk s':>8}{'pace s':>8}")  # noqa: T201
    for row in sorted(rows):
        words = f"{row.name:<34}{'yes' if row.scripts else 'no':<9}{row.taps:>5}{row.bar:>5}{row.keys:>6}"
        print(f"{words}{row.desk:>8.1f}{row.pace:>8.1f}")  # noqa: T201


@pytest.fixture
def task(table: list[Task], scripts: bool) -> Callable[..., None]:  # noqa: FBT001
    """Hold a task to its bar: `task(name, someone, act)`, where `act` ends once the page has said so."""

    def hold(name: str, someone: Hand, act: Callable[[], object], *, keys: int = 0) -> None:
        someone.taps, began = 0, time.monotonic()
        act()
        took = Task(name, scripts, someone.taps, BARS[name], keys, time.monotonic() - began)
        table.append(took)
        assert took.taps <= took.bar, f"{name}: {took.taps} taps, not {took.bar}"
        assert took.pace <= MOST_SECONDS

    return hold


@pytest.fixture
def goal(session, cast):
    made = set_home_goal(session, cast, "Hand in the housing form", "Ring Eastside")
    session.commit()
    return made.id


@pytest.fixture
def reminder(session, cast):
    reminders.set_reminder(
        session,
        cast.dana,
        cast.marcus,
        text="Ask how the first day went",
        due_on=TODAY,
        zone=ZoneInfo(ZONE),
        now=MONDAY,
    )
    session.commit()


def _taps(someone: Hand, *words: str) -> None:
    for one in words:
        someone.taps_on(one)


def _types_where_it_stands(someone: Hand, box: str, text: str) -> None:
    """Type without tapping first: the box must be ready."""
    assert someone.page.evaluate("document.activeElement.id") == box
    someone.page.keyboard.type(text)


def _may_tap(someone: Hand, selector: str) -> None:
    """Count a tap on what leads out of the desk, which is not followed; it must be in sight and large enough."""
    found = someone.page.locator(selector).filter(visible=True).first
    box = found.bounding_box()
    assert box is not None
    assert box["height"] >= 44, box
    someone.taps += 1


# ---- the coach


def test_a_check_in(hand, task, visit):
    dana = hand("dana")
    task("check-in", dana, lambda: _taps(dana, "Log check-in", "In person", "Brighter", "Save check-in"))
    assert dana.reads("Check-in saved.")


def test_a_check_in_with_a_step_and_twelve_words(hand, task, visit, goal):
    dana = hand("dana")
    note = "Slept well. The form is nearly done and he laughed a lot today."

    def act() -> None:
        _taps(dana, "Log check-in", "In person", "Brighter", "Hand in the housing form")
        dana.taps += 1
        dana.page.locator("#note").click()
        dana.page.keyboard.type(note)
        dana.taps_on("Save check-in")

    task("check-in, a tick and twelve words", dana, act, keys=len(note))
    assert dana.reads("Check-in saved.")


def test_a_try_that_reached_nobody(hand, task, visit):
    dana = hand("dana")
    task("attempted call", dana, lambda: _taps(dana, "Log check-in", "Tried, no answer", "Save check-in"))
    assert dana.reads("Noted that you tried.")


def test_done_later_and_undo(hand, task, reminder):
    dana = hand("dana")
    task("done", dana, lambda: dana.taps_on("Done: Marcus T."))
    assert dana.reads("Done.")
    task("undo", dana, lambda: dana.taps_on("Undo"))
    assert dana.reads("Ask how the first day went")
    task("later", dana, lambda: _taps(dana, "Later", "Tomorrow"))
    assert dana.reads("Moved to tomorrow, Tue 24 Nov.")
    task("undo", dana, lambda: dana.taps_on("Undo"))
    assert dana.reads("Ask how the first day went")


def test_a_call(hand, task, visit):
    dana = hand("dana")
    task("call", dana, lambda: _may_tap(dana, "main a[href^=tel]"))


def test_a_referral(hand, task, session, cast, visit):
    resources.add_service(session, cast.dana, name="Dental clinic", need=Need.DENTIST, provider="", now=MONDAY)
    session.commit()
    dana = hand("dana")

    def act() -> None:
        _taps(dana, "Marcus T.", "Add referral")
        _types_where_it_stands(dana, "service", "den")
        offered = dana.page.eval_on_selector_all("#services option", "all => all.map(one => one.value)")
        dana.taps += 1  # on what the list offers for these letters
        dana.page.fill("#service", next(name for name in offered if name.lower().startswith("den")))
        _taps(dana, "I will make the call", "said yes to sharing", "Save referral")

    task("referral", dana, act, keys=3)
    assert dana.reads("Referral saved.")


def test_a_step_done(hand, task, visit, goal):
    dana = hand("dana")
    task("step done", dana, lambda: _taps(dana, "Marcus T.", "Step done"))
    assert dana.reads("1 of 2 steps done")


def test_a_reminder(hand, task, visit):
    dana = hand("dana")

    def act() -> None:
        _taps(dana, "Marcus T.", "Set reminder")
        _types_where_it_stands(dana, "text", "Ask about work")
        _taps(dana, "Tomorrow", "Save reminder")

    task("reminder", dana, act, keys=14)
    assert dana.reads("Reminder set for Tuesday 24 November.")


def test_a_goal_review(hand, task, session, goal):
    session.execute(sa.update(Goal).values(next_review_on=TODAY))
    session.commit()
    dana = hand("dana")

    def act() -> None:
        dana.taps_on("Review a goal with Marcus T.")
        dana.taps += 1
        dana.page.locator("#gone_well").click()
        dana.page.keyboard.type("The form is in.")
        _taps(dana, "Continue", "Continue", "Yes, more than before", *["Continue"] * 3, "Save review")

    task("goal review", dana, act, keys=15)
    assert dana.reads("Review saved.")


# ---- the supervisor


def test_a_sign_off(hand, task, session, cast):
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        next_on=TODAY + WEEK,
        now=MONDAY,
        today=TODAY,
    )
    session.execute(sa.delete(Review))
    session.add(
        Review(
            checkin_id=logged.entry.id,
            client_id=cast.marcus,
            coach_id=cast.dana.id,
            reason=ReviewReason.SAMPLE,
            asked_at=MONDAY,
        )
    )
    session.commit()
    ruth = hand("ruth")
    ruth.taps_on("Start with the first")
    task("sign-off", ruth, lambda: _taps(ruth, "Listened first", "Sign off and show next"))
    assert ruth.reads("Nothing is waiting")


def test_cover_for_somebody_away(hand, task, session, cast):
    leaving.set_away(
        session,
        cast.ruth,
        cast.dana.id,
        cover_id=None,
        from_on=TODAY,
        until_on=TODAY + WEEK,
        zone=ZoneInfo(ZONE),
        now=MONDAY,
        today=TODAY,
    )
    other = session.scalar(sa.select(User.id).where(User.email == cast.email("ruth")))
    session.commit()
    ruth = hand("ruth")

    def act() -> None:
        ruth.taps_on("Arrange cover")
        ruth.taps += 2  # the list opens, and one of it is chosen
        ruth.page.select_option("#cover_id", str(other))
        ruth.taps_on("Save")

    task("arrange cover", ruth, act)
    assert ruth.reads("Ruth looks after Dana’s people until Monday 30 November.")


# ---- the person


def test_i_did_this_a_crisis_call_and_leaving(hand, task, goal):
    marcus = hand("marcus")
    task("I did this", marcus, lambda: marcus.taps_on("I did this"))
    assert marcus.reads("Well done.")
    task("crisis call", marcus, lambda: _may_tap(marcus, "a[href^='tel:988']"))
    marcus.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="<title>A dull page</title>"))
    task("leave", marcus, lambda: _leaves(marcus))
    assert "wikipedia" in marcus.page.url


def _leaves(marcus: Hand) -> None:
    marcus.taps += 1
    marcus.page.locator("#leave").click()
    marcus.page.wait_for_url("https://www.wikipedia.org/**")


def test_i_cannot_make_it(hand, task, session, cast, goal):
    visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY + WEEK,
        hour=dt.time(10, 30),
        channel=Channel.IN_PERSON,
        place="Library",
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    marcus = hand("marcus")
    task("cannot come", marcus, lambda: _taps(marcus, "I cannot make it", "Tell Dana I cannot make it"))
    assert marcus.reads("You cannot make it on Monday 30 November.")


def test_no_bar_is_forgotten():
    held = set(re.findall(r'task\("([^"]+)"', Path(__file__).read_text(encoding="utf-8")))
    assert held == set(BARS)
