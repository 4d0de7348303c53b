"""What the tests of goals share: words that try a form, and how things stand."""

from __future__ import annotations

import sqlalchemy as sa

from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal, Step
from coachdesk.goals.rules import Domain, GoalStatus
from tests.cast import MONDAY, TODAY

MEGABYTE = "x" * 1_048_576
TYPED = "A home 🌅 for أمي and me <b>& “all”\x00"
KEPT = TYPED.replace("\x00", "")
GOAL = {"words": "A place of my own", "domain": "home"}


def new_path(cast, name="marcus"):
    return f"/people/{cast.people[name]}/goals/new"


def set_goal(session, coach, client_id, words="A place of my own"):
    made = goals.set_goal(
        session,
        coach,
        client_id,
        words=words,
        domain=Domain.HOME,
        status=GoalStatus.ACTIVE,
        steps=[goals.StepWords("Hand in the housing form"), goals.StepWords("Ring Eastside")],
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return made.id


def goal_now(session, goal_id):
    session.rollback()
    session.expire_all()
    return session.get_one(Goal, goal_id)


def steps_now(session, goal_id):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(Step).where(Step.goal_id == goal_id).order_by(Step.position)).all()


def count(session, table):
    session.rollback()
    session.expire_all()
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def text_in(page, name):
    return page.soup.find("textarea", {"name": name}).get_text().strip()
