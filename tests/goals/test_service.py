from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, Event
from coachdesk.goals import reviewing
from coachdesk.goals import service as goals
from coachdesk.goals.models import GoalReview, GoalVersion, Step
from coachdesk.goals.rules import MOST_STEPS, Domain, GoalStatus, Matters, StepOwner, StepStatus
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY

TOMORROW = TODAY + dt.timedelta(days=1)


def _found(session, identity, goal_id):
    """Commit, and read the goal anew."""
    session.commit()
    session.expire_all()
    return goals.find_goal(session, identity, goal_id)


def _set(session, identity, client_id, words="A place of my own", **more):
    typed = {
        "words": words,
        "domain": Domain.HOME,
        "status": GoalStatus.ACTIVE,
        "steps": [goals.StepWords("Ring Eastside")],
        **more,
    }
    made = goals.set_goal(session, identity, client_id, **typed, now=MONDAY, today=TODAY)
    return _found(session, identity, made.id)


def _change(session, identity, goal, **more):
    typed = {
        "words": goal.words,
        "why": "",
        "domain": Domain.HOME,
        "status": goal.status,
        "steps": [goals.StepWords(step.words, step.owner, step.due_on, step.id) for step in goal.steps],
        "next_review_on": goal.next_review_on,
        "version": goal.version,
        **more,
    }
    goals.change_goal(session, identity, goal.id, **typed, now=MONDAY, today=TODAY)
    return _found(session, identity, goal.id)


def _events(session, event):
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == event.value))


@pytest.fixture
def goal(session, cast):
    return _set(session, cast.dana, cast.marcus)


@pytest.mark.parametrize("name", ["imani", "chris", "omar", "admin"])
def test_a_goal_is_set_only_with_ones_own_people(session, cast, name):
    with pytest.raises(NotFound):
        _set(session, cast.staff[name], cast.marcus)


def test_a_person_sets_no_goal_without_their_coach(session, cast):
    with pytest.raises(NotFound):
        _set(session, cast.accounts["marcus"], cast.marcus)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"words": " \n"}, "words"),
        ({"steps": [goals.StepWords("x")] * (MOST_STEPS + 1)}, None),
        ({"next_review_on": TODAY}, "next_review_on"),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_where_it_does_not(session, cast, typed, at):
    with pytest.raises(Refused) as refusal:
        _set(session, cast.dana, cast.marcus, **typed)
    assert refusal.value.at == at


def test_a_change_keeps_how_it_stood_and_counts_on(session, cast, goal):
    changed = _change(session, cast.dana, goal, words="A flat")
    assert (changed.words, changed.version) == ("A flat", 2)
    kept = session.scalars(sa.select(GoalVersion)).one()
    assert kept.snapshot["words"] == "A place of my own"
    assert kept.snapshot["steps"] == [["Ring Eastside", "person", "to_do"]]
    assert kept.changed_by == cast.dana.id


def test_a_change_against_an_older_version_writes_nothing(session, cast, goal):
    changed = _change(session, cast.ruth, goal, words="A flat")
    with pytest.raises(Stale):
        _change(session, cast.dana, changed, words="Mine", version=1)
    session.rollback()
    assert goals.find_goal(session, cast.dana, goal.id).words == "A flat"


def test_a_step_left_out_rests_and_one_that_is_done_stays_done(session, cast, goal):
    goals.add_step(session, cast.dana, goal, goals.StepWords("Look at flats"), now=MONDAY)
    goal = _found(session, cast.dana, goal.id)
    goals.complete_step(session, cast.dana, goal.steps[0].id, now=MONDAY)
    changed = _change(session, cast.dana, _found(session, cast.dana, goal.id), steps=[])
    assert [step.status for step in changed.steps] == [StepStatus.DONE, StepStatus.NOT_NOW]


def test_a_review_day_that_has_passed_may_stay_as_it_is(session, cast, goal):
    goal.next_review_on = TODAY - dt.timedelta(days=3)
    session.commit()
    changed = _change(session, cast.dana, goals.find_goal(session, cast.dana, goal.id), words="A flat")
    assert changed.words == "A flat"


def test_a_goal_does_not_go_where_it_cannot(session, cast, goal):
    done = _change(session, cast.dana, goal, status=GoalStatus.ACHIEVED, next_review_on=None)
    assert done.ended_on == TODAY
    with pytest.raises(Refused) as refusal:
        _change(session, cast.dana, done, status=GoalStatus.PAUSED)
    assert refusal.value.at == "status"
    session.rollback()
    again = _change(
        session, cast.dana, goals.find_goal(session, cast.dana, goal.id), status=GoalStatus.ACTIVE, next_review_on=None
    )
    assert (again.ended_on, again.next_review_on) == (None, TODAY + dt.timedelta(days=28))


def test_twenty_steps_are_enough(session, cast):
    goal = _set(session, cast.dana, cast.marcus, steps=[goals.StepWords(f"{n}") for n in range(MOST_STEPS)])
    assert [step.words for step in goal.steps] == [f"{n}" for n in range(MOST_STEPS)]
    with pytest.raises(Refused):
        goals.add_step(session, cast.dana, goal, goals.StepWords("One more"), now=MONDAY)


def test_a_tick_twice_is_one_tick(session, cast, goal):
    later = MONDAY + dt.timedelta(hours=1)
    goals.complete_step(session, cast.dana, goal.steps[0].id, now=MONDAY)
    goals.complete_step(session, cast.accounts["marcus"], goal.steps[0].id, now=later)
    session.commit()
    step = session.scalars(sa.select(Step)).one()
    assert (step.done_at, step.done_by) == (MONDAY, cast.dana.id)
    assert _events(session, Event.STEP_DONE) == 1


def test_a_person_takes_back_only_their_own_tick(session, cast, goal):
    marcus, step_id = cast.accounts["marcus"], goal.steps[0].id
    goals.complete_step(session, cast.dana, step_id, now=MONDAY)
    with pytest.raises(NotFound):
        goals.undo_step(session, marcus, step_id, now=MONDAY)
    goals.undo_step(session, cast.dana, step_id, now=MONDAY)
    goals.complete_step(session, marcus, step_id, now=MONDAY)
    assert goals.undo_step(session, marcus, step_id, now=MONDAY).status is StepStatus.TO_DO
    goals.undo_step(session, cast.dana, step_id, now=MONDAY)
    assert _events(session, Event.STEP_UNDONE) == 2


@pytest.mark.parametrize("name", ["imani", "omar", "admin", "hana"])
def test_what_is_another_persons_is_not_found(session, cast, goal, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    step_id = goal.steps[0].id
    for find in (
        lambda: goals.find_goal(session, identity, goal.id),
        lambda: goals.find_step(session, identity, step_id),
        lambda: goals.complete_step(session, identity, step_id, now=MONDAY),
        lambda: goals.undo_step(session, identity, step_id, now=MONDAY),
        lambda: _change(session, identity, goal, words="Mine"),
        lambda: reviewing.review_goal(session, identity, goal.id, matters=Matters.YES, now=MONDAY, today=TODAY),
    ):
        with pytest.raises(NotFound):
            find()
    assert goals.list_goals(session, identity, cast.marcus) == []
    assert goals.list_open_steps(session, identity, cast.marcus) == []
    assert goals.list_done_steps(session, identity, cast.marcus) == []
    assert reviewing.list_reviews(session, identity, cast.marcus) == []
    assert session.execute(goals.select_due_steps(identity)).all() == []
    assert session.execute(goals.select_review_days(identity)).all() == []


def test_goals_of_now_come_first_and_only_their_steps_are_open(session, cast, goal):
    _set(session, cast.dana, cast.marcus, words="Some day", status=GoalStatus.DREAM)
    rested = _set(session, cast.dana, cast.marcus, words="Rest")
    _change(session, cast.dana, rested, status=GoalStatus.PAUSED)
    _set(session, cast.dana, cast.marcus, words="Also now", steps=[goals.StepWords("Walk", StepOwner.COACH, TOMORROW)])
    listed = goals.list_goals(session, cast.dana, cast.marcus)
    assert [row.words for row in listed] == ["A place of my own", "Also now", "Some day", "Rest"]
    assert [step.words for step in goals.list_open_steps(session, cast.dana, cast.marcus)] == ["Ring Eastside", "Walk"]
    assert [row.words for row in session.execute(goals.select_due_steps(cast.ruth))] == ["Walk"]
    assert len(session.execute(goals.select_review_days(cast.ruth)).all()) == 2


def test_steps_done_are_counted_among_ones_own_people(session, cast, goal):
    goals.complete_step(session, cast.dana, goal.steps[0].id, now=MONDAY)
    session.commit()
    assert goals.count_steps_done(session, cast.ruth, since=MONDAY) == 1
    assert goals.count_steps_done(session, cast.ruth, since=MONDAY + dt.timedelta(seconds=1)) == 0
    assert goals.count_steps_done(session, cast.omar, since=MONDAY) == 0
    assert [step.goal.words for step in goals.list_done_steps(session, cast.dana, cast.marcus)] == [goal.words]


@pytest.mark.parametrize(
    ("answers", "at"),
    [
        ({"matters": None}, "matters"),
        ({"matters": Matters.YES, "importance": 11}, "importance"),
        ({"matters": Matters.YES, "confidence": -1}, "confidence"),
        ({"matters": Matters.YES, "progress": 99}, "progress"),
        ({"matters": Matters.YES, "next_review_on": TODAY}, "next_review_on"),
        ({"matters": Matters.YES, "step_due_on": TODAY - dt.timedelta(days=1)}, "step_due_on"),
        ({"matters": Matters.YES, "step_due_on": TODAY}, "step_due_on"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused_where_it_does_not(session, cast, goal, answers, at):
    with pytest.raises(Refused) as refusal:
        reviewing.review_goal(session, cast.dana, goal.id, **answers, now=MONDAY, today=TODAY)
    assert refusal.value.at == at
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(GoalReview)) == 0


def test_a_review_adds_the_step_moves_the_day_and_keeps_how_it_stood(session, cast, goal):
    review = reviewing.review_goal(
        session,
        cast.dana,
        goal.id,
        matters=Matters.MORE,
        next_step="Walk past it",
        step_due_on=TODAY,
        next_review_on=TOMORROW,
        now=MONDAY,
        today=TODAY,
    )
    after = _found(session, cast.dana, goal.id)
    assert [(step.words, step.due_on) for step in after.steps] == [
        ("Walk past it", TODAY),
        ("Ring Eastside", None),
    ]
    assert (after.next_review_on, after.version, review.version_number) == (TOMORROW, 2, 2)
    assert [(row.matters, found.id) for row, found in reviewing.list_reviews(session, cast.ruth, cast.marcus)] == [
        (Matters.MORE, goal.id)
    ]


@pytest.mark.parametrize(
    ("before", "matters", "after"),
    [
        (GoalStatus.ACTIVE, Matters.NOT_NOW, GoalStatus.PAUSED),
        (GoalStatus.DREAM, Matters.NOT_NOW, GoalStatus.PAUSED),
        (GoalStatus.PAUSED, Matters.YES, GoalStatus.ACTIVE),
        (GoalStatus.DREAM, Matters.MORE, GoalStatus.ACTIVE),
        (GoalStatus.ACTIVE, Matters.CHANGE, GoalStatus.ACTIVE),
    ],
)
def test_a_review_puts_a_goal_where_the_answer_says(session, cast, before, matters, after):
    goal = _set(session, cast.dana, cast.marcus, status=before)
    reviewing.review_goal(session, cast.dana, goal.id, matters=matters, next_step="Walk", now=MONDAY, today=TODAY)
    found = _found(session, cast.dana, goal.id)
    assert found.status is after
    assert len(found.steps) == (1 if matters is Matters.NOT_NOW else 2)
