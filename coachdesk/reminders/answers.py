"""What a reader may do about an occurrence by saying so, and for how long they may take it back. Pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.reminders.kinds import Rule
from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_SAYING = frozenset({Rule.BY_HAND, Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF})
"""Done by saying so. Nothing else is: a contact is done by a contact, a step by its tick."""

NOT_NEEDED = frozenset(
    {
        Rule.BY_HAND,
        Rule.STEP_DUE,
        Rule.VISIT_TOMORROW,
        Rule.NO_GOAL,
        Rule.GOALS_UNTOUCHED,
        Rule.NOTE_UNFINISHED,
        Rule.MILESTONE,
    }
)
"""What its reader may decide against: it helps them remember, and nobody is lost sight of without it.

Never safety, and never a contact, a try or a visit that passed: no button moves the clock of a contact. Nobody who
asked is left without an answer (help, a talk, a visit called off, a check-in that waits); a review, an agreement and a
referral have a day or an end of their own, which is set where they are kept; and somebody without a coach stays so.
"""

UNDO_FOR = dt.timedelta(minutes=10)


class Reason(StrEnum):
    """Why something is not needed."""

    TAKEN_CARE_OF = "taken_care_of"
    NOT_WANTED = "not_wanted"
    OTHER = "other"


REASON_WORDS: Mapping[Reason, str] = {
    Reason.TAKEN_CARE_OF: mark("Already taken care of"),
    Reason.NOT_WANTED: mark("No longer wanted"),
    Reason.OTHER: mark("Something else"),
}


def may_undo(at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether what was done at a moment may still be taken back."""
    return now - at <= UNDO_FOR
