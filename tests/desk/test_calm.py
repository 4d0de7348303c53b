"""Today stays calm: what one line says already, no other says again."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from coachdesk.admin import service as admin
from coachdesk.checkins import service as checkins
from coachdesk.clients import items
from coachdesk.clients.items import Item
from coachdesk.drafts import service as drafts
from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY

DAY = dt.timedelta(days=1)


def _speak(session, cast, on, next_on):
    checkins.log_checkin(
        session, cast.dana, cast.marcus, channel=Channel.CALL, held_on=on, next_on=next_on, now=MONDAY, today=TODAY
    )


def _goal(session, cast, *, review_on=None):
    goals.set_goal(
        session, cast.dana, cast.marcus, words="A place", domain=Domain.HOME, status=GoalStatus.ACTIVE,
        next_review_on=review_on, now=MONDAY, today=TODAY,
    )  # fmt: skip
    session.execute(sa.update(Goal).values(started_on=TODAY - 60 * DAY))


def test_goals_nobody_spoke_of_lead_to_the_goals_and_a_review_that_is_due_says_it_instead(reader, cast, session):
    _speak(session, cast, TODAY, TODAY + 7 * DAY)
    _goal(session, cast)
    session.commit()
    dana = reader("dana")
    page = dana.opens("/today")
    assert "No goal was spoken of for 4 weeks, since 24 September." in page.main
    assert page.soup.find("a", href=f"/people/{cast.marcus}/goals")
    session.execute(sa.update(Goal).values(next_review_on=TODAY))
    session.commit()
    page = dana.opens("/today")
    assert "A goal is due for a look together." in page.main
    assert "No goal was spoken of" not in page.main


def test_somebody_without_a_goal_leads_to_a_first_one(reader, cast, session):
    for days in (9, 5, 2):
        _speak(session, cast, TODAY - days * DAY, TODAY + 7 * DAY)
    session.commit()
    page = reader("dana").opens("/today")
    assert "You have spoken 3 times, and no goal is written down yet." in page.main
    assert page.soup.find("a", href=f"/people/{cast.marcus}/goals/new")
    assert "days over" not in page.main


def test_a_day_to_mark_says_how_they_would_like_to(reader, cast, session):
    items.add_item(
        session, cast.dana, cast.marcus, Item.MILESTONE, marked_on=TODAY, words="My own key", now=MONDAY, today=TODAY
    )
    session.commit()
    page = reader("dana").opens("/today")
    assert "is a day Marcus T. wants to mark: My own key" in page.main
    assert page.soup.find("a", href=f"/people/{cast.marcus}/about#h-days")


def test_something_begun_has_its_place_beside_and_stands_among_reminders(reader, cast, session, clock):
    drafts.save_draft(
        session, cast.dana, cast.marcus, form="check-in", subject_id=cast.marcus, fields={"note": ["Well."]},
        path=f"/people/{cast.marcus}/check-ins/new", now=MONDAY,
    )  # fmt: skip
    session.commit()
    clock.move(hours=50)
    dana = reader("dana")
    page = dana.opens("/today")
    assert "Pick up where you left off" in page.words
    assert "Go on writing" not in page.main
    page = dana.opens("/reminders")
    assert "You began to write on Monday 23 November. It is not saved yet." in page.main
    assert "Go on writing" in page.main


def test_tomorrows_visit_stands_once_among_what_is_coming_and_among_reminders(reader, cast, session):
    _speak(session, cast, TODAY, TODAY + DAY)
    session.commit()
    dana = reader("dana")
    assert "Tomorrow you speak with Marcus T." not in dana.opens("/today").main
    assert "Tomorrow you speak with Marcus T." in dana.opens("/reminders").main


def test_a_supervisor_reads_once_of_somebody_without_a_coach_and_where_to_choose_one(reader, cast, session):
    admin.set_active(session, cast.admin, cast.dana.id, active=False, now=MONDAY)
    session.commit()
    page = reader("ruth").opens("/today")
    assert page.main.count("Dana no longer coaches here, and Marcus T. needs a coach.") == 1
    assert page.soup.find("a", href=f"/people/{cast.marcus}/hand-over")
    assert "You have not spoken yet." not in page.main
