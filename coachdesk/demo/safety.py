"""The demo's worries about safety, one closed and one somebody has, and a plan for hard times written twice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from coachdesk.clock import day_of
from coachdesk.safety.models import (
    Concern,
    ConcernAction,
    ConcernFollowUp,
    ConcernSaid,
    ConcernTold,
    SafetyPlan,
)
from coachdesk.safety.rules import FOLLOW_UP_HOURS, ConcernKind, Danger, Done, ToldAs, due_at_first

if TYPE_CHECKING:
    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_CLOSED_AGO, _OPEN_AGO = 80, 1
_PLAN_AGO = (70, 25)
"""Days since the worries were raised, and since the plan was written and written anew."""
_FIRST = {
    "signs": "I stop answering the phone.\nTwo nights without sleep.",
    "alone": "Walk down to the river. Put the kettle on.",
    "people": "My sister Ana",
}
_ANEW = {
    **_FIRST,
    "alone": "Walk down to the river. Put the kettle on. The slow breathing from Thursday’s group.",
    "distraction": "The library. Nia’s games on Saturdays.",
    "professionals": "The nurse at the clinic, weekdays until five.",
    "surroundings": "Ana keeps the tablets. My phone is in the hall by ten.",
}


def worry(town: Town) -> None:
    """Let two worries be raised, and a plan be written."""
    marcus, aisha = town.person("Marcus"), town.person("Aisha")
    first = _raise(
        town, marcus, "dana", town.at(town.day(_CLOSED_AGO), 19, 10), about=(ConcernKind.SUICIDE, Danger.UNKNOWN)
    )
    _act(town, first, "dana", Done.STAYED, 1)
    _act(town, first, "dana", Done.LINE, 4)
    _take(town, first, 6)
    _act(town, first, "dana", Done.ADDED, 35, words="His sister Ana came over. She stays the night.")
    _act(town, first, "dana", Done.FOLLOWED_UP, 24 * 60 + 20)
    _close(town, first, 3 * 24 * 60, "Seen at the clinic on Tuesday. He wants to write a plan with Dana.")
    now = _raise(town, aisha, "imani", town.at(town.day(_OPEN_AGO), 17, 40), about=(ConcernKind.VIOLENCE, Danger.NO))
    _take(town, now, 9)
    _act(
        town,
        now,
        "imani",
        Done.ADDED,
        25,
        words="She is at her aunt’s tonight, and has the number of the women’s house.",
    )
    for number, (ago, words) in enumerate(zip(_PLAN_AGO, (_FIRST, _ANEW), strict=True), start=1):
        town.add(
            SafetyPlan(
                id=town.key(),
                client_id=marcus.id,
                number=number,
                made_at=town.at(town.day(ago), 16),
                made_by=town.staff["dana"].id,
                **words,
            )
        )


def _raise(town: Town, person: Client, coach: str, at: dt.datetime, *, about: tuple[ConcernKind, Danger]) -> Concern:
    kind, danger = about
    concern = Concern(
        id=town.key(),
        client_id=person.id,
        raised_at=at,
        raised_on=day_of(at, town.zone),
        raised_by=town.staff[coach].id,
        due_at=due_at_first(at, danger, danger_minutes=15, worry_minutes=240),
    )
    told = {"client_id": person.id, "concern_id": concern.id}
    said = ConcernSaid(id=town.key(), kind=kind, danger=danger, said_at=at, said_by=concern.raised_by, **told)
    town.add(concern, said)
    town.add(ConcernTold(user_id=town.staff["ruth"].id, told_as=ToldAs.SUPERVISOR, told_at=at, **told))
    for hours in FOLLOW_UP_HOURS:
        due_at = at + dt.timedelta(hours=hours)
        due_on = day_of(due_at, town.zone)
        town.add(ConcernFollowUp(id=town.key(), hours=hours, due_at=due_at, due_on=due_on, **told))
    return concern


def _act(town: Town, concern: Concern, by: str, kind: Done, minutes: int, *, words: str = "") -> dt.datetime:
    at = min(concern.raised_at + dt.timedelta(minutes=minutes), town.now)
    town.add(
        ConcernAction(
            id=town.key(),
            concern_id=concern.id,
            client_id=concern.client_id,
            kind=kind,
            words=words,
            at=at,
            by=town.staff[by].id,
            made_at=at,
        )
    )
    return at


def _take(town: Town, concern: Concern, minutes: int) -> None:
    concern.taken_at = _act(town, concern, "ruth", Done.TAKEN, minutes)
    concern.taken_by = town.staff["ruth"].id


def _close(town: Town, concern: Concern, minutes: int, ended: str) -> None:
    concern.closed_at = _act(town, concern, "ruth", Done.CLOSED, minutes, words=ended)
    concern.closed_by = town.staff["ruth"].id
