"""What is due, for whom and why: derived from the facts of a record whenever it is read, so nothing goes stale.

Pure: `(PersonFacts, today) -> due items`. Days are local days in the organisation's zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from coachdesk.checkins.rules import TryBy, next_try, tried_words
from coachdesk.referrals.rules import waiting_words
from coachdesk.reminders.asked import ask_words
from coachdesk.reminders.clocks import (
    agreed_visit,
    contact_days_over,
    contact_due_on,
    open_day,
    passed_visit,
    runs_out,
)
from coachdesk.reminders.givens import Absence, AskKind
from coachdesk.reminders.kinds import CONTACTS, NEVER_OVER, OF_ONE_DAY, Rule
from coachdesk.reminders.settings import Hearer
from coachdesk.visits.rules import what_happened
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from coachdesk.reminders.givens import PersonFacts, PlannedVisit

AHEAD_DAYS = 7
FAR_DAYS = 400
"""So far ahead a reminder may be set, or something moved to later."""
_DAY, _WEEK = dt.timedelta(days=1), 7


@dataclass(frozen=True)
class Due:
    """One thing to do about a person, with its reason."""

    rule: Rule
    subject: uuid.UUID
    client_id: uuid.UUID
    recipient: uuid.UUID
    on: dt.date
    why: Sentence
    at: dt.time | None = None
    weight: float = 0.0
    """Days over the agreed rhythm divided by the rhythm; orders contacts only."""
    way: TryBy | None = None
    """How to try next, where a try is due: never a way that was ruled out."""
    mark: str = ""
    """What makes it another occurrence on the same day: the hour, where that was set."""

    @property
    def asks_what_happened(self) -> bool:
        """Say whether its planned time has passed and nobody has said what came of it."""
        return self.rule is Rule.VISIT_PASSED

    @cached_property
    def key(self) -> str:
        """The occurrence's own name: the same facts always give the same key."""
        day = f"{self.on:%Y%m%d}:{self.mark}" if self.mark else f"{self.on:%Y%m%d}"
        return f"{self.rule}:{self.subject.hex}:{self.recipient.hex}:{day}"

    def days_over(self, today: dt.date) -> int:
        """Return how many days past its day this is; never less than none, and none of how things stand."""
        return 0 if self.rule in NEVER_OVER else max(0, (today - self.on).days)


# ---- what is due --------------------------------------------------------------------------------------------------


def responsible(facts: PersonFacts) -> tuple[uuid.UUID, ...]:
    """Return who answers for a person today, and so is told: whoever covers, else their coach, else the supervisors.

    The coach alone where there is nobody else. Of yesterday's coach nothing is left in the facts, so they hear nothing.
    """
    if facts.absence is None or not facts.supervisors:
        return (facts.coach_id,)
    return tuple(sorted(facts.supervisors))


def due_items(
    facts: PersonFacts,
    today: dt.date,
    *,
    ahead_days: int = AHEAD_DAYS,
    now: dt.datetime | None = None,
    early: bool = False,
) -> tuple[Due, ...]:
    """Return everything due about a person up to some days ahead, each with its sentence of explanation.

    With `now`, in the organisation's zone, what was planned for today asks what happened once it is over. Whom to reach
    is here whatever is set: settings decide of telling alone. What they have staff beside these, or the person themself,
    hear of is for `hearers` to say. That there is a visit stands on the day before it alone, unless what some readers
    are told of before that is asked for, too (`early`).
    """
    last = today + dt.timedelta(days=ahead_days)
    return tuple(
        due
        for due in all_items(facts, today, now)
        if due.on <= last and (early or _stands(due, today)) and not is_past(due, today)
    )


def _stands(due: Due, today: dt.date) -> bool:
    return due.rule is not Rule.VISIT_TOMORROW or due.on == today


def is_past(due: Due, day: dt.date) -> bool:
    """Say whether something is of one day alone, and that day is over."""
    return due.rule in OF_ONE_DAY and due.on < day


def all_items(facts: PersonFacts, today: dt.date, now: dt.datetime | None) -> Iterator[Due]:
    """Return everything due about a person, however far ahead, and of what is of one day alone also that of yesterday."""
    told, settings = responsible(facts), facts.settings
    left_out = _left_out(facts)
    for item in items_of(facts, today, now):
        heard = settings.hears(item.rule, Hearer.COACH)
        due = _plainly(facts, item, today) if item.rule in CONTACTS and not heard else item
        if due.rule not in left_out and (heard or due.rule in CONTACTS):
            for reader in told:
                yield due if due.recipient == reader else replace(due, recipient=reader)
    yield from _asks(facts, told)
    if facts.is_closed:
        return
    yield from _unfinished(facts, now)
    yield from _nobody(facts)


_SAID_BY_COVER = frozenset({Rule.CONTACT_DUE, Rule.ATTEMPT_FOLLOW_UP})
"""That nobody looks after a person says already that a contact falls due."""
_CAN_WAIT = frozenset(
    {Rule.STEP_DUE, Rule.GOAL_REVIEW, Rule.AGREEMENT_REVIEW, Rule.NO_GOAL, Rule.GOALS_UNTOUCHED, Rule.MILESTONE}
)
"""What is between a person and a coach: it waits for who has them next, and supervisors in their place are spared it."""


def _left_out(facts: PersonFacts) -> frozenset[Rule]:
    """Return what supervisors are not told of who answer in a coach's place."""
    if facts.absence is None or not facts.supervisors:
        return frozenset()
    said = facts.absence is Absence.AWAY and facts.settings.is_on(Rule.COVER_MISSING)
    return _CAN_WAIT | _SAID_BY_COVER if said else _CAN_WAIT


def items_of(facts: PersonFacts, today: dt.date, now: dt.datetime | None = None) -> Iterator[Due]:
    """Return what the record itself has due, whoever is told of it; as its recipient stands the coach.

    Of what is of one day alone also that of yesterday: where some readers are, it is not over yet.
    """
    if facts.concern:
        concern_id, raised_on = facts.concern
        why = say(mark("You are worried about %(name)s’s safety. Nobody has taken it yet."), name=facts.name)
        yield _due(facts, Rule.SAFETY_CONCERN, concern_id, raised_on, why)
    yield from _follow_ups(facts)
    contact = _contact(facts, today, now)
    if contact:
        yield contact
    if facts.is_closed:
        return
    yield from _tomorrow(facts, today)
    yield from _of_goals(facts, today)
    if facts.agreement:
        card_id, review_on = facts.agreement
        why = say(mark("You chose %(weekday)s for looking at what you agreed together."), weekday=review_on)
        yield _due(facts, Rule.AGREEMENT_REVIEW, card_id, runs_out(facts, review_on), why)
    for referral in facts.referrals:
        why = waiting_words(referral.status, referral.service, facts.name)
        yield _due(facts, Rule.REFERRAL_WAITING, referral.id, open_day(facts, referral.clock_on), why)
    for one in facts.milestones:
        if one.on >= today - _DAY:
            words = mark("%(weekday)s is a day %(name)s wants to mark: %(words)s")
            why = say(words, weekday=one.on, name=facts.name, words=one.words)
            yield _due(facts, Rule.MILESTONE, one.id, one.on, why)


def _due(
    facts: PersonFacts,
    rule: Rule,
    subject: uuid.UUID,
    on: dt.date,
    why: Sentence,
    *,
    at: dt.time | None = None,
    weight: float = 0.0,
    way: TryBy | None = None,
) -> Due:
    return Due(rule, subject, facts.client_id, facts.coach_id, on, why, at, weight, way)


# ---- contacts -----------------------------------------------------------------------------------------------------


def _contact(facts: PersonFacts, today: dt.date, now: dt.datetime | None) -> Due | None:
    due_on = contact_due_on(facts)
    if due_on is None:
        return None
    weight = contact_days_over(facts, today) / facts.rhythm_days
    agreed, over = agreed_visit(facts), passed_visit(facts, today, now)
    again = None if agreed or over else next_try(facts.tries, facts.ladder, facts.reach)
    if again:
        on = runs_out(facts, again.on)
        step = replace(again, on=on)
        why = tried_words(facts.tries, step, facts.reach, sooner=facts.is_sooner, today=today)
        return _due(facts, Rule.ATTEMPT_FOLLOW_UP, facts.client_id, on, why, weight=weight, way=again.way)
    at = agreed.at if agreed else None
    due = _due(facts, Rule.CONTACT_DUE, facts.client_id, due_on, _contact_why(facts, agreed), at=at, weight=weight)
    if over and facts.settings.is_on(Rule.VISIT_PASSED):
        why = what_happened(facts.name, over.on, over.at, in_person=over.in_person, today=today)
        return replace(due, rule=Rule.VISIT_PASSED, subject=over.id or facts.client_id, why=why)
    return due


def _plainly(facts: PersonFacts, due: Due, today: dt.date) -> Due:
    """Return a contact as one that is due and no more, where the finer reason is not for its coach to hear."""
    on, agreed = contact_due_on(facts) or due.on, agreed_visit(facts)
    weight = contact_days_over(facts, today) / facts.rhythm_days
    at = agreed.at if agreed else None
    return _due(facts, Rule.CONTACT_DUE, facts.client_id, on, _contact_why(facts, agreed), at=at, weight=weight)


def _contact_why(facts: PersonFacts, agreed: PlannedVisit | None) -> Sentence:
    if agreed:
        return say(mark("You planned to speak on %(weekday)s."), weekday=agreed.on)
    if facts.last_contact_on is None and facts.covered_for:
        return say(mark("You look after them while %(coach)s is away."), coach=facts.covered_for)
    if facts.last_contact_on is None:
        return say(mark("With you since %(day)s. You have not spoken yet."), day=facts.assigned_on)
    days, last = facts.rhythm_days, facts.last_contact_on
    if days % _WEEK == 0:
        return say_n(
            mark("You agreed to speak every week. Last contact %(day)s."),
            mark("You agreed to speak every %(n)s weeks. Last contact %(day)s."),
            days // _WEEK,
            day=last,
        )
    return say_n(
        mark("You agreed to speak every day. Last contact %(day)s."),
        mark("You agreed to speak every %(n)s days. Last contact %(day)s."),
        days,
        day=last,
    )


def rhythm_words(days: int) -> Sentence:
    """Say how often a coach and a person agreed to speak, to somebody who looks at both."""
    if days % _WEEK == 0:
        return say_n(
            mark("They agreed to speak every week."), mark("They agreed to speak every %(n)s weeks."), days // _WEEK
        )
    return say_n(mark("They agreed to speak every day."), mark("They agreed to speak every %(n)s days."), days)


def _tomorrow(facts: PersonFacts, today: dt.date) -> Iterator[Due]:
    """Say of the day before each visit that there is one; who is told nothing on that day is told of it before."""
    for visit in (facts.visit, *facts.also_planned):
        if visit and visit.on >= today:
            due = _due(
                facts,
                Rule.VISIT_TOMORROW,
                visit.id or facts.client_id,
                visit.on - _DAY,
                _visit_why(facts, visit, today),
            )
            yield replace(due, mark=_mark_of(visit.at))


def _visit_why(facts: PersonFacts, visit: PlannedVisit, today: dt.date) -> Sentence:
    tomorrow = visit.on - _DAY == today
    words = (_MEET if tomorrow else _MEET_ON) if visit.in_person else (_SPEAK if tomorrow else _SPEAK_ON)
    if visit.at:
        return say(words[1], name=facts.name, weekday=visit.on, hour=visit.at)
    return say(words[0], name=facts.name, weekday=visit.on)


_MEET = (mark("Tomorrow you meet %(name)s."), mark("Tomorrow you meet %(name)s at %(hour)s."))
_MEET_ON = (mark("You meet %(name)s on %(weekday)s."), mark("You meet %(name)s on %(weekday)s at %(hour)s."))
_SPEAK = (mark("Tomorrow you speak with %(name)s."), mark("Tomorrow you speak with %(name)s at %(hour)s."))
_SPEAK_ON = (
    mark("You speak with %(name)s on %(weekday)s."),
    mark("You speak with %(name)s on %(weekday)s at %(hour)s."),
)


# ---- goals --------------------------------------------------------------------------------------------------------


def _of_goals(facts: PersonFacts, today: dt.date) -> Iterator[Due]:
    for step in facts.steps:
        words = say(mark("Step: %(words)s"), words=step.words)
        yield _due(facts, Rule.STEP_DUE, step.id, runs_out(facts, step.due_on), words)
    for goal_id, review_on in facts.goal_reviews:
        words = say(mark("A goal is due for a look together."))
        yield _due(facts, Rule.GOAL_REVIEW, goal_id, runs_out(facts, review_on), words)
    if facts.contacts_without_goal:
        count, on = facts.contacts_without_goal
        once = mark("You have spoken once, and no goal is written down yet.")
        words = say_n(once, mark("You have spoken %(n)s times, and no goal is written down yet."), count)
        yield _due(facts, Rule.NO_GOAL, facts.client_id, runs_out(facts, on), words)
    since = facts.goals_touched_on
    if since and not contact_days_over(facts, today):  # whoever is out of touch is spoken with first, of anything
        weeks = facts.settings.number_of(Rule.GOALS_UNTOUCHED)
        one = mark("No goal was spoken of for a week, since %(day)s.")
        words = say_n(one, mark("No goal was spoken of for %(n)s weeks, since %(day)s."), weeks, day=since)
        on = runs_out(facts, since + dt.timedelta(weeks=weeks))
        yield _due(facts, Rule.GOALS_UNTOUCHED, facts.client_id, on, words)


# ---- safety, and what was asked for -------------------------------------------------------------------------------


def _follow_ups(facts: PersonFacts) -> Iterator[Due]:
    for one in facts.follow_ups:
        rule = Rule.SAFETY_DAY_AFTER if one.is_first else Rule.SAFETY_THREE_DAYS
        yield _due(facts, rule, one.id, one.on, one.words(facts.name))


_ASK_RULES = {kind: Rule(kind.value) for kind in AskKind}


def _asks(facts: PersonFacts, told: tuple[uuid.UUID, ...]) -> Iterator[Due]:
    for ask in facts.asks:
        for reader in (ask.for_user_id,) if ask.for_user_id and ask.stays else told:
            why = ask_words(ask, facts.name, reader)
            hour = _mark_of(ask.at)
            yield Due(_ASK_RULES[ask.kind], ask.id, facts.client_id, reader, ask.on, why, ask.at, mark=hour)


def _mark_of(hour: dt.time | None) -> str:
    return f"{hour:%H%M}" if hour else ""


# ---- notes, and who looks after somebody --------------------------------------------------------------------------


def _unfinished(facts: PersonFacts, now: dt.datetime | None) -> Iterator[Due]:
    """Say to its writer that something lies unfinished; with `now` to the hour."""
    if not facts.settings.hears(Rule.NOTE_UNFINISHED, Hearer.COACH):
        return
    for draft in facts.drafts:
        lies = dt.timedelta(days=facts.settings.number_of(Rule.NOTE_UNFINISHED))
        if now is None or draft.saved_at + lies <= now:
            why = say(mark("You began to write on %(weekday)s. It is not saved yet."), weekday=draft.saved_on)
            yield Due(Rule.NOTE_UNFINISHED, draft.id, facts.client_id, draft.author_id, draft.saved_on + lies, why)


def _nobody(facts: PersonFacts) -> Iterator[Due]:
    """Say to the supervisors that nobody has a person, or that nobody looks after them and a contact falls due."""
    if facts.absence is Absence.GONE:
        words = mark("%(coach)s no longer coaches here, and %(name)s needs a coach.")
        rule, on = Rule.WITHOUT_COACH, max(facts.assigned_on, facts.gone_on or facts.assigned_on)
        why = say(words, coach=facts.coach_name, name=facts.name)
    elif facts.absence is Absence.AWAY and facts.leaves:
        *before, leave = facts.leaves
        due_on = contact_due_on(replace(facts, leaves=before))
        if due_on is None or due_on > leave.until_on:
            return
        words = mark("%(name)s has nobody while %(coach)s is away until %(weekday)s. A contact falls due.")
        rule, on = Rule.COVER_MISSING, max(due_on, leave.from_on)
        why = say(words, coach=facts.coach_name, weekday=leave.until_on, name=facts.name)
    else:
        return
    if facts.settings.is_on(rule):
        for reader in sorted(facts.supervisors):
            yield Due(rule, facts.client_id, facts.client_id, reader, on, why)


# ---- order --------------------------------------------------------------------------------------------------------


_GROUPS = {
    Rule.SAFETY_CONCERN: 0,
    Rule.SAFETY_DAY_AFTER: 0,
    Rule.SAFETY_THREE_DAYS: 0,
    Rule.HELP_ASKED: 1,
    Rule.VISIT_OFF: 1,
    **dict.fromkeys(CONTACTS, 2),
    Rule.REFERRAL_WAITING: 4,
}


def order_key(due: Due) -> tuple[int, float, dt.date, dt.time, str]:
    """Order “Reach out first”: safety, who asks or cannot come, days over by the rhythm, reminders, then referrals."""
    return (_GROUPS.get(due.rule, 3), -due.weight, due.on, due.at or dt.time(), due.key)


def is_now(due: Due, today: dt.date) -> bool:
    """Say whether something belongs under “Reach out first”: its day has come."""
    return due.on <= today
