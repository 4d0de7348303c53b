"""Goals in the person's own words: set, changed (every earlier wording is kept), and their steps done or taken back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from coachdesk import audit
from coachdesk.access import Action, Role, demand, scoped, visible
from coachdesk.clients import service as clients
from coachdesk.goals.models import Goal, GoalVersion, Step
from coachdesk.goals.rules import (
    ENDED,
    MOST_STEPS,
    STATUS_ORDER,
    Domain,
    GoalStatus,
    StepOwner,
    StepStatus,
    next_review,
    next_step,
    refuse_move,
)
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity


@dataclass(frozen=True)
class StepWords:
    """A step as typed; `id` is set where the step is there already."""

    words: str
    owner: StepOwner = StepOwner.PERSON
    due_on: dt.date | None = None
    id: uuid.UUID | None = None


def set_goal(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    words: str,
    why: str = "",
    domain: Domain,
    status: GoalStatus,
    steps: Sequence[StepWords] = (),
    next_review_on: dt.date | None = None,
    now: dt.datetime,
    today: dt.date,
) -> Goal:
    """Set a goal in the person's own words, with its steps in order."""
    demand(identity, Action.GOALS_SET)
    clients.find_person(session, identity, client_id)
    _refuse_bad(words, steps, next_review_on, today)
    goal = Goal(
        id=uuid.uuid4(),
        client_id=client_id,
        words=words,
        why=why,
        domain=domain,
        status=status,
        started_on=today,
        next_review_on=_review_day(status, next_review_on, today),
        created_at=now,
        created_by=identity.id,
    )
    session.add(goal)
    session.flush()
    for position, step in enumerate(steps):
        _add_step(session, goal, step, position, now)
    session.flush()
    audit.record(session, identity, audit.Event.GOAL_SET, client_id=client_id, subject=goal, now=now)
    return goal


def set_first_goals(
    session: Any,
    identity: Identity,
    wishes: Sequence[tuple[uuid.UUID, str]],
    *,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """Write down goals of many who were only just brought in, in their words; who brings them in writes the event."""
    demand(identity, Action.GOALS_SET)
    session.add_all(
        Goal(
            id=uuid.uuid4(),
            client_id=client_id,
            words=words,
            why="",
            domain=Domain.RECOVERY,
            status=GoalStatus.ACTIVE,
            started_on=today,
            next_review_on=_review_day(GoalStatus.ACTIVE, None, today),
            created_at=now,
            created_by=identity.id,
        )
        for client_id, words in wishes
    )
    session.flush()


def change_goal(
    session: Any,
    identity: Identity,
    goal_id: uuid.UUID,
    *,
    words: str,
    why: str,
    domain: Domain,
    status: GoalStatus,
    steps: Sequence[StepWords],
    next_review_on: dt.date | None,
    version: int,
    now: dt.datetime,
    today: dt.date,
) -> Goal:
    """Change a goal; how it stood before is kept. Raises `Stale` where somebody changed it meanwhile."""
    demand(identity, Action.GOALS_SET)
    goal = find_goal(session, identity, goal_id)
    if goal.version != version:
        raise Stale
    refuse_move(goal.status, status)
    # A review day that has passed and is left as it stood is not a mistake of whoever changes the words.
    _refuse_bad(words, steps, None if next_review_on == goal.next_review_on else next_review_on, today)
    keep_version(session, identity, goal, now=now)
    goal.words, goal.why, goal.domain = words, why, domain
    move_goal(goal, status, next_review_on, today=today)
    _rewrite_steps(session, goal, steps, now)
    audit.record(session, identity, audit.Event.GOAL_CHANGED, client_id=goal.client_id, subject=goal, now=now)
    return goal


def keep_version(session: Any, identity: Identity, goal: Goal, *, now: dt.datetime) -> None:
    """Keep a goal as it stands before it changes, and count its version on."""
    session.add(
        GoalVersion(
            id=uuid.uuid4(),
            goal_id=goal.id,
            client_id=goal.client_id,
            number=goal.version,
            changed_at=now,
            changed_by=identity.id,
            snapshot={
                "words": goal.words,
                "why": goal.why,
                "domain": goal.domain.value,
                "status": goal.status.value,
                "steps": [[step.words, step.owner.value, step.status.value] for step in goal.steps],
            },
        )
    )
    goal.version += 1
    session.flush()


def move_goal(goal: Goal, status: GoalStatus, next_review_on: dt.date | None, *, today: dt.date) -> None:
    """Put a goal to another status, with its review day and its end."""
    if status in ENDED and goal.status not in ENDED:
        goal.ended_on = today
    elif status not in ENDED:
        goal.ended_on = None
    goal.status = status
    goal.next_review_on = _review_day(status, next_review_on, today)


def add_step(
    session: Any, identity: Identity, goal: Goal, step: StepWords, *, is_next: bool = False, now: dt.datetime
) -> Step:
    """Add a step at the end of a goal (its steps loaded), or before what is still to do."""
    demand(identity, Action.GOALS_SET)
    if len(goal.steps) >= MOST_STEPS:
        raise Refused(mark("Twenty steps are enough for one goal. Start a new goal for the rest."), "next_step")
    position = max((s.position for s in goal.steps), default=-1) + 1
    waiting = next_step(goal.steps) if is_next else None
    if waiting:
        position = waiting.position
        for later in goal.steps:
            later.position += later.position >= position
    made = _add_step(session, goal, step, position, now)
    session.flush()
    audit.record(session, identity, audit.Event.STEP_ADDED, client_id=goal.client_id, subject=made, now=now)
    return made


def complete_step(session: Any, identity: Identity, step_id: uuid.UUID, *, now: dt.datetime) -> Step:
    """Tick a step as done; doing so twice changes nothing."""
    demand(identity, Action.GOALS_SET, Action.PORTAL_STEP)
    step = find_step(session, identity, step_id)
    if step.status is not StepStatus.DONE:
        step.status, step.done_at, step.done_by = StepStatus.DONE, now, identity.id
        step.version += 1
        session.flush()
        audit.record(session, identity, audit.Event.STEP_DONE, client_id=step.client_id, subject=step, now=now)
    return step


def undo_step(session: Any, identity: Identity, step_id: uuid.UUID, *, now: dt.datetime) -> Step:
    """Take a tick back; a person takes back only their own."""
    demand(identity, Action.GOALS_SET, Action.PORTAL_STEP)
    step = find_step(session, identity, step_id)
    if identity.role is Role.CLIENT and step.done_by != identity.id:
        raise NotFound
    if step.status is StepStatus.DONE:
        step.status, step.done_at, step.done_by = StepStatus.TO_DO, None, None
        step.version += 1
        session.flush()
        audit.record(session, identity, audit.Event.STEP_UNDONE, client_id=step.client_id, subject=step, now=now)
    return step


def is_untouched(session: Any, identity: Identity, step_id: uuid.UUID) -> bool:
    """Say whether a step is to do and nobody changed it since it was added; it is held until the act is over."""
    held = visible(identity, Step).where(Step.id == step_id).with_for_update(of=Step)
    step = session.scalar(held.execution_options(populate_existing=True))
    return step is not None and step.status is StepStatus.TO_DO and step.version == 1


def take_step_out(session: Any, identity: Identity, step_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Take a step out that nothing else tells of, as if it had not been added; those behind it move up."""
    demand(identity, Action.GOALS_SET)
    step = find_step(session, identity, step_id)
    goal = step.goal
    session.delete(step)
    session.flush()
    behind = sa.update(Step).where(Step.goal_id == goal.id, Step.position > step.position)
    session.execute(behind.values(position=Step.position - 1))
    session.expire(goal, ["steps"])
    audit.record(session, identity, audit.Event.GOAL_CHANGED, client_id=goal.client_id, subject=goal, now=now)


def put_step_aside(session: Any, identity: Identity, step_id: uuid.UUID, *, now: dt.datetime) -> Step:
    """Put a step aside that is still to do; what was done stays done."""
    demand(identity, Action.GOALS_SET)
    step = find_step(session, identity, step_id)
    if step.status is StepStatus.TO_DO:
        step.status = StepStatus.NOT_NOW
        step.version += 1
        session.flush()
        audit.record(session, identity, audit.Event.GOAL_CHANGED, client_id=step.client_id, subject=step.goal, now=now)
    return step


# ---- finding ------------------------------------------------------------------------------------------------------


def find_goal(session: Any, identity: Identity, goal_id: uuid.UUID) -> Goal:
    """Return a goal with its steps; raises `NotFound`."""
    found: Goal | None = session.scalar(
        visible(identity, Goal).where(Goal.id == goal_id).options(selectinload(Goal.steps))
    )
    if found is None:
        raise NotFound
    return found


def find_step(session: Any, identity: Identity, step_id: uuid.UUID) -> Step:
    """Return a step with its goal; raises `NotFound`."""
    found: Step | None = session.scalar(
        visible(identity, Step).where(Step.id == step_id).options(selectinload(Step.goal))
    )
    if found is None:
        raise NotFound
    return found


def list_goals(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Goal]:
    """Return a person's goals with their steps: those of now first, then by when they began."""
    rows = session.scalars(
        visible(identity, Goal)
        .where(Goal.client_id == client_id)
        .options(selectinload(Goal.steps))
        .order_by(Goal.created_at)
    )
    return sorted(rows, key=lambda goal: STATUS_ORDER.index(goal.status))


def list_open_steps(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Step]:
    """Return the steps still to do of a person's goals of now, each with its goal."""
    return list(
        session.scalars(
            visible(identity, Step)
            .join(Step.goal)
            .where(Step.client_id == client_id, Step.status == StepStatus.TO_DO, Goal.status == GoalStatus.ACTIVE)
            .options(selectinload(Step.goal))
            .order_by(Goal.created_at, Step.position)
        )
    )


def list_done_steps(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Step]:
    """Return the steps a person has done, latest first, each with its goal."""
    return list(
        session.scalars(
            visible(identity, Step)
            .where(Step.client_id == client_id, Step.status == StepStatus.DONE)
            .options(selectinload(Step.goal))
            .order_by(Step.done_at.desc())
        )
    )


def count_steps_done(session: Any, identity: Identity, *, since: dt.datetime) -> int:
    """Return how many steps were done since a moment by the people this identity sees."""
    found = scoped(sa.select(sa.func.count(Step.id)).where(Step.done_at >= since), identity, Step.client_id)
    count: int = session.scalar(found)
    return count


def select_due_steps(identity: Identity) -> Any:
    """Select (client_id, id, goal_id, due_on, words, owner) of steps to do that have a day, in goals of now."""
    return scoped(
        sa.select(Step.client_id, Step.id, Step.goal_id, Step.due_on, Step.words, Step.owner)
        .join(Step.goal)
        .where(Step.status == StepStatus.TO_DO, Step.due_on.is_not(None), Goal.status == GoalStatus.ACTIVE),
        identity,
        Step.client_id,
    )


def select_review_days(identity: Identity) -> Any:
    """Select (client_id, id, next_review_on) of the goals of now that have a review day."""
    return scoped(
        sa.select(Goal.client_id, Goal.id, Goal.next_review_on).where(
            Goal.status == GoalStatus.ACTIVE, Goal.next_review_on.is_not(None)
        ),
        identity,
        Goal.client_id,
    )


# ---- inside --------------------------------------------------------------------------------------------------------


def _add_step(session: Any, goal: Goal, step: StepWords, position: int, now: dt.datetime) -> Step:
    made = Step(
        id=uuid.uuid4(),
        client_id=goal.client_id,
        goal_id=goal.id,
        words=step.words,
        position=position,
        owner=step.owner,
        due_on=step.due_on,
        created_at=now,
    )
    session.add(made)
    return made


def _rewrite_steps(session: Any, goal: Goal, steps: Sequence[StepWords], now: dt.datetime) -> None:
    """Change what stands there, add what is new; a step taken out rests, and one that is done stays done."""
    known = {step.id: step for step in goal.steps}
    if any(step.id and step.id not in known for step in steps):
        raise NotFound
    kept = {step.id for step in steps if step.id}
    for position, typed in enumerate(steps):
        if typed.id:
            row = known[typed.id]
            row.words, row.owner, row.due_on, row.position = typed.words, typed.owner, typed.due_on, position
            row.version += 1
        else:
            _add_step(session, goal, typed, position, now)
    for row in goal.steps:
        if row.id not in kept and row.status is StepStatus.TO_DO:
            row.status = StepStatus.NOT_NOW
            row.version += 1
    session.flush()


def _review_day(status: GoalStatus, chosen: dt.date | None, today: dt.date) -> dt.date | None:
    return (chosen or next_review(status, today)) if status is GoalStatus.ACTIVE else None


def _refuse_bad(words: str, steps: Sequence[StepWords], review_on: dt.date | None, today: dt.date) -> None:
    if not words.strip():
        raise Refused(mark("Write the goal in the person’s own words."), "words")
    if len(steps) > MOST_STEPS:
        raise Refused(mark("Twenty steps are enough for one goal. Start a new goal for the rest."))
    if review_on is not None and review_on <= today:
        raise Refused(mark("Choose a day after today for looking at it together."), "next_review_on")
    if any(step.due_on and step.due_on < today and step.id is None for step in steps):
        raise Refused(mark("The day of a new step lies behind us. Choose today or a day to come."))
