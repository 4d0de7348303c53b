"""What is due to whom: to whoever answers for a person, and beside them to supervisors and to the person themself.

Pure. Pages and planning see by the same, so that whatever somebody is told of stands on a page of theirs. What a person
reads is addressed to them; what leaves the building says nothing of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from coachdesk.goals.rules import StepOwner
from coachdesk.reminders.clocks import agreed_visit, passed_visit
from coachdesk.reminders.kinds import CONTACTS, OF_ONE_DAY, Rule
from coachdesk.reminders.rules import AHEAD_DAYS, Due, all_items, due_items, items_of, responsible, rhythm_words
from coachdesk.reminders.settings import SHAPES, Hearer
from coachdesk.words import mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coachdesk.reminders.givens import PersonFacts
    from coachdesk.words import Sentence

_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
_TOLD_ELSEWHERE = frozenset({Rule.SAFETY_CONCERN})
"""A worry tells at once, by its own room."""


def due_to_staff(
    facts: PersonFacts,
    today: dt.date,
    supervisors: Iterable[uuid.UUID] = (),
    *,
    now: dt.datetime | None = None,
    ahead_days: int = AHEAD_DAYS,
    early: bool = False,
) -> Iterator[Due]:
    """Return all that is due to staff about a person up to some days ahead, each occurrence once.

    `supervisors` are those of the teams of the person's coach; `now` is in the organisation's zone; for `early` see
    `due_items`.
    """
    last = today + ahead_days * _DAY
    own = due_items(facts, today, ahead_days=ahead_days, now=now, early=early)
    return _once((*own, *(due for due in _beside(facts, today, supervisors, now) if due.on <= last)))


def due_to(
    reader_id: uuid.UUID,
    facts: PersonFacts,
    today: dt.date,
    *,
    is_over: bool = False,
    now: dt.datetime | None = None,
    ahead_days: int = AHEAD_DAYS,
    early: bool = False,
) -> list[Due]:
    """Return what is due to one member of staff about a person; `is_over` says whether their coach is in a team of theirs."""
    over = (reader_id,) if is_over else ()
    found = due_to_staff(facts, today, over, now=now, ahead_days=ahead_days, early=early)
    return [due for due in found if due.recipient == reader_id]


def told_of(
    facts: PersonFacts, today: dt.date, supervisors: Iterable[uuid.UUID] = (), *, now: dt.datetime | None = None
) -> Iterator[Due]:
    """Return what of `due_to_staff` may lead to a message today, and does not only stand on Today.

    Where a reader is it may be tomorrow, and what is of one day alone they may be told up to a week before it, or where
    it is still yesterday: whose moment it is says `told_from`.
    """
    own = (due for due in all_items(facts, today, now) if _is_told(facts, due))
    for due in _once((*own, *_beside(facts, today, supervisors, now))):
        if due.on <= today + (_WEEK if due.rule in OF_ONE_DAY else _DAY):
            yield due


def is_beside(facts: PersonFacts, due: Due) -> bool:
    """Say whether its reader hears of something that others answer for."""
    return due.rule in _BESIDE and due.recipient not in responsible(facts)


def _once(dues: Iterable[Due]) -> Iterator[Due]:
    known = set()
    for due in dues:
        if due.key not in known:
            known.add(due.key)
            yield due


def _beside(
    facts: PersonFacts, today: dt.date, supervisors: Iterable[uuid.UUID], now: dt.datetime | None
) -> Iterator[Due]:
    readers = sorted(supervisors)
    yield from for_supervisors(facts, today, readers, now=now)
    for reader in readers:
        told = outreach(facts, reader)
        if told:
            yield told


def _is_told(facts: PersonFacts, due: Due) -> bool:
    silent = due.rule in CONTACTS and not facts.settings.hears(due.rule, Hearer.COACH)
    return not silent and due.rule not in _TOLD_ELSEWHERE


def outreach(facts: PersonFacts, supervisor_id: uuid.UUID) -> Due | None:
    """Return what a supervisor hears at the ladder's own step, or when the person asked us to stop."""
    told_on = facts.tries.told_on(facts.ladder)
    if told_on is None or facts.is_closed or not facts.settings.is_on(Rule.OUTREACH):
        return None
    if facts.tries.stopped_on:
        why = say(mark("%(name)s has asked us to stop. Talk it over with the coach."), name=facts.name)
    else:
        once, often = mark("One try reached nobody: %(name)s"), mark("%(n)s tries in a row reached nobody: %(name)s")
        why = say_n(once, often, len(facts.tries.days), name=facts.name)
    return Due(Rule.OUTREACH, _outreach_subject(facts), facts.client_id, supervisor_id, told_on, why)


def _outreach_subject(facts: PersonFacts) -> uuid.UUID:
    """Return what it is about: the person, or that they asked us to stop, which is news whatever was told of tries."""
    return uuid.uuid5(facts.client_id, "asked us to stop") if facts.tries.stopped_on else facts.client_id


def for_supervisors(
    facts: PersonFacts, today: dt.date, supervisors: Iterable[uuid.UUID], *, now: dt.datetime | None = None
) -> Iterator[Due]:
    """Return what supervisors hear of that otherwise only the coach does."""
    heard = frozenset(rule for rule in _MAY_BE_HEARD if facts.settings.hears(rule, Hearer.SUPERVISOR))
    if not heard:
        return
    readers = sorted(supervisors)
    for due in items_of(facts, today, now):
        if due.rule in heard:
            why = _beside_words(facts, due, today, now)
            yield from (replace(due, recipient=reader, why=why) for reader in readers)


def _beside_words(facts: PersonFacts, due: Due, today: dt.date, now: dt.datetime | None) -> Sentence:
    """Say of what a coach planned and agreed with the person to whom both are others."""
    over, agreed = passed_visit(facts, today, now), agreed_visit(facts)
    if due.rule is Rule.VISIT_PASSED and over:
        return say(mark("They planned to speak on %(weekday)s. Nobody has said what happened."), weekday=over.on)
    if due.rule is Rule.NO_GOAL and facts.contacts_without_goal:
        once = mark("They have spoken once, and no goal is written down yet.")
        often = mark("They have spoken %(n)s times, and no goal is written down yet.")
        return say_n(once, often, facts.contacts_without_goal[0])
    if due.rule is not Rule.CONTACT_DUE:
        return due.why
    if agreed:
        return say(mark("They planned to speak on %(weekday)s."), weekday=agreed.on)
    if facts.last_contact_on is None:
        return say(mark("They have not spoken yet, since %(day)s."), day=facts.assigned_on)
    return rhythm_words(facts.rhythm_days).followed_by(say(mark("Last contact %(day)s."), day=facts.last_contact_on))


_MAY_BE_HEARD = tuple(rule for rule, shape in SHAPES.items() if {*shape.offered} >= {Hearer.COACH, Hearer.SUPERVISOR})
_BESIDE = frozenset({*_MAY_BE_HEARD, Rule.OUTREACH})


def for_person(facts: PersonFacts, today: dt.date, *, now: dt.datetime | None = None) -> Iterator[Due]:
    """Return what the person hears of, in words for them; nothing where they have no account, or coaching has ended."""
    reader = facts.account_id
    if reader is None or facts.is_closed:
        return
    if facts.settings.hears(Rule.VISIT_TOMORROW, Hearer.PERSON):
        over = passed_visit(facts, today, now)
        for visit in (facts.visit, *facts.also_planned):
            if visit and visit.on - _DAY == today and visit != over:
                subject = visit.id or facts.client_id
                at = say(mark("You meet tomorrow at %(hour)s."), hour=visit.at) if visit.at else None
                why = at or say(mark("You meet tomorrow."))
                yield Due(Rule.VISIT_TOMORROW, subject, facts.client_id, reader, today, why)
    if facts.settings.hears(Rule.STEP_DUE, Hearer.PERSON):
        for step in facts.steps:
            if step.owner in _THEIRS:
                on = max(step.due_on, facts.resumed_on or step.due_on)
                why = say(mark("Your step: %(words)s"), words=step.words)
                yield Due(Rule.STEP_DUE, step.id, facts.client_id, reader, on, why)


_THEIRS = frozenset({StepOwner.PERSON, StepOwner.TOGETHER})
