"""Goals of the demo in people's own words, with steps at every stage, and the conversations about them."""

from __future__ import annotations

import datetime as dt
from itertools import cycle
from typing import TYPE_CHECKING

from coachdesk.demo import content, wishes
from coachdesk.goals.models import Goal, GoalReview, GoalVersion, Step
from coachdesk.goals.rules import (
    ENDED,
    REVIEW_EVERY_DAYS,
    Domain,
    GoalStatus,
    Matters,
    StepOwner,
    StepStatus,
    next_review,
)

if TYPE_CHECKING:
    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_OTHERS = (
    GoalStatus.DREAM,
    GoalStatus.ACHIEVED,
    GoalStatus.ACTIVE,
    GoalStatus.PAUSED,
    GoalStatus.ACTIVE,
    GoalStatus.REVISED,
    GoalStatus.SET_ASIDE,
)
"""Where a person's second and third goal stand, in turn."""
_OLDEST, _WITHOUT, _APART, _TALKED_OF = 150, 9, 9, 40
"""Days of the oldest goal; every so many-th person has none yet; days between two; days before the first review."""
_PUT_OFF = 0.15


def set_goals(town: Town) -> None:
    """Set everybody's goals; a person not yet reached has none."""
    others = cycle(_OTHERS)
    for number, person in enumerate(town.people):
        if person.first_name == "Marcus":
            for turn, goal in enumerate(wishes.MARCUS_GOALS):
                _goal(town, person, goal, GoalStatus.ACTIVE, turn=turn)
        elif person.first_name not in content.NEVER_REACHED and number % _WITHOUT:
            for turn in range(town.draw.choice((1, 2, 2, 3))):
                domain, words, steps = wishes.GOALS[(number + turn * 3) % len(wishes.GOALS)]
                status = next(others) if turn else GoalStatus.ACTIVE
                _goal(town, person, wishes.Wish(domain, words, steps), status, turn=turn)


def _goal(town: Town, person: Client, wish: wishes.Wish, status: GoalStatus, *, turn: int) -> None:
    began = max(person.working_since, town.day(_OLDEST)) + dt.timedelta(days=_APART * turn)
    began = min(began, town.day(5))
    goal = Goal(
        id=town.key(),
        client_id=person.id,
        words=wish.words,
        why=wish.why or wishes.WHYS[wish.domain],
        domain=wish.domain,
        status=status,
        started_on=began,
        next_review_on=town.day(-town.draw.randint(0, 26)) if status is GoalStatus.ACTIVE else None,
        ended_on=max(began, town.day(town.draw.randint(3, 40))) if status in ENDED else None,
        created_at=town.at(began, 11),
        created_by=town.coach_of[person.id].id,
        review_every_days=REVIEW_EVERY_DAYS,
        version=1,
    )
    steps = _steps(town, goal, wish)
    town.add(goal, *steps)
    town.done[person.id] += [step for step in steps if step.status is StepStatus.DONE]
    if status in (GoalStatus.ACTIVE, GoalStatus.PAUSED) and town.days_since(began) > _TALKED_OF:
        _talk_of(town, goal, steps, wish)


def _done(town: Town, goal: Goal, wish: wishes.Wish) -> int:
    """Return how many of its steps are done: all of an achieved goal, none of a dream, some of the others."""
    if wish.done is not None:
        return wish.done
    if goal.status is GoalStatus.ACHIEVED:
        return len(wish.steps)
    return 0 if goal.status is GoalStatus.DREAM else town.draw.randint(0, len(wish.steps) - 1)


def _steps(town: Town, goal: Goal, wish: wishes.Wish) -> list[Step]:
    done = _done(town, goal, wish)
    end = goal.ended_on or town.today
    made = []
    for place, words in enumerate(wish.steps):
        day = goal.started_on + (end - goal.started_on) * (place + 1) // (len(wish.steps) + 1)
        if place == done - 1 and goal.status is GoalStatus.ACTIVE:
            day = max(day, town.day(town.draw.randint(1, 16)))
        due = wish.due_in if wish.due_in is not None else town.draw.randint(0, 20)
        is_next = place == done and goal.status is GoalStatus.ACTIVE
        together = place == done and wish.done is not None
        made.append(
            Step(
                id=town.key(),
                client_id=goal.client_id,
                goal_id=goal.id,
                words=words,
                position=place,
                owner=StepOwner.TOGETHER if together else _owner(town),
                due_on=town.day(-due) if is_next else None,
                status=StepStatus.DONE if place < done else StepStatus.TO_DO,
                done_at=town.at(day, 13) if place < done else None,
                done_by=goal.created_by if place < done else None,
                created_at=goal.created_at,
            )
        )
    if wish.done is None and done < len(made) - 1 and town.draw.random() < _PUT_OFF:
        made[-1].status = StepStatus.NOT_NOW
    return made


def _owner(town: Town) -> StepOwner:
    return town.draw.choice((StepOwner.PERSON, StepOwner.PERSON, StepOwner.TOGETHER, StepOwner.COACH))


def _talk_of(town: Town, goal: Goal, steps: list[Step], wish: wishes.Wish) -> None:
    """Keep a review, and the goal as it stood before; a goal that rests was put to rest in it."""
    day = town.day(wish.reviewed_ago or town.draw.randint(8, 27))
    at = town.at(day, 14)
    words = town.draw.choice(wishes.GOAL_REVIEWS)
    rests = goal.status is GoalStatus.PAUSED
    goal.next_review_on = next_review(goal.status, day)
    goal.version = 2
    town.add(
        GoalVersion(
            id=town.key(),
            goal_id=goal.id,
            client_id=goal.client_id,
            number=1,
            changed_at=at,
            changed_by=goal.created_by,
            snapshot=_as_it_stood(goal, steps, at),
        ),
        GoalReview(
            id=town.key(),
            goal_id=goal.id,
            client_id=goal.client_id,
            reviewed_on=day,
            reviewed_at=at,
            reviewed_by=goal.created_by,
            gone_well=words.gone_well,
            in_the_way=words.in_the_way,
            matters=Matters.NOT_NOW if rests else town.draw.choice((Matters.YES, Matters.YES, Matters.MORE)),
            who_helps=words.who_helps,
            importance=words.numbers[0],
            confidence=words.numbers[1],
            progress=words.numbers[2],
            why_not_lower=words.why_not_lower,
            one_up=words.one_up,
            next_review_on=goal.next_review_on,
            version_number=goal.version,
        ),
    )


def _as_it_stood(goal: Goal, steps: list[Step], at: dt.datetime) -> dict[str, object]:
    def status(step: Step) -> StepStatus:
        return StepStatus.TO_DO if step.done_at and step.done_at > at else step.status

    return {
        "words": goal.words,
        "why": goal.why,
        "domain": Domain(goal.domain).value,
        "status": GoalStatus.ACTIVE.value,
        "steps": [[step.words, step.owner.value, status(step).value] for step in steps],
    }
