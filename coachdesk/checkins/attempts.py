"""Attempts: a try that reached nobody is a record of its own. It closes a plan, and moves no contact's clock."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible, wordless
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.checkins.rules import (
    RISK_DAYS,
    AttemptOutcome,
    NextTry,
    Reach,
    Tries,
    TryBy,
    Used,
    is_at_risk,
    may_withdraw,
    next_try,
    refuse_bad_day,
)
from coachdesk.checkins.service import TOO_LATE, Logged
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.db import DaysBefore, Many
from coachdesk.organisation import outreach
from coachdesk.organisation.rules import halved
from coachdesk.safety import finding
from coachdesk.safety import service as safety
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Closing, refuse_not_after
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity
    from coachdesk.clients.models import Client


def log_attempt(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    outcome: AttemptOutcome,
    tried_on: dt.date,
    channel: TryBy | None = None,
    tried_at: dt.time | None = None,
    used: Used | None = None,
    again_on: dt.date | None = None,
    note: str = "",
    worried: bool = False,
    now: dt.datetime,
    today: dt.date,
) -> Logged:
    """Log a try that reached nobody; when to try again follows from the outreach ladder, or is chosen.

    `tried_at` is a wall-clock time where the person is; of `used` their number or address of now is kept, sealed.
    """
    demand(identity, Action.CHECKINS_LOG)
    assigning.hold_person(session, client_id)
    person = clients.find_person(session, identity, client_id)
    refuse_bad_day(tried_on, today=today, at="held_on")
    if again_on is not None:
        refuse_not_after(again_on, today=today, at="again_on")
    if used and used not in reach_of(person).usable:
        raise Refused(mark("This is not agreed any more. Look at how to reach them safely."), "used")
    if outcome is AttemptOutcome.WRONG_NUMBER:
        used = used or _meant(person, channel)
        if used and getattr(person, _WRONG[used]) is None:
            clients.note_wrong(person, _WRONG[used], on=tried_on)
    plan = visits.find_open_visit(session, identity, client_id)
    met = plan is not None and plan.planned_on <= tried_on
    entry = Attempt(
        id=uuid.uuid4(),
        client_id=client_id,
        coach_id=identity.id,
        visit_id=plan.id if plan is not None and met else None,
        channel=channel,
        used=_number(person, used),
        tried_on=tried_on,
        tried_at=tried_at,
        outcome=outcome,
        again_on=again_on,
        note=note,
        logged_at=now,
    )
    session.add(entry)
    session.flush()
    audit.record(session, identity, audit.Event.ATTEMPT_LOGGED, client_id=client_id, subject=entry, now=now)
    if met:
        visits.close_met(
            session, identity, client_id, met_on=tried_on, closing=Closing.ATTEMPT, closing_id=entry.id, now=now
        )
    visits.open_next(session, identity, client_id, met_on=tried_on, now=now, today=today)
    concern = safety.raise_concern(session, identity, client_id, source_id=entry.id, now=now) if worried else None
    return Logged(entry, None, concern)


def withdraw_attempt(session: Any, identity: Identity, attempt_id: uuid.UUID, *, now: dt.datetime) -> Attempt:
    """Take a try back within ten minutes; the plan it closed is open again."""
    demand(identity, Action.CHECKINS_LOG)
    entry: Attempt | None = session.scalar(
        visible(identity, Attempt).where(
            Attempt.id == attempt_id, Attempt.withdrawn_at.is_(None), Attempt.coach_id == identity.id
        )
    )
    if entry is None:
        raise NotFound
    if not may_withdraw(entry.logged_at, now):
        raise Refused(TOO_LATE)
    entry.withdrawn_at, entry.withdrawn_by = now, identity.id
    visits.reopen_visits(session, identity, entry.id, now=now)
    if entry.outcome is AttemptOutcome.WRONG_NUMBER:
        _undo_wrong(session, identity, entry)
    session.flush()
    audit.record(session, identity, audit.Event.ATTEMPT_WITHDRAWN, client_id=entry.client_id, subject=entry, now=now)
    return entry


def _undo_wrong(session: Any, identity: Identity, entry: Attempt) -> None:
    """Let what a try found not to work be used again, unless another that was not taken back found out the same."""
    assigning.hold_person(session, entry.client_id)
    person = clients.find_person(session, identity, entry.client_id)
    used = next((one for one in Used if entry.used and clients.is_same(entry.used, _number(person, one))), None)
    if used is None or getattr(person, _WRONG[used]) != entry.tried_on:
        return  # they have another number by now, or an earlier try found it out
    # One of before that says another day was put right since, or it would stand there.
    counts = sa.or_(Attempt.tried_on == entry.tried_on, Attempt.logged_at >= entry.logged_at)
    others = sa.select(Attempt.tried_on, Attempt.used).where(
        Attempt.client_id == entry.client_id,
        Attempt.id != entry.id,
        Attempt.outcome == AttemptOutcome.WRONG_NUMBER,
        Attempt.withdrawn_at.is_(None),
        counts,
    )
    others = wordless(scoped(others, identity, Attempt.client_id), because="what did not work is known to everybody")
    days = [row.tried_on for row in session.execute(others) if clients.is_same(row.used, entry.used)]
    clients.note_wrong(person, _WRONG[used], on=min(days, default=None))


def list_attempts(session: Any, identity: Identity, client_id: uuid.UUID) -> list[Attempt]:
    """Return a person's attempts, latest first."""
    return list(
        session.scalars(
            visible(identity, Attempt)
            .where(Attempt.client_id == client_id, Attempt.withdrawn_at.is_(None))
            .order_by(Attempt.tried_on.desc(), Attempt.logged_at.desc())
        )
    )


def map_tries(session: Any, identity: Identity, *, ids: Iterable[uuid.UUID] | None = None) -> dict[uuid.UUID, Tries]:
    """Return the tries since each person (or each of some) was last reached; a contact the same day ends the row."""
    found = (
        sa.select(Attempt.client_id, Attempt.tried_on, Attempt.outcome, Attempt.channel, Attempt.again_on)
        .where(Attempt.withdrawn_at.is_(None), ~_reached_since(Attempt))
        .order_by(Attempt.tried_on, Attempt.logged_at)
    )
    if ids is not None:
        found = found.where(Many(session, set(ids)).has(Attempt.client_id))
    tries: dict[uuid.UUID, Tries] = {}
    found = wordless(
        scoped(found, identity, Attempt.client_id), because="days, ways and outcomes of tries may be known"
    )
    for client_id, tried_on, outcome, channel, again_on in session.execute(found):
        before = tries.get(client_id, Tries())
        stopped = tried_on if outcome is AttemptOutcome.ASKED_TO_STOP else before.stopped_on
        tries[client_id] = Tries((*before.days, tried_on), stopped, channel, again_on)
    return tries


def select_risks(identity: Identity, *, these: Many | None = None) -> Any:
    """Select (client_id, id, held_on, return_to_use, happened) of the check-ins of whoever is tried now.

    Only those held in the 30 days before they were tried first can make it sooner; no others are read. Whether there are words decides a day; they are shown to nobody for it.
    """
    first = sa.orm.aliased(Attempt)
    tried = (
        sa.select(first.client_id, sa.func.min(first.tried_on).label("first_on"))
        .where(first.withdrawn_at.is_(None), ~_reached_since(first))
        .where(sa.true() if these is None else these.has(first.client_id))
        .group_by(first.client_id)
        .subquery()
    )
    found = (
        sa.select(CheckIn.client_id, CheckIn.id, CheckIn.held_on, CheckIn.return_to_use, CheckIn.happened)
        .join(tried, tried.c.client_id == CheckIn.client_id)
        .where(CheckIn.withdrawn_at.is_(None), CheckIn.held_on >= DaysBefore(tried.c.first_on, RISK_DAYS))
    )
    return wordless(scoped(found, identity, CheckIn.client_id), because="whether there are words decides a day")


def _reached_since(attempt: Any) -> Any:
    """Return the condition that the person was reached on the day of a try or since; looked up by person and day."""
    reached = sa.orm.aliased(CheckIn)
    found = sa.select(sa.literal(1)).where(
        reached.client_id == attempt.client_id, reached.withdrawn_at.is_(None), reached.held_on >= attempt.tried_on
    )
    return found.correlate(attempt).exists()


def find_next_try(session: Any, identity: Identity, client_id: uuid.UUID) -> NextTry | None:
    """Return the ladder's next step, or none where nothing was tried since the last contact."""
    tries = map_tries(session, identity, ids=[client_id]).get(client_id, Tries())
    person, ladder = clients.find_person(session, identity, client_id), outreach.find_ladder(session)
    rows = session.execute(select_risks(identity).where(CheckIn.client_id == client_id))
    happened = [row.held_on for row in rows if row.return_to_use or row.happened]
    worried = finding.find_open(session, identity, client_id) is not None
    if is_at_risk(tries, happened, worried=worried):
        ladder = halved(ladder)
    return next_try(tries, ladder, reach_of(person))


def reach_of(person: Client) -> Reach:
    """Return what a person agreed to and may be reached by; what turned out not to work is not counted."""
    return Reach(
        may_call=person.may_call,
        may_text=person.may_text,
        may_email=person.may_email,
        may_voicemail=person.may_voicemail,
        has_phone=bool(person.phone) and person.phone_wrong_on is None,
        has_email=bool(person.email) and person.email_wrong_on is None,
        is_wrong=person.phone_wrong_on is not None or person.email_wrong_on is not None,
    )


_WRONG = {Used.PHONE: "phone_wrong_on", Used.EMAIL: "email_wrong_on"}


def _meant(person: Client, channel: TryBy | None) -> Used | None:
    """Return what did not work where nobody said which: nothing where nothing of theirs was used, or could be."""
    meant = {None: Used.PHONE, TryBy.CALL: Used.PHONE, TryBy.TEXT: Used.PHONE, TryBy.EMAIL: Used.EMAIL}.get(channel)
    # What is known not to work already may have been tried again.
    could = replace(reach_of(person), has_phone=bool(person.phone), has_email=bool(person.email))
    return meant if meant in could.usable else None


def _number(person: Client, used: Used | None) -> str:
    return {Used.PHONE: person.phone, Used.EMAIL: person.email}[used] if used else ""
