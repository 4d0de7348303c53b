"""What a caseload does beside what `life` does: visits that repeat, steps, referrals, days closed, an hour elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Earlier, Role, unscoped
from coachdesk.accounts.models import User
from coachdesk.clients import assigning, episodes
from coachdesk.clients.models import Client, Episode
from coachdesk.goals import service as goals
from coachdesk.goals.rules import StepOwner
from coachdesk.organisation import holidays
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status
from coachdesk.resources.rules import Need
from coachdesk.visits import recurring
from coachdesk.visits.rules import Pattern, Repeat
from coachdesk.words import NotFound
from tests.reminders.life import Life

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from coachdesk.access import Identity

ELSEWHERE = ("", "Europe/London", "America/Los_Angeles")
"""Zones of readers and of people; the first is the organisation's."""
_HOURS = (None, dt.time(2, 30), dt.time(10), dt.time(16))


class Wider(Life):
    """The same, and more of it; notes who was switched off or on, of which nothing is left."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Live with these coaches and these people, some of them elsewhere."""
        super().__init__(*given, **named)
        self.switched: list[tuple[dt.datetime, uuid.UUID, bool]] = []
        """When which account was switched, and to what."""
        admins = sa.select(User).where(User.role_name == Role.ADMINISTRATOR, User.active)
        self._admin: Identity = self.session.scalars(admins).first().identity
        often: tuple[tuple[int, Callable[..., Any]], ...] = (
            (3, self._repeat), (5, self._finish_step), (2, self._refer), (3, self._move), (1, self._close_a_day),
        )  # fmt: skip
        self._acts += [act for times, act in often for _each in range(times)]
        self._spread()

    def _begin_again(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        goes_on = sa.select(Episode.client_id).where(Episode.closed_at.is_(None))
        ended = sa.select(Client.id).where(Client.id.in_(self.people), Client.id.not_in(goes_on))
        for person in self.session.scalars(unscoped(ended, because="a test")).all():
            episodes.reopen(self.session, self.coach_of(person), person, now=now, today=today)

    def _switch(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        before = self._map_active()
        super()._switch(person, now=now, today=today)
        after = self._map_active()
        self.switched += [(now, key, after[key]) for key in before if before[key] != after[key]]

    def _map_active(self) -> dict[uuid.UUID, bool]:
        rows = sa.select(User.id, User.active).where(User.id.in_([one.id for one in self.staff]))
        return {row.id: row.active for row in self.session.execute(rows)}

    def _give(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        to, earlier = self.draw.choice(self.staff), self.draw.choice(list(Earlier))
        assigning.assign(self.session, self._admin, person, to.id, earlier=earlier, now=now, today=today)

    def _spread(self) -> None:
        """Let some readers and some people live elsewhere."""
        for n, one in enumerate(self.staff):
            self.session.execute(sa.update(User).where(User.id == one.id).values(zone=ELSEWHERE[n % len(ELSEWHERE)]))
        for n, person in enumerate(self.people):
            zone = ELSEWHERE[n % len(ELSEWHERE)] if n % 4 == 0 else ""
            self.session.execute(sa.update(Client).where(Client.id == person).values(zone=zone))
        self.session.commit()

    def _repeat(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        first = self._some_day(today, 6)
        pattern = Pattern(
            Repeat.WEEKLY,
            first,
            self.draw.choice(_HOURS),
            weekdays=frozenset({first.weekday()}),
            count=self.draw.choice((None, 2, 6)),
        )
        recurring.begin_series(self.session, self.coach_of(person), person, pattern, minutes=45, now=now, today=today)

    def _finish_step(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        coach = self.coach_of(person)
        steps = goals.list_open_steps(self.session, coach, person)
        if not steps:
            raise NotFound
        step = goals.complete_step(self.session, coach, self.draw.choice(steps).id, now=now)
        more = goals.StepWords("Ring again", owner=self.draw.choice(list(StepOwner)), due_on=self._some_day(today, 9))
        goals.add_step(self.session, coach, goals.find_goal(self.session, coach, step.goal_id), more, now=now)

    def _refer(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        referrals.make_referral(
            self.session,
            self.coach_of(person),
            person,
            service_id=None,
            service_name="A house",
            need=next(iter(Need)),
            agreed=self.draw.choice(list(Agreed)),
            said_yes=self.draw.random() < 0.8,
            now=now,
            today=today,
        )

    def _move(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        coach = self.coach_of(person)
        found = referrals.list_open_with_yes(self.session, coach, person)
        if not found:
            raise NotFound
        referral, _yes = self.draw.choice(found)
        referrals.move_referral(
            self.session,
            coach,
            referral.id,
            to=self.draw.choice(list(Status)),
            version=referral.version,
            appointment_on=self._some_day(today, 9),
            reason=self.draw.choice(list(CloseReason)),
            confirmed_by=next(iter(ConfirmedBy)),
            said_yes=True,
            now=now,
            today=today,
        )

    def _close_a_day(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        if self.draw.random() < 0.1:
            on = self._some_day(today, 40) + dt.timedelta(days=1)
            holidays.add_holiday(self.session, self._admin, on=on, now=now, today=today)
