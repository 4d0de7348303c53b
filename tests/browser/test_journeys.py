from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import CheckIn, Review
from coachdesk.checkins.rules import ReviewReason
from coachdesk.drafts.models import Draft
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY
from tests.lived import set_home_goal


@pytest.fixture
def goal(session, cast):
    made = set_home_goal(session, cast, "Hand in the housing form", "Ring Eastside")
    session.commit()
    return made


def test_a_check_in_takes_four_taps(hand, session, visit):
    dana = hand("dana")
    dana.taps_on("Log check-in")
    dana.taps_on("In person")
    dana.taps_on("Brighter")
    dana.taps_on("Save check-in")
    assert dana.reads("Check-in saved. You speak next on Monday 30 November.")
    assert dana.taps == 4
    session.rollback()
    assert session.scalars(sa.select(CheckIn)).one().weather == 4


def test_a_try_without_answer_takes_three_taps(hand, visit):
    dana = hand("dana")
    dana.taps_on("Log check-in")
    dana.taps_on("Tried, no answer")
    assert not dana.page.get_by_text("How are things for Marcus?").first.is_visible()
    dana.taps_on("Save check-in")
    assert dana.reads("Noted that you tried.")
    assert dana.taps == 3


def test_a_person_is_added(hand):
    dana = hand("dana")
    dana.opens("/people")
    dana.taps_on("Add a person")
    dana.types("First name", "Noor")
    dana.types("Last name", "Haddad")
    dana.taps_on("We may text")
    dana.taps_on("Add this person")
    assert dana.reads("Noor H. is here.")
    assert dana.reads("Text only. Do not call.")


def test_a_goal_is_set_reviewed_and_a_step_done(hand, cast):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/goals/new")
    dana.types("The goal, in their own words", "A place of my own")
    dana.types("Step 1", "Hand in the form")
    dana.taps_on("Save goal")
    assert dana.reads("Goal saved.")
    dana.taps_on("Step done")
    assert dana.reads("1 of 1 step done")
    dana.taps_on("Review goal")
    dana.page.get_by_role("textbox").first.fill("The form is in.")
    dana.taps_on("Continue")
    dana.taps_on("Continue")
    dana.taps_on("Yes, more than before")
    dana.taps_on("Continue")
    dana.page.get_by_role("textbox").first.fill("Ring Eastside")
    dana.taps_on("Continue")
    dana.taps_on("Continue")
    assert dana.reads("Check your answers")
    dana.taps_on("Save review")
    assert dana.reads("Review saved. You look at it again on Monday 21 December.")
    assert dana.reads("Ring Eastside")


def test_a_referral_goes_to_connected(hand, cast, session):
    resources.add_service(session, cast.dana, name="Dental clinic", need=Need.DENTIST, provider="", now=MONDAY)
    session.commit()
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/referrals/new")
    dana.page.fill("#service", "Dental clinic")
    dana.taps_on("I will make the call")
    dana.taps_on("said yes to sharing")
    dana.taps_on("Save referral")
    assert dana.reads("Referral saved. You are reminded on Wednesday 25 November.")
    dana.taps_on("Dental clinic")
    dana.taps_on("Connected")
    dana.taps_on("The person")
    dana.taps_on("Save where it stands")
    assert dana.reads("Connected")
    assert dana.page.locator(".pill.done").first.is_visible()


def test_a_reminder_is_done_moved_and_undone(hand, cast):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    dana.page.fill("#text", "Ask how the first day went")
    dana.taps_on("Today", exact=True)
    dana.taps_on("Save reminder")
    dana.opens("/today")
    dana.taps = 0
    dana.taps_on("Done: Marcus T.")
    assert dana.taps == 1
    assert not dana.page.locator("#h-reach + ul", has_text="first day").count()
    dana.taps_on("Undo")
    assert dana.reads("Ask how the first day went")
    dana.taps = 0
    dana.taps_on("Later")
    dana.taps_on("Tomorrow")
    assert dana.taps == 2
    assert dana.reads("Moved to tomorrow, Tue 24 Nov.")
    dana.taps_on("Undo")
    assert dana.reads("Ask how the first day went")


def test_a_worry_reaches_i_have_this(hand, cast):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.taps_on("Call", exact=True)
    dana.taps_on("I am worried about his safety")
    assert dana.reads("Ruth Mbeki is told straight away")
    dana.taps_on("Save check-in")
    assert dana.reads("Ruth Mbeki was told straight away.")
    ruth = hand("ruth")
    ruth.taps_on("I have this: Marcus T.")
    assert ruth.reads("You have this.")


def test_sign_off_takes_two_taps(hand, cast, session):
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        next_on=TODAY + dt.timedelta(days=7),
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
    ruth = hand("ruth", width=1280)
    ruth.taps_on("Start with the first")
    ruth.taps = 0
    ruth.taps_on("Listened first")
    ruth.taps_on("Sign off and show next")
    assert ruth.taps == 2
    assert ruth.reads("Nothing is waiting")


def test_i_did_this_takes_one_tap_and_undo_another(hand, goal):
    marcus = hand("marcus")
    assert marcus.page.title() == "My goals"
    marcus.taps_on("I did this")
    assert marcus.reads("Well done. Dana will see this. Next: Ring Eastside")
    assert marcus.taps == 1
    marcus.taps_on("Undo")
    assert marcus.reads("Hand in the housing form")


def test_help_tells_the_coach_and_her_real_hours(hand, goal):
    marcus = hand("marcus")
    marcus.taps_on("I would like some help")
    assert marcus.reads("Dana has been told. You can reach Dana: Monday to Friday, 9 am to 6 pm.")
    dana = hand("dana")
    assert dana.reads("Marcus T. would like some help with: Hand in the housing form")


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize("scripts", [True, False], indirect=False, ids=["with scripts", "without scripts"])
def test_the_main_act_works_over_tls(chromium, desk, cast, visit, scripts):
    from tests.browser.hand import Hand

    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, ignore_https_errors=True, java_script_enabled=scripts
    )
    dana = Hand(context.new_page(), desk, cast)
    dana.sign_in("dana")
    cookie = next(c for c in context.cookies() if c["name"] == "__Host-desk")
    assert cookie["secure"]
    assert cookie["httpOnly"]
    dana.taps_on("Log check-in")
    dana.taps_on("In person")
    dana.taps_on("Save check-in")
    assert dana.reads("Check-in saved.")
    context.close()


@pytest.mark.parametrize("scripts", [True], indirect=False, ids=["with scripts"])
def test_what_is_written_is_kept_every_five_seconds(hand, cast, session, scripts):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.page.fill("#note", "Half a thought")
    expect(dana.page.locator("[data-saved]")).to_contain_text("Draft saved 9:45 am", timeout=15_000)
    dana.opens("/today")
    assert dana.reads("Pick up where you left off")
    dana.taps_on("Continue")
    assert dana.page.input_value("#note") == "Half a thought"


def test_back_after_saving_finds_a_fresh_form_and_leaves_no_draft(hand, session, cast, goal):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    for choice in ("In person", "Brighter", "Hand in the housing form"):
        dana.taps_on(choice)
    dana.page.locator("textarea[name=note]").fill("Slept well.")
    dana.taps_on("Save check-in")
    dana.goes_back()
    expect(dana.page.locator("textarea[name=note]")).to_have_value("")
    assert dana.page.locator("main input:checked:not([name=when]):not([name=next])").count() == 0
    dana.page.wait_for_timeout(6000 if dana.page.evaluate("document.querySelector('script') !== null") else 0)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0
