"""Where a referral can stand, whose move is next, and when its clock runs out."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from coachdesk.clock import add_working_days
from coachdesk.words import Refused, Sentence, mark, say

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    NEEDS_CONSENT = "needs_consent"
    SENT = "sent"
    SELF = "self"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    APPOINTMENT = "appointment"
    CONNECTED = "connected"
    GOT_HELP = "got_help"
    CLOSED = "closed"
    MISTAKE = "mistake"


class Agreed(StrEnum):
    """What was agreed about the first call."""

    COACH_CALLS = "coach_calls"
    PERSON_CALLS = "person_calls"
    TOGETHER = "together"


class CloseReason(StrEnum):
    """Why it did not work out."""

    NOT_ELIGIBLE = "not_eligible"
    NO_ROOM = "no_room"
    NOT_REACHED = "not_reached"
    NOT_WANTED = "not_wanted"
    NO_HELP = "no_help"
    OTHER = "other"


class ConfirmedBy(StrEnum):
    """Who said how it ended: the loop is closed by them, never by a guess."""

    PERSON = "person"
    PROVIDER = "provider"


CLOSE_WORDS: Mapping[CloseReason, str] = {
    CloseReason.NOT_ELIGIBLE: mark("They could not take this person"),
    CloseReason.NO_ROOM: mark("They had no room"),
    CloseReason.NOT_REACHED: mark("We could not reach them"),
    CloseReason.NOT_WANTED: mark("The person chose not to"),
    CloseReason.NO_HELP: mark("It did not help"),
    CloseReason.OTHER: mark("Something else"),
}
CONFIRMED_WORDS: Mapping[ConfirmedBy, str] = {
    ConfirmedBy.PERSON: mark("The person"),
    ConfirmedBy.PROVIDER: mark("The service"),
}
_LATE_DAYS, _FAR_DAYS = 31, 730
"""How far behind us an appointment may be written down, and how far ahead."""
ENDED = frozenset({Status.GOT_HELP, Status.CLOSED, Status.MISTAKE})
SENDS_A_NAME = frozenset({Status.SENT, Status.ACCEPTED, Status.WAITLISTED, Status.APPOINTMENT})
"""Statuses that mean the service knows who comes; out of a draft they need the person's yes."""
USUAL_CLOCKS: Mapping[Status, int] = {
    Status.DRAFT: 7,
    Status.NEEDS_CONSENT: 3,
    Status.SENT: 2,
    Status.SELF: 7,
    Status.ACCEPTED: 14,
    Status.WAITLISTED: 30,
    Status.APPOINTMENT: 1,
    Status.CONNECTED: 30,
}
"""After how many days somebody is reminded, where the organisation chose no others: of what was sent working days, of an
appointment days after it."""
LONGEST_CLOCK = 90
_OPEN_MOVES = (Status.ACCEPTED, Status.WAITLISTED, Status.APPOINTMENT, Status.CONNECTED, Status.GOT_HELP, Status.CLOSED)
_MOVES: Mapping[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.SENT, Status.SELF, Status.NEEDS_CONSENT, Status.CLOSED, Status.MISTAKE),
    Status.NEEDS_CONSENT: (Status.SENT, Status.SELF, Status.DRAFT, Status.CLOSED, Status.MISTAKE),
    Status.SENT: (*_OPEN_MOVES, Status.SELF, Status.MISTAKE),
    Status.SELF: (
        Status.SENT,
        Status.APPOINTMENT,
        Status.WAITLISTED,
        Status.CONNECTED,
        Status.GOT_HELP,
        Status.CLOSED,
        Status.MISTAKE,
    ),
    Status.ACCEPTED: (
        Status.WAITLISTED,
        Status.APPOINTMENT,
        Status.CONNECTED,
        Status.GOT_HELP,
        Status.CLOSED,
        Status.MISTAKE,
    ),
    Status.WAITLISTED: (
        Status.ACCEPTED,
        Status.APPOINTMENT,
        Status.CONNECTED,
        Status.GOT_HELP,
        Status.CLOSED,
        Status.MISTAKE,
    ),
    Status.APPOINTMENT: (
        Status.APPOINTMENT,
        Status.WAITLISTED,
        Status.CONNECTED,
        Status.GOT_HELP,
        Status.CLOSED,
        Status.MISTAKE,
    ),
    Status.CONNECTED: (Status.GOT_HELP, Status.CLOSED, Status.MISTAKE),
    Status.GOT_HELP: (Status.CONNECTED,),
    Status.CLOSED: (Status.DRAFT,),
    Status.MISTAKE: (Status.DRAFT,),
}


def status_words(status: Status, name: str, appointment: dt.date | None = None) -> Sentence:
    """Say where a referral stands, in the words of the pages; `name` is the person's."""
    if status is Status.APPOINTMENT and appointment:
        return say(mark("Appointment on %(short)s"), short=appointment)
    if status is Status.SELF:
        return say(mark("%(name)s will call"), name=name)
    return say(_WORDS[status])


_WORDS: Mapping[Status, str] = {
    Status.DRAFT: mark("Idea, not sent"),
    Status.NEEDS_CONSENT: mark("Agreed, waiting for a yes"),
    Status.SENT: mark("Sent"),
    Status.SELF: mark("They will call"),
    Status.ACCEPTED: mark("Accepted"),
    Status.WAITLISTED: mark("On the waiting list"),
    Status.APPOINTMENT: mark("Appointment"),
    Status.CONNECTED: mark("Connected"),
    Status.GOT_HELP: mark("Got help"),
    Status.CLOSED: mark("Did not work out"),
    Status.MISTAKE: mark("Entered by mistake"),
}
STATUS_PILLS: Mapping[Status, tuple[str, str]] = {
    Status.DRAFT: ("", "pen"),
    Status.NEEDS_CONSENT: ("today", "clock"),
    Status.SENT: ("wait", "refer"),
    Status.SELF: ("wait", "phone"),
    Status.ACCEPTED: ("wait", "check"),
    Status.WAITLISTED: ("wait", "clock"),
    Status.APPOINTMENT: ("wait", "cal"),
    Status.CONNECTED: ("done", "check"),
    Status.GOT_HELP: ("done", "heart"),
    Status.CLOSED: ("", "info"),
    Status.MISTAKE: ("", "info"),
}


def first_status(agreed: Agreed, *, said_yes: bool) -> Status:
    """Return where a new referral stands: the person calls, or their yes lets us send it, or it stays an idea."""
    if agreed is Agreed.PERSON_CALLS:
        return Status.SELF
    return Status.SENT if said_yes else Status.DRAFT


def next_moves(status: Status) -> tuple[Status, ...]:
    """Return where a referral may go from here, in the order they are offered."""
    return _MOVES[status]


def refuse_move(
    before: Status,
    after: Status,
    *,
    has_yes: bool,
    appointment_on: dt.date | None,
    reason: CloseReason | None,
    confirmed_by: ConfirmedBy | None,
    today: dt.date,
) -> None:
    """Refuse a move that makes no sense, lacks its yes, its day, its reason, or the word of who knows."""
    if after not in _MOVES[before]:
        raise Refused(mark("Choose where it stands now."), "to")
    if after is Status.SENT and not has_yes:
        raise Refused(mark("Ask for a yes first. Nothing is sent without it."), "to")
    if after is Status.APPOINTMENT and appointment_on is None:
        raise Refused(mark("Write the day of the appointment."), "appointment_on")
    if after is Status.APPOINTMENT and appointment_on and not -_LATE_DAYS <= (appointment_on - today).days <= _FAR_DAYS:
        raise Refused(mark("Choose a day from last month to two years ahead."), "appointment_on")
    if after is Status.CLOSED and reason is None:
        raise Refused(mark("Choose what happened."), "reason")
    if after in (Status.GOT_HELP, Status.CONNECTED) and confirmed_by is None:
        raise Refused(mark("Choose who told you."), "confirmed_by")


def clock_runs_out_on(
    status: Status,
    since: dt.date,
    appointment_on: dt.date | None = None,
    clocks: Mapping[Status, int] = USUAL_CLOCKS,
) -> dt.date | None:
    """Return the day a status's clock runs out (closed-loop defaults): two working days for an answer, and so on."""
    days = clocks.get(status)
    if days is None:
        return None
    if status is Status.SENT:
        return add_working_days(since, days)
    begins = appointment_on if status is Status.APPOINTMENT and appointment_on else since
    return begins + dt.timedelta(days=days)


def clocks_of(kept: Any) -> Mapping[Status, int]:
    """Return the days of each clock from what is kept of them; the usual ones for whatever of it cannot be right."""
    given = kept if isinstance(kept, dict) else {}
    return {status: _days_of(given.get(status.value), usual) for status, usual in USUAL_CLOCKS.items()}


def _days_of(given: Any, usual: int) -> int:
    return given if type(given) is int and 1 <= given <= LONGEST_CLOCK else usual


def waiting_words(status: Status, service: str, name: str) -> Sentence:
    """Say why a referral whose clock has run out is on the list."""
    return say(_WAITING[status], service=service, name=name)


_WAITING: Mapping[Status, str] = {
    Status.DRAFT: mark("%(service)s is still an idea. Is it wanted?"),
    Status.NEEDS_CONSENT: mark("Ask %(name)s about sharing details with %(service)s."),
    Status.SENT: mark("%(service)s has not replied to your referral."),
    Status.SELF: mark("Ask %(name)s how the call to %(service)s went."),
    Status.ACCEPTED: mark("%(service)s said yes. Has it begun?"),
    Status.WAITLISTED: mark("Still on the waiting list of %(service)s. Worth a call?"),
    Status.APPOINTMENT: mark("Ask how the appointment with %(service)s went."),
    Status.CONNECTED: mark("Connected with %(service)s for a while. Is it helping?"),
}
