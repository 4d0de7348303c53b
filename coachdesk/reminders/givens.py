"""What is known of one person that decides what is due: plain values, gathered by `facts`, read by `rules`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.checkins.rules import Reach, Tries
from coachdesk.organisation.rules import DEFAULT_LADDER
from coachdesk.reminders.settings import USUAL_SETTINGS

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Sequence

    from coachdesk.goals.rules import StepOwner
    from coachdesk.organisation.rules import Ladder
    from coachdesk.referrals.rules import Status
    from coachdesk.reminders.repeating import Often
    from coachdesk.reminders.settings import Settings
    from coachdesk.safety.rules import FollowUp
    from coachdesk.visits.rules import Then


class AskKind(StrEnum):
    """What a reminder row is: set by hand, or an ask."""

    BY_HAND = "by_hand"
    HELP_ASKED = "help_asked"
    TALK_ASKED = "talk_asked"
    VISIT_OFF = "visit_off"


@dataclass(frozen=True)
class PlannedVisit:
    """The next contact as planned: a local day and perhaps an hour."""

    on: dt.date
    at: dt.time | None = None
    minutes: int | None = None
    by_pattern: bool = False
    """It follows from a series, and was not agreed on anew."""
    in_person: bool = False
    id: uuid.UUID | None = None
    """The same before and after it has a row of its own."""


@dataclass(frozen=True)
class StepFacts:
    """A step still to do that has a day."""

    id: uuid.UUID
    goal_id: uuid.UUID
    due_on: dt.date
    words: str
    owner: StepOwner | None = None


@dataclass(frozen=True)
class MilestoneFacts:
    """A day the person wants to mark, today or ahead."""

    id: uuid.UUID
    on: dt.date
    words: str


@dataclass(frozen=True)
class DraftFacts:
    """Something written about the person and not finished: by whom, where it goes on, and since when it lies."""

    id: uuid.UUID
    author_id: uuid.UUID
    form: str
    path: str
    saved_at: dt.datetime
    saved_on: dt.date
    """The local day of it in the organisation's zone."""


class Absence(StrEnum):
    """Why the coach does not answer for the person today, where nobody does in their place."""

    AWAY = "away"
    GONE = "gone"
    """Switched off, or coaching no more."""


@dataclass(frozen=True)
class LeaveFacts:
    """Days the coach was, or is, away with nobody to look after the person, both included."""

    from_on: dt.date
    until_on: dt.date


@dataclass(frozen=True)
class ReferralFacts:
    """An open referral and the day its clock runs out."""

    id: uuid.UUID
    service: str
    status: Status
    clock_on: dt.date


@dataclass(frozen=True)
class AskFacts:
    """A reminder set by hand, or an ask, not yet done. `for_user_id` is none where it is the coach's of the day."""

    id: uuid.UUID
    kind: AskKind
    on: dt.date
    at: dt.time | None = None
    text: str = ""
    for_user_id: uuid.UUID | None = None
    about_id: uuid.UUID | None = None
    by: str = ""
    """The first name of whoever asks."""
    day: dt.date | None = None
    """The day somebody cannot make."""
    then: Then | None = None
    often: Often | None = None
    """How often it comes again."""
    until: dt.date | None = None


@dataclass(frozen=True)
class PersonFacts:
    """Everything about one person that decides what is due. `coach_id` is their coach of today, or whoever covers."""

    client_id: uuid.UUID
    coach_id: uuid.UUID
    name: str
    assigned_on: dt.date
    rhythm_days: int
    last_contact_on: dt.date | None = None
    covered_for: str = ""
    """The first name of their coach, where that coach is away and `coach_id` looks after them meanwhile."""
    visit: PlannedVisit | None = None
    tries: Tries = field(default_factory=Tries)
    reach: Reach = field(default_factory=Reach)
    ladder: Ladder = DEFAULT_LADDER
    """As it is for this person: halved where they are tried sooner."""
    is_sooner: bool = False
    goal_reviews: Sequence[tuple[uuid.UUID, dt.date]] = ()
    steps: Sequence[StepFacts] = ()
    referrals: Sequence[ReferralFacts] = ()
    asks: Sequence[AskFacts] = ()
    concern: tuple[uuid.UUID, dt.date] | None = None
    """A worry about safety that nobody has, and the day it was raised."""
    unmet_on: dt.date | None = None
    """The last day of the series that goes on which nobody met: tried without answer, or called off."""
    zone: str = ""
    """The person's own zone; empty where it is the organisation's."""
    resumed_on: dt.date | None = None
    """The first day after the last pause: no clock of contact runs out before it."""
    is_closed: bool = False
    """Coaching has come to its end: nothing of it falls due any more."""
    agreement: tuple[uuid.UUID, dt.date] | None = None
    """What coach and person agreed as it stands now, and the day they chose for looking at it together."""
    follow_ups: Sequence[FollowUp] = ()
    settings: Settings = USUAL_SETTINGS
    """What the organisation decided about its rules."""
    holidays: frozenset[dt.date] = frozenset()
    """Days on which the organisation is closed."""
    absence: Absence | None = None
    """None where their coach is here, or somebody covers."""
    gone_on: dt.date | None = None
    """The day on which their coach was switched off."""
    coach_name: str = ""
    """The first name of their coach, where they are away or gone."""
    leaves: Sequence[LeaveFacts] = ()
    """Of the last year, those that have begun, the earliest first."""
    supervisors: frozenset[uuid.UUID] = frozenset()
    """Who answers for the person where neither coach nor cover does; empty where one of them does."""
    account_id: uuid.UUID | None = None
    """The person's own account."""
    also_planned: Sequence[PlannedVisit] = ()
    """What is planned beyond the next contact."""
    milestones: Sequence[MilestoneFacts] = ()
    drafts: Sequence[DraftFacts] = ()
    contacts_without_goal: tuple[int, dt.date] | None = None
    """How many contacts there were when the rule's number of them was reached, and its day; none where there is a goal."""
    goals_touched_on: dt.date | None = None
    """The last day on which a goal was spoken of, or begun; none where there is no goal of now."""
