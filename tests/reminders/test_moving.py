"""What moves what is due, and what does not: acts as people do them, by the event each leaves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, RestrictionKind, TeamMembership, visible
from coachdesk.accounts import leaving, teams
from coachdesk.admin import service as admin
from coachdesk.audit import AuditEntry, Event
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import CheckIn
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import assigning, episodes, items, restricting
from coachdesk.clients.items import Item
from coachdesk.clients.rules import Ending
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.organisation import holidays
from coachdesk.portal import service as portal
from coachdesk.reminders import choosing, deriving, ledger, marking, moving, planning, service
from coachdesk.reminders.models import LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from coachdesk.safety import plans
from coachdesk.safety import service as safety
from coachdesk.visits import coming, feeding, recurring
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel, Pattern, Repeat
from tests.cast import MONDAY, ZONE, Cast
from tests.gateway import add_way

if TYPE_CHECKING:
    from collections.abc import Callable

EASTERN = ZoneInfo(ZONE)
DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 11, 25)  # whoever was not spoken with yet is due
NOW = moment_of(TODAY, dt.time(9), EASTERN)
SOON = NOW + dt.timedelta(seconds=15)
WHEN: dict[str, Any] = {"now": NOW, "today": TODAY}


class Desk:
    """What a coach and those around them do, one act after the other."""

    def __init__(self, session: Any, cast: Cast) -> None:
        """Sit down at the desk of the cast."""
        self.session, self.cast, self.dana, self.marcus = session, cast, cast.dana, cast.marcus

    def log(self) -> Any:
        return checkins.log_checkin(
            self.session, self.dana, self.marcus, channel=Channel.CALL, held_on=TODAY, next_on=TODAY + 7 * DAY, **WHEN
        )

    def withdraw(self) -> None:
        entry = self.session.scalars(visible(self.dana, CheckIn)).first()
        checkins.withdraw_checkin(self.session, self.dana, entry.id, now=NOW)

    def attempt(self, outcome: AttemptOutcome = AttemptOutcome.NO_ANSWER) -> None:
        attempts.log_attempt(self.session, self.dana, self.marcus, outcome=outcome, tried_on=TODAY, **WHEN)

    def remind(self) -> Any:
        return service.set_reminder(
            self.session, self.dana, self.marcus, text="Ring", due_on=TODAY, hour=None, zone=EASTERN, now=NOW
        )

    def answer(self) -> None:
        found = deriving.gather_dues(self.session, now=NOW, ids=[self.marcus])[1][self.dana.id]
        key = next(due.key for due in found if due.rule == "by_hand")
        ledger.done(self.session, self.dana, key, **WHEN)

    def goal(self) -> Any:
        return goals.set_goal(
            self.session, self.dana, self.marcus, words="A place", domain=Domain.HOME, status=GoalStatus.ACTIVE,
            steps=[goals.StepWords("Ring", due_on=TODAY)], **WHEN,
        )  # fmt: skip

    def step(self) -> None:
        goals.complete_step(
            self.session, self.dana, goals.list_open_steps(self.session, self.dana, self.marcus)[0].id, now=NOW
        )

    def plan(self) -> Any:
        day = TODAY + DAY
        return visits.plan_visit(self.session, self.dana, self.marcus, planned_on=day, **WHEN)

    def move(self) -> None:
        row = visits.list_open_visits(self.session, self.dana, self.marcus)[0]
        coming.move_visit(
            self.session,
            self.dana,
            self.marcus,
            row.id,
            planned_on=TODAY + 3 * DAY,
            hour=None,
            version=row.version,
            **WHEN,
        )

    def call_off(self) -> None:
        row = visits.list_open_visits(self.session, self.dana, self.marcus)[0]
        coming.call_off(self.session, self.dana, self.marcus, row.id, **WHEN)

    def repeat(self) -> Any:
        daily = Pattern(Repeat.DAILY, TODAY + DAY)
        return recurring.begin_series(self.session, self.dana, self.marcus, daily, **WHEN)

    def end_repeat(self) -> None:
        series = visits.find_series(self.session, self.dana, self.marcus)
        assert series is not None
        recurring.end_series(self.session, self.dana, series.id, **WHEN)

    def give(self) -> None:
        assigning.assign(self.session, SYSTEM, self.marcus, self.cast.imani.id, **WHEN)

    def close(self) -> None:
        episodes.close(self.session, self.dana, self.marcus, ending=Ending.COMPLETED, **WHEN)

    def reopen(self) -> None:
        episodes.reopen(self.session, self.dana, self.marcus, **WHEN)

    def rest(self) -> None:
        episodes.pause(self.session, self.dana, self.marcus, until_on=TODAY + 5 * DAY, **WHEN)

    def resume(self) -> None:
        episodes.resume(self.session, self.dana, self.marcus, **WHEN)

    def keep(self) -> None:
        kind = RestrictionKind.OTHER
        restricting.restrict(self.session, SYSTEM, self.marcus, self.cast.imani.id, kind=kind, now=NOW)

    def let(self) -> None:
        (key,) = restricting.map_kept(self.session, self.marcus).values()
        restricting.end_restriction(self.session, SYSTEM, key, now=NOW)

    def ask(self) -> None:
        portal.ask_help(self.session, self.cast.accounts["marcus"], step_id=None, **WHEN)

    def mark_day(self) -> None:
        items.add_item(self.session, self.dana, self.marcus, Item.MILESTONE, words="A key", marked_on=TODAY, **WHEN)

    def worry(self) -> None:
        safety.raise_concern(self.session, self.dana, self.marcus, now=NOW)

    def leave(self) -> None:
        leaving.set_away(
            self.session, SYSTEM, self.dana.id, cover_id=self.cast.imani.id, from_on=TODAY, until_on=TODAY + DAY,
            zone=EASTERN, **WHEN,
        )  # fmt: skip

    def come_back(self) -> None:
        leaving.end_away(self.session, SYSTEM, leaving.list_away(self.session, SYSTEM, now=NOW)[0].row.id, now=SOON)

    def switch(self, *, active: bool) -> None:
        admin.set_active(self.session, self.cast.admin, self.dana.id, active=active, now=NOW)

    def leave_team(self) -> None:
        teams.put_in_teams(self.session, self.cast.admin, self.cast.ruth.id, [], now=NOW)

    def join_team(self) -> None:
        found = sa.select(TeamMembership.team_id).where(TeamMembership.user_id == self.dana.id)
        teams.put_in_teams(self.session, self.cast.admin, self.cast.ruth.id, self.session.scalars(found).all(), now=NOW)

    def shut(self) -> None:
        holidays.add_holiday(self.session, self.cast.admin, on=TODAY, **WHEN)

    def choose(self, hour: int) -> None:
        row = choosing.find_row(self.session, self.dana.id)
        prefs = Prefs(hour=dt.time(hour))
        choosing.choose(self.session, self.dana, prefs, version=row.version if row else 1, now=NOW)

    def write_plan(self) -> None:
        plans.write_plan(self.session, self.dana, self.marcus, version=0, signs="Sleepless", now=NOW)

    def make_team(self) -> Any:
        return teams.make_team(self.session, self.cast.admin, name="Lakeside", now=NOW)

    def rename_team(self) -> None:
        teams.rename_team(self.session, self.cast.admin, self.make_team().id, name="Seaside", now=NOW)


MOVED: dict[Event, tuple[Callable[[Desk], Any], ...]] = {
    Event.CHECKIN_LOGGED: (Desk.log,),
    Event.CHECKIN_WITHDRAWN: (Desk.log, Desk.withdraw),
    Event.ATTEMPT_LOGGED: (Desk.attempt,),
    Event.REMINDER_SET: (Desk.remind,),
    Event.REMINDER_DONE: (Desk.remind, Desk.answer),
    Event.GOAL_SET: (Desk.goal,),
    Event.STEP_DONE: (Desk.goal, Desk.step),
    Event.VISIT_PLANNED: (Desk.plan,),
    Event.VISIT_MOVED: (Desk.plan, Desk.move),
    Event.VISIT_CANCELLED: (Desk.plan, Desk.call_off),
    Event.SERIES_BEGUN: (Desk.repeat,),
    Event.SERIES_ENDED: (Desk.repeat, Desk.end_repeat),
    Event.ASSIGNMENT_MADE: (Desk.give,),
    Event.ASSIGNMENT_ENDED: (Desk.give,),
    Event.EPISODE_CLOSED: (Desk.close,),
    Event.EPISODE_OPENED: (Desk.close, Desk.reopen),
    Event.PAUSE_BEGUN: (Desk.rest,),
    Event.PAUSE_ENDED: (Desk.rest, Desk.resume),
    Event.RESTRICTION_MADE: (Desk.leave, Desk.keep),
    Event.RESTRICTION_ENDED: (Desk.leave, Desk.keep, Desk.let),
    Event.HELP_ASKED: (Desk.ask,),
    Event.MILESTONE_ADDED: (Desk.mark_day,),
    Event.LEAVE_MADE: (Desk.leave,),
    Event.LEAVE_ENDED: (Desk.leave, Desk.come_back),
    Event.ACCOUNT_DISABLED: (lambda desk: desk.switch(active=False),),
    Event.ACCOUNT_ENABLED: (lambda desk: desk.switch(active=False), lambda desk: desk.switch(active=True)),
    Event.MEMBERSHIP_ENDED: (lambda desk: desk.switch(active=False), Desk.leave_team),
    Event.MEMBERSHIP_MADE: (lambda desk: desk.switch(active=False), Desk.leave_team, Desk.join_team),
    Event.SETTINGS_CHANGED: (Desk.shut,),
    Event.TELLING_CHANGED: (lambda desk: desk.choose(20), Desk.remind, lambda desk: desk.choose(7)),
}
"""What changes what is due or told, each as the last of some acts."""

UNMOVED: dict[Event, tuple[Callable[[Desk], Any], ...]] = {
    Event.SAFETY_PLAN_WRITTEN: (Desk.write_plan,),
    Event.TEAM_MADE: (Desk.make_team,),
    Event.TEAM_RENAMED: (Desk.rename_team,),
    Event.WAY_ADDED: (lambda desk: add_way(desk.session, desk.cast, "json://127.0.0.1:9/send?:to={to}"),),
    Event.RESOURCE_ADDED: (
        lambda desk: resources.add_service(desk.session, desk.dana, name="Pantry", need=Need.FOOD, now=NOW),
    ),
    Event.CALENDAR_MADE: (lambda desk: feeding.make_feed(desk.session, desk.dana, now=NOW),),
    Event.CALENDAR_ENDED: (
        lambda desk: feeding.make_feed(desk.session, desk.dana, now=NOW),
        lambda desk: feeding.end_feed(desk.session, desk.dana, now=NOW),
    ),
    Event.ACCOUNT_INVITED: (
        lambda desk: admin.invite_again(desk.session, desk.cast.admin, desk.dana.id, mailed=False, now=NOW),
    ),
}
"""What is said to change nothing of it."""


def _plan(session: Any, now: dt.datetime, *, whole: bool = False) -> None:
    with writing():
        planning.plan(session, now=now, whole=whole)


def _stands(session: Any) -> set[str]:
    """Return the keys of what the ledger says is due."""
    entries = sa.select(LedgerEntry.key).where(LedgerEntry.over_at.is_(None))
    found = set(session.scalars(entries.execution_options(coachdesk_scoped="a test")))
    session.rollback()
    return found


def _do(session: Any, cast: Cast, acts: tuple[Callable[[Desk], Any], ...], event: Event) -> tuple[set[str], set[str]]:
    """Do what comes before, plan everybody, do the last; return what stood before it, and what it left in the trail."""
    desk = Desk(session, cast)
    _plan(session, MONDAY)
    for act in acts[:-1]:
        act(desk)
        session.commit()
    _plan(session, NOW, whole=True)
    before, last = _stands(session), session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
    acts[-1](desk)
    session.commit()
    recorded = set(session.scalars(sa.select(AuditEntry.event).where(AuditEntry.id > last)))
    session.rollback()
    assert event in recorded
    return before, recorded


@pytest.mark.parametrize("event", sorted(MOVED))
def test_what_an_act_changes_is_due_after_a_look_at_those_it_moves_alone(session, cast, event):
    before, _recorded = _do(session, cast, MOVED[event], event)
    _plan(session, SOON)
    after = _stands(session)
    assert after != before, "nothing changed, so nothing is proven"
    _plan(session, SOON + dt.timedelta(seconds=1), whole=True)
    assert _stands(session) == after, "a look at everybody finds more"


@pytest.mark.parametrize("event", sorted(UNMOVED))
def test_after_an_act_that_moves_nobody_a_look_at_everybody_finds_nothing_new(session, cast, event):
    before, recorded = _do(session, cast, UNMOVED[event], event)
    assert recorded <= moving.MOVES_NOBODY
    with writing():
        assert marking.find_scope(session, now=SOON).ids == []
        session.rollback()
    _plan(session, SOON, whole=True)
    assert _stands(session) == before
