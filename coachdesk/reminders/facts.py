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
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Status
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.rules import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.safety.models import Concern
from coachdesk.visits.coming import Off
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Channel, Closing, Planned, Side, Then

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence

    from coachdesk.access import Identity


@dataclass(frozen=True)
class Known:
    """A person, their coach of today, and all that decides what is due."""

    person: Client
    coach_id: uuid.UUID
    facts: PersonFacts
    plans: Sequence[Planned]
    """What is planned and open, the earliest first."""

    series: VisitSeries | None = None
    """The plan that repeats, where one goes on."""
    taken: frozenset[dt.date] = frozenset()
    """Days of the series from `since` on that have a row and are closed."""
    off: Off | None = None
    """What was called off, where nothing is planned by itself now."""

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
    since: dt.date | None = None,
) -> list[Known]:
    """Return everybody this identity sees (or only their own people, or only some), by name, with their facts.

    With `since`, a local day, also what of their series has a row from then on, so that what is coming can be told.
    """
    rows = _people(session, identity, own=own, ids=ids)
    names = shown_map(person for person, *_more in rows)
    tries = attempts.map_tries(session, identity, ids=ids)
    things = _things(session, identity, since)
    return [
        _known(
            person,
            assignment,
            last,
            name=names[person.id],
            tries=tries.get(person.id, Tries()),
            things=things.get(person.id, []),
            series=series,
        )
        for person, assignment, last, series in rows
    ]


def _people(
    session: Any, identity: Identity, *, own: bool, ids: Iterable[uuid.UUID] | None
) -> list[tuple[Client, Assignment, dt.date | None, VisitSeries | None]]:
    last = (
        sa.select(CheckIn.client_id, sa.func.max(CheckIn.held_on).label("held_on"))
        .where(CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id)
        .subquery()
    )
    found = (
        sa.select(Client, Assignment, last.c.held_on, VisitSeries)
        .join(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .outerjoin(last, last.c.client_id == Client.id)
        .outerjoin(VisitSeries, sa.and_(VisitSeries.client_id == Client.id, VisitSeries.ended_at.is_(None)))
    )
    if own:
        found = found.where(Assignment.coach_id == identity.id)
    if ids is not None:
        found = found.where(Client.id.in_(set(ids)))
    return [tuple(row) for row in session.execute(scoped(found, identity, Client.id).order_by(Client.shown_sort))]


def _things(session: Any, identity: Identity, since: dt.date | None) -> dict[uuid.UUID, list[Any]]:
    """Return plans, steps, reviews, referrals, asks and concerns in one query, by person; words still sealed."""
    found: dict[uuid.UUID, list[Any]] = {}
    parts = (
        _plans(identity),
        _unmet(identity),
        _steps(identity),
        _reviews(identity),
        _clocks(identity),
        _asks(identity),
        _concerns(identity),
        *([_taken(identity, since), _off(identity, since)] if since else []),
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
        more.get("day", sa.cast(sa.null(), sa.Date)).label("day"),
        sa.cast(more.get("then", sa.null()), sa.String).label("then"),
        sa.cast(more.get("number", sa.null()), sa.Integer).label("number"),
    )


def _plans(identity: Identity) -> Any:
    return scoped(
        sa.select(
            *_row(
                "plan",
                Visit.client_id,
                Visit.id,
                Visit.planned_on,
                at=Visit.hour,
                text=Visit.place,
                word=Visit.channel,
                other=Visit.series_id,
                day=Visit.occurs_on,
                number=Visit.minutes,
            )
        ).where(Visit.closed_at.is_(None)),
        identity,
        Visit.client_id,
    )


def _unmet(identity: Identity) -> Any:
    """Return the last day of each series that goes on which came to nothing."""
    nobody = sa.or_(
        Visit.closing == Closing.ATTEMPT, sa.and_(Visit.closing == Closing.CANCELLED, Visit.closing_id.is_(None))
    )
    return scoped(
        sa.select(*_row("unmet", Visit.client_id, Visit.client_id, sa.func.max(Visit.planned_on)))
        .join(VisitSeries, VisitSeries.id == Visit.series_id)
        .where(VisitSeries.ended_at.is_(None), nobody)
        .group_by(Visit.client_id),
        identity,
        Visit.client_id,
    )


def _taken(identity: Identity, since: dt.date) -> Any:
    """Return the days of the series that go on which have a row of their own and are closed."""
    return scoped(
        sa.select(*_row("taken", Visit.client_id, Visit.id, Visit.occurs_on))
        .join(VisitSeries, VisitSeries.id == Visit.series_id)
        .where(VisitSeries.ended_at.is_(None), Visit.closed_at.is_not(None), Visit.occurs_on >= since),
        identity,
        Visit.client_id,
    )


def _off(identity: Identity, since: dt.date) -> Any:
    """Return what was called off by one of the two and whose day is not over."""
    return scoped(
        sa.select(
            *_row("off", Visit.client_id, Visit.id, Visit.planned_on, word=Visit.off_by, then=Visit.off_then)
        ).where(Visit.off_by.is_not(None), Visit.planned_on >= since),
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
                day=Visit.planned_on,
                then=Visit.off_then,
            )
        )
        .outerjoin(Visit, Visit.id == Reminder.about_id)
        .where(Reminder.done_at.is_(None)),
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
    *,
    name: str,
    tries: Tries,
    things: list[Any],
    series: VisitSeries | None,
) -> Known:
    by_kind: dict[str, list[Any]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing)
    plans = sorted((_planned(row) for row in by_kind.get("plan", [])), key=lambda one: one.order)
    concerns, unmet = by_kind.get("concern", []), by_kind.get("unmet", [])
    facts = PersonFacts(
        client_id=person.id,
        coach_id=assignment.coach_id,
        name=name,
        assigned_on=assignment.started_on,
        rhythm_days=person.rhythm_days,
        last_contact_on=last,
        tries=tries,
        visit=_visit(plans[0]) if plans else None,
        goal_reviews=[(row.id, row.on) for row in by_kind.get("goal", [])],
        steps=[StepFacts(row.id, row.other, row.on, keys().open(row.text)) for row in by_kind.get("step", [])],
        referrals=[
            ReferralFacts(row.id, keys().open(row.text), Status(row.word), row.on)
            for row in by_kind.get("referral", [])
        ],
        asks=[_ask(row) for row in by_kind.get("ask", [])],
        concern=(concerns[0].id, concerns[0].on) if concerns else None,
        unmet_on=unmet[0].on if unmet else None,
        zone=person.zone,
    )
    taken = frozenset(row.on for row in by_kind.get("taken", []))
    return Known(person, assignment.coach_id, facts, plans, series, taken, _called_off(plans, by_kind.get("off", [])))


def _called_off(plans: list[Planned], rows: list[Any]) -> Off | None:
    if not rows or any(planned.series_id is None for planned in plans):
        return None
    row = min(rows, key=lambda row: row.on)
    return Off(row.on, Side(row.word), Then(row.then) if row.then else None)


def _ask(row: Any) -> AskFacts:
    return AskFacts(
        row.id,
        AskKind(row.word),
        row.on,
        row.at,
        keys().open(row.text) if row.text else "",
        row.other,
        row.about,
        row.by,
        row.day,
        Then(row.then) if row.then else None,
    )


def _planned(row: Any) -> Planned:
    channel = Channel(row.word) if row.word else None
    return Planned(row.id, row.on, row.at, row.number, channel, keys().open(row.text), row.other, row.day)


def _visit(planned: Planned) -> PlannedVisit:
    return PlannedVisit(
        planned.on,
        planned.hour,
        planned.minutes,
        by_pattern=planned.series_id is not None,
        in_person=planned.channel is Channel.IN_PERSON,
    )
