"""The facts of everybody a reader sees, gathered in three queries however many people there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment, scoped
from coachdesk.accounts.models import User
from coachdesk.checkins import attempts
from coachdesk.checkins.models import CheckIn
from coachdesk.checkins.rules import Tries
from coachdesk.clients.models import Client
from coachdesk.clients.naming import shown_map
from coachdesk.db import Key, keys
from coachdesk.goals import service as goals
from coachdesk.organisation import outreach
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Status
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.rules import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.safety.models import Concern
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel

if TYPE_CHECKING:
    import datetime as dt
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


def list_known(
    session: Any, identity: Identity, *, own: bool = False, ids: Iterable[uuid.UUID] | None = None
) -> list[Known]:
    """Return everybody this identity sees (or only their own people, or only some), by name, with their facts."""
    rows = _people(session, identity, own=own, ids=ids)
    names = shown_map(person for person, _assignment, _last in rows)
    tries = attempts.map_tries(session, identity, ids=ids)
    things = _things(session, identity)
    ladder = outreach.find_ladder(session)
    return [
        _known(
            person,
            assignment,
            last,
            ladder,
            name=names[person.id],
            tries=tries.get(person.id, Tries()),
            things=things.get(person.id, []),
        )
        for person, assignment, last in rows
    ]


def _people(
    session: Any, identity: Identity, *, own: bool, ids: Iterable[uuid.UUID] | None
) -> list[tuple[Client, Assignment, dt.date | None]]:
    last = (
        sa.select(CheckIn.client_id, sa.func.max(CheckIn.held_on).label("held_on"))
        .where(CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id)
        .subquery()
    )
    found = (
        sa.select(Client, Assignment, last.c.held_on)
        .join(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .outerjoin(last, last.c.client_id == Client.id)
    )
    if own:
        found = found.where(Assignment.coach_id == identity.id)
    if ids is not None:
        found = found.where(Client.id.in_(set(ids)))
    return [tuple(row) for row in session.execute(scoped(found, identity, Client.id).order_by(Client.shown_sort))]


def _things(session: Any, identity: Identity) -> dict[uuid.UUID, list[Any]]:
    """Return plans, steps, reviews, referrals, asks and concerns in one query, by person; words still sealed."""
    found: dict[uuid.UUID, list[Any]] = {}
    parts = (
        _plans(identity),
        _steps(identity),
        _reviews(identity),
        _clocks(identity),
        _asks(identity),
        _concerns(identity),
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
        sa.select(*_row("concern", Concern.client_id, Concern.id, Concern.raised_on)).where(Concern.taken_at.is_(None)),
        identity,
        Concern.client_id,
    )


def _known(
    person: Client,
    assignment: Assignment,
    last: dt.date | None,
    ladder: Ladder,
    *,
    name: str,
    tries: Tries,
    things: list[Any],
) -> Known:
    by_kind: dict[str, list[Any]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing)
    plan = _plan(by_kind.get("plan", []))
    concerns = by_kind.get("concern", [])
    facts = PersonFacts(
        client_id=person.id,
        coach_id=assignment.coach_id,
        name=name,
        assigned_on=assignment.started_on,
        rhythm_days=person.rhythm_days,
        last_contact_on=last,
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
    )
    return Known(person, assignment.coach_id, facts, plan)


def _plan(rows: list[Any]) -> Plan | None:
    if not rows:
        return None
    row = rows[0]
    return Plan(row.id, row.on, row.at, Channel(row.word) if row.word else None, keys().open(row.text))
