"""What becomes of plans when coaching with somebody comes to its end, and when it begins again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import visible
from coachdesk.visits import recurring, service
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import is_over
from coachdesk.visits.telling import in_words
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.clients.models import Episode
    from coachdesk.words import Sentence


class Plans:
    """Contacts planned with a person, as their episodes know them."""

    def end(self, session: Any, identity: Identity, row: Episode, *, now: dt.datetime, today: dt.date) -> None:
        """End what repeats and call off what is ahead; what lies behind stays as it was."""
        series = service.find_series(session, identity, row.client_id)
        if series is not None:
            recurring.end_series(session, identity, series.id, now=now, today=today)
        zone = service.find_zone(session, identity, row.client_id)
        for visit in service.list_open_visits(session, identity, row.client_id):
            if not is_over(visit.planned_on, visit.hour, visit.minutes, zone=zone, now=now, today=today):
                service.drop_visit(session, identity, visit, closing_id=row.id, now=now)

    def put_back(
        self,
        session: Any,
        identity: Identity,
        row: Episode,
        *,
        closed_at: dt.datetime,
        now: dt.datetime,
        today: dt.date,
    ) -> None:
        """Plan again what the end of this episode called off at `closed_at`, a few minutes ago."""
        for visit in session.scalars(visible(identity, Visit).where(Visit.closing_id == row.id)).all():
            if not service.is_replaced(session, identity, visit):
                service.reopen(session, identity, visit, now=now)
        for series in session.scalars(_ended(identity, row.client_id, closed_at)).all():
            if service.find_series(session, identity, row.client_id) is None:
                recurring.resume_series(session, identity, series.id, now=now, today=today)

    def said(
        self, session: Any, identity: Identity, row: Episode
    ) -> Sequence[tuple[Sequence[Sentence], uuid.UUID | None]]:
        """Say what was called off at the end of an episode; a series can go on as it was."""
        series = session.scalars(_ended(identity, row.client_id, row.closed_at)).all()
        alone = session.scalars(visible(identity, Visit).where(Visit.closing_id == row.id)).all()
        off = mark("A contact on %(weekday)s was called off then.")
        return [
            *(((say(mark("Until then you planned:")), *in_words(each.pattern)), each.id) for each in series),
            *(((say(off, weekday=visit.planned_on),), None) for visit in alone),
        ]


def _ended(identity: Identity, client_id: uuid.UUID, closed_at: dt.datetime | None) -> Any:
    """Select the series that ended in the very act that closed an episode."""
    return visible(identity, VisitSeries).where(
        VisitSeries.client_id == client_id, VisitSeries.ended_at == closed_at, sa.literal(closed_at is not None)
    )


PLANS = Plans()
