"""What is due, as lines for a page: who, why, the word on the pill, and whom one may call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coachdesk.checkins.attempts import reach_of
from coachdesk.checkins.rules import TryBy
from coachdesk.clients.naming import call_rule, called, dialled, initials_of, tone_of
from coachdesk.reminders.answers import NOT_NEEDED
from coachdesk.reminders.clocks import contact_days_over
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.hearers import due_to, is_beside
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import AHEAD_DAYS, Due, is_now, order_key
from coachdesk.reminders.telling import over_words
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from coachdesk.reminders.answers import Answer
    from coachdesk.reminders.facts import Known
    from coachdesk.words import Sentence

_ICONS = {
    Rule.REFERRAL_WAITING: "refer",
    Rule.HELP_ASKED: "heart",
    Rule.TALK_ASKED: "text",
    Rule.VISIT_OFF: "cal",
    Rule.GOAL_REVIEW: "hill",
    Rule.AGREEMENT_REVIEW: "pen",
    Rule.STEP_DUE: "spark",
    Rule.NO_GOAL: "hill",
    Rule.GOALS_UNTOUCHED: "hill",
    Rule.NOTE_UNFINISHED: "pen",
    Rule.MILESTONE: "spark",
    Rule.WITHOUT_COACH: "people",
    Rule.COVER_MISSING: "people",
    Rule.VISIT_TOMORROW: "cal",
    Rule.SAFETY_CONCERN: "alert",
    Rule.SAFETY_DAY_AFTER: "heart",
    Rule.SAFETY_THREE_DAYS: "heart",
}


_SAID = {
    Rule.VISIT_TOMORROW: mark("Tomorrow"),
    Rule.WITHOUT_COACH: mark("Needs a coach"),
    Rule.COVER_MISSING: mark("Needs cover"),
    Rule.NO_GOAL: mark("No goal yet"),
    Rule.GOALS_UNTOUCHED: mark("Goals"),
    Rule.NOTE_UNFINISHED: mark("Not finished"),
}
"""What is said of those that are never over: nobody missed a day."""


@dataclass(frozen=True)
class Line:
    """One thing to do about one person, ready for a page."""

    due: Due
    name: str
    called: str
    initials: str
    tone: str
    pill: Sentence
    pill_kind: str
    pill_icon: str
    phone: str
    """The number as a link takes it; empty where calling is ruled out, or another way is next."""
    text: str
    """The number to text, where texting is agreed and calling is not the way."""
    mail: str
    """The address to write to, where that is the next way of trying."""
    call_rule: Sentence
    goal_id: uuid.UUID | None = None
    visit_id: uuid.UUID | None = None
    """The planned contact whose time is over and of which nobody has said what happened."""
    checkin_id: uuid.UUID | None = None
    """The check-in a supervisor asks to talk about."""
    is_own: bool = False
    """It was set as a reminder by itself, and so can be changed."""
    repeats: bool = False
    """It comes again once it is done."""
    path: str = ""
    """Where what was begun goes on."""
    away_id: uuid.UUID | None = None
    """The days away of their coach that nobody covers."""
    concern_id: uuid.UUID | None = None
    """The worry about safety it is about."""
    is_beside: bool = False
    """Its reader hears of it, and others answer for it."""
    answer: Answer | None = None
    """What its reader said of it, or until when they moved it, while that puts it off."""

    @property
    def rule(self) -> Rule:
        """Why it is due."""
        return self.due.rule

    @property
    def is_hidden(self) -> bool:
        """Say whether its reader answered it, or moved it to later."""
        return self.answer is not None

    @property
    def may_be_left(self) -> bool:
        """Say whether its reader may say that it is not needed."""
        return self.due.rule in NOT_NEEDED


def due_lines(
    known: Iterable[Known],
    reader_id: uuid.UUID,
    today: dt.date,
    *,
    now: dt.datetime,
    hidden: bool = False,
    ahead_days: int = AHEAD_DAYS,
) -> list[Line]:
    """Return what is due for one reader, in the order of “Reach out first”.

    `now` is the moment in the organisation's zone. What was answered or moved to later is left out, unless asked for
    (`hidden`).
    """
    found = [
        line_of(row, due, today, now=now)
        for row in known
        for due in due_to(reader_id, row.facts, today, is_over=row.is_over, now=now, ahead_days=ahead_days)
    ]
    return sorted((line for line in found if hidden or not line.is_hidden), key=lambda line: order_key(line.due))


def line_of(known: Known, due: Due, today: dt.date, *, now: dt.datetime) -> Line:
    """Make the line of one due item."""
    person, answer = known.person, known.answers.get(due.key)
    pill, kind, icon = _pill(
        known, due, today, answer.until.astimezone(now.tzinfo).date() if answer and answer.until else due.on
    )
    offered = _offered(known, due)
    talks = {ask.id: ask.about_id for ask in known.facts.asks if ask.kind is AskKind.TALK_ASKED}
    steps = {step.id: step.goal_id for step in known.facts.steps}
    worries = {one.id: one.concern_id for one in known.facts.follow_ups}
    if due.rule is Rule.SAFETY_CONCERN:
        worries[due.subject] = due.subject
    return Line(
        due=due,
        name=known.facts.name,
        called=called(person),
        initials=initials_of(person),
        tone=tone_of(person),
        pill=pill,
        pill_kind=kind,
        pill_icon=icon,
        phone=dialled(person.phone) if TryBy.CALL in offered else "",
        text=dialled(person.phone) if TryBy.TEXT in offered else "",
        mail=person.email if TryBy.EMAIL in offered else "",
        call_rule=call_rule(person),
        goal_id=steps.get(due.subject),
        visit_id=known.plan.id if known.plan and due.asks_what_happened else None,
        checkin_id=talks.get(due.subject),
        away_id=known.away.id if known.away else None,
        is_own=any(ask.id == due.subject and ask.for_user_id and ask.text for ask in known.facts.asks),
        repeats=any(ask.often for ask in known.facts.asks if ask.id == due.subject),
        path=next((draft.path for draft in known.facts.drafts if draft.id == due.subject), ""),
        concern_id=worries.get(due.subject),
        is_beside=is_beside(known.facts, due),
        answer=answer if answer and answer.hides(now) else None,
    )


def _offered(known: Known, due: Due) -> tuple[TryBy, ...]:
    """Return the ways a line offers: the ladder's own where a try is due, else a call, or a text where calls are out."""
    if due.rule is Rule.ATTEMPT_FOLLOW_UP:
        return (due.way,) if due.way else ()
    return tuple(way for way in reach_of(known.person).ways if way is not TryBy.EMAIL)[:1]


def _pill(known: Known, due: Due, today: dt.date, moved_to: dt.date) -> tuple[Sentence, str, str]:
    """Say how it stands; what was moved to later counts from there, but a contact from the day it is due."""
    if due.rule is Rule.SAFETY_CONCERN:
        return say(mark("Worried about safety")), "late", "alert"
    if due.rule in _SAID:
        return _said(due, today)
    if due.rule in CONTACTS:
        over = contact_days_over(known.facts, today)
        if over:
            return over_words(over), "late", "heart"
        return (say(mark("Today")), "today", "clock") if is_now(due, today) else (_on(due), "", "cal")
    return _of_day(due, today, moved_to)


def _of_day(due: Due, today: dt.date, moved_to: dt.date) -> tuple[Sentence, str, str]:
    if not is_now(due, today):
        return _on(due), "", _ICONS.get(due.rule, "cal")
    if moved_to > today:
        return say(mark("Moved to %(short)s"), short=moved_to), "", "snooze"
    return over_words(replace(due, on=max(due.on, moved_to)).days_over(today)), "today", _ICONS.get(due.rule, "clock")


def _said(due: Due, today: dt.date) -> tuple[Sentence, str, str]:
    if due.rule is Rule.VISIT_TOMORROW and due.on != today:
        return say("%(short)s", short=due.on + dt.timedelta(days=1)), "", _ICONS[due.rule]
    return say(_SAID[due.rule]), "today", _ICONS[due.rule]


def _on(due: Due) -> Sentence:
    return say("%(short)s", short=due.on)
