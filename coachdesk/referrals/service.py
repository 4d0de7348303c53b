"""Connecting a person with a service: made while on the call, moved as it goes, with the spoken yes it rests on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, unscoped, visible
from coachdesk.clients import service as clients
from coachdesk.organisation import service as organisation
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import (
    ENDED,
    SENDS_A_NAME,
    Agreed,
    Status,
    clock_runs_out_on,
    clocks_of,
    first_status,
    refuse_move,
)
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.referrals.rules import CloseReason, ConfirmedBy
    from coachdesk.resources.models import Service
    from coachdesk.resources.rules import Need

_NO_STORY = "an administrator decides after how many days a clock runs out, and sees none of them"
NAME_AND_NUMBER = mark("name and number")


def make_referral(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    service_id: uuid.UUID | None,
    service_name: str,
    need: Need,
    agreed: Agreed,
    said_yes: bool,
    note: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Referral:
    """Make a referral. Without the person's spoken yes it stays an idea and nothing is sent."""
    demand(identity, Action.REFERRALS_MAKE)
    clients.find_person(session, identity, client_id)
    if not service_name.strip():
        raise Refused(mark("Write what is needed, or pick a service."), "service")
    status = first_status(agreed, said_yes=said_yes)
    referral = Referral(
        id=uuid.uuid4(),
        client_id=client_id,
        service_id=service_id,
        service_name=service_name,
        need=need,
        agreed=agreed,
        status=status,
        status_on=today,
        clock_on=clock_runs_out_on(status, today, clocks=_clocks(session)),
        note=note,
        made_at=now,
        made_by=identity.id,
    )
    session.add(referral)
    session.flush()
    _note_move(session, identity, referral, before=None, note="", now=now, today=today)
    if said_yes:
        _hear_yes(session, identity, referral, now=now)
    audit.record(session, identity, audit.Event.REFERRAL_MADE, client_id=client_id, subject=referral, now=now)
    return referral


def move_referral(
    session: Any,
    identity: Identity,
    referral_id: uuid.UUID,
    *,
    to: Status,
    version: int,
    appointment_on: dt.date | None = None,
    reason: CloseReason | None = None,
    confirmed_by: ConfirmedBy | None = None,
    said_yes: bool = False,
    note: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Referral:
    """Say where a referral stands now; raises `Stale`, or `Refused` for a move that lacks what it needs."""
    demand(identity, Action.REFERRALS_MAKE)
    referral = find_referral(session, identity, referral_id)
    if referral.version != version:
        raise Stale
    has_yes = find_yes(session, identity, referral_id) is not None
    refuse_move(
        referral.status,
        to,
        has_yes=has_yes or said_yes,
        appointment_on=appointment_on,
        reason=reason,
        confirmed_by=confirmed_by,
        today=today,
    )
    if said_yes and not has_yes:
        _hear_yes(session, identity, referral, now=now)
    before, referral.status = referral.status, to
    referral.appointment_on = appointment_on if to is Status.APPOINTMENT else referral.appointment_on
    referral.reason, referral.confirmed_by = (reason if to is Status.CLOSED else None), confirmed_by
    _restart_clock(session, referral, today)
    _note_move(session, identity, referral, before=before, note=note, now=now, today=today)
    audit.record(
        session,
        identity,
        audit.Event.REFERRAL_MOVED,
        client_id=referral.client_id,
        subject=referral,
        detail={"to": to.value},
        now=now,
    )
    return referral


def withdraw_yes(
    session: Any, identity: Identity, referral_id: uuid.UUID, *, now: dt.datetime, today: dt.date
) -> Referral:
    """Take the person's yes back: nothing more is shared, and a referral under way waits for a new one."""
    demand(identity, Action.REFERRALS_MAKE)
    referral = find_referral(session, identity, referral_id)
    said = find_yes(session, identity, referral_id)
    if said is None:
        return referral
    said.withdrawn_at, said.withdrawn_by = now, identity.id
    audit.record(
        session,
        identity,
        audit.Event.REFERRAL_CONSENT_WITHDRAWN,
        client_id=referral.client_id,
        subject=referral,
        now=now,
    )
    if referral.status in SENDS_A_NAME:
        before, referral.status = referral.status, Status.NEEDS_CONSENT
        _restart_clock(session, referral, today)
        _note_move(session, identity, referral, before=before, note="", now=now, today=today)
    session.flush()
    return referral


def find_referral(session: Any, identity: Identity, referral_id: uuid.UUID) -> Referral:
    """Return a referral; raises `NotFound`."""
    found: Referral | None = session.scalar(visible(identity, Referral).where(Referral.id == referral_id))
    if found is None:
        raise NotFound
    return found


def find_yes(session: Any, identity: Identity, referral_id: uuid.UUID) -> SpokenYes | None:
    """Return the spoken yes a referral rests on, if there is one that was not taken back."""
    found: SpokenYes | None = session.scalar(
        visible(identity, SpokenYes).where(SpokenYes.referral_id == referral_id, SpokenYes.withdrawn_at.is_(None))
    )
    return found


def list_open_with_yes(
    session: Any, identity: Identity, client_id: uuid.UUID
) -> list[tuple[Referral, SpokenYes | None]]:
    """Return a person's open referrals, the latest first, each with the spoken yes that stands for it."""
    stands = sa.and_(SpokenYes.referral_id == Referral.id, SpokenYes.withdrawn_at.is_(None))
    found = scoped(sa.select(Referral, SpokenYes).outerjoin(SpokenYes, stands), identity, Referral.client_id)
    found = found.where(Referral.client_id == client_id, Referral.status.not_in(ENDED)).order_by(
        Referral.made_at.desc()
    )
    return [tuple(row) for row in session.execute(found)]


def find_taken_back(session: Any, identity: Identity, referral_id: uuid.UUID) -> SpokenYes | None:
    """Return the last spoken yes that was taken back, if there is one."""
    found: SpokenYes | None = session.scalar(
        visible(identity, SpokenYes)
        .where(SpokenYes.referral_id == referral_id, SpokenYes.withdrawn_at.is_not(None))
        .order_by(SpokenYes.withdrawn_at.desc())
        .limit(1)
    )
    return found


def list_referrals(
    session: Any,
    identity: Identity,
    *,
    client_id: uuid.UUID | None = None,
    status: Status | None = None,
    open_only: bool = False,
) -> list[Referral]:
    """Return referrals, those whose clock runs out first on top; ended ones last."""
    found = visible(identity, Referral)
    if client_id:
        found = found.where(Referral.client_id == client_id)
    if status:
        found = found.where(Referral.status == status)
    if open_only:
        found = found.where(Referral.status.not_in(ENDED))
    order = (Referral.clock_on.is_(None), Referral.clock_on, Referral.made_at.desc())
    return list(session.scalars(found.order_by(*order)))


def list_moves(
    session: Any, identity: Identity, *, referral_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None
) -> list[tuple[ReferralMove, str]]:
    """Return the moves of a referral or of all of a person's, latest first, with the service's name."""
    found = scoped(
        sa.select(ReferralMove, Referral.service_name).join(Referral, Referral.id == ReferralMove.referral_id),
        identity,
        ReferralMove.client_id,
    )
    if referral_id:
        found = found.where(ReferralMove.referral_id == referral_id)
    if client_id:
        found = found.where(ReferralMove.client_id == client_id)
    return [(move, name) for move, name in session.execute(found.order_by(ReferralMove.moved_at.desc()))]


def select_clocks(identity: Identity) -> Any:
    """Select (client_id, id, service_name, status, clock_on) of referrals that have a clock."""
    return scoped(
        sa.select(Referral.client_id, Referral.id, Referral.service_name, Referral.status, Referral.clock_on).where(
            Referral.clock_on.is_not(None)
        ),
        identity,
        Referral.client_id,
    )


def select_how_many_wait(identity: Identity, today: dt.date) -> Any:
    """Select how many referrals wait for somebody: their clock has run out."""
    return scoped(sa.select(sa.func.count()).where(Referral.clock_on <= today), identity, Referral.client_id)


def most_used_first(session: Any, identity: Identity, services: Sequence[Service]) -> list[Service]:
    """Order services by how often this reader's people were referred to them; then as they come."""
    counted = scoped(
        sa.select(Referral.service_id, sa.func.count())
        .where(Referral.service_id.is_not(None))
        .group_by(Referral.service_id),
        identity,
        Referral.client_id,
    )
    used: dict[Any, int] = dict(session.execute(counted).all())
    return sorted(services, key=lambda row: -used.get(row.id, 0))


def _restart_clock(session: Any, referral: Referral, today: dt.date) -> None:
    referral.status_on = today
    referral.clock_on = clock_runs_out_on(referral.status, today, referral.appointment_on, _clocks(session))
    referral.version += 1


def _clocks(session: Any) -> Mapping[Status, int]:
    """Return after how many days somebody is reminded, as the organisation decided."""
    try:
        kept = organisation.find_organisation(session).reminding
    except NotFound:
        return clocks_of(None)
    own = kept.get("referral_waiting") if isinstance(kept, dict) else None
    return clocks_of(own.get("days") if isinstance(own, dict) else None)


def set_clocks(session: Any, identity: Identity, clocks: Mapping[Status, int], *, today: dt.date) -> None:
    """Let the clocks that run now count with these days. What ran out, and would still have, stays as it was told."""
    demand(identity, Action.ADMIN_SETTINGS)
    row = Referral
    running = sa.select(row.id, row.status, row.status_on, row.appointment_on, row.clock_on)
    running = running.where(row.clock_on.is_not(None), row.status.in_(clocks))
    moved = []
    running = running.with_for_update()  # whoever moves one meanwhile moves it after this
    for key, status, since, appointment_on, before in session.execute(unscoped(running, because=_NO_STORY)):
        on = clock_runs_out_on(status, since, appointment_on, clocks)
        if on != before and (on is None or max(on, before) > today):
            moved.append({"id": key, "clock_on": on})
    if moved:
        session.execute(sa.update(row), moved)


def _note_move(
    session: Any,
    identity: Identity,
    referral: Referral,
    *,
    before: Status | None,
    note: str,
    now: dt.datetime,
    today: dt.date,
) -> None:
    session.add(
        ReferralMove(
            id=uuid.uuid4(),
            referral_id=referral.id,
            client_id=referral.client_id,
            before=before,
            after=referral.status,
            note=note,
            moved_on=today,
            moved_at=now,
            moved_by=identity.id,
        )
    )
    session.flush()


def _hear_yes(session: Any, identity: Identity, referral: Referral, *, now: dt.datetime) -> None:
    session.add(
        SpokenYes(
            id=uuid.uuid4(),
            referral_id=referral.id,
            client_id=referral.client_id,
            heard_by=identity.id,
            heard_at=now,
            shared=NAME_AND_NUMBER,
        )
    )
    session.flush()
