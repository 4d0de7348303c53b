"""What a new coach needs to know, written by the system: goals, next steps, what is open, who said yes, last notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachdesk.accounts import service as accounts
from coachdesk.checkins import service as checkins
from coachdesk.clients import assigning
from coachdesk.drafts import service as drafts
from coachdesk.goals import service as goals
from coachdesk.goals.rules import GoalStatus
from coachdesk.referrals import service as referrals
from coachdesk.reminders import facts
from coachdesk.reminders.rules import due_items, order_key
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import HandOver, Identity
    from coachdesk.accounts.models import User
    from coachdesk.checkins.models import CheckIn
    from coachdesk.goals.models import Goal
    from coachdesk.referrals.models import Referral, SpokenYes
    from coachdesk.reminders.facts import Known
    from coachdesk.reminders.rules import Due

NOTES, AHEAD_DAYS = 5, 90
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


def open_pack(session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date) -> Pack:
    """Gather the pack; raises `NotFound`."""
    known = next(iter(facts.list_known(session, identity, ids=[client_id], closed=True)), None)
    if known is None:
        raise NotFound
    hand_over = assigning.find_hand_over(session, identity, client_id)
    notes = checkins.list_checkins(session, identity, client_id, limit=NOTES)
    staff = {known.coach_id, *(row.coach_id for row in notes)}
    staff |= {hand_over.from_coach_id, hand_over.by} if hand_over else set()
    people = accounts.list_users(session, staff)
    return Pack(
        known=known,
        coach=people[known.coach_id],
        hand_over=hand_over,
        people=people,
        goals=[goal for goal in goals.list_goals(session, identity, client_id) if goal.status in _OPEN],
        due=sorted(due_items(known.facts, today, ahead_days=AHEAD_DAYS), key=order_key),
        referrals=referrals.list_open_with_yes(session, identity, client_id),
        notes=notes,
    )


def has_open_draft(session: Any, coach: User, client_id: uuid.UUID) -> bool:
    """Say whether a coach is in the middle of writing about a person: that it is so, never what."""
    return any(row.client_id == client_id for row in drafts.list_drafts(session, coach.identity))
