"""What an administrator decides about reminders and days closed, kept on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.audit.models import AuditEntry
from coachdesk.notify import Channel
from coachdesk.organisation import holidays
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import Holiday
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import USUAL_CLOCKS, Agreed, Status
from coachdesk.reminders import deciding, facts
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.settings import USUAL_SETTINGS, RuleSetting, usual
from coachdesk.resources.rules import Need
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY

DAY = dt.timedelta(days=1)
SIX_WEEKS = RuleSetting(number=6, leaving=frozenset({Channel.EMAIL}))
CLOSED = (Holiday(dt.date(2026, 12, 25), "Christmas Day"), Holiday(dt.date(2027, 1, 1), ""))


def test_a_decision_counts_from_the_next_look_and_the_trail_names_the_rule(session, cast):
    deciding.change_rule(session, cast.admin, Rule.GOALS_UNTOUCHED, setting=SIX_WEEKS, version=1, now=MONDAY)
    session.commit()
    session.expire_all()
    assert deciding.find_settings(session).of(Rule.GOALS_UNTOUCHED) == SIX_WEEKS
    known = facts.list_known(session, cast.dana)
    assert {row.facts.settings.number_of(Rule.GOALS_UNTOUCHED) for row in known} == {6}
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "settings:changed")).one()
    assert "goals_untouched" in str(entry.details)


def test_of_two_decisions_on_one_page_the_later_hears_that_it_is_not_as_it_was(session, cast):
    deciding.change_rule(session, cast.admin, Rule.GOALS_UNTOUCHED, setting=SIX_WEEKS, version=1, now=MONDAY)
    with pytest.raises(Stale):
        deciding.change_rule(session, cast.admin, Rule.GOALS_UNTOUCHED, setting=SIX_WEEKS, version=1, now=MONDAY)


def test_only_an_administrator_decides(session, cast):
    for identity in (cast.dana, cast.ruth):
        with pytest.raises(NotFound):
            deciding.change_rule(session, identity, Rule.NO_GOAL, setting=usual(Rule.NO_GOAL), version=1, now=MONDAY)
        with pytest.raises(NotFound):
            holidays.add_holiday(session, identity, on=CLOSED[0].on, now=MONDAY, today=TODAY)


@pytest.mark.parametrize("broken", [None, [], "off", {"no_goal": {"on": "yes"}}, {"no_goal": 3}, {"unheard_of": {}}])
def test_a_broken_decision_falls_back_to_the_usual_and_can_be_decided_anew(session, cast, broken):
    organisation.find_organisation(session).reminding = broken if broken is not None else {}
    session.commit()
    assert deciding.find_settings(session).of(Rule.NO_GOAL) == USUAL_SETTINGS.of(Rule.NO_GOAL)
    deciding.change_rule(session, cast.admin, Rule.NO_GOAL, setting=RuleSetting(number=5), version=1, now=MONDAY)
    assert deciding.find_settings(session).number_of(Rule.NO_GOAL) == 5


def test_days_closed_are_kept_in_order_and_reach_every_record(session, cast):
    for one in CLOSED[::-1]:
        holidays.add_holiday(session, cast.admin, on=one.on, name=one.name, now=MONDAY, today=TODAY)
    session.commit()
    session.expire_all()
    assert holidays.list_holidays(session) == CLOSED
    assert {row.facts.holidays for row in facts.list_known(session, cast.ruth)} == {frozenset(x.on for x in CLOSED)}


@pytest.mark.parametrize("broken", [{}, "x", [["2026-13-01", "x"]], [3], [["2026-12-25"]], [[None, None]]])
def test_a_day_closed_that_cannot_be_right_is_left_out(session, cast, broken):
    organisation.find_organisation(session).holidays = broken
    session.commit()
    assert holidays.list_holidays(session) == ()


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (TODAY - DAY, "from today on"),
        (TODAY + 1200 * DAY, "within three years"),
        (CLOSED[0].on, "stands here already"),
    ],
)
def test_a_day_closed_lies_ahead_and_stands_once(session, cast, on, sentence):
    holidays.add_holiday(session, cast.admin, on=CLOSED[0].on, now=MONDAY, today=TODAY)
    with pytest.raises(Refused, match=sentence) as refused:
        holidays.add_holiday(session, cast.admin, on=on, now=MONDAY, today=TODAY)
    assert refused.value.at == "on"


def test_sixty_days_are_enough_and_one_that_is_taken_out_makes_room(session, cast):
    for number in range(60):
        holidays.add_holiday(session, cast.admin, on=TODAY + number * DAY, now=MONDAY, today=TODAY)
    with pytest.raises(Refused, match="Sixty"):
        holidays.add_holiday(session, cast.admin, on=TODAY + 70 * DAY, now=MONDAY, today=TODAY)
    holidays.remove_holiday(session, cast.admin, TODAY, now=MONDAY)
    holidays.add_holiday(session, cast.admin, on=TODAY + 70 * DAY, now=MONDAY, today=TODAY)
    with pytest.raises(NotFound):
        holidays.remove_holiday(session, cast.admin, TODAY, now=MONDAY)


def _refer(session, cast, *, agreed=Agreed.COACH_CALLS, said_yes=True):
    return referrals.make_referral(
        session,
        cast.dana,
        cast.marcus,
        service_id=None,
        service_name="Harbor Dental",
        need=Need.FOOD,
        agreed=agreed,
        said_yes=said_yes,
        now=MONDAY,
        today=TODAY,
    )


def _with_clocks(**days):
    return RuleSetting(clocks={**USUAL_CLOCKS, **{Status(word): number for word, number in days.items()}})


def test_the_days_of_a_referrals_clock_count_at_once_for_those_that_run_and_for_those_to_come(session, cast):
    sent, idea = _refer(session, cast), _refer(session, cast, said_yes=False)
    assert (sent.clock_on, idea.clock_on) == (TODAY + 2 * DAY, TODAY + 7 * DAY)
    new, rule = _with_clocks(sent=4, self=10), Rule.REFERRAL_WAITING
    deciding.change_rule(session, cast.admin, rule, setting=new, version=1, now=MONDAY)
    session.commit()
    session.expire_all()
    assert deciding.find_settings(session).of(rule) == new
    assert (sent.clock_on, idea.clock_on) == (TODAY + 4 * DAY, TODAY + 7 * DAY)
    assert _refer(session, cast, agreed=Agreed.PERSON_CALLS, said_yes=False).clock_on == TODAY + 10 * DAY


def test_a_clock_that_ran_out_stays_as_it_was_told_unless_it_would_still_run(session, cast):
    referral, later = _refer(session, cast), MONDAY + 5 * DAY
    rule = Rule.REFERRAL_WAITING
    deciding.change_rule(session, cast.admin, rule, setting=_with_clocks(sent=1), version=1, now=later)
    session.expire_all()
    assert referral.clock_on == TODAY + 2 * DAY
    deciding.change_rule(session, cast.admin, rule, setting=_with_clocks(sent=10), version=2, now=later)
    session.expire_all()
    assert referral.clock_on == TODAY + 14 * DAY


@pytest.mark.parametrize("days", [0, -1, 91, 10_000])
def test_a_clock_has_from_one_to_ninety_days(session, cast, days):
    with pytest.raises(Refused, match="from 1 to 90") as refused:
        deciding.change_rule(
            session, cast.admin, Rule.REFERRAL_WAITING, setting=_with_clocks(sent=days), version=1, now=MONDAY
        )
    assert refused.value.at == "days_sent"
