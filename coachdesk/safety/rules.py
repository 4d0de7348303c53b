"""A worry about somebody's safety: what may be said of it, who hears of it, and by when somebody should have it.

Pure. Nothing here scores a person: a kind is what the worry is about, and the answer about danger sets a clock for us
alone (FIELD 2.5).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.organisation.rules import DUTY_WORDS, Duty
from coachdesk.words import Refused, Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

FOLLOW_UP_HOURS = (24, 72)
"""Hours after raising at which the coach looks after the person again (FIELD 2.5)."""
UNDO_MINUTES = 10
FAR_DAYS = 400
"""How far back something that was done may lie, in days."""
_HOUR = 60


class ConcernKind(StrEnum):
    """What a worry is about."""

    SUICIDE = "suicide"
    HARM_TO_OTHERS = "harm_to_others"
    OVERDOSE = "overdose"
    VIOLENCE = "violence"
    CHILD = "child"
    OTHER = "other"


class Danger(StrEnum):
    """Whether there is danger now, as far as the coach knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Done(StrEnum):
    """One thing in the story of a worry: what was done about it, and how it went on."""

    STAYED = "stayed"
    EMERGENCY = "emergency"
    LINE = "line"
    HAND_OFF = "hand_off"
    REACHED = "reached"
    ADDED = "added"
    FOLLOWED_UP = "followed_up"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    HANDED_ON = "handed_on"
    CLOSED = "closed"
    REOPENED = "reopened"


KIND_WORDS: Mapping[ConcernKind, str] = {
    ConcernKind.SUICIDE: mark("Thoughts of ending their life"),
    ConcernKind.HARM_TO_OTHERS: mark("Harm to somebody else"),
    ConcernKind.OVERDOSE: mark("Overdose, or something medical"),
    ConcernKind.VIOLENCE: mark("Violence or abuse at home"),
    ConcernKind.CHILD: mark("A child, or somebody who cannot protect themself"),
    ConcernKind.OTHER: mark("Something else"),
}
DANGER_WORDS: Mapping[Danger, str] = {
    Danger.YES: mark("Yes"),
    Danger.NO: mark("No"),
    Danger.UNKNOWN: mark("I do not know"),
}
DONE_WORDS: Mapping[Done, str] = {
    Done.STAYED: mark("Stayed with them"),
    Done.EMERGENCY: mark("Called emergency"),
    Done.LINE: mark("Called a line together"),
    Done.HAND_OFF: mark("Handed over to somebody by name"),
    Done.REACHED: mark("Reached the supervisor"),
    Done.ADDED: mark("Added"),
    Done.FOLLOWED_UP: mark("Looked after them again"),
    Done.TAKEN: mark("Has this"),
    Done.GIVEN_BACK: mark("Gave it back"),
    Done.HANDED_ON: mark("Handed it on"),
    Done.CLOSED: mark("Closed it"),
    Done.REOPENED: mark("Opened it again"),
}
TICKED = (Done.STAYED, Done.EMERGENCY, Done.LINE, Done.HAND_OFF, Done.REACHED)
"""What a coach ticks as done when the worry is raised."""


class ToldAs(StrEnum):
    """In which part somebody was told."""

    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


def told(
    supervisors: Sequence[str], administrators: Sequence[str], *, late: bool = False, mailed: bool = True
) -> Sentence:
    """Say who was told, and when nobody could be, none goes out now (`late`) or none by mail at all (not `mailed`)."""
    if supervisors and late:
        return say(
            mark("%(names)s will be told as soon as messages go out again. Please reach somebody in person now."),
            names=_listed(supervisors),
        )
    if supervisors:
        said = say(
            mark("%(names)s was told straight away.")
            if len(supervisors) == 1
            else mark("%(names)s were told straight away."),
            names=_listed(supervisors),
        )
        return said if mailed else _in_app_alone(said)
    if administrators:
        return say(
            mark(
                "There was no supervisor to tell. %(names)s will hear that a concern is waiting, without a name, "
                "as soon as messages go out again. Please reach somebody in person now."
            )
            if late
            else mark(
                "There was no supervisor to tell. %(names)s heard that a concern is waiting, without a name. "
                "Please reach somebody in person too."
            ),
            names=_listed(administrators),
        )
    return say(mark("Nobody could be told from here. Please reach somebody in person now."))


def will_be_told(supervisors: Sequence[str], *, late: bool = False, mailed: bool = True) -> Sentence:
    """Say, before saving, who will be told; with `late`, while no message goes out; not `mailed`, where no mail can."""
    if supervisors and late:
        return say(
            mark(
                "When you save, %(names)s will be told as soon as messages go out again. At the moment none does. "
                "Please reach somebody in person too."
            ),
            names=_listed(supervisors),
        )
    if supervisors:
        said = say(
            mark("When you save, %(names)s is told straight away. You do not have to carry this alone.")
            if len(supervisors) == 1
            else mark("When you save, %(names)s are told straight away. You do not have to carry this alone."),
            names=_listed(supervisors),
        )
        return said if mailed else _in_app_alone(said)
    return say(
        mark(
            "There is no supervisor to tell. The administrators hear that a concern is waiting, without a name, as soon "
            "as messages go out again. At the moment none does: please reach somebody in person now."
        )
        if late
        else mark(
            "There is no supervisor to tell. When you save, the administrators hear that a concern is "
            "waiting, without a name. Please reach somebody in person too."
        )
    )


def _in_app_alone(said: Sentence) -> Sentence:
    return say(
        mark("%(said)s No mail can be sent from here, so it is seen only in CoachDesk. Please ring them too."),
        said=said,
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


# ---- the clock ----------------------------------------------------------------------------------------------------


def minutes_until_due(danger: Danger | None, *, danger_minutes: int, worry_minutes: int) -> int:
    """Return within how many minutes somebody should have a worry: what nobody knows counts as danger."""
    return worry_minutes if danger is Danger.NO else danger_minutes


def due_at_first(
    raised_at: dt.datetime, danger: Danger | None, *, danger_minutes: int, worry_minutes: int
) -> dt.datetime:
    """Return the moment (UTC) by which somebody should have a worry that is raised now."""
    minutes = minutes_until_due(danger, danger_minutes=danger_minutes, worry_minutes=worry_minutes)
    return raised_at + dt.timedelta(minutes=minutes)


def due_at_after(
    raised_at: dt.datetime,
    due_at: dt.datetime,
    danger: Danger,
    *,
    said_at: dt.datetime,
    danger_minutes: int,
    worry_minutes: int,
) -> dt.datetime:
    """Return the moment by which somebody should have a worry once more was said of it.

    No danger: the longer time, from raising. Danger: the shorter time from the moment it was said, and never later
    than it was due before. A clock that went back meanwhile shortens nothing below the moment of raising.
    """
    if danger is Danger.NO:
        return raised_at + dt.timedelta(minutes=worry_minutes)
    return min(due_at, max(raised_at, said_at) + dt.timedelta(minutes=danger_minutes))


def minutes_over(due_at: dt.datetime, now: dt.datetime) -> int:
    """Return for how many whole minutes somebody should have had a worry; never less than none."""
    return max(0, int((now - due_at).total_seconds() // 60))


def since_words(raised: dt.datetime, today: dt.date) -> Sentence:
    """Say since when a worry waits; `raised` is wall-clock time in the organisation's zone."""
    if raised.date() == today:
        return say(mark("Waiting since %(at)s"), at=raised.time())
    return say(mark("Waiting since %(short)s, %(at)s"), short=raised.date(), at=raised.time())


def clock_words(due_at: dt.datetime, now: dt.datetime, local_due: dt.datetime) -> Sentence:
    """Say how the clock of a worry stands: by when somebody should have it, or how long that is past."""
    over = minutes_over(due_at, now)
    if now < due_at:
        return say(mark("Somebody should have this by %(at)s."), at=local_due.time())
    if over < 2 * _HOUR:
        return say_n(mark("%(n)s minute over"), mark("%(n)s minutes over"), over)
    return say_n(mark("%(n)s hour over"), mark("%(n)s hours over"), over // _HOUR)


def next_told(
    *, over: bool, told: Sequence[object], supervisors: Sequence[object], administrators: Sequence[object]
) -> tuple[list[object], list[object]]:
    """Return who is told next of a worry nobody has in time: supervisors by name, administrators without one.

    The team's supervisors who have not heard come first; administrators hear once nobody is left to hear by name.
    """
    if not over:
        return [], []
    by_name = [one for one in supervisors if one not in told]
    if by_name:
        return by_name, []
    return [], [one for one in administrators if one not in told]


@dataclass(frozen=True)
class FollowUp:
    """A local day to look after somebody again, of an open worry: no contact since, and nobody said it is done."""

    id: uuid.UUID
    concern_id: uuid.UUID
    hours: int
    """Hours after raising: 24 or 72."""
    on: dt.date

    @property
    def is_first(self) -> bool:
        """Say whether it is the one of the day after."""
        return self.hours <= FOLLOW_UP_HOURS[0]

    def words(self, name: str) -> Sentence:
        """Say why the coach is reminded."""
        if self.is_first:
            return say(mark("A day after the worry about %(name)s’s safety: ask how things are."), name=name)
        return say(mark("Three days after the worry about %(name)s’s safety: ask again."), name=name)


def refuse_bad_moment(at: dt.datetime, now: dt.datetime, where: str) -> None:
    """Refuse to write down as done what lies ahead, or more than a year back."""
    if at > now:
        raise Refused(mark("This lies ahead. Write down what was done, or leave the time empty."), where)
    if now - at > dt.timedelta(days=FAR_DAYS):
        raise Refused(mark("That is more than a year ago. Choose a nearer day."), where)


def may_undo(done_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether closing may still be taken back: for ten minutes, also on a clock that went back."""
    return now - done_at <= dt.timedelta(minutes=UNDO_MINUTES)


# ---- what may have to be reported ---------------------------------------------------------------------------------

DUTIES: Mapping[ConcernKind, tuple[Duty, ...]] = {
    ConcernKind.CHILD: (Duty.CHILD, Duty.ADULT),
    ConcernKind.VIOLENCE: (Duty.CHILD, Duty.ADULT),
    ConcernKind.HARM_TO_OTHERS: (Duty.THREAT,),
}
"""What a kind of worry may ask of us outside; the others ask nothing by law that we know how to put plainly."""


def duty_words(duties: Iterable[Duty], own: Mapping[Duty, str]) -> list[Sentence]:
    """Return what to think of, in the organisation's `own` words where it has some. It is never advice about the law."""
    return [say(mark("%(text)s"), text=own[duty]) if own.get(duty) else say(DUTY_WORDS[duty]) for duty in duties]


# ---- the person's own safety plan ---------------------------------------------------------------------------------


PLAN_PARTS: Mapping[str, tuple[str, str]] = {
    "signs": (
        mark("Signs that things are getting hard"),
        mark("What you notice in your thoughts, your body, or what you do."),
    ),
    "alone": (mark("What I can do by myself"), mark("Small things that have helped before.")),
    "distraction": (
        mark("Places and people that take my mind off it"),
        mark("You need not tell them why you came."),
    ),
    "people": (mark("People I can ask for help"), mark("Names and numbers of people who may know.")),
    "professionals": (
        mark("Professionals and lines"),
        mark("Who to ring, and when they are there. The lines of your country stand below anyway."),
    ),
    "surroundings": (
        mark("Making my surroundings safer"),
        mark("What to put out of reach, and who helps with it."),
    ),
}
"""The six parts and what each asks, in our own words (FIELD 2.5: the idea is common, the printed form is not ours)."""

_NUMBER = re.compile(r"(?<![\w+.-])\+?\(?[0-9](?:[ ().-]{0,2}[0-9])+(?!\w)")
_NO_NUMBER = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{4}|\d{1,2}\.\d\d-\d{1,2}\.\d\d|(?:19|20)\d\d-(?:19|20)\d\d"
)
"""Days, hours and years, which people write much like numbers."""
_LEAST_DIGITS, _MOST_DIGITS, _MOST_ABROAD = 7, 13, 15


def split_numbers(text: str, ruled_out: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return a text in pieces, each with what a link dials: empty where it is no number, or one that is ruled out.

    `ruled_out` are numbers as written; with or without the code of a country they are the same.
    """
    ends = {digits[-_LEAST_DIGITS:] for digits in map(_digits, ruled_out) if len(digits) >= _LEAST_DIGITS}
    found, at = list[tuple[str, str]](), 0
    for match in _NUMBER.finditer(text):
        words, digits = match.group(), _digits(match.group())
        most = _MOST_ABROAD if "+" in words else _MOST_DIGITS
        if (
            _LEAST_DIGITS <= len(digits) <= most
            and not _NO_NUMBER.fullmatch(words)
            and digits[-_LEAST_DIGITS:] not in ends
        ):
            found += [(text[at : match.start()], ""), (words, ("+" if words[0] == "+" else "") + digits)]
            at = match.end()
    return [piece for piece in [*found, (text[at:], "")] if piece[0]]


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))
