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
from coachdesk.reminders import deciding, facts
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.settings import USUAL_SETTINGS, RuleSetting, usual
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY

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
            holidays.change_holidays(session, identity, days=CLOSED, version=1, now=MONDAY)


@pytest.mark.parametrize("broken", [None, [], "off", {"no_goal": {"on": "yes"}}, {"no_goal": 3}, {"unheard_of": {}}])
def test_a_broken_decision_falls_back_to_the_usual_and_can_be_decided_anew(session, cast, broken):
    organisation.find_organisation(session).reminding = broken if broken is not None else {}
    session.commit()
    assert deciding.find_settings(session).of(Rule.NO_GOAL) == USUAL_SETTINGS.of(Rule.NO_GOAL)
    deciding.change_rule(session, cast.admin, Rule.NO_GOAL, setting=RuleSetting(number=5), version=1, now=MONDAY)
    assert deciding.find_settings(session).number_of(Rule.NO_GOAL) == 5


def test_days_closed_are_kept_in_order_and_reach_every_record(session, cast):
    holidays.change_holidays(session, cast.admin, days=CLOSED[::-1], version=1, now=MONDAY)
    session.commit()
    session.expire_all()
    assert holidays.list_holidays(session) == CLOSED
    assert {row.facts.holidays for row in facts.list_known(session, cast.ruth)} == {frozenset(x.on for x in CLOSED)}


@pytest.mark.parametrize("broken", [{}, "x", [["2026-13-01", "x"]], [3], [["2026-12-25"]], [[None, None]]])
def test_a_day_closed_that_cannot_be_right_is_left_out(session, cast, broken):
    organisation.find_organisation(session).holidays = broken
    session.commit()
    assert holidays.list_holidays(session) == ()


def test_a_day_closed_twice_is_refused(session, cast):
    with pytest.raises(Refused, match="stands here twice"):
        holidays.change_holidays(session, cast.admin, days=[CLOSED[0], CLOSED[0]], version=1, now=MONDAY)
    many = [Holiday(dt.date(2027, 1, 1) + dt.timedelta(days=number)) for number in range(61)]
    with pytest.raises(Refused, match="Sixty"):
        holidays.change_holidays(session, cast.admin, days=many, version=1, now=MONDAY)
