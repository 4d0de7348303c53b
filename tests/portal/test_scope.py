from __future__ import annotations

from coachdesk.goals.rules import StepStatus
from coachdesk.reminders.models import Reminder
from tests.goals.helpers import count, steps_now
from tests.portal.helpers import standing, step_path

PAGES = ("/my-goals", "/my-goals/what-we-wrote", "/account", "/account/passphrase")


def test_another_persons_goals_and_steps_are_not_found(reader, cast, session, goal, others):
    marcus = reader("marcus")
    assert "garden" not in marcus.opens("/my-goals").text
    before = standing(session)
    theirs = step_path(session, others)
    for path in (theirs, f"{theirs}/undo", theirs.replace("-", ""), "/my-goals/steps/nonsense/done"):
        assert "garden" not in marcus.posts(path, status=404).text
    for path in (f"/people/{cast.hana}/goals", f"/goals/{others}/edit", f"/people/{cast.marcus}", theirs):
        marcus.opens(path, status=404)
    assert standing(session) == before


def test_staff_have_no_way_into_a_persons_own_page(reader, session, goal):
    path = step_path(session, goal)
    for name in ("dana", "ruth", "admin"):
        someone = reader(name)
        for page in ("/my-goals", "/my-goals/what-we-wrote"):
            someone.opens(page, status=404)
        for act in (path, f"{path}/undo", "/my-goals/help"):
            someone.posts(act, status=404)
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.TO_DO, StepStatus.TO_DO]
    assert count(session, Reminder) == 0


def test_nothing_is_done_without_its_token_or_with_anothers(reader, session, goal):
    hana, marcus = reader("hana"), reader("marcus")
    path, before = step_path(session, goal), standing(session)
    for act in (path, f"{path}/undo", "/my-goals/help"):
        for token in ({}, {"csrf_token": ""}, {"csrf_token": hana.token}):
            page = marcus._fetch("POST", act, status=400, follow=False, data=token)
            assert "Nothing was changed." in page.main
    assert standing(session) == before
