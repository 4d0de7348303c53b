"""A caseload that lives by itself: seeded verbs of coaches and supervisors, one after another. For tests of planning."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Identity, RestrictionKind, Role
from coachdesk.accounts import leaving
from coachdesk.accounts.models import User
from coachdesk.admin import service as admin
from coachdesk.checkins import attempts, reviewing
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import assigning, episodes, restricting
from coachdesk.clients.rules import Ending
from coachdesk.clock import day_of
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.notify import Channel
from coachdesk.reminders import choosing, ledger, looking
from coachdesk.reminders import service as reminders
from coachdesk.reminders.answers import BY_SAYING
from coachdesk.reminders.prefs import Prefs
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel as Way
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, ZONE

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence

EASTERN = ZoneInfo(ZONE)
_HOURS = (None, dt.time(1, 30), dt.time(2, 30), dt.time(9), dt.time(14, 30), dt.time(22))


class Life:
    """Does something drawn at random; what a verb refuses has not happened."""

    def __init__(
        self,
        session: Any,
        staff: Sequence[Identity],
        people: Sequence[uuid.UUID],
        *,
        seed: int,
        began: dt.datetime = MONDAY,
    ) -> None:
        """Live with these coaches (and supervisors who coach) and these people."""
        self.began = began
        self.session, self.staff, self.people = session, list(staff), list(people)
        self.draw = random.Random(seed)  # noqa: S311  (a repeatable draw, not a secret)
        self.done: list[str] = []
        often: tuple[tuple[int, Callable[..., Any]], ...] = (
            (8, self._log), (4, self._try), (5, self._remind), (2, self._plan), (2, self._set_goal), (2, self._give),
            (1, self._away), (1, self._rest), (1, self._end), (3, self._begin_again), (1, self._keep), (3, self._say),
            (1, self._switch), (1, self._choose), (1, self._sign_off),
        )  # fmt: skip
        self._acts = [act for times, act in often for _each in range(times)]

    def act(self, now: dt.datetime) -> None:
        """Do one thing and commit it."""
        act, person = self.draw.choice(self._acts), self.draw.choice(self.people)
        try:
            act(person, now=now, today=day_of(now, EASTERN))
            self.session.commit()
            self.done.append(act.__name__)
        except (NotFound, Refused, Stale):
            self.session.rollback()

    def remind(self, now: dt.datetime) -> None:
        """Let somebody begin again where they had ended, and set a reminder."""
        for act in (self._begin_again, self._remind):
            try:
                act(self.draw.choice(self.people), now=now, today=day_of(now, EASTERN))
                self.session.commit()
            except (NotFound, Refused):
                self.session.rollback()

    def coach_of(self, person: uuid.UUID) -> Identity:
        """Return a person's coach of now."""
        row = assigning.find_assignment(self.session, SYSTEM, person)
        if row is None:
            raise NotFound
        return self.session.get(User, row.coach_id).identity  # type: ignore[no-any-return]

    def _some_day(self, today: dt.date, most: int) -> dt.date:
        return today + dt.timedelta(days=self.draw.randint(0, most))

    def _log(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        held_on = today - dt.timedelta(days=self.draw.choice((0, 0, 0, 1, 2)))
        days = self.draw.choice((None, 1, 7, 14))
        checkins.log_checkin(
            self.session,
            self.coach_of(person),
            person,
            channel=Way.CALL,
            held_on=held_on,
            next_on=today + dt.timedelta(days=days) if days else None,
            next_hour=self.draw.choice(_HOURS),
            worried=self.draw.random() < 0.05,
            now=now,
            today=today,
        )

    def _try(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        outcome = self.draw.choice((AttemptOutcome.NO_ANSWER, AttemptOutcome.VOICEMAIL, AttemptOutcome.ASKED_TO_STOP))
        attempts.log_attempt(
            self.session, self.coach_of(person), person, outcome=outcome, tried_on=today, now=now, today=today
        )

    def _remind(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        reminders.set_reminder(
            self.session,
            self.coach_of(person),
            person,
            text="Ask about the form",
            due_on=self._some_day(today, 3),
            hour=self.draw.choice(_HOURS),
            zone=EASTERN,
            now=now,
        )

    def _plan(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        visits.plan_visit(
            self.session, self.coach_of(person), person, planned_on=self._some_day(today, 4), now=now, today=today
        )

    def _set_goal(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        goals.set_goal(
            self.session,
            self.coach_of(person),
            person,
            words="A place of my own",
            domain=next(iter(Domain)),
            status=GoalStatus.ACTIVE,
            steps=[goals.StepWords("Ring the office", due_on=self._some_day(today, 4))],
            next_review_on=self._some_day(today, 30),
            now=now,
            today=today,
        )

    def _give(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        to = self.draw.choice(self.staff)
        assigning.assign(self.session, SYSTEM, person, to.id, now=now, today=today)

    def _away(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        who, cover = self.draw.sample(self.staff, 2)
        rows = leaving.list_away(self.session, SYSTEM, now=now)
        if rows and self.draw.random() < 0.4:
            leaving.end_away(self.session, SYSTEM, rows[0].row.id, now=now)
            return
        first = self._some_day(today, 2)
        leaving.set_away(
            self.session,
            SYSTEM,
            who.id,
            cover_id=self.draw.choice((cover.id, None)),
            from_on=first,
            until_on=first + dt.timedelta(days=self.draw.randint(0, 5)),
            zone=EASTERN,
            now=now,
            today=today,
        )

    def _rest(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        coach = self.coach_of(person)
        if episodes.find_course(self.session, coach, person, today=today).pause:
            episodes.resume(self.session, coach, person, now=now, today=today)
        else:
            until = today + dt.timedelta(days=self.draw.randint(1, 9))
            episodes.pause(self.session, coach, person, until_on=until, now=now, today=today)

    def _end(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        episodes.close(self.session, self.coach_of(person), person, ending=Ending.COMPLETED, now=now, today=today)

    def _begin_again(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        for person in self.people:
            coach = self.coach_of(person)
            if not episodes.find_course(self.session, coach, person, today=today).is_open:
                episodes.reopen(self.session, coach, person, now=now, today=today)

    def _keep(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        kept = restricting.map_kept(self.session, person)
        if kept:
            restricting.end_restriction(self.session, SYSTEM, next(iter(kept.values())), now=now)
        else:
            who = self.draw.choice(self.staff)
            restricting.restrict(self.session, SYSTEM, person, who.id, kind=RestrictionKind.OTHER, now=now)

    def _say(self, person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        """Answer what is due: done, or later."""
        coach = self.coach_of(person)
        found = [
            one for one in looking.look_at(self.session, [person], now=now).dues.values() if one.recipient == coach.id
        ]
        if not found:
            raise NotFound
        due = self.draw.choice(found)
        if due.rule in BY_SAYING:
            act = ledger.done(self.session, coach, due.key, now=now, today=today)
            if self.draw.random() < 0.3:
                ledger.undo(self.session, coach, act.id, now=now)
        else:
            until = now + dt.timedelta(hours=self.draw.randint(1, 40))
            ledger.later(self.session, coach, due.key, until=until, now=now, today=today)

    def _switch(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        """Switch an account off, or on again, as the administrator's page does."""
        users = [self.session.get(User, who.id) for who in self.staff]
        user = next((user for user in users if not user.active), self.draw.choice(users))
        admin.set_active(self.session, SYSTEM, user.id, active=not user.active, now=now)

    def _choose(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        who = self.draw.choice(self.staff)
        row = choosing.find_row(self.session, who.id)
        prefs = Prefs(
            hour=self.draw.choice((dt.time(7), dt.time(8), dt.time(12, 30), dt.time(20, 59))),
            days=frozenset(self.draw.sample(range(7), self.draw.randint(1, 7))),
            each=self.draw.random() < 0.3,
            channels=frozenset({Channel.EMAIL} if self.draw.random() < 0.8 else ()),
        )
        choosing.choose(self.session, who, prefs, version=row.version if row else 1, now=now)

    def _sign_off(self, _person: uuid.UUID, *, now: dt.datetime, today: dt.date) -> None:
        for who in self.staff:
            if who.role is Role.SUPERVISOR:
                for review, _entry in reviewing.list_waiting(self.session, who)[:1]:
                    reviewing.sign_off(self.session, who, review.id, text="Kind.", phrases=[], now=now)


def find_told(session: Any, *columns: Any) -> list[Any]:
    """Return what the ledger says, unscoped, for a test's own eyes."""
    return list(session.execute(sa.select(*columns).execution_options(coachdesk_scoped="a test")).all())
