"""A person's record: the header that all its tabs share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk.accounts import service as accounts
from coachdesk.clients.naming import call_rule, called, initials_of, name_rule, phone_of, reach_rule, spoken_of, tone_of
from coachdesk.clients.rules import Ending
from coachdesk.reminders import facts
from coachdesk.reminders.clocks import resting_until
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.lines import Line, due_lines
from coachdesk.reminders.rules import FAR_DAYS, is_now
from coachdesk.safety import finding
from coachdesk.visits import coming
from coachdesk.visits.rules import Channel, Planned, what_happened
from coachdesk.visits.telling import beside, in_words
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.clients.models import Client
    from coachdesk.reminders.facts import Known
    from coachdesk.visits.coming import Calendar
    from coachdesk.words import Sentence


_NEW_DAYS = 14
_STANDS_NOWHERE = frozenset(
    {
        Rule.HELP_ASKED,
        Rule.TALK_ASKED,
        Rule.VISIT_OFF,
        Rule.BY_HAND,
        Rule.SAFETY_DAY_AFTER,
        Rule.SAFETY_THREE_DAYS,
        Rule.AGREEMENT_REVIEW,
        Rule.REFERRAL_WAITING,
    }
)
"""What the record has no button for: contacts stand in its header and calendar, steps and reviews on their goal."""


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
    name_rule: Sentence | None
    coach: Any
    weeks: int
    next_review_on: dt.date | None
    worry: Worry | None
    resting_until: dt.date | None
    came_on: dt.datetime | None
    """When they were given to the coach of now, within the last two weeks."""
    cover: Any
    """Who looks after the person while their coach is away, if anybody does."""
    ended_on: dt.date | None
    """The local day on which coaching came to its end; none while it goes on."""
    is_dead: bool
    calendar: Calendar
    besides: Mapping[uuid.UUID, Sentence | None]
    """The reader's own hour of each planned contact, where it is another than the person's."""
    words: Sequence[Sentence]
    """How contacts repeat; empty where they do not."""
    asked: Sentence | None
    """What happened? Asked where the time of a planned contact is over."""


@dataclass(frozen=True)
class Worry:
    """A worry about safety that nobody has yet, or that somebody has and no supervisor has closed."""

    id: uuid.UUID
    by: str
    raised_at: dt.datetime
    taken_by: str
    """Who has it; empty where nobody has."""


def open_header(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    zone: ZoneInfo,
    reader: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
    worries: bool = True,
) -> Header:
    """Return the header of a record; `zone` is the organisation's, `reader` the reader's own. Raises `NotFound`.

    Without `worries`, a worry about safety is not looked for: for what is printed.
    """
    known = next(iter(facts.list_known(session, identity, ids=[client_id], closed=True, since=today)), None)
    if known is None:
        raise NotFound
    person = known.person
    _he, him, his = spoken_of(person)
    worry = finding.find_open(session, identity, client_id) if worries else None
    staff = accounts.list_users(
        session,
        {known.coach_id, known.facts.coach_id}
        | ({worry.raised_by, worry.taken_by or worry.raised_by} if worry else set()),
    )
    there = ZoneInfo(person.zone) if person.zone else zone
    calendar = coming.calendar_of(known.plans, known.series, known.taken, known.off, zone=there, now=now, today=today)
    if known.facts.is_closed:
        calendar = replace(calendar, over=None, coming=[])
    reviews = [] if known.facts.is_closed else [on for _goal, on in known.facts.goal_reviews]
    return Header(
        known=known,
        person=person,
        name=known.facts.name,
        called=called(person),
        initials=initials_of(person),
        tone=tone_of(person),
        his=his,
        him=him,
        phone=phone_of(person) if person.may_call else "",
        may_text=person.may_text and bool(phone_of(person)),
        number=phone_of(person),
        call_rule=call_rule(person),
        reach_rule=reach_rule(person),
        name_rule=name_rule(person),
        coach=staff[known.coach_id],
        cover=staff[known.facts.coach_id] if known.facts.coach_id != known.coach_id else None,
        resting_until=resting_until(known.facts, today),
        came_on=known.given.at if known.given and (today - known.given.at.date()).days < _NEW_DAYS else None,
        weeks=max(0, (today - person.working_since).days // 7),
        next_review_on=min(reviews, default=None),
        worry=Worry(
            worry.id,
            staff[worry.raised_by].name,
            worry.raised_at,
            staff[worry.taken_by].name if worry.taken_by else "",
        )
        if worry
        else None,
        ended_on=known.ended.on if known.ended else None,
        is_dead=known.ended is not None and known.ended.ending is Ending.DIED,
        calendar=calendar,
        besides={planned.id: beside(planned, there, reader) for planned in calendar.coming},
        words=in_words(calendar.series.pattern) if calendar.series else (),
        asked=_asked(calendar.over, known.facts.name, today) if calendar.over else None,
    )


def list_due(
    header: Header, reader_id: uuid.UUID, *, zone: ZoneInfo, now: dt.datetime, today: dt.date
) -> tuple[list[Line], list[Line]]:
    """Return what is due for this reader now and has no place of its own on the record, and their reminders to come.

    Later hides nothing here; what they answered for good is gone.
    """
    here = now.astimezone(zone)
    lines = due_lines([header.known], reader_id, today, now=here, hidden=True, ahead_days=FAR_DAYS)
    open_ones = [line for line in lines if line.answer is None or line.answer.until]
    due = [one for one in open_ones if (one.rule in _STANDS_NOWHERE or one.is_beside) and is_now(one.due, today)]
    return due, [one for one in open_ones if one.rule is Rule.BY_HAND and not is_now(one.due, today)]


def _asked(over: Planned, name: str, today: dt.date) -> Sentence:
    return what_happened(name, over.on, over.hour, in_person=over.channel is Channel.IN_PERSON, today=today)
