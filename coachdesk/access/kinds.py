"""The words of access: why somebody may not see a person, why a record was opened, what a hand-over decides."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_WORDS = 3
"""In the sentence that says why a record is opened; a dash tells whoever reviews it nothing."""
GLASS_MINUTES = 60
"""How long a record that was opened in an emergency stays open."""
MOST_OPEN = 3
"""How many records one supervisor opens within an hour, closed again or not: nobody walks through all in an evening."""
REVIEW_DAYS = 2
"""Working days until an administrator has looked at it (FIELD 6.6)."""


class RestrictionKind(StrEnum):
    """Why a member of staff may not see a person: peer communities are small."""

    FELLOWSHIP = "fellowship"
    KIN = "kin"
    OTHER = "other"


class GlassReason(StrEnum):
    """Why a supervisor opens the record of somebody outside their teams."""

    COACH_AWAY = "coach_away"
    OTHER = "other"
    PERSON_ASKED = "person_asked"
    SAFETY_NOW = "safety_now"


class GlassOutcome(StrEnum):
    """What an administrator found when they looked at it."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
    TALK = "talk"


class Earlier(StrEnum):
    """Whether a new coach reads what was written before they came."""

    EVERYTHING = "everything"
    FROM_TODAY = "from_today"


RESTRICTION_WORDS: Mapping[RestrictionKind, str] = {
    RestrictionKind.KIN: mark("They are family, or close"),
    RestrictionKind.FELLOWSHIP: mark("They are in the same fellowship"),
    RestrictionKind.OTHER: mark("Another reason"),
}
REASON_WORDS: Mapping[GlassReason, str] = {
    GlassReason.SAFETY_NOW: mark("Somebody’s safety, now"),
    GlassReason.COACH_AWAY: mark("Their coach is away and nobody else is there"),
    GlassReason.PERSON_ASKED: mark("They asked for it themselves"),
    GlassReason.OTHER: mark("Another reason"),
}
OUTCOME_WORDS: Mapping[GlassOutcome, str] = {
    GlassOutcome.JUSTIFIED: mark("There was good reason"),
    GlassOutcome.NOT_JUSTIFIED: mark("There was no good reason"),
    GlassOutcome.TALK: mark("We need to talk about it"),
}
EARLIER_WORDS: Mapping[Earlier, str] = {
    Earlier.EVERYTHING: mark("Yes, everything"),
    Earlier.FROM_TODAY: mark("Only from today on"),
}
