"""The person's own page, put together from what is theirs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Role, demand, unscoped
from coachdesk.accounts import service as accounts
from coachdesk.audit import reading
from coachdesk.checkins import details
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import is_shown_in_portal
from coachdesk.clients import about, assigning, episodes, items, restricting, wishing
from coachdesk.clients.items import Item
from coachdesk.clients.naming import called, shown
from coachdesk.clients.rules import CardKind, Ending, lines_of
from coachdesk.clock import day_of
from coachdesk.db import page_within
from coachdesk.goals import service as goals
from coachdesk.goals.rules import GoalStatus, StepOwner, StepStatus, next_step
from coachdesk.notify import Channel, Message, Topic, enqueue
from coachdesk.reminders import service as reminders
from coachdesk.reminders.givens import AskKind
from coachdesk.safety import plans
from coachdesk.visits import coming, feeding
from coachdesk.visits.rules import Side
from coachdesk.words import NotFound, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User
    from coachdesk.checkins.details import Details
    from coachdesk.checkins.models import CheckIn, Correction
    from coachdesk.clients.models import Client, CoachWish, Episode, Milestone
    from coachdesk.goals.models import Goal, Step
    from coachdesk.safety.models import SafetyPlan
    from coachdesk.visits.coming import Calendar
    from coachdesk.visits.models import Visit
    from coachdesk.visits.rules import Planned, Then

NEWS = dt.timedelta(days=14)
"""So long their page says that an address of their calendar was made: they may have agreed to no mail."""
_SHOWN = (GoalStatus.ACTIVE, GoalStatus.DREAM, GoalStatus.PAUSED, GoalStatus.ACHIEVED)


@dataclass(frozen=True)
class MyGoals:
    """Everything on My goals."""

    called: str
    goals: Sequence[Goal]
    step: Step | None
    """The next step: the first to do of the first goal of now, the person's own before the coach's."""
    step_goal: Goal | None
    calendar: Calendar
    """When they speak next, by their own clock."""
    done: int
    more: int
    since: dt.date | None
    """The month the first step was done in."""
    coach: User | None
    has_plan: bool
    """Whether there is a plan for hard times to be led to."""
    ended: Episode | None = None
    """How coaching came to its end, where it has, with the kind word of then."""
    wish: CoachWish | None = None
    """The wish for another coach that waits."""
    feed_made_at: dt.datetime | None = None
    """When the address of their own calendar was made, where that is news."""
    vision: str = ""
    strengths: Sequence[str] = ()
    milestones: Sequence[Milestone] = ()
    """What the person wanted to see here: nothing stands on this page that they did not choose."""


@dataclass(frozen=True)
class MyPlan:
    """The person's own plan for hard times, and who walks with them."""

    plan: SafetyPlan | None
    coach: User | None


def open_my_plan(session: Any, identity: Identity) -> MyPlan:
    """Return the person's own plan, without anything of a worry."""
    demand(identity, Action.PORTAL_READ)
    client_id = _own(identity)
    coach = assigning.find_coach(session, identity, client_id)
    return MyPlan(plans.find_plan(session, identity, client_id), coach)


def open_my_goals(session: Any, identity: Identity, *, zone: ZoneInfo, now: dt.datetime, today: dt.date) -> MyGoals:
    """Gather the person's own page; `zone` is the organisation's."""
    client_id = _own(identity)
    person, ended = episodes.find_with_end(session, identity, client_id)
    there = ZoneInfo(person.zone) if person.zone else zone
    every = goals.list_goals(session, identity, client_id)
    found = [goal for goal in every if goal.status in _SHOWN]
    step, step_goal = _next(found)
    # What was done stays done, whatever became of its goal.
    done = [step for goal in every for step in goal.steps if step.status is StepStatus.DONE]
    first = min((step.done_at for step in done if step.done_at), default=None)
    cards = about.list_cards(session, identity, client_id)
    parts = plans.select_has_plan(identity, client_id), feeding.select_made_at(identity, since=now - NEWS)
    both = sa.select(*(part.scalar_subquery() for part in parts))
    has_plan, made_at = session.execute(unscoped(both, because="each part is scoped")).one()
    chosen = {kind: card.words for kind, card in cards.items() if card.in_portal}
    return MyGoals(
        called=called(person),
        goals=found,
        step=step,
        step_goal=step_goal,
        calendar=coming.open_calendar(session, identity, client_id, zone=there, now=now, today=today, most=3),
        done=len(done),
        more=sum(step.status is StepStatus.TO_DO for goal in found for step in goal.steps),
        since=day_of(first, zone) if first else None,
        coach=assigning.find_coach(session, identity, client_id),
        ended=ended if ended and ended.ending is not Ending.DIED else None,
        wish=wishing.find_own(session, identity),
        feed_made_at=made_at,
        vision=chosen.get(CardKind.VISION, ""),
        strengths=lines_of(chosen.get(CardKind.STRENGTHS, "")),
        milestones=[day for day in items.list_items(session, identity, client_id, Item.MILESTONE) if day.in_portal],
        has_plan=has_plan,
    )


def _next(found: Sequence[Goal]) -> tuple[Step | None, Goal | None]:
    of_now = [goal for goal in found if goal.status is GoalStatus.ACTIVE]
    for owners in ((StepOwner.PERSON, StepOwner.TOGETHER), tuple(StepOwner)):
        for goal in of_now:
            step = next_step([step for step in goal.steps if step.owner in owners])
            if step:
                return step, goal
    return None, None


def list_written(
    session: Any, identity: Identity, *, now: dt.datetime
) -> list[tuple[CheckIn, list[Correction], Details]]:
    """Return what was written about the person: check-ins from ten minutes after saving, with all that belongs to them.

    What is kept for supervision alone is none of it.
    """
    client_id = _own(identity)
    corrections = checkins.list_corrections(session, identity, client_id)
    more = details.map_details(session, identity, client_id)
    return [
        (entry, corrections.get(entry.id, []), more.get(entry.id, details.NOTHING))
        for entry in checkins.list_checkins(session, identity, client_id)
        if is_shown_in_portal(entry.signed_at, now)
    ]


def ask_help(
    session: Any, identity: Identity, *, step_id: uuid.UUID | None, now: dt.datetime, today: dt.date
) -> User | None:
    """Ask one's coach for help; return the coach, or none where nobody is assigned (the ask waits for one)."""
    demand(identity, Action.PORTAL_ASK)
    client_id = _own(identity)
    words = goals.find_step(session, identity, step_id).words if step_id else ""
    reminders.ask(
        session, identity, client_id, kind=AskKind.HELP_ASKED, text=words, about_id=step_id, now=now, today=today
    )
    coach = assigning.find_coach(session, identity, client_id)
    person, ended = episodes.find_with_end(session, identity, client_id)
    if ended and coach:
        _tell_after_end(session, person, coach, now=now, today=today)
    return coach


def _tell_after_end(session: Any, person: Client, coach: User, *, now: dt.datetime, today: dt.date) -> None:
    """Tell the coach and their supervisors: after its end nothing falls due, so what is asked stands on no list."""
    kept = restricting.map_kept(session, person.id)
    for reader in {user.id: user for user in (coach, *accounts.list_supervisors_of(session, coach.id))}.values():
        if reader.id not in kept:
            message = Message(
                key=f"asked-after-end:{person.id.hex}:{reader.id.hex}:{today.isoformat()}",
                topic=Topic.ASSIGNMENT,
                channel=Channel.IN_APP,
                recipient_id=reader.id,
                client_id=person.id,
                text=str(say(mark("%(name)s asks for you. Coaching had come to its end."), name=shown(person))),
                path=f"/people/{person.id}",
            )
            enqueue(session, message, now=now)


def find_visit(session: Any, identity: Identity, visit_id: uuid.UUID, *, now: dt.datetime, today: dt.date) -> Planned:
    """Return one of one's own planned contacts that is still to come."""
    return coming.find_planned(session, identity, _own(identity), visit_id, now=now, today=today)


def find_coach(session: Any, identity: Identity) -> User | None:
    """Return one's own coach of now, if there is one."""
    return assigning.find_coach(session, identity, _own(identity))


def cannot_make_it(
    session: Any, identity: Identity, visit_id: uuid.UUID, *, then: Then, now: dt.datetime, today: dt.date
) -> User | None:
    """Say that one cannot make it; the coach hears it at once, and what is wanted next. Return the coach."""
    demand(identity, Action.PORTAL_ASK)
    client_id = _own(identity)
    visit = coming.call_off(session, identity, client_id, visit_id, off_by=Side.PERSON, then=then, now=now, today=today)
    reminders.ask(session, identity, client_id, kind=AskKind.VISIT_OFF, about_id=visit.id, now=now, today=today)
    return find_coach(session, identity)


def can_make_it(session: Any, identity: Identity, visit_id: uuid.UUID, *, now: dt.datetime, today: dt.date) -> Visit:
    """Take it back: one can make it after all."""
    demand(identity, Action.PORTAL_ASK)
    client_id = _own(identity)
    visit = coming.take_back(session, identity, client_id, visit_id, now=now, today=today)
    reminders.withdraw_ask(session, identity, client_id, kind=AskKind.VISIT_OFF, about_id=visit.id, now=now)
    return visit


def _own(identity: Identity) -> uuid.UUID:
    if identity.client_id is None:
        raise NotFound
    return identity.client_id


_LOOKED_AS: Mapping[Role, str] = {
    Role.COACH: mark("Recovery coach"),
    Role.SUPERVISOR: mark("Supervisor"),
    Role.ADMINISTRATOR: mark("Administrator"),
    Role.CLIENT: mark("Person"),
    Role.SYSTEM: mark("By itself"),
}


@dataclass(frozen=True)
class Look:
    """Somebody who read or wrote on the reader's record: who, as what, when, and what kind of thing it was.

    What is alike on one day is one look: several of them (`often`) from `since` to `at`. How many is not said, since a
    day may go on over the page.
    """

    at: dt.datetime
    name: str
    role: str
    words: str
    stands_out: bool
    """It was done from another team, while the record was open in an emergency."""
    since: dt.datetime
    often: bool = False


def list_looks(
    session: Any, identity: Identity, number: int, *, zone: ZoneInfo, size: int
) -> tuple[list[Look], int, int]:
    """Return a page of who has looked at the reader's own record, newest first, how many entries, and which page it is.

    Past the end it is the last: an empty one would say that nobody has looked. Pages count entries; those alike on one
    day of `zone` stand together.
    """
    found = reading.list_looks(session, identity, offset=(number - 1) * size, limit=size)
    within = page_within(number, found.total, size)
    if within != number:
        number = within
        found = reading.list_looks(session, identity, offset=(number - 1) * size, limit=size)
    names = accounts.list_users(session, {row.actor_id for row in found.rows if row.actor_id})
    together: dict[Any, Look] = {}
    for row in found.rows:
        look = _look(row, names)
        alike = day_of(look.at, zone), row.actor_id, look.role, look.words, look.stands_out
        newest = together.setdefault(alike, look)
        if newest is not look:
            together[alike] = replace(newest, since=look.at, often=True)
    return list(together.values()), found.total, number


def _look(row: reading.Entry, names: Mapping[uuid.UUID, User]) -> Look:
    user = names.get(row.actor_id) if row.actor_id else None
    return Look(
        row.at,
        user.name if user else "CoachDesk",
        _LOOKED_AS[row.role or Role.SYSTEM],
        audit.told(row.event).yours,
        audit.is_across_teams(row.event, row.role, row.details),
        row.at,
    )
