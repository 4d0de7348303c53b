"""Where a goal may go, what its review decides, and how its steps count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.goals.rules import (
    DOMAIN_WORDS,
    ENDED,
    MATTERS_WORDS,
    REVIEW_EVERY_DAYS,
    STATUS_ORDER,
    STATUS_WORDS,
    Domain,
    GoalStatus,
    Matters,
    StepOwner,
    StepStatus,
    next_moves,
    next_review,
    next_step,
    progress,
    progress_words,
    refuse_move,
    refuse_off_scale,
    smaller_step_hint,
    status_after,
)
from coachdesk.words import Refused

TODAY = dt.date(2026, 11, 23)
RULER = st.none() | st.integers(0, 10)


@dataclass
class Step:
    """A step as far as the rules look at it."""

    status: StepStatus
    position: int


@st.composite
def all_steps(draw: st.DrawFn) -> list[Step]:
    """Draw up to eight steps, each with a place of its own, in any order."""
    statuses = draw(st.lists(st.sampled_from(StepStatus), max_size=8))
    places = draw(st.permutations(range(len(statuses))))
    return [Step(status, place) for status, place in zip(statuses, places, strict=True)]


def test_every_choice_has_its_words():
    assert set(DOMAIN_WORDS) == set(Domain)
    assert set(STATUS_WORDS) == set(STATUS_ORDER) == set(GoalStatus)
    assert len(STATUS_ORDER) == len(GoalStatus)
    assert set(MATTERS_WORDS) == set(Matters)
    assert len(StepOwner) == 3


@pytest.mark.parametrize(("before", "after"), list(product(GoalStatus, repeat=2)))
def test_a_goal_goes_where_it_is_offered_to_and_may_stay(before, after):
    if after in next_moves(before) or after is before:
        refuse_move(before, after)
    else:
        with pytest.raises(Refused, match="Pick it up again first") as refusal:
            refuse_move(before, after)
        assert refusal.value.at == "status"


@pytest.mark.parametrize("status", GoalStatus)
def test_moves_are_offered_in_order_and_never_to_where_it_is(status):
    moves = next_moves(status)
    assert status not in moves
    assert list(moves) == [after for after in STATUS_ORDER if after in moves]


def test_an_ended_goal_can_be_picked_up_again_unless_another_took_its_place():
    assert all((GoalStatus.ACTIVE in next_moves(status)) == (status is not GoalStatus.REVISED) for status in ENDED)
    assert next_moves(GoalStatus.REVISED) == ()


@pytest.mark.parametrize(
    ("matters", "before", "after"),
    [
        (Matters.NOT_NOW, GoalStatus.ACTIVE, GoalStatus.PAUSED),
        (Matters.NOT_NOW, GoalStatus.DREAM, GoalStatus.PAUSED),
        (Matters.NOT_NOW, GoalStatus.PAUSED, GoalStatus.PAUSED),
        (Matters.YES, GoalStatus.PAUSED, GoalStatus.ACTIVE),
        (Matters.MORE, GoalStatus.DREAM, GoalStatus.ACTIVE),
        (Matters.CHANGE, GoalStatus.ACTIVE, GoalStatus.ACTIVE),
    ],
)
def test_a_review_puts_a_goal_to_rest_or_picks_it_up(matters, before, after):
    assert status_after(matters, before) is after


@pytest.mark.parametrize(("matters", "before"), list(product(Matters, GoalStatus)))
def test_a_review_makes_only_moves_that_may_be_made_and_leaves_an_ended_goal_alone(matters, before):
    after = status_after(matters, before)
    refuse_move(before, after)
    assert status_after(matters, after) is after
    if before in ENDED:
        assert after is before


@given(status=st.sampled_from(GoalStatus), every_days=st.integers(1, 365))
def test_only_a_goal_of_now_is_looked_at_again(status, every_days):
    on = next_review(status, TODAY, every_days)
    assert (on is None) == (status is not GoalStatus.ACTIVE)
    assert on is None or on == TODAY + dt.timedelta(days=every_days)
    assert next_review(GoalStatus.ACTIVE, TODAY) == TODAY + dt.timedelta(days=REVIEW_EVERY_DAYS)


@given(number=RULER)
def test_a_number_on_the_ruler_is_taken_and_so_is_none(number):
    refuse_off_scale(number, "importance")


@given(number=st.integers(max_value=-1) | st.integers(min_value=11))
def test_a_number_off_the_ruler_is_refused(number):
    with pytest.raises(Refused, match="from 0 to 10") as refusal:
        refuse_off_scale(number, "importance")
    assert refusal.value.at == "importance"


@given(importance=RULER, confidence=RULER)
def test_a_smaller_step_is_offered_where_it_matters_much_and_feels_far(importance, confidence):
    far = importance is not None and confidence is not None and importance - confidence >= 3
    assert (smaller_step_hint(importance, confidence) is not None) == far


def test_the_offer_is_a_question():
    assert str(smaller_step_hint(9, 4)).endswith("Would a smaller step help, or more support?")


@given(steps=all_steps())
def test_the_next_step_is_the_first_still_to_do(steps):
    step = next_step(steps)
    waiting = [one for one in steps if one.status is StepStatus.TO_DO]
    assert (step is None) == (not waiting)
    assert step is None or (step in waiting and step.position == min(one.position for one in waiting))


@given(steps=all_steps())
def test_a_step_put_off_does_not_count(steps):
    done, total = progress(steps)
    assert 0 <= done <= total <= len(steps)
    assert progress([one for one in steps if one.status is not StepStatus.NOT_NOW]) == (done, total)
    assert (next_step(steps) is None) == (done == total)


def test_progress_is_said_in_one_or_many():
    assert str(progress_words(1, 1)) == "1 of 1 step done"
    assert str(progress_words(2, 5)) == "2 of 5 steps done"
    assert str(progress_words(0, 0)) == "0 of 0 steps done"
