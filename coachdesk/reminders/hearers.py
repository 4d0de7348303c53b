"""Who hears beside whoever answers for a person: their supervisors and the person themself, where a setting says so.

Pure. What a person reads is addressed to them; what leaves the building says nothing of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from coachdesk.goals.rules import StepOwner
from coachdesk.reminders.clocks import passed_visit
from coachdesk.reminders.kinds import CONTACTS, OF_ONE_DAY, Rule
from coachdesk.reminders.rules import Due, all_items, items_of
from coachdesk.reminders.settings import SHAPES, Hearer
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator

    from coachdesk.reminders.givens import PersonFacts

_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
_TOLD_ELSEWHERE = frozenset({Rule.SAFETY_CONCERN})
"""A worry tells at once, by its own room."""


def told_of(
    facts: PersonFacts, today: dt.date, supervisors: Iterable[uuid.UUID] = (), *, now: dt.datetime | None = None
) -> Iterator[Due]:
    """Return all that staff may be told of a person today, each occurrence once; `now` is in the organisation's zone.

    `supervisors` are those of the teams of the person's coach. Where a reader is it may be tomorrow, and what is of one
    day alone they may be told up to a week before it, or where it is still yesterday: whose moment it is says `told_from`.
    """
    known = set()
    for due in (
        *(due for due in all_items(facts, today, now) if _is_told(facts, due)),
        *for_supervisors(facts, today, supervisors, now=now),
    ):
        if due.key not in known and due.on <= today + (_WEEK if due.rule in OF_ONE_DAY else _DAY):
            known.add(due.key)
            yield due


def _is_told(facts: PersonFacts, due: Due) -> bool:
    """Say whether something leads to a message, and does not only stand on Today."""
    silent = due.rule in CONTACTS and not facts.settings.hears(due.rule, Hearer.COACH)
    return not silent and due.rule not in _TOLD_ELSEWHERE


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
            yield from (replace(due, recipient=reader) for reader in readers)


_MAY_BE_HEARD = tuple(rule for rule, shape in SHAPES.items() if {*shape.offered} >= {Hearer.COACH, Hearer.SUPERVISOR})


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
