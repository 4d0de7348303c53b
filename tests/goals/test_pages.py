from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal, GoalVersion, Step
from coachdesk.goals.rules import GoalStatus, StepStatus
from coachdesk.reminders import planning
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import GOAL, KEPT, MEGABYTE, TYPED, count, goal_now, new_path, steps_now, text_in

# ---- setting one ----------------------------------------------------------------------------------------------------


def test_a_goal_is_set_with_its_steps(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(new_path(cast))
    assert "A goal, in his own words" in page.main
    page = dana.sends(
        **GOAL,
        why="So that my son can stay",
        steps__0__words="Hand in the housing form",
        steps__0__owner="together",
        steps__0__due_on__day="27",
        steps__0__due_on__month="nov",
        steps__0__due_on__year="26",
        steps__2__words="Ring Eastside",
    )
    assert page.url == f"/people/{cast.marcus}/goals"
    assert "Goal saved." in page.main
    assert "“A place of my own”" in page.main
    assert "0 of 2 steps done" in page.main
    made = session.scalars(sa.select(Goal)).one()
    assert (made.status, made.next_review_on) == (GoalStatus.ACTIVE, TODAY + dt.timedelta(days=28))
    first, second = steps_now(session, made.id)
    assert (first.words, first.owner, first.due_on) == ("Hand in the housing form", "together", dt.date(2026, 11, 27))
    assert second.words == "Ring Eastside"


def test_a_dream_has_no_day_to_look_at_it(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    page = dana.sends(**GOAL, status_="dream")
    assert "Someday" in page.main
    assert session.scalars(sa.select(Goal)).one().next_review_on is None


def test_another_step_loses_nothing_that_is_typed(reader, cast, session):
    dana = reader("dana")
    rows = len(dana.opens(new_path(cast)).soup.select(".step-row"))
    page = dana.sends(
        more__steps="1",
        words=TYPED,
        why="Because",
        domain="home",
        status_="dream",
        steps__0__words="Ring Eastside",
        steps__0__owner="coach",
        steps__0__due_on__day="31",
        steps__0__due_on__month="2",
        next_review_on__day="5",
    )
    assert len(page.soup.select(".step-row")) == rows + 1
    assert (text_in(page, "words"), text_in(page, "why")) == (KEPT, "Because")
    stands = {
        field["name"]: field.get("value") for field in page.soup.select("main input") if field.get("type") != "radio"
    }
    assert stands["steps-0-words"] == "Ring Eastside"
    assert (stands["steps-0-due_on-day"], stands["steps-0-due_on-month"]) == ("31", "2")
    assert stands["next_review_on-day"] == "5"
    assert page.soup.select_one("input[name=status][checked]")["value"] == "dream"
    assert page.soup.select_one("[name=domain] option[selected]")["value"] == "home"
    assert page.soup.select_one("[name=steps-0-owner] option[selected]")["value"] == "coach"
    assert count(session, Goal) == 0


def test_rows_may_be_asked_for_without_end(reader, cast):
    dana = reader("dana")
    dana.opens(new_path(cast))
    for _press in range(24):
        page = dana.sends(more__steps="1", **GOAL)
    assert len(page.soup.select(".step-row")) == 23
    page = dana.sends(status=422, **{f"steps__{n}__words": f"Step {n}" for n in range(21)})
    assert "Twenty steps are enough for one goal." in page.soup.find(id="error-summary").get_text()
    assert page.soup.find("input", {"name": "steps-20-words"})["value"] == "Step 20"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"words": ""}, "Write the goal in the person’s own words."),
        ({"words": " \x00\r\n "}, "Write the goal in the person’s own words."),
        ({"words": "a" * 501}, "1 characters too long"),
        ({"why": "أ" * 2_001}, "1 characters too long"),
        ({"domain": "moon"}, "Choose one of these."),
        ({"domain": None}, "Choose"),
        ({"status_": "achieved"}, "Choose one of these."),
        ({"status_": "🌅\x00"}, "Choose one of these."),
        ({"steps__0__words": MEGABYTE}, "characters too long"),
        ({"steps__0__owner": "nobody"}, "Choose one of these."),
        ({"steps__0__due_on__day": "31", "steps__0__due_on__month": "2"}, "This must be a real day"),
        (
            {"next_review_on__day": "31", "next_review_on__month": "2", "next_review_on__year": "2026"},
            "This must be a real day",
        ),
        (
            {"next_review_on__day": "🌅", "next_review_on__month": "\x00", "next_review_on__year": "أ" * 5_000},
            "This must be a real day",
        ),
        (
            {
                "steps__0__words": "Ring",
                "steps__0__due_on__day": "22",
                "steps__0__due_on__month": "11",
                "steps__0__due_on__year": "2026",
            },
            "The day of a new step lies behind us.",
        ),
        (
            {"next_review_on__day": "23", "next_review_on__month": "11", "next_review_on__year": "2026"},
            "Choose a day after today",
        ),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(new_path(cast))
    typed = {"words": TYPED, "why": "Because", "domain": "home", "steps__1__words": TYPED, **fields}
    page = dana.sends(status=422, **typed)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.title.get_text().startswith("Error:")
    for name in {"words", "why"} - fields.keys():
        assert text_in(page, name) == typed[name].replace("\x00", "")
    assert page.soup.find("input", {"name": "steps-1-words"})["value"] == KEPT
    assert count(session, Goal) == 0


def test_a_megabyte_of_text_comes_back_whole(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    page = dana.sends(status=422, **{**GOAL, "words": MEGABYTE})
    assert "characters too long" in page.main
    assert len(text_in(page, "words")) == len(MEGABYTE)
    assert count(session, Goal) == 0


def test_every_script_and_sign_is_kept_as_it_was_said(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    page = dana.sends(words=TYPED, domain="home", steps__0__words=TYPED)
    assert page.main.count(KEPT) >= 2
    assert session.scalars(sa.select(Goal)).one().words == KEPT
    assert KEPT in reader("marcus").opens("/my-goals").main


def test_the_same_goal_sent_twice_is_one_goal(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(new_path(cast))
    dana.sends(**GOAL)
    dana.page = form
    assert dana.sends(**GOAL).url == f"/people/{cast.marcus}/goals"
    assert count(session, Goal) == 1


def test_days_at_the_end_of_time_break_no_page(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    last = {"day": "31", "month": "12", "year": "9999"}
    dana.sends(
        **GOAL,
        steps__0__words="Some day",
        **{f"steps__0__due_on__{part}": text for part, text in last.items()},
        **{f"next_review_on__{part}": text for part, text in last.items()},
    )
    assert session.scalars(sa.select(Step)).one().due_on == dt.date.max
    for path in ("/today", "/people", f"/people/{cast.marcus}", f"/people/{cast.marcus}/goals", "/reminders"):
        dana.opens(path)
    reader("ruth").opens("/team")
    reader("marcus").opens("/my-goals")
    planning.plan(session, now=MONDAY)


# ---- changing one ---------------------------------------------------------------------------------------------------


def test_a_goal_is_changed_and_the_wording_before_is_kept(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(dana.opens(f"/people/{cast.marcus}/goals").link("Change: A place of my own"))
    page = dana.sends(words="A flat with a door of my own", steps__1__words="")
    assert "Goal saved." in page.main
    assert "A flat with a door of my own" in page.main
    assert "Ring Eastside" not in page.main
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.TO_DO, StepStatus.NOT_NOW]
    kept = session.scalars(sa.select(GoalVersion)).one()
    assert kept.snapshot["words"] == "A place of my own"
    assert kept.number == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("paused", "Resting. You can pick it up any time."), ("achieved", "You did it."), ("set_aside", "Goal saved.")],
)
def test_a_goal_goes_where_they_say(reader, cast, session, goal, status, sentence):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    page = dana.sends(status_=status)
    assert sentence in page.main
    row = goal_now(session, goal)
    assert (row.status, row.next_review_on) == (status, None)
    assert (row.ended_on == TODAY) is (status != "paused")


def test_only_what_becomes_done_is_told_so(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    assert "You did it." in dana.sends(status_="achieved").main
    dana.opens(f"/goals/{goal}/edit")
    assert "Goal saved." in dana.sends(why="Because").main


def test_what_somebody_else_changed_meanwhile_is_shown_and_nothing_typed_is_lost(reader, cast, session, goal):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/goals/{goal}/edit")
    ruth.opens(f"/goals/{goal}/edit")
    ruth.sends(words="Written by Ruth")
    page = dana.sends(status=409, words="Written by Dana 🌅")
    assert "Somebody changed this while you were writing." in page.main
    assert "As it is now Written by Ruth What you wrote Written by Dana 🌅" in page.main
    assert len(page.soup.select("input[name^=theirs-]")) == 1
    assert text_in(page, "words") == "Written by Dana 🌅"
    assert goal_now(session, goal).words == "Written by Ruth"
    assert "Goal saved." in dana.sends().main
    assert goal_now(session, goal).words == "Written by Dana 🌅"
    assert [row.snapshot["words"] for row in session.scalars(sa.select(GoalVersion).order_by(GoalVersion.number))] == [
        "A place of my own",
        "Written by Ruth",
    ]


@pytest.mark.parametrize("version", ["", "0", "-1", "nonsense", "9" * 40, "🌅\x00", None])
def test_a_version_that_is_none_counts_as_out_of_date(reader, cast, session, goal, version):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    page = dana.sends(status=409, words="Mine", version=version)
    assert text_in(page, "words") == "Mine"
    assert goal_now(session, goal).words == "A place of my own"


def test_a_change_that_cannot_be_keeps_what_was_typed(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    page = dana.sends(status=422, words="", why=TYPED, steps__0__words=MEGABYTE)
    assert "Write the goal in the person’s own words." in page.soup.find(id="error-summary").get_text()
    assert text_in(page, "why") == KEPT
    page = dana.sends(status=422, words=MEGABYTE, steps__0__words="Short again")
    assert len(text_in(page, "words")) == len(MEGABYTE)
    page = dana.sends(more__steps="1", words="Mine")
    assert text_in(page, "words") == "Mine"
    assert goal_now(session, goal).version == 1


def test_the_same_change_sent_twice_is_one_change(reader, cast, session, goal):
    dana = reader("dana")
    form = dana.opens(f"/goals/{goal}/edit")
    dana.sends(words="Mine")
    dana.page = form
    assert dana.sends(words="Mine").url == f"/people/{cast.marcus}/goals"
    assert count(session, GoalVersion) == 1


# ---- steps ----------------------------------------------------------------------------------------------------------


def test_a_step_is_done_and_undone(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals")
    page = dana.presses("Step done: Hand in the housing form")
    assert "Step done: Hand in the housing form" in page.main
    assert page.url == f"/people/{cast.marcus}/goals"
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.DONE, StepStatus.TO_DO]
    page = dana.presses("Undo")
    assert "The step is back on the list." in page.main
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.TO_DO, StepStatus.TO_DO]
    step = steps_now(session, goal)[0].id
    dana.posts(f"/steps/{step}/completion")
    dana.posts(f"/steps/{step}/completion")
    assert steps_now(session, goal)[0].version == 4  # done, undone, done again; the second press changed nothing


def test_one_more_step_is_added_once(reader, cast, session, goal):
    dana = reader("dana")
    form = dana.opens(f"/people/{cast.marcus}/goals")
    assert "Step added." in dana.sends("/steps", words=TYPED).main
    dana.page = form
    dana.sends("/steps", words=TYPED)
    assert [step.words for step in steps_now(session, goal)][2:] == [KEPT]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Write the step."),
        ("\x00", "Write the step."),
        ("أ🌅" * 200, "100 characters too long"),
        (MEGABYTE, "long"),
    ],
)
def test_a_step_that_cannot_be_goes_on_in_the_goals_own_form(reader, cast, session, goal, words, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals")
    page = dana.sends("/steps", status=422, words=words)
    assert sentence in page.soup.find(id="error-summary").get_text()
    assert page.soup.find("input", {"name": "steps-2-words"})["value"] == words.replace("\x00", "")
    assert len(steps_now(session, goal)) == 2
    assert "Goal saved." in dana.sends(steps__2__words="Short").main
    assert [step.words for step in steps_now(session, goal)][2:] == ["Short"]


def test_the_twenty_first_step_is_refused_with_a_sentence(reader, cast, session, goal):
    row = goals.find_goal(session, cast.dana, goal)
    for n in range(18):
        goals.add_step(session, cast.dana, row, goals.StepWords(f"Step {n}"), now=MONDAY)
        session.commit()
        row = goals.find_goal(session, cast.dana, goal)
    session.commit()
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals")
    page = dana.sends("/steps", status=422, words="One more")
    assert "Twenty steps are enough for one goal." in page.soup.find(id="error-summary").get_text()
    assert page.soup.find("input", {"value": "One more"})
    assert len(steps_now(session, goal)) == 20
