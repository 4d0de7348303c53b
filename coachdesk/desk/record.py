"""A person's record: the header that all its tabs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachdesk.accounts import service as accounts
from coachdesk.clients.naming import call_rule, called, dialled, initials_of, reach_rule, spoken_of, tone_of
from coachdesk.reminders import facts
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity
    from coachdesk.clients.models import Client
    from coachdesk.reminders.facts import Known
    from coachdesk.words import Sentence


@dataclass(frozen=True)
class Header:
    """What stands above every tab of a record."""

    known: Known
    person: Client
    name: str
    called: str
    initials: str
    tone: str
    his: str
    him: str
    phone: str
    may_text: bool
    number: str
    call_rule: Sentence
    reach_rule: Sentence
    coach: Any
    weeks: int
    next_review_on: dt.date | None


def open_header(session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date) -> Header:
    """Return the header of a record; raises `NotFound`."""
    known = next(iter(facts.list_known(session, identity, ids=[client_id])), None)
    if known is None:
        raise NotFound
    person = known.person
    _he, him, his = spoken_of(person)
    reviews = [on for _goal, on in known.facts.goal_reviews]
    return Header(
        known=known,
        person=person,
        name=known.facts.name,
        called=called(person),
        initials=initials_of(person),
        tone=tone_of(person),
        his=his,
        him=him,
        phone=dialled(person.phone) if person.may_call else "",
        may_text=person.may_text and bool(person.phone),
        number=dialled(person.phone),
        call_rule=call_rule(person),
        reach_rule=reach_rule(person),
        coach=accounts.find_user(session, known.coach_id),
        weeks=max(0, (today - person.working_since).days // 7),
        next_review_on=min(reviews, default=None),
    )
