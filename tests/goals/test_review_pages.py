from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from coachdesk.db import db
from coachdesk.drafts.models import Draft
from coachdesk.goals.models import GoalReview
from coachdesk.goals.rules import GoalStatus, Matters
from tests.goals.helpers import MEGABYTE, count, goal_now, steps_now
from tests.reader import as_it_stands


def test_all_questions_lead_to_the_answers_and_are_saved(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new")
    dana.sends(gone_well="The form is in.")
    dana.sends(in_the_way="The evenings.")
    page = dana.sends(matters="yes", feel="1")
    assert "How does it feel?" in page.main
    page = dana.sends(importance="9", confidence="4", progress="5", why_not_lower="I rang", one_up="A key")
    assert "Would a smaller step help, or more support?" in page.main
    dana.sends(next_step="Ring on Tuesday")
    page = dana.sends(step_due_on__day="24", step_due_on__month="11", step_due_on__year="2026", who_helps="Dana")
    assert "Check your answers" in page.main
    for answer in ("The form is in.", "The evenings.", "Yes", "9", "4", "5", "I rang", "A key", "Ring on Tuesday"):
        assert answer in page.main
    page = dana.sends()
    assert "Review saved. You look at it again on Monday 21 December." in page.main
    kept = session.scalars(sa.select(GoalReview)).one()
    assert (kept.matters, kept.importance, kept.confidence, kept.progress) == (Matters.YES, 9, 4, 5)
    assert (kept.gone_well, kept.in_the_way, kept.who_helps) == ("The form is in.", "The evenings.", "Dana")
    steps = [(step.words, step.due_on) for step in steps_now(session, goal)]
    assert steps[0] == ("Ring on Tuesday", dt.date(2026, 11, 24))
    assert [words for words, _ in steps[1:]] == ["Hand in the housing form", "Ring Eastside"]
    assert count(session, Draft) == 0
    path = dana.opens(f"/people/{cast.marcus}/timeline").link("the goal review of")
    page = dana.opens(path)
    for answer in (
        "A place of my own",
        "The form is in.",
        "The evenings.",
        "Yes",
        "I rang",
        "A key",
        "Ring on Tuesday",
    ):
        assert answer in page.main
    for name in ("imani", "admin", "marcus"):
        assert "The evenings." not in reader(name).opens(path, status=404).text


def test_not_now_puts_it_to_rest_without_a_new_step(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="not_now")
    dana.sends(next_step="Never mind")
    page = dana.opens(f"/goals/{goal}/reviews/new?question=6")
    assert "This goal will rest." in page.main
    assert "Resting. You can pick it up any time." in dana.sends().main
    row = goal_now(session, goal)
    assert (row.status, row.next_review_on) == (GoalStatus.PAUSED, None)
    assert len(steps_now(session, goal)) == 2
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="yes")
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    dana.sends()
    assert goal_now(session, goal).status is GoalStatus.ACTIVE


def test_the_same_review_sent_twice_is_one_review(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="yes")
    form = dana.opens(f"/goals/{goal}/reviews/new?question=6")
    dana.sends()
    dana.page = form
    assert dana.sends().url == f"/people/{cast.marcus}/goals"
    assert count(session, GoalReview) == 1


def test_the_new_next_step_comes_after_what_is_done_and_before_the_rest(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals")
    dana.presses("Step done")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="yes")
    dana.opens(f"/goals/{goal}/reviews/new?question=4")
    dana.sends(next_step="Ask about the deposit")
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    dana.sends()
    assert [step.words for step in steps_now(session, goal)] == [
        "Hand in the housing form",
        "Ask about the deposit",
        "Ring Eastside",
    ]
    assert "Your next step Ask about the deposit" in reader("marcus").opens("/my-goals").main


def test_a_review_without_an_answer_to_the_one_question_is_not_saved(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    assert "Choose one answer. “Not now” is fine too." in dana.sends(status=422).main
    assert dana.opens(f"/goals/{goal}/reviews/new?question=6").url == f"/people/{cast.marcus}/goals"
    dana.opens(f"/goals/{goal}/reviews/new")
    dana.sends(gone_well="The form is in.")
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    page = dana.sends(status=422)
    assert "Choose whether this goal still matters." in page.soup.find(id="error-summary").get_text()
    assert count(session, GoalReview) == 0


@pytest.mark.parametrize(
    ("question", "fields", "sentence"),
    [
        ("1", {"gone_well": MEGABYTE}, "characters too long"),
        ("2", {"in_the_way": "أ" * 20_001}, "1 characters too long"),
        ("3", {"matters": "nonsense"}, "Choose one of these."),
        ("3", {"matters": "🌅\x00"}, "Choose one of these."),
        ("feel", {"importance": "11"}, "Choose one of these."),
        ("feel", {"confidence": "high 🌅"}, "Choose one of these."),
        ("4", {"next_step": "a" * 301}, "1 characters too long"),
        ("5", {"step_due_on__day": "31", "step_due_on__month": "2", "step_due_on__year": "2026"}, "real day"),
        ("5", {"who_helps": MEGABYTE}, "characters too long"),
    ],
)
def test_an_answer_that_cannot_be_is_said_on_its_page(reader, cast, session, goal, question, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question={question}")
    page = dana.sends(status=422, **fields)
    assert sentence in page.soup.find(id="error-summary").get_text()
    for name, text in fields.items():
        field = page.soup.find(["input", "textarea"], {"name": name.replace("__", "-"), "type": ["text", None]})
        if field is not None:
            assert (field.get("value") or field.get_text().strip()) == text
    assert count(session, GoalReview) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"matters": "nonsense"}, "Choose"),
        ({"matters": "yes", "importance": "many"}, "Choose"),
        ({"matters": "yes", "next_step": MEGABYTE}, "characters too long"),
        ({"matters": "yes", "next_review_on__day": "31"}, "This must be a real day"),
    ],
)
def test_a_draft_that_cannot_be_is_not_saved_as_a_review(reader, cast, session, goal, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new")
    dana.keeps(**fields)
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    page = dana.sends(status=422)
    assert sentence in page.soup.find(id="error-summary").get_text()
    assert count(session, GoalReview) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"step_due_on__day": "22"}, "Choose today or a day to come."),
        ({"next_review_on__day": "23"}, "Choose a day after today for looking at it together."),
    ],
)
def test_a_review_with_a_day_that_has_passed_is_not_saved(reader, cast, session, goal, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="yes")
    dana.opens(f"/goals/{goal}/reviews/new?question=5")
    name = next(iter(fields)).removesuffix("__day")
    dana.sends(**fields, **{f"{name}__month": "11", f"{name}__year": "2026"})
    page = dana.sends(status=422)
    assert sentence in page.soup.find(id="error-summary").get_text()
    assert count(session, GoalReview) == 0


@pytest.mark.parametrize("question", ["", "7", "🌅", "%00", "x" * 3_000])
def test_a_question_there_is_none_of_opens_the_first(reader, cast, goal, question):
    assert "What has gone well?" in reader("dana").opens(f"/goals/{goal}/reviews/new?question={question}").main


def test_who_wants_to_change_a_goal_is_led_to_it(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="change")
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    page = dana.sends()
    assert page.url == f"/goals/{goal}/edit"
    assert "Review saved. Now change the goal together." in page.words


def test_the_answers_of_four_pages_sent_at_once_are_all_kept(app, reader, session, goal):
    dana = reader("dana")
    pages = {"1": "gone_well", "2": "in_the_way", "4": "next_step", "5": "who_helps"}
    sent = []
    for page, name in pages.items():
        form = dana.opens(f"/goals/{goal}/reviews/new?question={page}").form()
        sent.append((str(form["action"]), {**as_it_stands(form), name: f"Said at {page}"}))
    with dana.client.session_transaction() as cookie:
        held = dict(cookie)
    together, answers = threading.Barrier(len(sent)), []

    def sends(action, data):
        client = app.test_client()
        with client.session_transaction() as own:
            own.update(held)
        together.wait()
        answers.append(client.post(action, data=data).status_code)
        with app.app_context():
            db.session.remove()

    session.rollback()
    threads = [threading.Thread(target=sends, args=one) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    session.rollback()
    assert answers == [303] * len(sent)
    kept = session.scalars(sa.select(Draft)).one().fields
    assert {name: kept[name] for name in pages.values()} == {name: [f"Said at {page}"] for page, name in pages.items()}
