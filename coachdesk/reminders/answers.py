"""What a reader may do about an occurrence by saying so, and for how long they may take it back. Pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from coachdesk.reminders.kinds import Rule
from coachdesk.words import mark

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping

ASKED = frozenset({Rule.BY_HAND, Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF})
"""What somebody set or asked for: it is over for everybody once one says that it is done."""
BY_SAYING = ASKED | {Rule.OUTREACH}
"""Done by saying so. Nothing else is: a contact is done by a contact, a step by its tick.

That several tries reached nobody, or that somebody asked us to stop, is for a supervisor to talk over with the coach.
"""

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


class Answer(NamedTuple):
    """What a reader said of an occurrence: their latest word, and until when it puts it off; no moment is for good."""

    act_id: uuid.UUID
    until: dt.datetime | None

    def hides(self, now: dt.datetime) -> bool:
        """Say whether it puts something off at a moment."""
        return self.until is None or self.until > now


def answers_of(rows: Iterable[Any]) -> dict[str, Answer]:
    """Return the answers by key; the one that puts off for longest, or for good, stands."""
    found: dict[str, Answer] = {}
    for row in rows:
        before = found.get(row.text)
        longer = before is None or (before.until and (row.moment is None or row.moment > before.until))
        if longer:
            found[row.text] = Answer(row.id, row.moment)
    return found
