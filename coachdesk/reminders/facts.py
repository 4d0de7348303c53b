"""The facts of everybody a reader sees, gathered in a fixed number of queries however many people there are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.access import COACHING, SYSTEM, Assignment, Away, HandOver, is_away, scoped, supervises, walks_with
from coachdesk.accounts.models import User
from coachdesk.checkins import attempts
from coachdesk.checkins.models import CheckIn
from coachdesk.checkins.rules import Reach, Tries, is_at_risk, risk_since
from coachdesk.clients import episodes, taking
from coachdesk.clients.models import Client, Episode
from coachdesk.clients.naming import shown_map
from coachdesk.clients.rules import Ending, resumed_on
from coachdesk.clock import day_of, zone_of
from coachdesk.db import Many, keys
from coachdesk.goals.rules import StepOwner
from coachdesk.organisation import holidays, outreach
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import halved
from coachdesk.referrals.rules import Status
from coachdesk.reminders import deciding
from coachdesk.reminders.answers import Answer, answers_of
from coachdesk.reminders.gathering import NOBODY_HAS, gather
from coachdesk.reminders.givens import (
    Absence,
    AskFacts,
    AskKind,
    DraftFacts,
    LeaveFacts,
    MilestoneFacts,
    PersonFacts,
    PlannedVisit,
    ReferralFacts,
    StepFacts,
)
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.repeating import Often
from coachdesk.safety.rules import FollowUp
from coachdesk.visits.coming import Off, list_ahead
from coachdesk.visits.models import VisitSeries
from coachdesk.visits.rules import Channel, Planned, Side, Then, occurrence_id

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.organisation.rules import Ladder
    from coachdesk.reminders.settings import Settings


_SOON_DAYS = 8
"""So far ahead somebody may be told of a visit."""


@dataclass(frozen=True)
class Ended:
    """How the last time of coaching came to its end, and on which local day."""

    ending: Ending
    on: dt.date


@dataclass(frozen=True)
class Known:
    """A person, their coach of today, and all that decides what is due."""

    person: Client
    coach_id: uuid.UUID
    facts: PersonFacts
    plans: Sequence[Planned]
    """What is planned and open, the earliest first."""

    away: Away | None = None
    """Where their coach is away; `facts.coach_id` is whoever looks after them, if somebody does."""
    given: HandOver | None = None
    """How another coach's person came to the coach of now, if they did."""
    ended: Ended | None = None
    """Where coaching has come to its end, and it was asked for."""
    series: VisitSeries | None = None
    """The plan that repeats, where one goes on."""
    taken: frozenset[dt.date] = frozenset()
    """Days of the series from `since` on that have a row and are closed."""
    off: Off | None = None
    """What was called off, where nothing is planned by itself now."""
    is_over: bool = False
    """Whoever looks is a supervisor of their coach."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What whoever looks said of what is due, or moved to later, by the key of each occurrence."""

    @property
    def plan(self) -> Planned | None:
        """The next contact, also where its day is over."""
        return self.plans[0] if self.plans else None


def list_known(
    session: Any,
    identity: Identity,
    *,
    own: bool = False,
    ids: Iterable[uuid.UUID] | None = None,
    closed: bool = False,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[Known]:
    """Return everybody this identity sees (or only their own people, or only some), by name, with their facts.

    Those with whom coaching has come to its end are left out unless asked for (`closed`). Own are also the people of a
    coach who is away whom this identity looks after, by the moment `identity.now`. With `since`, a local day, also what
    of their series has a row from then on, so that what is coming can be told; with `until`, a local day, without what
    cannot fall due by then.
    """
    ids = None if ids is None else set(ids)
    rows = _people(session, identity, own=own, ids=ids, closed=closed)
    names = shown_map(row.person for row in rows)
    tries = attempts.map_tries(session, identity, ids=ids)
    if identity.role is SYSTEM.role:
        _unseal_numbers(session, identity, tries)
    house = _House(
        outreach.find_ladder(session),
        deciding.find_settings(session),
        frozenset(day.on for day in holidays.list_holidays(session)),
        zone_of(organisation.find_zone(session)),
        identity.now,
    )
    taken = since or (day_of(identity.now, house.zone) - dt.timedelta(days=1) if identity.now else None)
    things = gather(session, identity, house.settings, taken=taken, since=since, until=until, ids=ids)
    return [
        _known(
            row,
            house,
            name=names[row.person.id],
            tries=tries.get(row.person.id, Tries()),
            things=things.get(row.person.id, []),
        )
        for row in rows
    ]


class _House(NamedTuple):
    ladder: Ladder
    settings: Settings
    holidays: frozenset[dt.date]
    zone: ZoneInfo
    now: dt.datetime | None


class _Row(NamedTuple):
    person: Client
    assignment: Assignment
    last: dt.date | None
    away: Away | None
    is_open: bool
    given: HandOver | None
    series: VisitSeries | None
    coach_name: str
    coaches: bool
    ending: Ending | None
    ended_on: dt.date | None
    account_id: uuid.UUID | None
    cover_id: uuid.UUID | None
    """Who looks after this person while their coach is away."""
    left_at: dt.datetime | None
    is_over: bool


def _people(session: Any, identity: Identity, *, own: bool, ids: set[uuid.UUID] | None, closed: bool) -> list[_Row]:
    last = (
        sa.select(sa.func.max(CheckIn.held_on))
        .where(CheckIn.client_id == Client.id, CheckIn.withdrawn_at.is_(None))
        .correlate(Client)
        .scalar_subquery()
    )
    episode = sa.and_(Episode.client_id == Client.id, Episode.closed_at.is_(None))
    last_time = sa.orm.aliased(Episode)
    account = sa.orm.aliased(User)
    away = sa.and_(Away.user_id == Assignment.coach_id, *is_away(identity.now))
    found = (
        sa.select(
            Client,
            Assignment,
            sa.func.coalesce(last, Client.contact_before_on),
            Away,
            Episode.id.is_not(None),
            HandOver,
            VisitSeries,
            User.first_name,
            sa.and_(User.active, User.role_name.in_(COACHING)),
            *((last_time.ending, last_time.closed_on) if closed else (sa.null(), sa.null())),
            account.id,
            sa.case((taking.covers(Away, Client.id), Away.cover_id)),
            User.left_at,
            supervises(identity, Assignment.coach_id),
        )
        .join(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .outerjoin(Away, away)
        .join(User, User.id == Assignment.coach_id)
        .outerjoin(account, sa.and_(account.client_id == Client.id, account.active))
        .outerjoin(Episode, episode)
        .outerjoin(HandOver, HandOver.assignment_id == Assignment.id)
        .outerjoin(VisitSeries, sa.and_(VisitSeries.client_id == Client.id, VisitSeries.ended_at.is_(None)))
    )
    if closed:
        found = found.outerjoin(last_time, last_time.id == episodes.latest_id())
    if identity.role is SYSTEM.role:
        found = found.options(*(sa.orm.defer(column) for column in _UNASKED))
    if own:
        found = found.where(walks_with(identity, Assignment.coach_id))
    if not closed:
        found = found.where(Episode.id.is_not(None))
    if ids is not None:
        found = found.where(Many(session, ids).has(Client.id))
    return [_Row(*row) for row in session.execute(scoped(found, identity, Client.id).order_by(Client.shown_sort)).all()]


_UNASKED = (
    Client.language, Client.birth, Client.best_hours, Client.others_answer, Client.safe_note, HandOver.words,
    Client.phone, Client.email,
)  # fmt: skip
"""What nothing is derived from: the system, which looks at everybody, does not unseal it."""


def _unseal_numbers(session: Any, identity: Identity, tried: Collection[uuid.UUID]) -> None:
    """Unseal how those can be reached who were tried since they were reached last: of them alone it decides anything."""
    if tried:
        found = scoped(sa.select(Client).where(Many(session, tried).has(Client.id)), identity, Client.id)
        asked = [sa.orm.load_only(Client.phone, Client.email)]
        session.scalars(found.options(*asked)).all()


def _leaves(rows: list[Any], zone: ZoneInfo) -> list[LeaveFacts]:
    """Return the days of each, as far as they went: the day on which it was ended is a day of coaching again."""
    found = []
    for row in sorted(rows, key=lambda row: row.on):
        ended_on = day_of(row.moment, zone) if row.moment else None
        last = min(row.day, ended_on - dt.timedelta(days=1)) if ended_on else row.day
        if last >= row.on:
            found.append(LeaveFacts(row.on, last))
    return found


def _absence(row: _Row) -> Absence | None:
    """Say whether neither coach nor cover answers for the person."""
    if row.cover_id:
        return None
    if not row.coaches:
        return Absence.GONE
    return Absence.AWAY if row.away else None


def _happened(rows: list[Any], tries: Tries) -> list[dt.date]:
    """Return the days of the check-ins that tell of something hard; only those that count are unsealed."""
    since = risk_since(tries)
    return [row.on for row in rows if since and row.on >= since and (keys().open(row.text) or keys().open(row.word))]


def _resumed(rows: list[Any]) -> dt.date | None:
    return resumed_on((row.on, _day(row.word), _day(row.by)) for row in rows if row.word)


def _day(text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text else None


def _known(row: _Row, house: _House, *, name: str, tries: Tries, things: list[Any]) -> Known:
    person, assignment, away = row.person, row.assignment, row.away
    by_kind: dict[str, list[Any]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing)
    plans = sorted((_planned(row) for row in by_kind.get("plan", [])), key=lambda one: one.order)
    concerns, agreements = by_kind.get("concern", []), by_kind.get("agreement", [])
    untaken = [row for row in concerns if row.word == NOBODY_HAS]
    sooner = is_at_risk(tries, _happened(by_kind.get("risk", []), tries), worried=bool(concerns))
    unmet = by_kind.get("unmet", [])
    facts = PersonFacts(
        client_id=person.id,
        coach_id=row.cover_id or assignment.coach_id,
        name=name,
        assigned_on=assignment.started_on,
        covered_for=row.coach_name if row.cover_id else "",
        rhythm_days=person.rhythm_days,
        last_contact_on=row.last,
        tries=tries,
        reach=attempts.reach_of(person) if tries.days else Reach(),
        ladder=halved(house.ladder) if sooner else house.ladder,
        is_sooner=sooner,
        visit=_visit(plans[0]) if plans else None,
        goal_reviews=[(row.id, row.on) for row in by_kind.get("goal", [])],
        steps=[_step(row) for row in by_kind.get("step", [])],
        referrals=[
            ReferralFacts(row.id, keys().open(row.text), Status(row.word), row.on)
            for row in by_kind.get("referral", [])
        ],
        asks=[_ask(row) for row in by_kind.get("ask", [])],
        concern=(untaken[0].id, untaken[0].on) if untaken else None,
        unmet_on=unmet[0].on if unmet else None,
        zone=person.zone,
        resumed_on=_resumed(by_kind.get("pause", [])),
        is_closed=not row.is_open,
        agreement=(agreements[0].id, agreements[0].on) if agreements else None,
        follow_ups=[
            FollowUp(row.id, row.other, int(row.word), row.on)
            for row in sorted(by_kind.get("follow-up", []), key=lambda row: row.on)
        ],
        settings=house.settings,
        holidays=house.holidays,
        absence=_absence(row),
        gone_on=day_of(row.left_at, house.zone) if row.left_at else None,
        coach_name=row.coach_name if away or not row.coaches else "",
        leaves=_leaves(by_kind.get("leave", []), house.zone),
        account_id=row.account_id,
        also_planned=[*(_visit(one) for one in plans[1:]), *_follows(row, house, plans, by_kind.get("taken", []))],
        **_lacking(by_kind, house.zone),
    )
    return Known(
        person,
        assignment.coach_id,
        facts,
        plans,
        away=away,
        given=row.given,
        ended=Ended(row.ending, row.ended_on) if row.ending and row.ended_on else None,
        series=row.series,
        taken=frozenset(thing.on for thing in by_kind.get("taken", [])),
        off=_called_off(plans, by_kind.get("off", [])),
        is_over=bool(row.is_over),
        answers=answers_of(by_kind.get("answer", ())),
    )


def _lacking(by_kind: dict[str, list[Any]], zone: ZoneInfo) -> dict[str, Any]:
    """Return what is known of goals, notes and who answers, as the facts name it."""
    no_goal, touched = by_kind.get("no-goal"), by_kind.get("touched")
    return {
        "supervisors": frozenset(row.id for row in by_kind.get("answering", ())),
        "milestones": [MilestoneFacts(row.id, row.on, keys().open(row.text)) for row in by_kind.get("milestone", ())],
        "drafts": [
            DraftFacts(row.id, row.other, row.word, row.by, row.moment, day_of(row.moment, zone))
            for row in by_kind.get("draft", ())
        ],
        "contacts_without_goal": (no_goal[0].number, no_goal[0].on) if no_goal else None,
        "goals_touched_on": touched[0].on if touched else None,
    }


def _called_off(plans: list[Planned], rows: list[Any]) -> Off | None:
    if not rows or any(planned.series_id is None for planned in plans):
        return None
    row = min(rows, key=lambda row: row.on)
    return Off(row.on, Side(row.word), Then(row.then) if row.then else None)


def _ask(row: Any) -> AskFacts:
    kind, text = AskKind(row.word), keys().open(row.text) if row.text else ""
    found = AskFacts(row.id, kind, row.on, row.at, text, for_user_id=row.other, about_id=row.about, by=row.by)
    if kind is AskKind.BY_HAND:
        return replace(found, often=Often(row.then) if row.then else None, until=row.day, stays=bool(row.number))
    return replace(found, day=row.day, then=Then(row.then) if row.then else None)


def _step(row: Any) -> StepFacts:
    return StepFacts(row.id, row.other, row.on, keys().open(row.text), StepOwner(row.word) if row.word else None)


def _planned(row: Any) -> Planned:
    channel = Channel(row.word) if row.word else None
    return Planned(row.id, row.on, row.at, row.number, channel, keys().open(row.text), row.other, row.day)


def _follows(row: _Row, house: _House, plans: Sequence[Planned], taken: list[Any]) -> Iterator[PlannedVisit]:
    """Yield what the series has ahead within days that has no row yet, also where one before it waits for a word."""
    series, now = row.series, house.now
    if series is None or now is None or not row.is_open or not house.settings.is_on(Rule.VISIT_TOMORROW):
        return
    zone, today, closed = zone_of(row.person.zone, house.zone), day_of(now, house.zone), {one.on for one in taken}
    for day in list_ahead(series, plans, closed, zone=zone, now=now, today=today, most_days=_SOON_DAYS):
        in_person = series.channel is Channel.IN_PERSON
        key = occurrence_id(series.id, day)
        yield PlannedVisit(day, series.hour, series.minutes, by_pattern=True, in_person=in_person, id=key)


def _visit(planned: Planned) -> PlannedVisit:
    return PlannedVisit(
        planned.on,
        planned.hour,
        planned.minutes,
        by_pattern=planned.series_id is not None,
        in_person=planned.channel is Channel.IN_PERSON,
        id=planned.id,
    )
