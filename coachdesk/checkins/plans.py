"""What was planned until next time: kept with its check-in, and where it was wanted a goal's next step or a reminder."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment, Earlier, HandOver, scoped, visible, worded
from coachdesk.checkins.models import CheckIn, CheckInPlan
from coachdesk.goals import service as goals
from coachdesk.words import NotFound, Refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.checkins.parts import Planned


def keep_plans(
    session: Any,
    identity: Identity,
    entry: CheckIn,
    planned: Sequence[Planned],
    *,
    next_on: dt.date,
    now: dt.datetime,
) -> None:
    """Keep what was planned in a check-in that is being logged; `next_on` is the local day they speak next.

    The first line of several that become steps of one goal is its next step. May raise `Refused` at the plans' field.
    """
    for position, plan in reversed(list(enumerate(planned))):
        session.add(
            CheckInPlan(
                id=uuid.uuid4(),
                checkin_id=entry.id,
                client_id=entry.client_id,
                position=position,
                what=plan.what,
                who=plan.who,
                by_on=plan.by_on,
                step_id=_add_step(session, identity, entry, plan, now=now) if plan.goal_id else None,
                remind_on=plan.remind_on(next_on),
                made_at=now,
                made_by=identity.id,
            )
        )
    session.flush()


def _add_step(session: Any, identity: Identity, entry: CheckIn, plan: Planned, *, now: dt.datetime) -> uuid.UUID:
    goal = goals.find_goal(session, identity, plan.goal_id) if plan.goal_id else None
    if goal is None or goal.client_id != entry.client_id:
        raise NotFound
    words = goals.StepWords(plan.what, plan.who, plan.by_on)
    try:
        step = goals.add_step(session, identity, goal, words, is_next=True, now=now)
    except Refused as refusal:
        raise Refused(refusal.sentence, "plans") from refusal
    session.expire(goal, ["steps"])  # the next line may go before it
    return step.id


def drop_steps(session: Any, identity: Identity, checkin_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Take out the steps that a check-in's plans became, when it is taken back.

    A step that was changed meanwhile is put aside, and one that was done stays done: these are left.
    """
    for plan in list_left(session, identity, checkin_id):
        step_id = plan.step_id
        if step_id and goals.is_untouched(session, identity, step_id):
            plan.step_id = None
            session.flush()
            goals.take_step_out(session, identity, step_id, now=now)
        elif step_id:
            goals.put_step_aside(session, identity, step_id, now=now)


def list_left(session: Any, identity: Identity, checkin_id: uuid.UUID) -> list[CheckInPlan]:
    """Return the plans of a check-in that became steps which are there."""
    became = visible(identity, CheckInPlan).where(
        CheckInPlan.checkin_id == checkin_id, CheckInPlan.step_id.is_not(None)
    )
    return list(session.scalars(became))


def unread(client_id: Any, made_at: Any, made_by: Any) -> Any:
    """Return the condition that a row was written by another before the coach of now, who does not read what was before."""
    found = (
        sa.select(sa.literal(1))
        .select_from(HandOver)
        .join(Assignment, Assignment.id == HandOver.assignment_id)
        .where(
            Assignment.client_id == client_id,
            Assignment.ended_at.is_(None),
            Assignment.started_at > made_at,
            Assignment.coach_id != made_by,
            HandOver.earlier == Earlier.FROM_TODAY,
        )
    )
    return found.correlate(client_id.class_).exists()


def select_reminders(identity: Identity) -> Any:
    """Select (client_id, id, remind_on, what) of what a coach wants to be reminded of and nobody has said is done.

    Whoever took the person over and does not read what was written before is not reminded of it, by no scheduler either.
    """
    found = (
        sa.select(CheckInPlan.client_id, CheckInPlan.id, CheckInPlan.remind_on, CheckInPlan.what)
        .join(CheckIn, CheckIn.id == CheckInPlan.checkin_id)
        .where(CheckIn.withdrawn_at.is_(None), CheckInPlan.remind_on.is_not(None), CheckInPlan.done_at.is_(None))
        .where(~unread(CheckInPlan.client_id, CheckInPlan.made_at, CheckInPlan.made_by))
    )
    return worded(scoped(found, identity, CheckInPlan.client_id), identity, CheckInPlan)


def finish_plan(session: Any, identity: Identity, plan_id: uuid.UUID, *, now: dt.datetime | None) -> None:
    """Say that something planned is done, or with no moment that it is not after all; raises `NotFound`."""
    plan = session.scalar(visible(identity, CheckInPlan).where(CheckInPlan.id == plan_id))
    if plan is None:
        raise NotFound
    plan.done_at, plan.done_by = now, identity.id if now else None
    session.flush()
