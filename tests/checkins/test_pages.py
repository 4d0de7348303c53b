from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.checkins.models import Attempt, CheckIn, Review
from coachdesk.drafts.models import Draft
from coachdesk.goals import service as goals
from coachdesk.goals.models import Step
from coachdesk.goals.rules import StepStatus
from coachdesk.safety.models import Concern
from coachdesk.visits.models import Visit
from tests.cast import TODAY
from tests.lived import set_home_goal


def _new(cast: Any) -> str:
    return f"/people/{cast.marcus}/check-ins/new"


def _count(session: Any, table: Any, **where: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(table).filter_by(**where)))


@pytest.fixture
def step(session: Any, cast: Any) -> Step:
    goal = set_home_goal(session, cast, "Hand in the housing form")
    session.commit()
    return goals.find_goal(session, cast.dana, goal.id).steps[0]


def test_four_answers_make_a_check_in_and_the_plan_for_the_next(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(how="in_person", weather="4")
    assert "Check-in saved. You speak next on Monday 30 November." in page.words
    entry = session.scalars(sa.select(CheckIn)).one()
    assert (entry.channel, entry.held_on, entry.weather) == ("in_person", TODAY, 4)
    assert session.scalars(sa.select(Visit)).one().planned_on == dt.date(2026, 11, 30)


def test_nothing_about_the_persons_state_is_chosen_beforehand(reader, cast, step):
    page = reader("dana").opens(_new(cast))
    chosen = {str(field["name"]) for field in page.soup.select("main input[checked]")}
    assert chosen == {"when", "next"}


def test_a_logged_contact_clears_today_at_once(reader, cast, clock):
    clock.move(days=3)
    dana = reader("dana")
    assert "Marcus T." in dana.opens("/today").main
    dana.opens(_new(cast) + "?back=today")
    page = dana.sends(how="call")
    assert page.url == "/today"
    reach = page.soup.find(id="h-reach").find_parent("section").get_text(" ")
    assert "Marcus T." not in reach
    assert "Lena O." in reach


def test_ticked_steps_are_done_and_come_back_with_undo(reader, cast, session, step):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", steps=str(step.id))
    session.expire_all()
    assert session.get(Step, step.id).status is StepStatus.DONE
    page = dana.presses("Undo")
    assert "taken back" in page.words
    session.expire_all()
    assert session.get(Step, step.id).status is StepStatus.TO_DO
    assert _count(session, CheckIn, withdrawn_at=None) == 0
    assert _count(session, Visit, closed_at=None) == 0


def test_undo_opens_the_plan_again_that_the_check_in_closed(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    dana.sends(planned_on__day="24", planned_on__month="11", planned_on__year="2026")
    dana.opens(_new(cast))
    dana.sends(how="call")
    dana.presses("Undo")
    session.expire_all()
    assert session.scalars(sa.select(Visit).where(Visit.closed_at.is_(None))).one().planned_on == dt.date(2026, 11, 24)


def test_after_ten_minutes_it_is_corrected_not_taken_back(reader, cast, session, clock):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", note="Spoke about the garden.")
    entry = session.scalars(sa.select(CheckIn)).one()
    clock.move(minutes=11)
    page = dana.presses("Undo") if "Undo" in dana.page.words else dana.posts(f"/check-ins/{entry.id}/withdrawal")
    assert "no longer be taken back" in page.words
    dana.opens(f"/check-ins/{entry.id}")
    page = dana.sends("corrections", text="It was the allotment.")
    assert "Spoke about the garden." in page.words
    assert "It was the allotment." in page.words


def test_a_try_without_answer_is_an_attempt_and_moves_no_clock(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    page = dana.sends()
    assert "Noted that you tried. Try again on Tuesday 24 November." in page.words
    assert _count(session, CheckIn) == 0
    assert session.scalars(sa.select(Attempt)).one().outcome == "no_answer"
    assert _count(session, Visit) == 0
    page = dana.presses("Undo")
    assert _count(session, Attempt, withdrawn_at=None) == 0


def test_a_try_while_a_contact_is_planned_leaves_the_plan(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    dana.sends(planned_on__day="27", planned_on__month="11", planned_on__year="2026", channel="call")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    assert "Noted that you tried. You speak next on Friday 27 November, as planned." in dana.sends().words


def test_worry_tells_the_supervisor_and_says_who(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(_new(cast))
    assert "When you save, Ruth Mbeki is told straight away." in page.words
    assert "911" in page.words
    assert "988" in page.words
    page = dana.sends(how="call", worried="y")
    assert "Ruth Mbeki was told straight away." in page.words
    assert _count(session, Concern, taken_at=None) == 1
    assert session.scalars(sa.select(Review)).one().reason == "safety"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose how you connected"),
        ({"how": "call", "when": "day"}, "Write the day, like 21 11 2026."),
        (
            {"how": "call", "when": "day", "held_on__day": "31", "held_on__month": "2", "held_on__year": "2026"},
            "This must be a real day",
        ),
        (
            {"how": "call", "when": "day", "held_on__day": "24", "held_on__month": "11", "held_on__year": "2026"},
            "This day has not come yet.",
        ),
        (
            {"how": "call", "next": "day", "next_on__day": "20", "next_on__month": "11", "next_on__year": "2026"},
            "Next contact must be a date after today, like 27 11 2026",
        ),
        (
            {"how": "call", "next": "day", "next_on__day": "1", "next_on__month": "1", "next_on__year": "9999"},
            "more than a year ahead",
        ),
        ({"how": "shouting"}, "Choose one of these."),
        ({"how": "call", "minutes": "other", "other_minutes": "999"}, "Write a whole number from 1 to 480."),
        ({"how": "call", "started": "half past"}, "Write a time like 2:30 pm."),
        ({"how": "call", "steps": str(uuid.uuid4())}, "Choose from these."),
        ({"how": "call", "note": "a" * 20_001}, "1 characters too long"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    typed = {"note": "He said 🌅 and مرحبا <b>\x00 to me", **fields}
    page = dana.sends(status=422, **typed)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.title.get_text().startswith("Error:")
    kept = page.soup.find("textarea", {"name": "note"}).get_text()
    assert kept.strip() == typed["note"].replace("\x00", "").strip()
    assert _count(session, CheckIn) == 0


def test_all_that_is_wrong_is_said_at_once(reader, cast):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, next="day", next_on__day="20", next_on__month="11", next_on__year="2026", when="day")
    said = page.soup.find(id="error-summary").get_text(" ")
    assert "Choose how you connected" in said
    assert "Next contact must be a date after today, like 27 11 2026" in said
    assert "Write the day, like 21 11 2026." in said


def test_a_megabyte_of_text_comes_back_whole(reader, cast):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, how="call", note="x" * 1_048_576)
    assert len(page.soup.find("textarea", {"name": "note"}).get_text().strip()) == 1_048_576
    assert "characters too long" in page.words


def test_the_same_form_sent_twice_makes_one_check_in(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(_new(cast))
    dana.sends(how="call")
    dana.page = form
    dana.sends(how="call")
    assert _count(session, CheckIn) == 1


def test_a_draft_is_kept_without_scripts_and_goes_with_the_save(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    form = dana.page.form()
    data = {"csrf_token": form.find("input", {"name": "csrf_token"})["value"], "how": "video", "note": "Half a thought"}
    page = dana._fetch("POST", f"/people/{cast.marcus}/check-ins/draft", status=200, follow=True, data=data)
    assert "Draft saved" in page.words
    assert page.soup.find("textarea", {"name": "note"}).get_text().strip() == "Half a thought"
    assert page.soup.find("input", {"name": "how", "value": "video"}).has_attr("checked")
    assert "Pick up where you left off" in dana.opens("/today").words
    dana.opens(_new(cast))
    dana.sends(how="video")
    assert _count(session, Draft) == 0


def test_a_script_is_answered_with_the_hour(reader, cast):
    dana = reader("dana")
    dana.opens(_new(cast))
    token = dana.page.soup.find("input", {"name": "csrf_token"})["value"]
    answer = dana.client.post(
        f"/people/{cast.marcus}/check-ins/draft",
        data={"csrf_token": token, "note": "x"},
        headers={"Accept": "application/json"},
    )
    assert answer.json == {"saved": "9:45 am"}


@pytest.mark.parametrize("path", ["/people/{p}/check-ins/new", "/people/{p}/attempts/new"])
def test_another_coachs_person_is_not_found(reader, cast, session, path):
    dana = reader("dana")
    address = path.format(p=cast.aisha)
    dana.opens(address, status=404)
    dana.opens("/today")
    dana.posts(address, status=404, how="call")
    assert _count(session, CheckIn) == 0
    assert "Aisha" not in dana.page.text


def test_another_coachs_check_in_can_be_neither_read_nor_taken_back(reader, cast, session):
    imani = reader("imani")
    imani.opens(f"/people/{cast.aisha}/check-ins/new")
    imani.sends(how="call", note="A quiet week")
    entry = session.scalars(sa.select(CheckIn)).one()
    dana = reader("dana")
    dana.opens(f"/check-ins/{entry.id}", status=404)
    dana.opens("/today")
    dana.posts(f"/check-ins/{entry.id}/withdrawal", status=404)
    session.expire_all()
    assert session.get(CheckIn, entry.id).withdrawn_at is None


def test_the_bar_leads_to_the_last_people_spoken_with(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}/check-ins/new")
    dana.sends(how="call")
    page = dana.opens("/check-ins/new")
    recent = page.soup.find(id="h-recent").find_parent("section").get_text(" ")
    assert "Lena O." in recent
    assert "Marcus T." not in recent


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("asked_to_stop", "They asked us to stop: talk with your supervisor before anybody tries again."),
        ("wrong_number", "Put it right under Details when you know it."),
    ],
)
def test_a_try_says_what_it_means_for_the_next_one(reader, cast, outcome, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    page = dana.sends(outcome=outcome)
    assert sentence in page.main
    assert "Try again on" not in page.main


def test_a_worry_stays_when_its_check_in_is_taken_back_and_the_page_says_so(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y")
    page = dana.presses("Undo")
    assert "The worry about safety stays" in page.main
    assert "Marcus" in reader("ruth").opens("/team").main


def test_who_asked_us_to_stop_is_nobodys_to_reach_until_a_contact_is_planned(reader, cast, clock):
    dana = reader("dana")
    assert "Marcus T." in dana.opens("/today").main
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends(outcome="asked_to_stop")
    assert "asked us to stop on 23 November" in dana.opens(f"/people/{cast.marcus}").main
    clock.move(days=30)
    dana = reader("dana")
    assert "Marcus T." not in dana.opens("/today").main
    marcus = next(row for row in dana.opens("/people").soup.select("ul.list > li") if "Marcus T." in row.get_text())
    assert "Asked us to stop" in marcus.get_text()
    ruth = reader("ruth")
    away = ruth.opens("/team").soup.find(id="drift").find_parent("section").get_text()
    assert "Lena O." in away
    assert "Marcus T." not in away
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call")
    assert "asked us to stop" not in dana.opens(f"/people/{cast.marcus}").main
