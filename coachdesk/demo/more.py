"""More about some check-ins of the demo: what was noticed, what the coach did, and one told from end to end."""

from __future__ import annotations

import datetime as dt
from itertools import cycle
from typing import TYPE_CHECKING

from coachdesk.checkins.models import CheckInBenefit, CheckInGoal, CheckInPlan, CheckInSupport, SupervisionLine
from coachdesk.checkins.parts import Benefit, CheckInKind, Support
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import StepOwner
from coachdesk.organisation.models import ListChoice
from coachdesk.organisation.rules import ListKind

if TYPE_CHECKING:
    import uuid

    from coachdesk.checkins.models import CheckIn
    from coachdesk.demo.people import Town

_TOLD = 3
"""One check-in in so many says more than its note."""
_NOTICED = (
    (Benefit.LESS_ALONE,),
    (Benefit.MORE_HOPE, Benefit.PRACTICAL),
    (),
    (Benefit.LESS_SHAME,),
    (Benefit.PRACTICAL,),
)
_DONE = (
    (Support.EMOTIONAL,),
    (Support.PRACTICAL, Support.INFORMATIONAL),
    (Support.EMOTIONAL, Support.BELONGING),
    (Support.INFORMATIONAL,),
)
_STRENGTHS = ("Asked for help early.", "Kept a sense of humour.", "Turned up, tired as can be.", "")
MARCUS_PLANS = (
    ("Ask Eastside which papers are still missing", StepOwner.COACH, 2),
    ("A walk in the park before work", StepOwner.PERSON, 1),
)
MARCUS_LINE = "I notice that I want to fix the housing form for him. I would like to talk about letting him lead."


def tell_more(town: Town) -> None:
    """Say more about every third check-in, and all there is to say about the latest with Marcus."""
    counts_for, paid_by = (cycle(_list(town, kind)) for kind in ListKind)
    noticed, done, strengths = cycle(_NOTICED), cycle(_DONE), cycle(_STRENGTHS)
    for person in town.people:
        for entry in town.entries[person.id][::_TOLD]:
            of_entry = {"checkin_id": entry.id, "client_id": entry.client_id}
            town.add(*(CheckInBenefit(**of_entry, benefit=one) for one in next(noticed)))
            town.add(*(CheckInSupport(**of_entry, support=one) for one in next(done)))
            entry.strengths = next(strengths)
            entry.counts_for_id, entry.paid_by_id = next(counts_for), next(paid_by)
    _tell_of_marcus(town, town.entries[town.person("Marcus").id][0])


_LISTS = {
    ListKind.COUNTS_FOR: ("Peer support, one to one", "Support by phone"),
    ListKind.PAID_BY: ("County grant", "Hillside foundation"),
}


def _list(town: Town, kind: ListKind) -> list[uuid.UUID]:
    """Fill one of the organisation's own lists."""
    made_by = town.staff["admin"].id
    found = []
    for place, words in enumerate(_LISTS[kind]):
        found.append(town.key())
        town.add(ListChoice(id=found[-1], kind=kind, position=place, words=words, made_at=town.now, made_by=made_by))
    return found


def _tell_of_marcus(town: Town, entry: CheckIn) -> None:
    entry.kind, entry.started, entry.ended = CheckInKind.PLANNED, dt.time(10, 30), dt.time(11, 10)
    entry.place, entry.meetings = "Central Library café", "Two, one of them new"
    entry.highlights = "Three nights of good sleep, and a call with his daughter."
    entry.hard_spots = "Waiting for an answer about the flat."
    entry.response = "“It helps that you do not hurry me.”"
    entry.read_together = True
    of_entry = {"checkin_id": entry.id, "client_id": entry.client_id}
    goal = next((row for row in town.rows["goal"] if isinstance(row, Goal) and row.client_id == entry.client_id), None)
    if goal:
        town.add(CheckInGoal(**of_entry, goal_id=goal.id))
    for place, (what, who, ahead) in enumerate(MARCUS_PLANS):
        town.add(
            CheckInPlan(
                **of_entry,
                id=town.key(),
                position=place,
                what=what,
                who=who,
                by_on=town.day(-ahead),
                remind_on=town.day(-ahead) if who is StepOwner.COACH else None,
                made_at=entry.signed_at,
                made_by=entry.coach_id,
            )
        )
    town.add(SupervisionLine(**of_entry, author_id=entry.coach_id, words=MARCUS_LINE, written_at=entry.signed_at))
