"""Referrals of the demo at every status, each with the moves that led there and the spoken yes it rests on."""

from __future__ import annotations

import datetime as dt
from itertools import cycle
from typing import TYPE_CHECKING

from coachdesk.demo import content
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status, clock_runs_out_on
from coachdesk.referrals.service import NAME_AND_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_WAYS: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.DRAFT,),
    Status.SENT: (Status.DRAFT, Status.SENT),
    Status.ACCEPTED: (Status.SENT, Status.ACCEPTED),
    Status.APPOINTMENT: (Status.SENT, Status.ACCEPTED, Status.APPOINTMENT),
    Status.CONNECTED: (Status.SENT, Status.APPOINTMENT, Status.CONNECTED),
    Status.GOT_HELP: (Status.SENT, Status.CONNECTED, Status.GOT_HELP),
    Status.SELF: (Status.SELF,),
    Status.WAITLISTED: (Status.SENT, Status.WAITLISTED),
    Status.CLOSED: (Status.SENT, Status.CLOSED),
    Status.NEEDS_CONSENT: (Status.SENT, Status.NEEDS_CONSENT),
    Status.MISTAKE: (Status.DRAFT, Status.MISTAKE),
}
"""How a referral came to stand where it does."""
_STRIDE = dt.timedelta(days=3)
_LATE_EACH, _WITHOUT_EACH = 7, 3


def refer(town: Town) -> None:
    """Refer two people in three; the ways take turns, and one in seven has waited past its clock."""
    ways, reasons = cycle(_WAYS), cycle(CloseReason)
    names = cycle(town.services)
    for number, person in enumerate(town.people):
        if person.first_name == "Marcus":
            for name, status, ago in content.MARCUS_REFERRALS:
                _referral(town, person, name, status, ago, reason=None)
        elif person.first_name not in content.NEVER_REACHED and number % _WITHOUT_EACH:
            status = next(ways)
            late = number % _LATE_EACH == 0
            ago = town.draw.randint(12, 30) if late else 1
            reason = next(reasons) if status is Status.CLOSED else None
            _referral(town, person, next(names), status, ago, reason=reason)


def _referral(town: Town, person: Client, name: str, status: Status, ago: int, *, reason: CloseReason | None) -> None:
    way = _WAYS[status]
    earliest = person.working_since + dt.timedelta(days=1) + _STRIDE * (len(way) - 1)
    since = max(town.day(ago), earliest)
    days = [since - _STRIDE * back for back in reversed(range(len(way)))]
    appointment = town.day(-6) if status is Status.APPOINTMENT else None
    if appointment is None and Status.APPOINTMENT in way:
        appointment = since
    service = town.services[name]
    row = Referral(
        id=town.key(),
        client_id=person.id,
        service_id=service.id,
        service_name=name,
        need=service.need,
        agreed=_agreed(town, status),
        status=status,
        status_on=since,
        clock_on=clock_runs_out_on(status, since, appointment),
        appointment_on=appointment,
        reason=reason,
        confirmed_by=_confirmed_by(status),
        made_at=town.at(days[0], 11),
        made_by=town.coach_of[person.id].id,
        version=len(way),
    )
    town.add(row)
    _moves(town, row, way, days)
    if Status.SENT in way:
        _yes(town, row, heard_on=days[way.index(Status.SENT)], withdrawn_on=since)


def _agreed(town: Town, status: Status) -> Agreed:
    return Agreed.PERSON_CALLS if status is Status.SELF else town.draw.choice((Agreed.COACH_CALLS, Agreed.TOGETHER))


def _confirmed_by(status: Status) -> ConfirmedBy | None:
    return {Status.GOT_HELP: ConfirmedBy.PERSON, Status.CONNECTED: ConfirmedBy.PROVIDER}.get(status)


def _moves(town: Town, row: Referral, way: Sequence[Status], days: Sequence[dt.date]) -> None:
    for before, after, day in zip((None, *way), way, days, strict=False):
        town.add(
            ReferralMove(
                id=town.key(),
                referral_id=row.id,
                client_id=row.client_id,
                before=before,
                after=after,
                moved_on=day,
                moved_at=town.at(day, 12),
                moved_by=row.made_by,
            )
        )


def _yes(town: Town, row: Referral, *, heard_on: dt.date, withdrawn_on: dt.date) -> None:
    """Keep the spoken yes; a referral that waits for a yes is one whose person took theirs back."""
    withdrawn = row.status is Status.NEEDS_CONSENT
    town.add(
        SpokenYes(
            id=town.key(),
            referral_id=row.id,
            client_id=row.client_id,
            heard_by=row.made_by,
            heard_at=town.at(heard_on, 11),
            shared=NAME_AND_NUMBER,
            withdrawn_at=town.at(withdrawn_on, 12) if withdrawn else None,
            withdrawn_by=row.made_by if withdrawn else None,
        )
    )
