"""What a goal can be: its life domains, statuses and their moves, its steps, and what a review decides."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from coachdesk.words import Refused, Sentence, mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Domain(StrEnum):
    """Parts of life a goal can belong to."""

    RECOVERY = "recovery"
    FEELINGS = "feelings"
    BODY = "body"
    HOME = "home"
    WORK = "work"
    MONEY = "money"
    PEOPLE = "people"
    COMMUNITY = "community"
    LEGAL = "legal"
    SPIRIT = "spirit"


DOMAIN_WORDS: Mapping[Domain, str] = {
    Domain.RECOVERY: mark("Recovery"),
    Domain.FEELINGS: mark("Feelings and mind"),
    Domain.BODY: mark("Body and health"),
    Domain.HOME: mark("Home and safety"),
    Domain.WORK: mark("Work and learning"),
    Domain.MONEY: mark("Money"),
    Domain.PEOPLE: mark("Family and friends"),
    Domain.COMMUNITY: mark("Community"),
    Domain.LEGAL: mark("Legal matters"),
    Domain.SPIRIT: mark("Spirit and meaning"),
}


class GoalStatus(StrEnum):
    """Where a goal stands. There is no word for failing."""

    DREAM = "dream"
    ACTIVE = "active"
    PAUSED = "paused"
    ACHIEVED = "achieved"
    REVISED = "revised"
    SET_ASIDE = "set_aside"


STATUS_WORDS: Mapping[GoalStatus, str] = {
    GoalStatus.DREAM: mark("Someday"),
    GoalStatus.ACTIVE: mark("Now"),
    GoalStatus.PAUSED: mark("Resting"),
    GoalStatus.ACHIEVED: mark("Done"),
    GoalStatus.REVISED: mark("Changed"),
    GoalStatus.SET_ASIDE: mark("Set aside"),
}
STATUS_ORDER = (
    GoalStatus.ACTIVE,
    GoalStatus.DREAM,
    GoalStatus.PAUSED,
    GoalStatus.ACHIEVED,
    GoalStatus.REVISED,
    GoalStatus.SET_ASIDE,
)
ENDED = frozenset({GoalStatus.ACHIEVED, GoalStatus.REVISED, GoalStatus.SET_ASIDE})
_MOVES: Mapping[GoalStatus, frozenset[GoalStatus]] = {
    GoalStatus.DREAM: frozenset({GoalStatus.ACTIVE, GoalStatus.SET_ASIDE, GoalStatus.ACHIEVED, GoalStatus.PAUSED}),
    GoalStatus.ACTIVE: frozenset(
        {GoalStatus.DREAM, GoalStatus.PAUSED, GoalStatus.ACHIEVED, GoalStatus.REVISED, GoalStatus.SET_ASIDE}
    ),
    GoalStatus.PAUSED: frozenset({GoalStatus.ACTIVE, GoalStatus.DREAM, GoalStatus.ACHIEVED, GoalStatus.SET_ASIDE}),
    GoalStatus.ACHIEVED: frozenset({GoalStatus.ACTIVE}),
    GoalStatus.REVISED: frozenset(),
    GoalStatus.SET_ASIDE: frozenset({GoalStatus.ACTIVE, GoalStatus.DREAM}),
}


class StepStatus(StrEnum):
    """Where a step stands."""

    TO_DO = "to_do"
    DONE = "done"
    NOT_NOW = "not_now"


class StepOwner(StrEnum):
    """Who does a step."""

    PERSON = "person"
    COACH = "coach"
    TOGETHER = "together"


class Matters(StrEnum):
    """The answer to “Does this goal still matter to you?”."""

    MORE = "more"
    YES = "yes"
    CHANGE = "change"
    NOT_NOW = "not_now"


MATTERS_WORDS: Mapping[Matters, str] = {
    Matters.MORE: mark("Yes, more than before"),
    Matters.YES: mark("Yes"),
    Matters.CHANGE: mark("I want to change it"),
    Matters.NOT_NOW: mark("Not now"),
}
REVIEW_EVERY_DAYS = 28
MOST_STEPS = 20
_SCALE = range(11)
_GAP = 3
"""How far importance may lie above confidence before a smaller step is offered (motivational rulers)."""


def refuse_move(before: GoalStatus, after: GoalStatus) -> None:
    """Refuse a change of status that makes no sense."""
    if before is not after and after not in _MOVES[before]:
        raise Refused(mark("This goal cannot go there from where it is. Pick it up again first."), "status")


def next_moves(status: GoalStatus) -> tuple[GoalStatus, ...]:
    """Return where a goal may go, in the order they are offered."""
    return tuple(after for after in STATUS_ORDER if after in _MOVES[status])


def status_after(matters: Matters, before: GoalStatus) -> GoalStatus:
    """Return a goal's status after its review: “Not now” puts it to rest, a resting one that matters is picked up."""
    if matters is Matters.NOT_NOW:
        return GoalStatus.PAUSED if before in (GoalStatus.ACTIVE, GoalStatus.DREAM) else before
    return GoalStatus.ACTIVE if before in (GoalStatus.PAUSED, GoalStatus.DREAM) else before


def next_review(status: GoalStatus, today: dt.date, every_days: int = REVIEW_EVERY_DAYS) -> dt.date | None:
    """Return the day a goal is looked at again; only a goal of now has one."""
    return today + dt.timedelta(days=every_days) if status is GoalStatus.ACTIVE else None


def refuse_off_scale(number: int | None, at: str) -> None:
    """Refuse a number that does not lie on the ruler from 0 to 10."""
    if number is not None and number not in _SCALE:
        raise Refused(mark("Choose a number from 0 to 10."), at)


def smaller_step_hint(importance: int | None, confidence: int | None) -> Sentence | None:
    """Offer a smaller step, or more support, where something matters much and feels far."""
    if importance is None or confidence is None or importance - confidence < _GAP:
        return None
    return say(mark("This matters a lot and feels far. Would a smaller step help, or more support?"))


class _Stepped(Protocol):
    status: StepStatus
    position: int


S = TypeVar("S", bound=_Stepped)


def next_step(steps: Iterable[S]) -> S | None:
    """Return the first step still to do."""
    waiting = [step for step in steps if step.status is StepStatus.TO_DO]
    return min(waiting, key=lambda step: step.position) if waiting else None


def progress(steps: Sequence[_Stepped]) -> tuple[int, int]:
    """Return how many steps are done and how many count; a step put off does not count."""
    return (
        sum(step.status is StepStatus.DONE for step in steps),
        sum(step.status is not StepStatus.NOT_NOW for step in steps),
    )


def progress_words(done: int, total: int) -> Sentence:
    """Say how many steps are done."""
    return say_n(mark("%(done)s of %(n)s step done"), mark("%(done)s of %(n)s steps done"), total, done=done)
