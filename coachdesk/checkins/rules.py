"""What a check-in and an attempt can be, when one may be taken back, and which check-ins a supervisor reads."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.accounts.rules import is_new
from coachdesk.clock import add_working_days
from coachdesk.words import Refused, Sentence, mark, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

UNDO_MINUTES = 10
OLDEST_DAYS = 366
LATE_AFTER = dt.timedelta(hours=48)
MINUTES = (15, 30, 45, 60)
MOST_MINUTES = 480
WEATHER_WORDS: Mapping[int, str] = {
    1: mark("Stormy"),
    2: mark("Rainy"),
    3: mark("Cloudy"),
    4: mark("Brighter"),
    5: mark("Sunny"),
}
LADDER_DAYS = (7, 14, 21, 30)
"""Outreach ladder: after the next working day, so many days from the first try."""
TRIES_BEFORE_TELLING = 3


class AttemptOutcome(StrEnum):
    """What happened when nobody was reached."""

    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    ASKED_TO_STOP = "asked_to_stop"
    NOT_THERE = "not_there"
    OTHER = "other"


OUTCOME_WORDS: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.NO_ANSWER: mark("No answer"),
    AttemptOutcome.VOICEMAIL: mark("Left a plain message"),
    AttemptOutcome.NOT_THERE: mark("Did not make it"),
    AttemptOutcome.WRONG_NUMBER: mark("Number did not work"),
    AttemptOutcome.ASKED_TO_STOP: mark("Asked us to stop"),
    AttemptOutcome.OTHER: mark("Something else"),
}


class ReviewReason(StrEnum):
    """Why a supervisor reads a check-in."""

    SAFETY = "safety"
    FIRST_DAYS = "first_days"
    SAMPLE = "sample"


REASON_WORDS: Mapping[ReviewReason, str] = {
    ReviewReason.SAFETY: mark("Worried about safety"),
    ReviewReason.FIRST_DAYS: mark("First 90 days"),
    ReviewReason.SAMPLE: mark("One in five"),
}


class ReviewOutcome(StrEnum):
    """What the supervisor said."""

    SIGNED_OFF = "signed_off"
    TALK = "talk"


KIND_PHRASES = (mark("Listened first"), mark("Their choice led"), mark("Safe next step"))


def refuse_bad_day(held_on: dt.date, *, today: dt.date, at: str) -> None:
    """Refuse a contact in the future or more than a year back."""
    if held_on > today:
        raise Refused(mark("This day has not come yet. Choose today or a day before."), at)
    if held_on < today - dt.timedelta(days=OLDEST_DAYS):
        raise Refused(mark("That is more than a year ago. Choose a later day."), at)


def may_withdraw(saved_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether an entry may still be taken back: for ten minutes after saving."""
    return now - saved_at <= dt.timedelta(minutes=UNDO_MINUTES)


def is_shown_in_portal(signed_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether the person may see an entry: once it can no longer be taken back."""
    return not may_withdraw(signed_at, now)


def is_late(held_on: dt.date, signed_on: dt.date) -> bool:
    """Say whether an entry was written more than two days after the contact (both local days)."""
    return signed_on - held_on > LATE_AFTER


def late_words(held_on: dt.date, signed_on: dt.date) -> Sentence | None:
    """Say how much later than the contact an entry was written (both local days), where it is more than two days."""
    if not is_late(held_on, signed_on):
        return None
    return say_n(mark("Written %(n)s day later"), mark("Written %(n)s days later"), (signed_on - held_on).days)


def review_reason(
    checkin_id: uuid.UUID, *, worried: bool, coach_started_on: dt.date, today: dt.date, share: float
) -> ReviewReason | None:
    """Return why a supervisor reads this check-in, or none.

    Every worry about safety, everything by a coach in their first ninety days, and a share (0 to 1) of the rest,
    chosen by a fixed reckoning over the id, so that nobody can pick.
    """
    if worried:
        return ReviewReason.SAFETY
    if is_new(coach_started_on, today):
        return ReviewReason.FIRST_DAYS
    lot = int.from_bytes(hashlib.sha256(checkin_id.bytes).digest()[:4]) / 2**32
    return ReviewReason.SAMPLE if lot < share else None


def try_again_on(tries: Sequence[dt.date]) -> dt.date:
    """Return the day to try again after these tries since the last contact: the outreach ladder.

    The next working day after the first try, then day 7, 14, 21 and 30 from it, then every 30 days. Never on or
    before the last try.
    """
    first, last = min(tries), max(tries)
    rungs = [add_working_days(first, 1), *(first + dt.timedelta(days=days) for days in LADDER_DAYS)]
    place = len(tries) - 1
    day = rungs[place] if place < len(rungs) else last + dt.timedelta(days=LADDER_DAYS[-1])
    return max(day, last + dt.timedelta(days=1))


@dataclass(frozen=True)
class Tries:
    """The tries since a person was last reached: their days in order, and the day the person asked us to stop."""

    days: tuple[dt.date, ...] = ()
    stopped_on: dt.date | None = None

    def told_on(self) -> dt.date | None:
        """Return the day from which the supervisor hears: the third try in a row, or the day they asked us to stop."""
        days = [self.stopped_on] if self.stopped_on else []
        if len(self.days) >= TRIES_BEFORE_TELLING:
            days.append(sorted(self.days)[TRIES_BEFORE_TELLING - 1])
        return min(days, default=None)
