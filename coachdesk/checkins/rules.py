"""What a check-in and an attempt can be, when one may be taken back, and which check-ins a supervisor reads."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.accounts.rules import is_new
from coachdesk.clients.rules import last_digits
from coachdesk.clock import add_working_days
from coachdesk.organisation.rules import DEFAULT_LADDER, RungAct
from coachdesk.words import Refused, Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator, Mapping

    from coachdesk.organisation.rules import Ladder

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
AFTER_LADDER_DAYS = 30
"""Days between tries once the ladder has been climbed: light outreach."""
RISK_DAYS = 30
"""How many days before the first try something may have happened that halves the ladder's days (FIELD 2.3)."""


class AttemptOutcome(StrEnum):
    """What happened when nobody was reached."""

    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    THIRD_PARTY = "third_party"
    ASKED_TO_STOP = "asked_to_stop"
    NOT_THERE = "not_there"
    OTHER = "other"


OUTCOME_WORDS: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.NO_ANSWER: mark("No answer"),
    AttemptOutcome.VOICEMAIL: mark("Left a plain message"),
    AttemptOutcome.NOT_THERE: mark("Did not make it"),
    AttemptOutcome.THIRD_PARTY: mark("Somebody else answered; nothing was said"),
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


# ---- the outreach ladder -------------------------------------------------------------------------------------------


class TryBy(StrEnum):
    """How somebody was tried. The first three are ways that a person agrees to or rules out."""

    CALL = "call"
    TEXT = "text"
    EMAIL = "email"
    IN_PERSON = "in_person"
    VIDEO = "video"
    LETTER = "letter"


TRY_WORDS: Mapping[TryBy, str] = {
    TryBy.CALL: mark("Call"),
    TryBy.TEXT: mark("Text"),
    TryBy.EMAIL: mark("E-mail"),
    TryBy.IN_PERSON: mark("Went to meet"),
    TryBy.VIDEO: mark("Video"),
    TryBy.LETTER: mark("Letter"),
}


class Used(StrEnum):
    """What of a person's own was used to reach them."""

    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Reach:
    """What a person agreed to, and whether there is a number and an address to do it by."""

    may_call: bool = False
    may_text: bool = False
    may_email: bool = False
    may_voicemail: bool = False
    has_phone: bool = False
    has_email: bool = False
    is_wrong: bool = False
    """A number or an address of theirs did not work, and is not counted as had."""

    @property
    def ways(self) -> tuple[TryBy, ...]:
        """The ways that are agreed and possible, the most personal first."""
        call = self.may_call and self.has_phone
        text = self.may_text and self.has_phone
        email = self.may_email and self.has_email
        return tuple(way for way, may in ((TryBy.CALL, call), (TryBy.TEXT, text), (TryBy.EMAIL, email)) if may)

    @property
    def usable(self) -> tuple[Used, ...]:
        """What of theirs may be used at all."""
        phone = TryBy.CALL in self.ways or TryBy.TEXT in self.ways
        return tuple(used for used, may in ((Used.PHONE, phone), (Used.EMAIL, TryBy.EMAIL in self.ways)) if may)


def ending(used: str) -> Sentence:
    """Say which number or address was used without writing it out: its last digits, or its first letter and its place."""
    name, _at, place = used.partition("@")
    if place:
        return say(mark("E-mail %(first)s…@%(place)s"), first=name[:1], place=place)
    return say(mark("Number ending %(digits)s"), digits=last_digits(used) or "…")


@dataclass(frozen=True)
class Tries:
    """The tries since a person was last reached: their days, the day they asked us to stop, and how the last one went.

    `chosen_on` is the day that was chosen at the last try for the next one.
    """

    days: tuple[dt.date, ...] = ()
    stopped_on: dt.date | None = None
    last_way: TryBy | None = None
    chosen_on: dt.date | None = None

    def told_on(self, ladder: Ladder = DEFAULT_LADDER) -> dt.date | None:
        """Return the day from which the supervisor hears: the day they asked us to stop, else the ladder's own step."""
        return self.stopped_on or self.step_on(ladder)

    def step_on(self, ladder: Ladder = DEFAULT_LADDER) -> dt.date | None:
        """Return the day of the ladder's step that tells the supervisor, or earlier, of the last try that stands before it."""
        days = []
        step = next((rung for rung in ladder if rung.act is RungAct.TELL), None)
        if step and self.days:
            days.append(_working_day(min(self.days) + dt.timedelta(days=step.day)))
            before = 1 + sum(0 < rung.day < step.day for rung in ladder)
            days += sorted(self.days)[before - 1 : before]
        return min(days, default=None)


@dataclass(frozen=True)
class NextTry:
    """The next step after some tries: its day, what happens, and the way that is agreed (none where none is)."""

    on: dt.date
    act: RungAct
    way: TryBy | None


def next_try(tries: Tries, ladder: Ladder = DEFAULT_LADDER, reach: Reach = Reach()) -> NextTry | None:
    """Return the ladder's next step after these tries, or none: where nobody was tried, or somebody asked us to stop.

    A step lies so many days after the first try, on a working day; past the last step it is every 30 days. Never on
    or before the last try. A day chosen at the last try comes before the ladder's.
    """
    if not tries.days or tries.stopped_on:
        return None
    first, last = min(tries.days), max(tries.days)
    later = [rung for rung in ladder if rung.day > 0]
    place = len(tries.days) - 1
    if place < len(later):
        act, day = later[place].act, first + dt.timedelta(days=later[place].day)
    else:
        end = first + dt.timedelta(days=later[-1].day)
        act, day = RungAct.TRY, max(end, last + dt.timedelta(days=AFTER_LADDER_DAYS))
    day = _working_day(max(day, last + dt.timedelta(days=1)))
    if tries.chosen_on and tries.chosen_on > last:
        day = tries.chosen_on
    return NextTry(day, act, _way(act, reach, tries.last_way))


def is_at_risk(tries: Tries, happened_on: Iterable[dt.date], *, worried: bool) -> bool:
    """Say whether somebody is tried sooner: a worry is open, or something happened in the 30 days before the first try.

    `happened_on` holds the local days on which a return to use, the end of a treatment and their like were told.
    """
    since = risk_since(tries)
    return since is not None and (worried or any(on >= since for on in happened_on))


def risk_since(tries: Tries) -> dt.date | None:
    """Return the first local day on which what happened makes the tries come sooner; none where nobody was tried."""
    return min(tries.days) - dt.timedelta(days=RISK_DAYS) if tries.days else None


def tried_words(
    tries: Tries, again: NextTry, reach: Reach, *, sooner: bool = False, today: dt.date | None = None
) -> Sentence:
    """Say how often somebody was tried, what the ladder's next step is or was, and where it comes `sooner` than usual."""
    n = len(tries.days)
    tried = (
        say(mark("Tried twice."))
        if n == 2  # noqa: PLR2004 - twice is a word
        else say_n(mark("Tried once."), mark("Tried %(n)s times."), n)
    )
    then = [say(mark("Sooner than usual, after what happened lately."))] if sooner else []
    return tried.followed_by(*_next_words(again, reach, is_past=today is not None and again.on < today), *then)


_NEXT: Mapping[bool, Mapping[TryBy | None, str]] = {
    False: {
        TryBy.CALL: mark("Next: a call on %(weekday)s."),
        TryBy.TEXT: mark("Next: a text on %(weekday)s."),
        TryBy.EMAIL: mark("Next: an e-mail on %(weekday)s."),
        None: mark("Next: %(weekday)s. No call, text or e-mail is agreed; ask your supervisor how to go on."),
    },
    True: {
        TryBy.CALL: mark("A call was due on %(weekday)s."),
        TryBy.TEXT: mark("A text was due on %(weekday)s."),
        TryBy.EMAIL: mark("An e-mail was due on %(weekday)s."),
        None: mark(
            "A try was due on %(weekday)s. No call, text or e-mail is agreed; ask your supervisor how to go on."
        ),
    },
}
"""By whether its day is over, as the three after it."""
_NEXT_WARM: Mapping[bool, Mapping[TryBy | None, str]] = {
    False: {
        TryBy.TEXT: mark("Next: a warm text on %(weekday)s that asks for nothing."),
        TryBy.EMAIL: mark("Next: a warm e-mail on %(weekday)s that asks for nothing."),
    },
    True: {
        TryBy.TEXT: mark("A warm text that asks for nothing was due on %(weekday)s."),
        TryBy.EMAIL: mark("A warm e-mail that asks for nothing was due on %(weekday)s."),
    },
}
_DECIDE: Mapping[bool, str] = {
    False: mark("On %(weekday)s, decide with your supervisor how to go on. The door stays open."),
    True: mark("Since %(weekday)s it is time to decide with your supervisor how to go on. The door stays open."),
}
_WRONG_NUMBER: Mapping[bool, str] = {
    False: mark("Next: %(weekday)s. The number did not work; find another way to reach them."),
    True: mark("A try was due on %(weekday)s. The number did not work; find another way to reach them."),
}
_RULED_OUT: Mapping[tuple[bool, bool], str] = {
    (False, True): mark("Calls are ruled out."),
    (True, False): mark("Texts are ruled out."),
    (False, False): mark("Calls and texts are ruled out."),
}
"""By whether a person may be called and texted."""


def _next_words(again: NextTry, reach: Reach, *, is_past: bool) -> Iterator[Sentence]:
    """Say the ladder's next step: which way and when, what is ruled out, and that the supervisor hears of it."""
    if again.act is RungAct.DECIDE:
        yield say(_DECIDE[is_past], weekday=again.on)
        return
    is_warm = again.act is RungAct.WARM and again.way in _NEXT_WARM[is_past]
    words = (_NEXT_WARM if is_warm else _NEXT)[is_past]
    if again.way is None and reach.is_wrong:
        yield say(_WRONG_NUMBER[is_past], weekday=again.on)
        return
    yield say(words[again.way], weekday=again.on)
    if again.way is TryBy.CALL and not reach.may_voicemail:
        yield say(mark("Leave no message."))
    if again.way and (reach.may_call, reach.may_text) in _RULED_OUT:
        yield say(_RULED_OUT[reach.may_call, reach.may_text])
    if again.act is RungAct.TELL:
        yield say(mark("Your supervisor hears of it too."))


def _way(act: RungAct, reach: Reach, last_way: TryBy | None) -> TryBy | None:
    """Return another way than the last where there is one; a warm word is written, where writing is agreed."""
    if act is RungAct.DECIDE:
        return None
    written = [way for way in reach.ways if way is not TryBy.CALL]
    offered = written if act is RungAct.WARM and written else list(reach.ways)
    others = [way for way in offered if way is not last_way]
    return next(iter(others or offered), None)


def _working_day(day: dt.date) -> dt.date:
    return add_working_days(day - dt.timedelta(days=1), 1)
