"""The facts of everybody a reader sees, gathered in three queries however many people there are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.access import Assignment, Away, HandOver, is_away, scoped, walks_with
from coachdesk.accounts.models import User
from coachdesk.checkins import attempts
from coachdesk.checkins.models import CheckIn
from coachdesk.checkins.rules import Tries
from coachdesk.clients import about, episodes
from coachdesk.clients.models import Client, Episode
from coachdesk.clients.naming import shown_map
from coachdesk.clients.rules import resumed_on
from coachdesk.db import Key, keys
from coachdesk.goals import service as goals
from coachdesk.organisation import outreach
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Status
from coachdesk.reminders.givens import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.reminders.models import Reminder
from coachdesk.safety.models import Concern, ConcernFollowUp
from coachdesk.safety.rules import FollowUp
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from coachdesk.access import Identity
    from coachdesk.organisation.rules import Ladder


@dataclass(frozen=True)
class Plan:
    """The open plan of a person, as pages show it."""

    id: uuid.UUID
    on: dt.date
    hour: dt.time | None
    channel: Channel | None
    place: str


@dataclass(frozen=True)
class Known:
    """A person, their coach of today, and all that decides what is due."""

    person: Client
    coach_id: uuid.UUID
    facts: PersonFacts
    plan: Plan | None
    away: Away | None = None
    """Where their coach is away; `facts.coach_id` is whoever looks after them, if somebody does."""
    given_at: dt.datetime | None = None
    """When another coach gave the person to the coach of now, if one did."""


def list_known(
    session: Any,
    identity: Identity,
    *,
    own: bool = False,
    ids: Iterable[uuid.UUID] | None = None,
    closed: bool = False,
) -> list[Known]:
    """Return everybody this identity sees (or only their own people, or only some), by name, with their facts.

    Those with whom coaching has come to its end are left out unless asked for (`closed`). Own are also the people of a
    coach who is away whom this identity looks after, by the moment `identity.now`.
    """
    rows = _people(session, identity, own=own, ids=ids, closed=closed)
    names = shown_map(row.person for row in rows)
    tries = attempts.map_tries(session, identity, ids=ids)
    things = _things(session, identity)
    ladder = outreach.find_ladder(session)
    return [
        _known(
            row,
            ladder,
            name=names[row.person.id],
            tries=tries.get(row.person.id, Tries()),
            things=things.get(row.person.id, []),
        )
        for row in rows
    ]


class _Row(NamedTuple):
    person: Client
    assignment: Assignment
    last: dt.date | None
    away: Away | None
    is_open: bool
    given_at: dt.datetime | None


def _people(
    session: Any, identity: Identity, *, own: bool, ids: Iterable[uuid.UUID] | None, closed: bool
) -> list[_Row]:
    last = (
        sa.select(CheckIn.client_id, sa.func.max(CheckIn.held_on).label("held_on"))
        .where(CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id)
        .subquery()
    )
    episode = sa.and_(Episode.client_id == Client.id, Episode.closed_at.is_(None))
    away = sa.and_(Away.user_id == Assignment.coach_id, *is_away(identity.now))
    found = (
        sa.select(
            Client,
            Assignment,
            sa.func.coalesce(last.c.held_on, Client.contact_before_on),
            Away,
            Episode.id.is_not(None),
            HandOver.at,
        )
        .join(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .outerjoin(last, last.c.client_id == Client.id)
        .outerjoin(Away, away)
        .outerjoin(Episode, episode)
        .outerjoin(HandOver, HandOver.assignment_id == Assignment.id)
    )
    if own:
        found = found.where(walks_with(identity, Assignment.coach_id))
    if not closed:
        found = found.where(Episode.id.is_not(None))
    if ids is not None:
        found = found.where(Client.id.in_(set(ids)))
    return [_Row(*row) for row in session.execute(scoped(found, identity, Client.id).order_by(Client.shown_sort))]


def _things(session: Any, identity: Identity) -> dict[uuid.UUID, list[Any]]:
    """Return all that a person's record has in it that may fall due, in one query, by person; words still sealed."""
    found: dict[uuid.UUID, list[Any]] = {}
    parts = (
        _plans(identity),
        _steps(identity),
        _reviews(identity),
        _agreements(identity),
        _clocks(identity),
        _asks(identity),
        _concerns(identity),
        _pauses(identity),
        _follow_ups(identity),
    )
    # Every part is scoped by itself; the whole carries the mark on.
    for row in session.execute(sa.union_all(*parts)):
        found.setdefault(row.client_id, []).append(row)
    return found


def _row(kind: str, client_id: Any, key: Any, on: Any, **more: Any) -> tuple[Any, ...]:
    """Return the columns every part has, in the same order and of the same types on both databases."""
    return (
        sa.literal(kind).label("kind"),
        client_id.label("client_id"),
        key.label("id"),
        on.label("on"),
        more.get("at", sa.cast(sa.null(), sa.Time)).label("at"),
        sa.type_coerce(more.get("text", sa.cast(sa.null(), sa.Text)), sa.Text).label("text"),
        sa.cast(more.get("word", sa.null()), sa.String).label("word"),
        more.get("other", sa.cast(sa.null(), Key())).label("other"),
        more.get("about", sa.cast(sa.null(), Key())).label("about"),
        sa.cast(more.get("by", sa.null()), sa.String).label("by"),
    )


def _plans(identity: Identity) -> Any:
    return scoped(
        sa.select(
            *_row(
                "plan", Visit.client_id, Visit.id, Visit.planned_on, at=Visit.hour, text=Visit.place, word=Visit.channel
            )
        ).where(Visit.closed_at.is_(None)),
        identity,
        Visit.client_id,
    )


def _steps(identity: Identity) -> Any:
    part = goals.select_due_steps(identity).subquery()
    return sa.select(*_row("step", part.c.client_id, part.c.id, part.c.due_on, text=part.c.words, other=part.c.goal_id))


def _reviews(identity: Identity) -> Any:
    part = goals.select_review_days(identity).subquery()
    return sa.select(*_row("goal", part.c.client_id, part.c.id, part.c.next_review_on))


def _agreements(identity: Identity) -> Any:
    part = about.select_agreement_days(identity).subquery()
    return sa.select(*_row("agreement", part.c.client_id, part.c.id, part.c.review_on))


def _clocks(identity: Identity) -> Any:
    part = referrals.select_clocks(identity).subquery()
    return sa.select(
        *_row("referral", part.c.client_id, part.c.id, part.c.clock_on, text=part.c.service_name, word=part.c.status)
    )


def _asks(identity: Identity) -> Any:
    return scoped(
        sa.select(
            *_row(
                "ask",
                Reminder.client_id,
                Reminder.id,
                Reminder.due_on,
                at=Reminder.hour,
                text=Reminder.text,
                word=Reminder.kind,
                other=Reminder.for_user_id,
                about=Reminder.about_id,
                by=sa.select(User.first_name).where(User.id == Reminder.made_by).scalar_subquery(),
            )
        ).where(Reminder.done_at.is_(None)),
        identity,
        Reminder.client_id,
    )


def _concerns(identity: Identity) -> Any:
    return scoped(
        sa.select(*_row("concern", Concern.client_id, Concern.id, Concern.raised_on)).where(
            Concern.taken_at.is_(None), Concern.closed_at.is_(None)
        ),
        identity,
        Concern.client_id,
    )


def _follow_ups(identity: Identity) -> Any:
    """Return the moments to look after somebody again, until a contact on or after them, or the worry is closed."""
    spoke = sa.exists().where(
        CheckIn.client_id == ConcernFollowUp.client_id,
        CheckIn.withdrawn_at.is_(None),
        CheckIn.signed_at >= ConcernFollowUp.due_at,
        CheckIn.held_on >= ConcernFollowUp.due_on,
    )
    of_open = (
        sa.select(
            *_row(
                "follow-up",
                ConcernFollowUp.client_id,
                ConcernFollowUp.id,
                ConcernFollowUp.due_on,
                word=ConcernFollowUp.hours,
                other=ConcernFollowUp.concern_id,
            )
        )
        .join(Concern, Concern.id == ConcernFollowUp.concern_id)
        .where(Concern.closed_at.is_(None), ConcernFollowUp.done_at.is_(None), ~spoke)
    )
    return scoped(of_open, identity, ConcernFollowUp.client_id)


def _pauses(identity: Identity) -> Any:
    part = episodes.select_pauses(identity).subquery()
    days = {"word": sa.cast(part.c.until_on, sa.String), "by": sa.cast(part.c.ended_on, sa.String)}
    return sa.select(*_row("pause", part.c.client_id, part.c.id, part.c.from_on, **days))


def _resumed(rows: list[Any]) -> dt.date | None:
    return resumed_on((row.on, _day(row.word), _day(row.by)) for row in rows if row.word)


def _day(text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text else None


def _known(row: _Row, ladder: Ladder, *, name: str, tries: Tries, things: list[Any]) -> Known:
    person, assignment, away = row.person, row.assignment, row.away
    by_kind: dict[str, list[Any]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing)
    plan = _plan(by_kind.get("plan", []))
    concerns, agreements = by_kind.get("concern", []), by_kind.get("agreement", [])
    facts = PersonFacts(
        client_id=person.id,
        coach_id=away.cover_id if away and away.cover_id else assignment.coach_id,
        name=name,
        assigned_on=assignment.started_on,
        rhythm_days=person.rhythm_days,
        last_contact_on=row.last,
        tries=tries,
        reach=attempts.reach_of(person),
        ladder=ladder,
        visit=PlannedVisit(plan.on, plan.hour) if plan else None,
        goal_reviews=[(row.id, row.on) for row in by_kind.get("goal", [])],
        steps=[StepFacts(row.id, row.other, row.on, keys().open(row.text)) for row in by_kind.get("step", [])],
        referrals=[
            ReferralFacts(row.id, keys().open(row.text), Status(row.word), row.on)
            for row in by_kind.get("referral", [])
        ],
        asks=[
            AskFacts(
                row.id,
                AskKind(row.word),
                row.on,
                row.at,
                keys().open(row.text) if row.text else "",
                row.other,
                row.about,
                row.by,
            )
            for row in by_kind.get("ask", [])
        ],
        concern=(concerns[0].id, concerns[0].on) if concerns else None,
        resumed_on=_resumed(by_kind.get("pause", [])),
        is_closed=not row.is_open,
        agreement=(agreements[0].id, agreements[0].on) if agreements else None,
        follow_ups=[
            FollowUp(row.id, row.other, int(row.word), row.on)
            for row in sorted(by_kind.get("follow-up", []), key=lambda row: row.on)
        ],
    )
    return Known(person, assignment.coach_id, facts, plan, away, row.given_at)


def _plan(rows: list[Any]) -> Plan | None:
    if not rows:
        return None
    row = rows[0]
    return Plan(row.id, row.on, row.at, Channel(row.word) if row.word else None, keys().open(row.text))
