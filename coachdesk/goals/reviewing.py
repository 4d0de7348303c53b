"""Reviewing a goal together: what it says, what it decides, and what is kept of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.goals.models import Goal, GoalReview
from coachdesk.goals.rules import Matters, StepOwner, next_review, refuse_off_scale, status_after
from coachdesk.goals.service import StepWords, add_step, find_goal, keep_version, move_goal
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity


def review_goal(
    session: Any,
    identity: Identity,
    goal_id: uuid.UUID,
    *,
    gone_well: str = "",
    in_the_way: str = "",
    matters: Matters | None,
    next_step: str = "",
    step_due_on: dt.date | None = None,
    who_helps: str = "",
    importance: int | None = None,
    confidence: int | None = None,
    progress: int | None = None,
    why_not_lower: str = "",
    one_up: str = "",
    next_review_on: dt.date | None = None,
    now: dt.datetime,
    today: dt.date,
) -> GoalReview:
    """Keep a review: the goal rests or goes on, its next step comes before the others, and the next review day is set."""
    demand(identity, Action.GOALS_REVIEW)
    goal = find_goal(session, identity, goal_id)
    if matters is None:
        raise Refused(mark("Choose whether this goal still matters."), "matters")
    for number, at in ((importance, "importance"), (confidence, "confidence"), (progress, "progress")):
        refuse_off_scale(number, at)
    if next_review_on is not None and next_review_on <= today:
        raise Refused(mark("Choose a day after today for looking at it together."), "next_review_on")
    if step_due_on is not None and step_due_on < today:
        raise Refused(mark("Choose today or a day to come."), "step_due_on")
    if step_due_on is not None and not next_step and matters is not Matters.NOT_NOW:
        raise Refused(mark("Write the step this day is for, or leave the day empty."), "step_due_on")
    keep_version(session, identity, goal, now=now)
    status = status_after(matters, goal.status)
    move_goal(goal, status, next_review_on or next_review(status, today, goal.review_every_days), today=today)
    review = GoalReview(
        id=uuid.uuid4(),
        goal_id=goal.id,
        client_id=goal.client_id,
        reviewed_on=today,
        reviewed_at=now,
        reviewed_by=identity.id,
        gone_well=gone_well,
        in_the_way=in_the_way,
        matters=matters,
        next_step=next_step,
        who_helps=who_helps,
        importance=importance,
        confidence=confidence,
        progress=progress,
        why_not_lower=why_not_lower,
        one_up=one_up,
        next_review_on=goal.next_review_on,
        version_number=goal.version,
    )
    session.add(review)
    session.flush()
    if next_step and matters is not Matters.NOT_NOW:
        add_step(session, identity, goal, StepWords(next_step, StepOwner.PERSON, step_due_on), is_next=True, now=now)
    audit.record(session, identity, audit.Event.GOAL_REVIEWED, client_id=goal.client_id, subject=goal, now=now)
    return review


def find_review(session: Any, identity: Identity, review_id: uuid.UUID) -> tuple[GoalReview, Goal]:
    """Return a review and its goal; raises `NotFound`."""
    found = session.execute(
        visible(identity, GoalReview)
        .add_columns(Goal)
        .join(Goal, Goal.id == GoalReview.goal_id)
        .where(GoalReview.id == review_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def list_reviews(session: Any, identity: Identity, client_id: uuid.UUID) -> list[tuple[GoalReview, Goal]]:
    """Return the reviews of a person's goals, latest first, each with its goal."""
    rows = session.execute(
        visible(identity, GoalReview)
        .add_columns(Goal)
        .join(Goal, Goal.id == GoalReview.goal_id)
        .where(GoalReview.client_id == client_id)
        .order_by(GoalReview.reviewed_at.desc())
    )
    return [(review, goal) for review, goal in rows]
