"""The team board: who was spoken with, who is out of touch and why, how the load lies, what waits for a word."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from coachdesk.access import Action, Role, demand, may_see
from coachdesk.accounts import service as accounts
from coachdesk.checkins import reviewing
from coachdesk.clients import service as clients
from coachdesk.clients import wishing
from coachdesk.clients.naming import initials_of, tone_of
from coachdesk.clients.rules import initials as initials_from
from coachdesk.clients.rules import tone as tone_from
from coachdesk.clock import moment_of
from coachdesk.goals import service as goals
from coachdesk.notify import list_notices
from coachdesk.reminders import facts
from coachdesk.reminders import service as reminders
from coachdesk.reminders.asked import is_about_how_things_are
from coachdesk.reminders.clocks import agreed_visit, contact_days_over, days_since_contact, is_out_of_touch
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.lines import Line, due_lines
from coachdesk.reminders.rules import due_items, rhythm_words
from coachdesk.safety import waiting as waiting_worries
from coachdesk.safety.rules import clock_words, since_words
from coachdesk.words import NotFound, Sentence, mark, say, say_n

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User
    from coachdesk.checkins.models import CheckIn, Review
    from coachdesk.notify import Notice
    from coachdesk.reminders.facts import Known
    from coachdesk.safety.models import Concern

WEEK = 7


@dataclass(frozen=True)
class OpenConcern:
    """A worry nobody has taken yet."""

    id: uuid.UUID
    client_id: uuid.UUID
    name: str
    by: str
    raised_at: dt.datetime
    since: Sentence
    clock: Sentence
    """By when somebody should have it, or for how long that is past."""
    is_over: bool


@dataclass(frozen=True)
class TakenConcern:
    """A worry that somebody has and nobody closed: whose safety, who, since when."""

    id: uuid.UUID
    client_id: uuid.UUID
    name: str
    by: str
    taken_at: dt.datetime


@dataclass(frozen=True)
class Drift:
    """Somebody out of touch, with the reasons."""

    client_id: uuid.UUID
    name: str
    initials: str
    tone: str
    coach: str
    coach_is_me: bool
    pill: Sentence
    why: Sequence[Sentence]
    asked_on: dt.date | None
    """The day the coach was asked how things are, where that is still open."""


@dataclass(frozen=True)
class Needing:
    """Somebody whose coach is not there: switched off, of no team any more, or away without anybody in their place."""

    client_id: uuid.UUID
    name: str
    why: Sentence
    away_id: uuid.UUID | None
    """The days away of their coach, where that is why."""


@dataclass(frozen=True)
class Wished:
    """Somebody who would like another coach, and by when one speaks with them; never their words."""

    client_id: uuid.UUID
    name: str
    talk_by: dt.date


@dataclass(frozen=True)
class Load:
    """One coach's load; sorted by name, never a ranking."""

    id: uuid.UUID
    name: str
    initials: str
    tone: str
    people: int
    most: int
    spoken: int
    over: int


@dataclass(frozen=True)
class Waiting:
    """A check-in that waits: who and when, never what was written."""

    id: uuid.UUID
    client_id: uuid.UUID
    coach: str
    coach_initials: str
    name: str
    channel: Any
    held_on: dt.date
    minutes: int | None
    reason: Any


@dataclass(frozen=True)
class Board:
    """Everything on the team board. Counts are of the last seven days."""

    concerns: Sequence[OpenConcern]
    taken: Sequence[TakenConcern]
    people: int
    spoken: int
    drift: Sequence[Drift]
    waiting: Sequence[Waiting]
    steps_done: int
    loads: Sequence[Load]
    needing: Sequence[Needing]
    wishes: Sequence[Wished]
    notices: Sequence[Notice]
    names: Mapping[uuid.UUID, str]
    heard: Sequence[Line]
    """What this supervisor hears of and others answer for."""

    def people_shown(self) -> set[uuid.UUID]:
        """Return whose words or names stand on the page."""
        return (
            {
                row.client_id
                for rows in (self.concerns, self.taken, self.drift, self.waiting, self.needing, self.wishes)
                for row in rows
            }
            | {line.due.client_id for line in self.heard}
            | {one.client_id for one in self.notices if one.client_id}
        )


def open_board(session: Any, identity: Identity, *, zone: ZoneInfo, now: dt.datetime, today: dt.date) -> Board:
    """Gather the board in a fixed number of queries."""
    demand(identity, Action.TEAM_BOARD)
    known = facts.list_known(session, identity.everyday)
    names = {row.person.id: row.facts.name for row in known}
    since = moment_of(today - dt.timedelta(days=WEEK - 1), dt.time(), zone)
    concerns, taken = waiting_worries.list_for_board(session, identity)
    waiting = reviewing.list_waiting(session, identity)
    # Who is to be named may be of another team, or switched off meanwhile.
    team, others = accounts.list_coaches_and(
        session,
        identity,
        {row.coach_id for row in known}
        | {row.raised_by for row in concerns}
        | {by for _row, by, _at in taken}
        | {review.coach_id for review, _entry in waiting},
    )
    staff = {**team, **others}
    return Board(
        concerns=[
            _open_concern(row, names[row.client_id], staff[row.raised_by].name, zone=zone, now=now, today=today)
            for row in concerns
            if row.client_id in names
        ],
        taken=[
            TakenConcern(row.id, row.client_id, names[row.client_id], staff[by].name, at)
            for row, by, at in taken
            if row.client_id in names
        ],
        people=len(known),
        spoken=sum(_is_spoken(row, today) for row in known),
        drift=_drift(known, team, identity, today),
        waiting=[_waiting(review, entry, staff, names) for review, entry in waiting],
        steps_done=goals.count_steps_done(session, identity.everyday, since=since),
        loads=_loads(known, team, identity, today),
        needing=_needing(known, staff, team),
        wishes=[Wished(row.client_id, name, row.talk_by) for row, name in wishing.list_waiting(session, identity)],
        notices=list_notices(session, identity.id, sees=partial(may_see, identity)),
        names=names,
        heard=[
            line
            for line in due_lines(known, identity.id, today, now=now.astimezone(zone), ahead_days=0)
            if line.is_beside
        ],
    )


def _open_concern(row: Concern, name: str, by: str, *, zone: ZoneInfo, now: dt.datetime, today: dt.date) -> OpenConcern:
    return OpenConcern(
        id=row.id,
        client_id=row.client_id,
        name=name,
        by=by,
        raised_at=row.raised_at,
        since=since_words(row.raised_at.astimezone(zone), today),
        clock=clock_words(row.due_at, now, row.due_at.astimezone(zone)),
        is_over=now >= row.due_at,
    )


def _is_spoken(row: Known, today: dt.date) -> bool:
    since = days_since_contact(row.facts, today)
    return since is not None and since < WEEK


def _drift(known: list[Known], team: dict[uuid.UUID, User], identity: Identity, today: dt.date) -> list[Drift]:
    away = [row for row in known if is_out_of_touch(row.facts, today)]
    away.sort(key=lambda row: -contact_days_over(row.facts, today) / row.facts.rhythm_days)
    return [
        Drift(
            client_id=row.person.id,
            name=row.facts.name,
            initials=initials_of(row.person),
            tone=tone_of(row.person),
            coach=team[row.coach_id].first_name if row.coach_id in team else "",
            pill=_since_words(row, today),
            coach_is_me=row.coach_id == identity.id,
            why=_reasons(row),
            asked_on=max((ask.on for ask in row.facts.asks if is_about_how_things_are(ask)), default=None),
        )
        for row in away
    ]


def _needing(known: list[Known], staff: Mapping[uuid.UUID, User], team: Mapping[uuid.UUID, User]) -> list[Needing]:
    found = []
    for row in known:
        leave = row.away
        if row.coach_id not in team:
            why = say(mark("%(name)s no longer coaches here."), name=staff[row.coach_id].name)
            found.append(Needing(row.person.id, row.facts.name, why, away_id=None))
        elif leave is not None and leave.cover_id is None:
            why = say(
                mark("%(name)s is away until %(weekday)s."), name=staff[row.coach_id].name, weekday=leave.until_on
            )
            found.append(Needing(row.person.id, row.facts.name, why, away_id=leave.id))
    return found


def _since_words(row: Known, today: dt.date) -> Sentence:
    since = days_since_contact(row.facts, today)
    if since is None:
        return say(mark("Not yet reached"))
    return say_n(mark("%(n)s day since contact"), mark("%(n)s days since contact"), since)


def _reasons(row: Known) -> list[Sentence]:
    found = [rhythm_words(row.facts.rhythm_days)]
    agreed = agreed_visit(row.facts)
    if agreed:
        found = [say(mark("A contact was planned for %(day)s."), day=agreed.on)]
    if row.facts.last_contact_on is None:
        found.append(say(mark("Together since %(day)s."), day=row.facts.assigned_on))
    tries = len(row.facts.tries.days)
    if tries:
        found.append(say_n(mark("Tried once, no answer."), mark("Tried %(n)s times, no answer."), tries))
    return found


def _loads(known: list[Known], team: dict[uuid.UUID, User], identity: Identity, today: dt.date) -> list[Load]:
    loads = []
    for user in team.values():
        own = [row for row in known if row.coach_id == user.id]
        if user.role_name is Role.SUPERVISOR and not own:
            continue
        if user.id == identity.id and not own:
            continue
        over = sum(
            due.days_over(today) > 0
            for row in own
            for due in due_items(row.facts, today, ahead_days=0)
            if due.recipient == user.id
        )
        loads.append(
            Load(
                id=user.id,
                name=user.name,
                initials=initials_from(user.first_name, user.last_name),
                tone=tone_from(user.id),
                people=len(own),
                most=user.most_people,
                spoken=sum(_is_spoken(row, today) for row in own),
                over=over,
            )
        )
    return sorted(loads, key=lambda load: load.name)


def _waiting(review: Review, entry: CheckIn, staff: Mapping[uuid.UUID, User], names: dict[uuid.UUID, str]) -> Waiting:
    coach = staff[review.coach_id]
    return Waiting(
        id=review.id,
        client_id=review.client_id,
        coach=coach.name,
        name=names.get(review.client_id, ""),
        coach_initials=initials_from(coach.first_name, coach.last_name),
        channel=entry.channel,
        held_on=entry.held_on,
        minutes=entry.minutes,
        reason=review.reason,
    )


def list_queue(session: Any, identity: Identity) -> list[Waiting]:
    """Return what waits for this supervisor's word."""
    demand(identity, Action.CHECKINS_REVIEW)
    rows = reviewing.list_waiting(session, identity)
    staff = accounts.list_users(session, {review.coach_id for review, _entry in rows})
    known = facts.list_known(session, identity, ids={review.client_id for review, _entry in rows})
    names = {row.person.id: row.facts.name for row in known}
    return [_waiting(review, entry, staff, names) for review, entry in rows]


def ask_coach(session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime, today: dt.date) -> User:
    """Ask a person's coach how things are: it stands on the coach's Today until it is done."""
    demand(identity, Action.TEAM_ASK)
    known = next(iter(facts.list_known(session, identity, ids=[client_id])), None)
    if known is None:
        raise NotFound
    reminders.ask(
        session,
        identity,
        client_id,
        kind=AskKind.TALK_ASKED,
        for_user_id=known.facts.coach_id,
        now=now,
        today=today,
    )
    return accounts.find_user(session, known.facts.coach_id)


def find_author(session: Any, review: Review) -> tuple[User, bool]:
    """Return who wrote a check-in, and whether they see its person still, and so what is said of it."""
    author = accounts.find_user(session, review.coach_id)
    return author, author.active and clients.sees_everyday(session, author.identity, review.client_id)


def ask_to_talk(
    session: Any,
    identity: Identity,
    review_id: uuid.UUID,
    *,
    text: str,
    phrases: Sequence[str],
    now: dt.datetime,
    today: dt.date,
) -> tuple[User, bool]:
    """Ask to talk about a check-in together: the review says so, and it stands on the Today of whoever wrote it.

    Returns who that is, and whether they do see it: not where they no longer see the person, or are switched off.
    """
    review = reviewing.ask_to_talk(session, identity, review_id, text=text, phrases=phrases, now=now)
    author, sees = find_author(session, review)
    if sees:
        reminders.ask(
            session,
            identity,
            review.client_id,
            kind=AskKind.TALK_ASKED,
            for_user_id=author.id,
            text=text,
            about_id=review.checkin_id,
            now=now,
            today=today,
        )
    return author, sees
