"""What is due, for whom and why: derived from the facts of a record whenever it is read, so nothing goes stale.

Pure: `(PersonFacts, today) -> due items`. Days are local days in the organisation's zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coachdesk.checkins.rules import TryBy, next_try, tried_words
from coachdesk.referrals.rules import waiting_words
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import Rule
from coachdesk.visits.rules import is_over, off_words, what_happened
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from coachdesk.reminders.givens import AskFacts, PersonFacts, PlannedVisit

FIRST_CONTACT_DAYS = 2
"""A person who was never reached is due two days after they were assigned."""
AHEAD_DAYS = 7
_WEEK = 7


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
    asks_what_happened: bool = False
    """Its planned time has passed and nobody has said what came of it."""

    @property
    def key(self) -> str:
        """The occurrence's own name: the same facts always give the same key."""
        return f"{self.rule}:{self.subject.hex}:{self.recipient.hex}:{self.on:%Y%m%d}"

    def days_over(self, today: dt.date) -> int:
        """Return how many days past its day this is; never less than none."""
        return max(0, (today - self.on).days)


# ---- the due rule -------------------------------------------------------------------------------------------------


def agreed_visit(facts: PersonFacts) -> PlannedVisit | None:
    """Return the next contact as agreed: no day of a series while those before it came to nothing, or people drift off."""
    visit = facts.visit
    if visit is None or not visit.by_pattern:
        return visit
    last = facts.last_contact_on or dt.date.min
    missed = facts.unmet_on is not None and last < facts.unmet_on < visit.on
    return None if missed or facts.tries.days or facts.tries.stopped_on else visit


def contact_due_on(facts: PersonFacts) -> dt.date | None:
    """Return the day you should have spoken by: the planned day, else the rhythm, else two days after assignment.

    None where the person has asked us to stop and nothing was planned with them since, and where coaching has ended.
    What ran out during a pause is due on the first day after it.
    """
    if facts.is_closed:
        return None
    visit = agreed_visit(facts)
    if visit:
        return _rested(facts, visit.on) if visit.by_pattern else visit.on
    if facts.tries.stopped_on:
        return None
    if facts.last_contact_on:
        by_rhythm = facts.last_contact_on + dt.timedelta(days=facts.rhythm_days)
    else:
        by_rhythm = facts.assigned_on + dt.timedelta(days=FIRST_CONTACT_DAYS)
    return _rested(facts, min(by_rhythm, facts.visit.on) if facts.visit else by_rhythm)


def _rested(facts: PersonFacts, on: dt.date) -> dt.date:
    """Return a day, or the first one after a pause that it fell into."""
    return max(on, facts.resumed_on) if facts.resumed_on else on


def resting_until(facts: PersonFacts, today: dt.date) -> dt.date | None:
    """Return the last day of the pause the person takes today, or none where they take none."""
    if facts.resumed_on is None or today >= facts.resumed_on:
        return None
    return facts.resumed_on - dt.timedelta(days=1)


def passed_visit(facts: PersonFacts, today: dt.date, now: dt.datetime | None = None) -> PlannedVisit | None:
    """Return the next contact where its time is over; without `now` (in the organisation's zone) where its day is."""
    visit = facts.visit
    if visit is None or now is None or now.tzinfo is None:
        return visit if visit and visit.on < today else None
    zone = ZoneInfo(facts.zone or str(now.tzinfo))
    return visit if is_over(visit.on, visit.at, visit.minutes, zone=zone, now=now, today=today) else None


def contact_days_over(facts: PersonFacts, today: dt.date) -> int:
    """Return how many days past due the contact is; never less than none."""
    due_on = contact_due_on(facts)
    return max(0, (today - due_on).days) if due_on else 0


def is_out_of_touch(facts: PersonFacts, today: dt.date) -> bool:
    """Say whether the contact is a day or more past due. Neither “Later” nor a try without answer changes it."""
    return contact_days_over(facts, today) >= 1


def days_since_contact(facts: PersonFacts, today: dt.date) -> int | None:
    """Return the days since the person was last reached, or none where they never were."""
    return (today - facts.last_contact_on).days if facts.last_contact_on else None


# ---- what is due --------------------------------------------------------------------------------------------------


def due_items(
    facts: PersonFacts, today: dt.date, *, ahead_days: int = AHEAD_DAYS, now: dt.datetime | None = None
) -> tuple[Due, ...]:
    """Return everything due about a person up to some days ahead, each with its sentence of explanation.

    With `now`, in the organisation's zone, what was planned for today asks what happened once it is over.
    """
    last = today + dt.timedelta(days=ahead_days)
    return tuple(due for due in _all_items(facts, today, now) if due.on <= last)


def _all_items(facts: PersonFacts, today: dt.date, now: dt.datetime | None) -> Iterator[Due]:
    if facts.concern:
        concern_id, raised_on = facts.concern
        yield _due(
            facts,
            Rule.SAFETY_CONCERN,
            concern_id,
            raised_on,
            say(mark("You are worried about %(name)s’s safety. Nobody has taken it yet."), name=facts.name),
        )
    yield from _follow_ups(facts)
    contact = _contact(facts, today, now)
    if contact:
        yield contact
    yield from _asks(facts)
    if facts.is_closed:
        return
    for step in facts.steps:
        words = say(mark("Step: %(words)s"), words=step.words)
        yield _due(facts, Rule.STEP_DUE, step.id, _rested(facts, step.due_on), words)
    for goal_id, review_on in facts.goal_reviews:
        words = say(mark("A goal is due for a look together."))
        yield _due(facts, Rule.GOAL_REVIEW, goal_id, _rested(facts, review_on), words)
    if facts.agreement:
        card_id, review_on = facts.agreement
        why = say(mark("You chose %(weekday)s for looking at what you agreed together."), weekday=review_on)
        yield _due(facts, Rule.AGREEMENT_REVIEW, card_id, _rested(facts, review_on), why)
    for referral in facts.referrals:
        yield _due(
            facts,
            Rule.REFERRAL_WAITING,
            referral.id,
            referral.clock_on,
            waiting_words(referral.status, referral.service, facts.name),
        )


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
    recipient: uuid.UUID | None = None,
    asks_what_happened: bool = False,
) -> Due:
    to = recipient or facts.coach_id
    return Due(rule, subject, facts.client_id, to, on, why, at, weight, way, asks_what_happened)


def _contact(facts: PersonFacts, today: dt.date, now: dt.datetime | None) -> Due | None:
    due_on = contact_due_on(facts)
    if due_on is None:
        return None
    weight = contact_days_over(facts, today) / facts.rhythm_days
    agreed, over = agreed_visit(facts), passed_visit(facts, today, now)
    again = None if agreed or over else next_try(facts.tries, facts.ladder, facts.reach)
    if again:
        why = tried_words(facts.tries, again, facts.reach, sooner=facts.is_sooner)
        return _due(
            facts, Rule.ATTEMPT_FOLLOW_UP, facts.client_id, _rested(facts, again.on), why, weight=weight, way=again.way
        )
    return _due(
        facts,
        Rule.CONTACT_DUE,
        facts.client_id,
        due_on,
        what_happened(facts.name, over.on, over.at, in_person=over.in_person, today=today)
        if over
        else _contact_why(facts, agreed),
        at=agreed.at if agreed else None,
        weight=weight,
        asks_what_happened=over is not None,
    )


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


def _follow_ups(facts: PersonFacts) -> Iterator[Due]:
    for one in facts.follow_ups:
        rule = Rule.SAFETY_DAY_AFTER if one.is_first else Rule.SAFETY_THREE_DAYS
        yield _due(facts, rule, one.id, one.on, one.words(facts.name))


_ASK_RULES = {kind: Rule(kind.value) for kind in AskKind}


def _asks(facts: PersonFacts) -> Iterator[Due]:
    for ask in facts.asks:
        yield _due(
            facts,
            _ASK_RULES[ask.kind],
            ask.id,
            ask.on,
            ask_words(ask, facts.name),
            at=ask.at,
            recipient=ask.for_user_id,
        )


def is_about_how_things_are(ask: AskFacts) -> bool:
    """Say whether a supervisor asks how somebody is, rather than about a check-in."""
    return ask.kind is AskKind.TALK_ASKED and ask.about_id is None


def ask_words(ask: AskFacts, name: str) -> Sentence:
    """Say what a reminder or an ask is about."""
    if ask.kind is AskKind.HELP_ASKED:
        return (
            say(mark("%(name)s would like some help with: %(text)s"), name=name, text=ask.text)
            if ask.text
            else say(mark("%(name)s would like some help."), name=name)
        )
    if ask.kind is AskKind.TALK_ASKED:
        if is_about_how_things_are(ask):
            return say(mark("%(by)s asks: how are things with %(name)s?"), by=ask.by, name=name)
        return (
            say(mark("%(by)s would like to talk about your check-in together: %(text)s"), by=ask.by, text=ask.text)
            if ask.text
            else say(mark("%(by)s would like to talk about your check-in together."), by=ask.by)
        )
    if ask.kind is AskKind.VISIT_OFF:
        return off_words(name, ask.day or ask.on, ask.then)
    return say(mark("%(text)s"), text=ask.text)


_GROUPS = {
    Rule.SAFETY_CONCERN: 0,
    Rule.SAFETY_DAY_AFTER: 0,
    Rule.SAFETY_THREE_DAYS: 0,
    Rule.CONTACT_DUE: 1,
    Rule.ATTEMPT_FOLLOW_UP: 1,
    Rule.REFERRAL_WAITING: 3,
}


def order_key(due: Due) -> tuple[int, float, dt.date, dt.time, str]:
    """Order “Reach out first”: safety, then days over divided by the rhythm, then reminders, then referrals."""
    return (_GROUPS.get(due.rule, 2), -due.weight, due.on, due.at or dt.time(), due.key)


def is_now(due: Due, today: dt.date) -> bool:
    """Say whether something belongs under “Reach out first”: its day has come."""
    return due.on <= today
