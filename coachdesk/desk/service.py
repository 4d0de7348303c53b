"""Today, my people and a person's record, put together from the rooms below."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk.access import may_see
from coachdesk.accounts import service as accounts
from coachdesk.checkins import reviewing
from coachdesk.checkins import service as checkins
from coachdesk.clients.naming import call_rule, called, initials_of, phone_of, tone_of
from coachdesk.drafts import rules as drafted
from coachdesk.drafts import service as drafts
from coachdesk.notify import list_notices
from coachdesk.reminders import facts
from coachdesk.reminders.clocks import contact_days_over, contact_due_on, days_since_contact, resting_until
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.lines import Line, due_lines
from coachdesk.reminders.rules import is_now
from coachdesk.visits.coming import calendar_of
from coachdesk.visits.telling import beside
from coachdesk.words import Sentence, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Away, Identity
    from coachdesk.accounts.models import User
    from coachdesk.notify import Notice
    from coachdesk.reminders.facts import Known
    from coachdesk.visits.rules import Planned

FIRST_SHOWN = 5
_WORD_DAYS = 14
_BESIDE = frozenset({Rule.VISIT_TOMORROW, Rule.NOTE_UNFINISHED})
"""What has a place of its own on the page: among what is coming, and where one left off.

What a supervisor hears of that others answer for stands on the board.
"""


@dataclass(frozen=True)
class NextContact:
    """The next planned contact, ready for its card."""

    client_id: uuid.UUID
    name: str
    called: str
    initials: str
    tone: str
    planned: Planned
    beside: Sentence | None
    """The reader's own hour, where it is another than the person's."""
    minutes_ahead: int | None
    """Minutes until it begins, where it is today at an hour; less than none where that has passed."""
    last_note: str
    phone: str
    call_rule: Sentence


@dataclass(frozen=True)
class KeptDraft:
    """A draft on Today: what it is and whose, where it goes on, since when."""

    client_id: uuid.UUID | None
    what: Sentence
    form: str
    subject_id: uuid.UUID
    path: str
    saved_at: dt.datetime
    goes_at: dt.datetime | None
    """When it goes away, where that is near."""


_SOMEBODY = say(mark("somebody"))


@dataclass(frozen=True)
class LostDraft:
    """A draft about somebody who is somebody else's now: what kind it is, never about whom."""

    id: uuid.UUID
    what: Sentence
    is_worry: bool


@dataclass(frozen=True)
class KindWord:
    """What a supervisor said lately."""

    by: str
    text: str
    phrases: Sequence[str]
    held_on: dt.date


@dataclass(frozen=True)
class Today:
    """Everything on Today."""

    next: NextContact | None
    reach: Sequence[Line]
    more: Sequence[Line]
    coming: Sequence[Line]
    people: int
    """How many people there are to reach today."""
    visits_today: int
    drafts: Sequence[KeptDraft]
    lost_drafts: Sequence[LostDraft]
    """Drafts about people who are somebody else's now; only their own words are left to their author."""
    word: KindWord | None
    notices: Sequence[Notice]
    names: Mapping[uuid.UUID, str]
    own_people: int
    leaves: Sequence[Sentence]
    """Whom one looks after for somebody who is away, or who looks after one's own people."""

    def people_shown(self) -> set[uuid.UUID]:
        """Return whose words stand on the page."""
        lines = [*self.reach, *self.more, *self.coming]
        written_of = {draft.client_id for draft in self.drafts if draft.client_id}
        written_of |= {notice.client_id for notice in self.notices if notice.client_id}
        return {line.due.client_id for line in lines} | written_of | ({self.next.client_id} if self.next else set())


def open_today(
    session: Any, identity: Identity, *, zone: ZoneInfo, reader: ZoneInfo, now: dt.datetime, today: dt.date
) -> Today:
    """Gather a coach's day in a fixed number of queries; what is open in an emergency is no part of it.

    `zone` is the organisation's, `reader` the one the coach's own clock is by.
    """
    seen, identity = identity, identity.everyday
    known = facts.list_known(session, identity, since=today)
    mine, lost = _drafts(session, seen, known, now)
    own = [row for row in known if row.facts.coach_id == identity.id]
    lines = [
        line
        for line in due_lines(known, identity.id, today, now=now.astimezone(zone))
        if line.rule not in _BESIDE and not line.is_beside
    ]
    lines = _calm(lines, today)
    plans = _plans(own, zone=zone, now=now, today=today)
    upcoming = _next_contact(session, identity, own, plans, zone=zone, reader=reader, now=now)
    on_card = upcoming.client_id if upcoming and upcoming.planned.on == today else None
    reach = [
        line
        for line in lines
        if is_now(line.due, today) and (line.visit_id or not (line.rule in CONTACTS and line.due.client_id == on_card))
    ]
    shown, more = _first_people(reach)
    return Today(
        next=upcoming,
        reach=shown,
        more=more,
        coming=[
            line
            for line in sorted(lines, key=lambda line: (line.due.on, line.due.at or dt.time()))
            if not is_now(line.due, today)
            and not (upcoming and line.rule in CONTACTS and line.due.client_id == upcoming.client_id)
        ],
        people=len({line.due.client_id for line in reach}),
        visits_today=sum(planned.on == today for planned in plans.values()),
        drafts=mine,
        lost_drafts=lost,
        word=_word(session, identity, now=now),
        notices=list_notices(session, identity.id, sees=partial(may_see, identity)),
        names={row.person.id: row.facts.name for row in known},
        own_people=len(own),
        leaves=_leaves(session, identity, known),
    )


def _calm(lines: list[Line], today: dt.date) -> list[Line]:
    """Leave out what another line about the same person says already, and goals nobody spoke of until they are due."""
    alone = {line.due.client_id for line in lines if line.rule is Rule.WITHOUT_COACH}
    reviewed = {line.due.client_id for line in lines if line.rule is Rule.GOAL_REVIEW and is_now(line.due, today)}
    said = {Rule.GOALS_UNTOUCHED: reviewed, **dict.fromkeys(CONTACTS, alone)}
    return [
        line
        for line in lines
        if line.due.client_id not in said.get(line.rule, ())
        and (line.rule is not Rule.GOALS_UNTOUCHED or is_now(line.due, today))
    ]


def _leaves(session: Any, identity: Identity, known: list[Known]) -> list[Sentence]:
    found = {row.away.id: row.away for row in known if row.away}
    rows = [row for row in found.values() if identity.id in (row.user_id, row.cover_id)]
    names = accounts.list_users(session, {key for row in rows for key in (row.user_id, row.cover_id) if key})
    return [_leave_words(row, identity, names) for row in rows]


def _leave_words(row: Away, identity: Identity, names: Mapping[uuid.UUID, User]) -> Sentence:
    until = row.until_on
    if row.cover_id == identity.id:
        name = names[row.user_id].first_name
        return say(mark("You look after %(name)s’s people until %(weekday)s."), name=name, weekday=until)
    if row.cover_id is None:
        return say(mark("You are away until %(weekday)s. Nobody looks after your people yet."), weekday=until)
    name = names[row.cover_id].first_name
    return say(mark("You are away until %(weekday)s. %(name)s looks after your people."), name=name, weekday=until)


def _first_people(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part the lines after the fifth person."""
    order = list(dict.fromkeys(line.due.client_id for line in lines))[:FIRST_SHOWN]
    return (
        [line for line in lines if line.due.client_id in order],
        [line for line in lines if line.due.client_id not in order],
    )


def _plans(own: list[Known], *, zone: ZoneInfo, now: dt.datetime, today: dt.date) -> dict[uuid.UUID, Planned]:
    """Return the contact still ahead with each person, also where an earlier one waits for a word about it."""
    found: dict[uuid.UUID, Planned] = {}
    for row in own:
        there = _zone_of(row, zone)
        calendar = calendar_of(row.plans, row.series, row.taken, zone=there, now=now, today=today, most=1)
        if calendar.coming:
            found[row.person.id] = calendar.coming[0]
    return found


def _zone_of(row: Known, zone: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(row.person.zone) if row.person.zone else zone


def _next_contact(
    session: Any,
    identity: Identity,
    own: list[Known],
    plans: dict[uuid.UUID, Planned],
    *,
    zone: ZoneInfo,
    reader: ZoneInfo,
    now: dt.datetime,
) -> NextContact | None:
    ahead = [row for row in own if row.person.id in plans]
    if not ahead:
        return None
    row = min(ahead, key=lambda row: (*plans[row.person.id].order[:2], row.facts.name))
    planned, person, there = plans[row.person.id], row.person, _zone_of(row, zone)
    last = checkins.list_checkins(session, identity, person.id, limit=1)
    local, minutes_ahead = now.astimezone(there), None
    if planned.hour and planned.on == local.date():
        minutes_ahead = (planned.hour.hour - local.hour) * 60 + planned.hour.minute - local.minute
    return NextContact(
        client_id=person.id,
        name=row.facts.name,
        called=called(person),
        initials=initials_of(person),
        tone=tone_of(person),
        planned=planned,
        beside=beside(planned, there, reader),
        minutes_ahead=minutes_ahead,
        last_note=last[0].note if last else "",
        phone=phone_of(person) if person.may_call else "",
        call_rule=call_rule(person),
    )


def _drafts(
    session: Any, identity: Identity, known: list[Known], now: dt.datetime
) -> tuple[list[KeptDraft], list[LostDraft]]:
    names = {row.person.id: row.facts.name for row in known}
    found = drafts.open_drafts(session, identity)
    mine = [
        KeptDraft(
            client_id=row.client_id,
            what=say(drafted.what(row.form), name=names[row.client_id] if row.client_id else ""),
            form=row.form,
            subject_id=row.subject_id,
            path=row.path,
            saved_at=row.saved_at,
            goes_at=drafted.ends_at(row.saved_at) if drafted.is_going(row.saved_at, now) else None,
        )
        for row in found.mine
        if row.client_id is None or row.client_id in names
    ]
    return mine, [
        LostDraft(row.id, say(drafted.what(row.form), name=_SOMEBODY), row.form == drafted.WORRY) for row in found.lost
    ]


def _word(session: Any, identity: Identity, *, now: dt.datetime) -> KindWord | None:
    found = reviewing.find_last_word(session, identity, since=now - dt.timedelta(days=_WORD_DAYS))
    if found is None:
        return None
    review, entry = found
    by = accounts.find_user(session, review.by).first_name if review.by else ""
    return KindWord(by, review.text, [p for p in review.phrases.split("\n") if p], entry.held_on)


# ---- my people ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonLine:
    """One person in a list: who, and where things stand between you."""

    client_id: uuid.UUID
    name: str
    initials: str
    tone: str
    coach: str
    """The coach's name where the list holds several coaches' people."""
    last_on: dt.date | None
    days_since: int | None
    due_on: dt.date | None
    """None where the person has asked us to stop."""
    over: int
    planned_on: dt.date | None
    rhythm_days: int
    resting_until: dt.date | None
    is_closed: bool


ORDERS = ("name", "longest", "next")


def list_lines(
    session: Any,
    identity: Identity,
    *,
    today: dt.date,
    order: str = "name",
    ids: set[uuid.UUID] | None = None,
    own: bool = False,
) -> list[PersonLine]:
    """Return everybody this reader sees (or only their own), in one of the orders name, longest, next."""
    known = facts.list_known(session, identity, ids=ids, own=own, closed=ids is not None)
    coaches = accounts.list_users(session, {row.coach_id for row in known} - {identity.id})
    lines = [_person_line(row, coaches, today) for row in known]
    if order == "longest":
        lines.sort(key=lambda line: line.last_on or dt.date.min)
    if order == "next":
        lines.sort(key=lambda line: line.due_on or dt.date.max)
    return lines


def _person_line(row: Known, coaches: Any, today: dt.date) -> PersonLine:
    coach = coaches.get(row.coach_id)
    return PersonLine(
        client_id=row.person.id,
        name=row.facts.name,
        initials=initials_of(row.person),
        tone=tone_of(row.person),
        coach=coach.first_name if coach else "",
        last_on=row.facts.last_contact_on,
        days_since=days_since_contact(row.facts, today),
        due_on=contact_due_on(row.facts),
        over=contact_days_over(row.facts, today),
        planned_on=row.plan.on if row.plan else None,
        rhythm_days=row.facts.rhythm_days,
        resting_until=resting_until(row.facts, today),
        is_closed=row.facts.is_closed,
    )
