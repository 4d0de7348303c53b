"""What a new coach needs to know, written by the system: goals, next steps, what is open, who said yes, last notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coachdesk.accounts import service as accounts
from coachdesk.checkins import service as checkins
from coachdesk.clients import items, ways
from coachdesk.clients.items import Item
from coachdesk.drafts import service as drafts
from coachdesk.drafts.rules import WORRY
from coachdesk.goals import service as goals
from coachdesk.goals.rules import GoalStatus
from coachdesk.referrals import service as referrals
from coachdesk.reminders import facts
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.rules import due_items, order_key
from coachdesk.words import NotFound, mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import HandOver, Identity
    from coachdesk.accounts.models import User
    from coachdesk.checkins.models import CheckIn
    from coachdesk.clients.ways import Way
    from coachdesk.goals.models import Goal
    from coachdesk.referrals.models import Referral, SpokenYes
    from coachdesk.reminders.facts import Known
    from coachdesk.reminders.rules import Due

NOTES, AHEAD_DAYS = 5, 90
_OF_STAFF = frozenset({Rule.NOTE_UNFINISHED, Rule.WITHOUT_COACH, Rule.COVER_MISSING})
_OPEN = frozenset({GoalStatus.ACTIVE, GoalStatus.DREAM, GoalStatus.PAUSED})


@dataclass(frozen=True)
class Pack:
    """The pack, as far as its reader may read: whoever took over “only from today on” finds no notes of before."""

    known: Known
    coach: User
    hand_over: HandOver | None
    """How the coach of now came, where somebody gave the person to them."""
    people: Mapping[uuid.UUID, User]
    goals: Sequence[Goal]
    due: Sequence[Due]
    referrals: Sequence[tuple[Referral, SpokenYes | None]]
    """What is open, and what they said yes to."""
    notes: Sequence[CheckIn]
    ways: Sequence[Way]
    """How to reach them, each way with its rule; none that turned out not to work."""


def open_pack(session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date) -> Pack:
    """Gather the pack; raises `NotFound`."""
    known = next(iter(facts.list_known(session, identity, ids=[client_id], closed=True)), None)
    if known is None:
        raise NotFound
    hand_over = known.given
    notes = checkins.list_checkins(session, identity, client_id, limit=NOTES)
    staff = {known.coach_id, *(row.coach_id for row in notes)}
    staff |= {hand_over.from_coach_id, hand_over.by} if hand_over else set()
    people = accounts.list_users(session, staff)
    living = [goal for goal in goals.list_goals(session, identity, client_id) if goal.status in _OPEN]
    return Pack(
        known=known,
        coach=people[known.coach_id],
        hand_over=hand_over,
        people=people,
        goals=living,
        due=[_named(due, living) for due in _due(known, today)],
        referrals=referrals.list_open_with_yes(session, identity, client_id),
        notes=notes,
        ways=ways.list_working(known.person, items.list_items(session, identity, client_id, Item.POINT)),
    )


def _due(known: Known, today: dt.date) -> list[Due]:
    """Return what falls due with the person, each once whoever is told of it; not who has nobody, or what lies begun."""
    found = due_items(known.facts, today, ahead_days=AHEAD_DAYS)
    once = {(due.rule, due.subject, due.on): due for due in found if due.rule not in _OF_STAFF}
    return sorted(once.values(), key=order_key)


def _named(due: Due, living: Sequence[Goal]) -> Due:
    """Say which goal it is that is due for a look."""
    goal = next((goal for goal in living if due.rule is Rule.GOAL_REVIEW and goal.id == due.subject), None)
    if goal is None:
        return due
    return replace(due, why=say(mark("The goal “%(words)s” is due for a look together."), words=goal.words))


def is_writing(session: Any, coach: User, client_id: uuid.UUID) -> tuple[bool, bool]:
    """Say whether a coach is in the middle of writing about a person, and whether of a worry nobody was told of.

    That it is so, never what.
    """
    forms = {row.form for row in drafts.list_drafts(session, coach.identity) if row.client_id == client_id}
    return bool(forms - {WORRY}), WORRY in forms
