from __future__ import annotations

import uuid

import pytest

from coachdesk.access import SYSTEM
from coachdesk.clients import assigning
from coachdesk.drafts.models import Draft
from coachdesk.goals.models import Goal, GoalReview
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import GOAL, count, goal_now, set_goal, steps_now

PAGES = ("/people/{person}/goals/new", "/goals/{goal}/edit", "/goals/{goal}/reviews/new")
ACTS = (
    "/people/{person}/goals/new",
    "/goals/{goal}/edit",
    "/goals/{goal}/steps",
    "/steps/{step}/completion",
    "/steps/{step}/completion/undo",
    "/goals/{goal}/reviews/new?question=3",
    "/goals/{goal}/reviews/new?question=6",
)


def _stands(session, goal_id):
    row = goal_now(session, goal_id)
    return (row.words, row.version, row.status, [(step.words, step.status) for step in steps_now(session, goal_id)])


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "hana"])
def test_nobody_elses_goals_can_be_read_or_touched(reader, cast, session, goal, name):
    someone = reader(name)
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    before = _stands(session, goal)
    ids = {"person": cast.marcus, "goal": goal, "step": steps_now(session, goal)[0].id}
    for path in PAGES:
        assert "place of my own" not in someone.opens(path.format(**ids), status=404).text
    for path in ACTS:
        someone.posts(path.format(**ids), status=404, **GOAL, matters="yes", version="1", client_id=str(cast.marcus))
    assert _stands(session, goal) == before
    assert [count(session, table) for table in (Goal, GoalReview, Draft)] == [1, 0, 0]


@pytest.mark.parametrize("whose", ["aisha", "lena"])
def test_a_step_of_another_goal_cannot_be_slipped_in(reader, cast, session, goal, whose):
    other = set_goal(session, cast.imani if whose == "aisha" else cast.dana, cast.people[whose], "Hers")
    before = _stands(session, other)
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    dana.sends(status=404, steps__0__step_id=str(steps_now(session, other)[0].id), steps__0__words="Mine now")
    for wrong in (str(uuid.uuid4()), "nonsense", "🌅\x00"):
        dana.opens(f"/goals/{goal}/edit")
        dana.sends(status=404, steps__0__step_id=wrong, steps__0__words="Mine now")
    assert _stands(session, other) == before
    assert goal_now(session, goal).version == 1


@pytest.mark.parametrize("path", ACTS)
def test_without_a_token_or_with_anothers_nothing_is_done(reader, cast, session, goal, path):
    before = _stands(session, goal)
    stranger, dana = reader("imani"), reader("dana")
    address = path.format(person=cast.marcus, goal=goal, step=steps_now(session, goal)[0].id)
    for token in ({}, {"csrf_token": stranger.token}, {"csrf_token": "🌅\x00"}):
        page = dana._fetch("POST", address, status=400, follow=False, data={**token, **GOAL, "matters": "yes"})
        assert "Nothing was changed." in page.main
    assert _stands(session, goal) == before
    assert count(session, Goal) == 1
