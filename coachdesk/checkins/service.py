"""Logging that you spoke: saving signs the entry, closes the plan, ticks steps and plans the next contact at once."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible, worded, wordless
from coachdesk.accounts import service as accounts
from coachdesk.checkins import details, plans
from coachdesk.checkins.models import CheckIn, CheckInStep, Correction, Review
from coachdesk.checkins.parts import COLUMNS, MINUTES_A_DAY, More, minutes_between, refuse_bad_plans, refuse_unwanted
from coachdesk.checkins.rules import may_withdraw, refuse_bad_day, review_reason
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.goals import service as goals
from coachdesk.goals.models import Step
from coachdesk.organisation import service as organisation
from coachdesk.safety import acting
from coachdesk.safety import service as safety
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Closing, refuse_not_after
from coachdesk.words import NotFound, Refused, day_ahead, mark, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.safety.models import Concern
    from coachdesk.visits.models import Visit
    from coachdesk.visits.rules import Channel

NO_MORE = More()
TOO_LATE = mark("This can no longer be taken back. You can add a correction; the first text stays.")


@dataclass(frozen=True)
class Logged:
    """What one save made."""

    entry: Any
    visit: Any = None
    concern: Concern | None = None


def log_checkin(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    channel: Channel,
    held_on: dt.date,
    started: dt.time | None = None,
    minutes: int | None = None,
    weather: int | None = None,
    note: str = "",
    step_ids: Sequence[uuid.UUID] = (),
    next_on: dt.date | None,
    next_hour: dt.time | None = None,
    next_channel: Channel | None = None,
    next_place: str = "",
    worried: bool = False,
    more: More = NO_MORE,
    now: dt.datetime,
    today: dt.date,
) -> Logged:
    """Log a contact that reached the person. The last contact is the latest day held, not the last entered.

    Where no minutes are given, they follow from `started` (a wall-clock time where the person is) and `more.ended`.
    Without `next_on` you speak next as is planned already; it is refused where nothing is.
    """
    demand(identity, Action.CHECKINS_LOG)
    assigning.hold_person(session, client_id)
    person = clients.find_person(session, identity, client_id)
    refuse_bad_day(held_on, today=today, at="held_on")
    if next_on is not None:
        refuse_not_after(next_on, today=today, at="next_on")
    refuse_unwanted(more.return_to_use, wanted=more.wants_written, at="return_to_use")
    refuse_bad_plans(more.plans, today=today, at="plans")
    if minutes is None and started and more.ended:
        zone = ZoneInfo(person.zone or organisation.find_zone(session))
        minutes = minutes_between(held_on, started, more.ended, zone)
    if minutes is not None and not 1 <= minutes <= MINUTES_A_DAY:
        raise Refused(mark("Write how long in minutes, from 1 to 480."), "other_minutes")
    entry = CheckIn(
        id=uuid.uuid4(),
        client_id=client_id,
        coach_id=identity.id,
        channel=channel,
        held_on=held_on,
        started=started,
        minutes=minutes,
        weather=weather,
        note=note,
        signed_at=now,
        happened="\n".join(more.happened),
        **{name: getattr(more, name) for name in COLUMNS},
    )
    session.add(entry)
    session.flush()
    audit.record(session, identity, audit.Event.CHECKIN_LOGGED, client_id=client_id, subject=entry, now=now)
    details.keep_details(session, identity, entry, more, now=now)
    _tick(session, identity, entry, step_ids, now=now)
    visits.close_met(
        session, identity, client_id, met_on=held_on, closing=Closing.CHECKIN, closing_id=entry.id, now=now
    )
    if next_on is not None:
        visits.plan_visit(
            session,
            identity,
            client_id,
            planned_on=next_on,
            hour=next_hour,
            channel=next_channel,
            place=next_place,
            now=now,
            today=today,
            at="next_on",
        )
    visit = _next(session, identity, client_id, held_on=held_on, now=now, today=today)
    acting.settle_follow_ups(session, identity, client_id, acting.Contact(entry.id, identity.id, now, held_on), now=now)
    plans.keep_plans(session, identity, entry, more.plans, next_on=visit.planned_on, now=now)
    concern = safety.raise_concern(session, identity, client_id, source_id=entry.id, now=now) if worried else None
    _ask_review(session, identity, entry, worried=worried, now=now, today=today)
    return Logged(entry, visit, concern)


def _next(
    session: Any, identity: Identity, client_id: uuid.UUID, *, held_on: dt.date, now: dt.datetime, today: dt.date
) -> Visit:
    """Return the next contact: what was planned for it, or the next day of a series where that is nearer."""
    visits.open_next(session, identity, client_id, met_on=held_on, now=now, today=today)
    yesterday = today - dt.timedelta(days=1)
    visit = visits.find_next_visit(session, identity, client_id, after=max(held_on, yesterday))
    if visit is None:
        raise Refused(say("Write the day you speak next, like %(day)s.", day=day_ahead(today)), "next_on")
    return visit


def _tick(session: Any, identity: Identity, entry: CheckIn, step_ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    for step_id in step_ids:
        step = goals.find_step(session, identity, step_id)
        if step.client_id != entry.client_id:
            raise NotFound
        goals.complete_step(session, identity, step_id, now=now)
        session.add(CheckInStep(checkin_id=entry.id, step_id=step_id, client_id=entry.client_id))
    session.flush()


def _ask_review(
    session: Any, identity: Identity, entry: CheckIn, *, worried: bool, now: dt.datetime, today: dt.date
) -> None:
    started_on = accounts.find_user(session, identity.id).started_on
    share = organisation.find_organisation(session).review_share
    reason = review_reason(entry.id, worried=worried, coach_started_on=started_on, today=today, share=share)
    if reason:
        session.add(
            Review(
                id=uuid.uuid4(),
                checkin_id=entry.id,
                client_id=entry.client_id,
                coach_id=entry.coach_id,
                reason=reason,
                asked_at=now,
            )
        )
        session.flush()


def withdraw_checkin(session: Any, identity: Identity, checkin_id: uuid.UUID, *, now: dt.datetime) -> CheckIn:
    """Take an entry back within ten minutes: its steps, the plan it closed and the plan it made go back with it.

    A worry about safety that was told stays until a supervisor has it.
    """
    demand(identity, Action.CHECKINS_LOG)
    entry = find_checkin(session, identity, checkin_id)
    if entry.coach_id != identity.id:
        raise NotFound
    if not may_withdraw(entry.signed_at, now):
        raise Refused(TOO_LATE)
    entry.withdrawn_at, entry.withdrawn_by = now, identity.id
    for step_id in _ticked(session, identity, checkin_id):
        goals.undo_step(session, identity, step_id, now=now)
    _settle_otherwise(session, identity, entry, now=now)
    plans.drop_steps(session, identity, entry.id, now=now)
    _put_plan_back(session, identity, entry.client_id, entry.id, made_at=entry.signed_at, now=now)
    session.execute(sa.delete(Review).where(Review.checkin_id == checkin_id, Review.outcome.is_(None)))
    session.flush()
    audit.record(session, identity, audit.Event.CHECKIN_WITHDRAWN, client_id=entry.client_id, subject=entry, now=now)
    return entry


def _settle_otherwise(session: Any, identity: Identity, entry: CheckIn, *, now: dt.datetime) -> None:
    """Ask again after a worry for which this entry counted, unless another contact counts for it."""
    asked = acting.unsettle_follow_ups(session, identity, entry.id, now=now)
    if not asked:
        return
    others = sa.select(CheckIn.id, CheckIn.coach_id, CheckIn.signed_at, CheckIn.held_on).where(
        CheckIn.client_id == entry.client_id,
        CheckIn.id != entry.id,
        CheckIn.withdrawn_at.is_(None),
        CheckIn.signed_at >= min(row.due_at for row in asked),
    )
    others = scoped(others.order_by(CheckIn.signed_at), identity, CheckIn.client_id)
    for row in session.execute(wordless(others, because="that somebody was spoken with may be known")).all():
        acting.settle_follow_ups(session, identity, entry.client_id, acting.Contact(*row), now=now)


def _put_plan_back(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    entry_id: uuid.UUID,
    *,
    made_at: dt.datetime,
    now: dt.datetime,
) -> None:
    visits.drop_made_at(session, identity, client_id, made_at=made_at, now=now)
    visits.reopen_visits(session, identity, entry_id, now=now)


def correct_checkin(
    session: Any, identity: Identity, checkin_id: uuid.UUID, *, text: str, now: dt.datetime
) -> Correction:
    """Add to an entry; the first text stays."""
    demand(identity, Action.CHECKINS_LOG)
    entry = find_checkin(session, identity, checkin_id)
    made = Correction(
        id=uuid.uuid4(), checkin_id=entry.id, client_id=entry.client_id, text=text, made_at=now, made_by=identity.id
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.CHECKIN_CORRECTED, client_id=entry.client_id, subject=entry, now=now)
    return made


# ---- finding ------------------------------------------------------------------------------------------------------


def find_checkin(session: Any, identity: Identity, checkin_id: uuid.UUID) -> CheckIn:
    """Return an entry that was not withdrawn; raises `NotFound`."""
    found: CheckIn | None = session.scalar(
        visible(identity, CheckIn).where(CheckIn.id == checkin_id, CheckIn.withdrawn_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


def find_with_person(session: Any, identity: Identity, checkin_id: uuid.UUID) -> tuple[CheckIn, Client]:
    """Return an entry that was not withdrawn and whom it is about, in one query; raises `NotFound`."""
    wanted = visible(identity, CheckIn).join(Client, Client.id == CheckIn.client_id).add_columns(Client)
    found = session.execute(wanted.where(CheckIn.id == checkin_id, CheckIn.withdrawn_at.is_(None))).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def list_checkins(session: Any, identity: Identity, client_id: uuid.UUID, *, limit: int | None = None) -> list[CheckIn]:
    """Return a person's check-ins, the day held latest first."""
    return list(
        session.scalars(
            visible(identity, CheckIn)
            .where(CheckIn.client_id == client_id, CheckIn.withdrawn_at.is_(None))
            .order_by(CheckIn.held_on.desc(), CheckIn.signed_at.desc())
            .limit(limit)
        )
    )


def list_corrections(session: Any, identity: Identity, client_id: uuid.UUID) -> dict[uuid.UUID, list[Correction]]:
    """Return the corrections to a person's check-ins, by check-in, first one first."""
    found: dict[uuid.UUID, list[Correction]] = {}
    for row in session.scalars(
        visible(identity, Correction).where(Correction.client_id == client_id).order_by(Correction.made_at)
    ):
        found.setdefault(row.checkin_id, []).append(row)
    return found


def map_ticked(session: Any, identity: Identity, client_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
    """Return the words of the steps ticked in a person's check-ins, by check-in."""
    found: dict[uuid.UUID, list[str]] = {}
    ticks = scoped(
        sa.select(CheckInStep.checkin_id, Step.words)
        .join(Step, Step.id == CheckInStep.step_id)
        .join(CheckIn, CheckIn.id == CheckInStep.checkin_id)
        .where(CheckInStep.client_id == client_id),
        identity,
        CheckInStep.client_id,
    )
    rows = session.execute(worded(ticks, identity, CheckIn))
    for checkin_id, words in rows:
        found.setdefault(checkin_id, []).append(words)
    return found


def map_last_contacts(session: Any, identity: Identity) -> dict[uuid.UUID, dt.date]:
    """Return the latest day each person was reached, for everybody this identity sees."""
    latest = scoped(
        sa.select(CheckIn.client_id, sa.func.max(CheckIn.held_on))
        .where(CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id),
        identity,
        CheckIn.client_id,
    )
    return dict(session.execute(wordless(latest, because="the day of the last contact may be known")).all())


def list_last_spoken(session: Any, identity: Identity, *, limit: int = 5) -> list[uuid.UUID]:
    """Return the people this coach spoke with last, latest first."""
    spoken = scoped(
        sa.select(CheckIn.client_id)
        .where(CheckIn.coach_id == identity.id, CheckIn.withdrawn_at.is_(None))
        .group_by(CheckIn.client_id)
        .order_by(sa.func.max(CheckIn.signed_at).desc())
        .limit(limit),
        identity,
        CheckIn.client_id,
    )
    return list(session.scalars(wordless(spoken, because="these are one's own")))


def _ticked(session: Any, identity: Identity, checkin_id: uuid.UUID) -> list[uuid.UUID]:
    return list(
        session.scalars(
            scoped(
                sa.select(CheckInStep.step_id).where(CheckInStep.checkin_id == checkin_id),
                identity,
                CheckInStep.client_id,
            )
        )
    )
