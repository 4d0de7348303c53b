"""What is due, for whom and why: derived from the facts of a record whenever it is read, so nothing goes stale.

Pure: `(PersonFacts, today) -> due items`. Days are local days in the organisation's zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.checkins.rules import TryBy, next_try, tried_words
from coachdesk.referrals.rules import waiting_words
from coachdesk.reminders.givens import AskKind
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping

    from coachdesk.reminders.givens import AskFacts, PersonFacts

FIRST_CONTACT_DAYS = 2
"""A person who was never reached is due two days after they were assigned."""
AHEAD_DAYS = 7
_WEEK = 7


class Rule(StrEnum):
    """Why something is due. Reminder kinds are nouns."""

    SAFETY_CONCERN = "safety_concern"
    SAFETY_DAY_AFTER = "safety_day_after"
    SAFETY_THREE_DAYS = "safety_three_days"
    CONTACT_DUE = "contact_due"
    ATTEMPT_FOLLOW_UP = "attempt_follow_up"
    HELP_ASKED = "help_asked"
    TALK_ASKED = "talk_asked"
    BY_HAND = "by_hand"
    STEP_DUE = "step_due"
    GOAL_REVIEW = "goal_review"
    AGREEMENT_REVIEW = "agreement_review"
    REFERRAL_WAITING = "referral_waiting"
    REVIEW_WAITING = "review_waiting"
    OUTREACH = "outreach"


RULE_WORDS: Mapping[Rule, str] = {
    Rule.SAFETY_CONCERN: mark("a worry about safety"),
    Rule.SAFETY_DAY_AFTER: mark("a day after a worry about safety"),
    Rule.SAFETY_THREE_DAYS: mark("three days after a worry about safety"),
    Rule.CONTACT_DUE: mark("a contact is due"),
    Rule.ATTEMPT_FOLLOW_UP: mark("time to try again"),
    Rule.HELP_ASKED: mark("help was asked for"),
    Rule.TALK_ASKED: mark("a supervisor asked to talk"),
    Rule.BY_HAND: mark("a reminder set by hand"),
    Rule.STEP_DUE: mark("a step is due"),
    Rule.GOAL_REVIEW: mark("a goal review is due"),
    Rule.AGREEMENT_REVIEW: mark("an agreement is due for a look"),
    Rule.REFERRAL_WAITING: mark("a referral waits"),
    Rule.REVIEW_WAITING: mark("a check-in waits for a word"),
    Rule.OUTREACH: mark("several tries reached nobody, or somebody asked us to stop"),
}
"""Why somebody is told, in words that carry nobody's story: for the command line."""


class Act(StrEnum):
    """What a reader did about an occurrence."""

    DONE = "done"
    LATER = "later"
    NOT_NEEDED = "not_needed"


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

    @property
    def key(self) -> str:
        """The occurrence's own name: the same facts always give the same key."""
        return f"{self.rule}:{self.subject.hex}:{self.recipient.hex}:{self.on:%Y%m%d}"

    def days_over(self, today: dt.date) -> int:
        """Return how many days past its day this is; never less than none."""
        return max(0, (today - self.on).days)


# ---- the due rule -------------------------------------------------------------------------------------------------


def contact_due_on(facts: PersonFacts) -> dt.date | None:
    """Return the day you should have spoken by: the planned day, else the rhythm, else two days after assignment.

    None where the person has asked us to stop and nothing was planned with them since, and where coaching has ended.
    What ran out during a pause is due on the first day after it.
    """
    if facts.is_closed:
        return None
    if facts.visit:
        return facts.visit.on
    if facts.tries.stopped_on:
        return None
    if facts.last_contact_on:
        return _rested(facts, facts.last_contact_on + dt.timedelta(days=facts.rhythm_days))
    return _rested(facts, facts.assigned_on + dt.timedelta(days=FIRST_CONTACT_DAYS))


def _rested(facts: PersonFacts, on: dt.date) -> dt.date:
    """Return a day, or the first one after a pause that it fell into."""
    return max(on, facts.resumed_on) if facts.resumed_on else on


def resting_until(facts: PersonFacts, today: dt.date) -> dt.date | None:
    """Return the last day of the pause the person takes today, or none where they take none."""
    if facts.resumed_on is None or today >= facts.resumed_on:
        return None
    return facts.resumed_on - dt.timedelta(days=1)


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


def rhythm_words(days: int) -> Sentence:
    """Say how often a coach and a person agreed to speak, to somebody who looks at both."""
    if days % _WEEK == 0:
        return say_n(
            mark("They agreed to speak every week."), mark("They agreed to speak every %(n)s weeks."), days // _WEEK
        )
    return say_n(mark("They agreed to speak every day."), mark("They agreed to speak every %(n)s days."), days)


def over_words(days: int) -> Sentence:
    """Say how far past its day something is; on the day itself: Today."""
    return say_n(mark("%(n)s day over"), mark("%(n)s days over"), days) if days else say(mark("Today"))


# ---- what is due --------------------------------------------------------------------------------------------------


def due_items(facts: PersonFacts, today: dt.date, *, ahead_days: int = AHEAD_DAYS) -> tuple[Due, ...]:
    """Return everything due about a person up to some days ahead, each with its sentence of explanation."""
    last = today + dt.timedelta(days=ahead_days)
    return tuple(due for due in _all_items(facts, today) if due.on <= last)


def _all_items(facts: PersonFacts, today: dt.date) -> Iterator[Due]:
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
    contact = _contact(facts, today)
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
) -> Due:
    return Due(rule, subject, facts.client_id, recipient or facts.coach_id, on, why, at, weight, way)


def _contact(facts: PersonFacts, today: dt.date) -> Due | None:
    due_on = contact_due_on(facts)
    if due_on is None:
        return None
    weight = contact_days_over(facts, today) / facts.rhythm_days
    again = None if facts.visit else next_try(facts.tries, facts.ladder, facts.reach)
    if again:
        why = tried_words(facts.tries, again, facts.reach)
        return _due(
            facts, Rule.ATTEMPT_FOLLOW_UP, facts.client_id, _rested(facts, again.on), why, weight=weight, way=again.way
        )
    return _due(
        facts,
        Rule.CONTACT_DUE,
        facts.client_id,
        due_on,
        _contact_why(facts),
        at=facts.visit.at if facts.visit else None,
        weight=weight,
    )


def _contact_why(facts: PersonFacts) -> Sentence:
    if facts.visit:
        return say(mark("You planned to speak on %(weekday)s."), weekday=facts.visit.on)
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


_ASK_RULES = {AskKind.BY_HAND: Rule.BY_HAND, AskKind.HELP_ASKED: Rule.HELP_ASKED, AskKind.TALK_ASKED: Rule.TALK_ASKED}


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
    return say(mark("%(text)s"), text=ask.text)


def outreach(facts: PersonFacts, supervisor_id: uuid.UUID) -> Due | None:
    """Return what a supervisor hears at the ladder's own step, or when the person asked us to stop."""
    told_on = facts.tries.told_on(facts.ladder)
    if told_on is None or facts.is_closed:
        return None
    if facts.tries.stopped_on:
        why = say(mark("%(name)s has asked us to stop. Talk it over with the coach."), name=facts.name)
    else:
        once, often = mark("One try reached nobody: %(name)s"), mark("%(n)s tries in a row reached nobody: %(name)s")
        why = say_n(once, often, len(facts.tries.days), name=facts.name)
    return _due(facts, Rule.OUTREACH, facts.client_id, told_on, why, recipient=supervisor_id)


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
