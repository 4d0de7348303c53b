"""Whatever somebody is told of stands on a page of theirs until it is done, and Later brings it back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.checkins import attempts
from coachdesk.checkins.rules import AttemptOutcome, Tries, TryBy
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import Domain, GoalStatus, StepOwner
from coachdesk.notify import Channel, Delivery, DeliveryState
from coachdesk.referrals.rules import Status
from coachdesk.reminders import choosing, deciding, facts, planning, service
from coachdesk.reminders.givens import (
    Absence,
    AskFacts,
    AskKind,
    LeaveFacts,
    MilestoneFacts,
    PersonFacts,
    PlannedVisit,
    ReferralFacts,
    StepFacts,
)
from coachdesk.reminders.hearers import due_to, due_to_staff, told_of
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.reminders.rules import is_past
from coachdesk.reminders.settings import SHAPES, Hearer, Settings, usual
from coachdesk.safety.rules import FollowUp
from tests.cast import MONDAY, TODAY, ZONE

EASTERN, DAY = ZoneInfo(ZONE), dt.timedelta(days=1)
COACH, RUTH, OMAR = (uuid.UUID(int=number) for number in (1, 2, 3))
ONE, TWO = uuid.UUID(int=11), uuid.UUID(int=12)
DAYS = st.integers(-40, 10).map(lambda number: TODAY + number * DAY)


@st.composite
def settings(draw):
    """Any decisions about any rules."""
    return Settings(
        {
            rule: replace(
                usual(rule),
                is_on=draw(st.booleans()),
                to=frozenset(draw(st.sets(st.sampled_from(shape.offered), min_size=1))),
            )
            for rule, shape in SHAPES.items()
            if not shape.is_always
        }
    )


@st.composite
def records(draw):
    """Any record, with much or little in it."""
    some = lambda made: draw(st.one_of(st.just(()), st.tuples(made)))  # noqa: E731
    return PersonFacts(
        client_id=ONE,
        coach_id=COACH,
        name="Marcus",
        assigned_on=TODAY - 60 * DAY,
        rhythm_days=7,
        last_contact_on=draw(st.none() | DAYS),
        visit=draw(st.none() | st.builds(PlannedVisit, DAYS, st.none(), id=st.just(TWO))),
        tries=draw(st.sampled_from([Tries(), Tries((TODAY - 9 * DAY, TODAY - 8 * DAY, TODAY - DAY))])),
        goal_reviews=some(st.tuples(st.just(ONE), DAYS)),
        steps=some(st.builds(StepFacts, st.just(ONE), st.just(TWO), DAYS, st.just("Ring"), st.just(StepOwner.PERSON))),
        referrals=some(st.builds(ReferralFacts, st.just(ONE), st.just("Food"), st.just(Status.SENT), DAYS)),
        asks=some(
            st.builds(AskFacts, st.just(ONE), st.sampled_from(AskKind), DAYS, for_user_id=st.sampled_from([None, RUTH]))
        ),
        follow_ups=some(st.builds(FollowUp, st.just(ONE), st.just(TWO), st.just(24), DAYS)),
        milestones=some(st.builds(MilestoneFacts, st.just(ONE), DAYS, st.just("A door"))),
        contacts_without_goal=draw(st.none() | st.tuples(st.just(3), DAYS)),
        goals_touched_on=draw(st.none() | DAYS),
        concern=draw(st.none() | st.tuples(st.just(ONE), DAYS)),
        settings=draw(settings()),
        **draw(
            st.sampled_from(
                [
                    {},
                    {"absence": Absence.GONE, "supervisors": frozenset({RUTH, OMAR}), "coach_name": "Dana"},
                    {
                        "absence": Absence.AWAY,
                        "supervisors": frozenset({RUTH}),
                        "coach_name": "Dana",
                        "leaves": [LeaveFacts(TODAY - 3 * DAY, TODAY + 5 * DAY)],
                    },
                ]
            )
        ),
    )


@given(records(), st.sets(st.sampled_from([RUTH, OMAR])))
def test_whatever_somebody_is_told_of_stands_on_a_page_of_theirs(facts, supervisors):
    for told in (due for due in told_of(facts, TODAY, supervisors) if not is_past(due, TODAY)):
        on_page = due_to(told.recipient, facts, TODAY, is_over=told.recipient in supervisors, early=True)
        assert told.key in {due.key for due in on_page}


@given(records(), st.sets(st.sampled_from([RUTH, OMAR])))
def test_nobody_reads_another_readers_and_each_occurrence_stands_once(facts, supervisors):
    everything = list(due_to_staff(facts, TODAY, supervisors))
    assert len({due.key for due in everything}) == len(everything)
    by_reader = [
        due for reader in (COACH, RUTH, OMAR) for due in due_to(reader, facts, TODAY, is_over=reader in supervisors)
    ]
    assert sorted(due.key for due in by_reader) == sorted(due.key for due in everything)


# ---- through the pages


def _decide(session, cast, rule, *to):
    decided = replace(usual(rule), to=frozenset(to))
    deciding.change_rule(session, cast.admin, rule, setting=decided, version=1, now=MONDAY)


def _untouched_goal(session, cast):
    goals.set_goal(
        session, cast.dana, cast.marcus, words="A place", domain=Domain.HOME, status=GoalStatus.ACTIVE, now=MONDAY,
        today=TODAY,
    )  # fmt: skip
    session.execute(sa.update(Goal).values(next_review_on=TODAY - DAY))


def _asked_to_stop(session, cast):
    attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=AttemptOutcome.ASKED_TO_STOP, tried_on=TODAY, channel=TryBy.CALL,
        now=MONDAY, today=TODAY,
    )  # fmt: skip


def _plan(session, clock):
    with writing():
        planning.plan(session, now=clock.now())
        session.commit()


def _mails(session, reader, rule):
    """How many messages outside the app tell this reader of a rule."""
    told = (
        sa.select(sa.func.count())
        .select_from(LedgerDelivery)
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
        .where(LedgerEntry.rule == rule, LedgerEntry.recipient_id == reader.id, Delivery.channel == Channel.EMAIL)
    )
    session.rollback()
    return session.scalar(told)


def test_what_supervisors_hear_too_stands_on_their_board_and_reminders_until_the_coach_has_done_it(
    reader, session, cast, clock
):
    _decide(session, cast, Rule.GOAL_REVIEW, Hearer.COACH, Hearer.SUPERVISOR)
    _untouched_goal(session, cast)
    session.commit()
    _plan(session, clock)
    assert _mails(session, cast.ruth, Rule.GOAL_REVIEW) == 1
    ruth = reader("ruth")
    page = ruth.opens("/team")
    assert "For you to know 1" in page.main
    assert "A goal is due for a look together." in page.main
    assert "Review a goal with" not in page.text
    assert "A goal is due for a look together." in ruth.opens("/reminders").main
    assert "A goal is due for a look together." not in ruth.opens("/today").main
    session.execute(sa.update(Goal).values(next_review_on=TODAY + 40 * DAY))
    session.commit()
    assert "A goal is due for a look together." not in ruth.opens("/reminders").main
    assert "For you to know" not in ruth.opens("/team").main


def test_later_hides_it_and_brings_it_back_and_it_is_told_anew_when_its_moment_comes(reader, session, cast, clock):
    _decide(session, cast, Rule.GOAL_REVIEW, Hearer.COACH, Hearer.SUPERVISOR)
    _untouched_goal(session, cast)
    session.commit()
    _plan(session, clock)
    for name in ("dana", "ruth"):
        someone = reader(name)
        someone.opens("/reminders")
        page = someone.presses("Tomorrow", within="A goal is due")
        assert page.url == "/reminders"
        assert "Moved to later" in page.main
    for hours, mails in ((10, 1), (23, 2), (24, 2)):
        clock.set(MONDAY + dt.timedelta(hours=hours))
        _plan(session, clock)
        for one in (cast.dana, cast.ruth):
            assert (_mails(session, one, Rule.GOAL_REVIEW), hours) == (mails, hours)
    for name in ("dana", "ruth"):
        page = reader(name).opens("/reminders")
        assert "Moved to later" not in page.main
        assert "A goal is due for a look together." in page.main


def test_a_reminder_of_ones_own_hour_that_was_moved_to_this_afternoon_is_told_then(reader, session, cast, clock):
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring Eastside", due_on=TODAY, hour=dt.time(10), zone=EASTERN, now=MONDAY
    )
    session.commit()
    clock.set(MONDAY + dt.timedelta(minutes=16))
    _plan(session, clock)
    dana = reader("dana")
    dana.opens("/reminders")
    dana.presses("This afternoon", within="Ring Eastside")
    clock.set(moment_of(TODAY, dt.time(13, 59), EASTERN))
    _plan(session, clock)
    assert _mails(session, cast.dana, Rule.BY_HAND) == 1
    for _tick in range(2):
        clock.move(minutes=2)
        _plan(session, clock)
        assert _mails(session, cast.dana, Rule.BY_HAND) == 2
    told = session.scalars(sa.select(Delivery.key).where(Delivery.channel == Channel.IN_APP)).all()
    assert len(told) == 2
    dana = reader("dana")
    dana.opens("/reminders")
    dana.presses("Done: Marcus T.")
    assert set(session.scalars(sa.select(Delivery.state).where(Delivery.key.in_(told)))) == {DeliveryState.SKIPPED}


def test_that_somebody_asked_us_to_stop_is_done_by_saying_so_and_can_be_undone(reader, session, cast, clock):
    _asked_to_stop(session, cast)
    session.commit()
    _plan(session, clock)
    ruth = reader("ruth")
    for path in ("/team", "/reminders", f"/people/{cast.marcus}"):
        assert "has asked us to stop. Talk it over with the coach." in ruth.opens(path).main
    ruth.opens("/team")
    page = ruth.presses("Done: Marcus T.")
    assert (page.url, "has asked us to stop" in page.main) == ("/team", False)
    page = ruth.presses("Undo")
    assert "has asked us to stop" in page.main
    assert "has asked us to stop" not in reader("omar").opens("/team").main
    assert "Talk it over" not in reader("dana").opens("/reminders").main


def test_what_its_reader_answered_for_good_leaves_the_record_too(reader, session, cast, clock):
    _asked_to_stop(session, cast)
    session.commit()
    _plan(session, clock)
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}")
    page = ruth.presses("Done: Marcus T.")
    assert page.url == f"/people/{cast.marcus}"
    assert "Talk it over with the coach." not in page.main


def test_who_chooses_to_be_told_one_by_one_hears_nothing_twice_of_what_came_back_before(reader, session, cast, clock):
    _untouched_goal(session, cast)
    session.commit()
    _plan(session, clock)
    dana = reader("dana")
    dana.opens("/reminders")
    dana.presses("Tomorrow", within="A goal is due")
    clock.set(MONDAY + dt.timedelta(hours=23))
    _plan(session, clock)
    assert _mails(session, cast.dana, Rule.GOAL_REVIEW) == 2
    choosing.choose(session, cast.dana, Prefs(each=True), version=1, now=clock.now())
    session.commit()
    clock.move(minutes=5)
    _plan(session, clock)
    assert _mails(session, cast.dana, Rule.GOAL_REVIEW) == 2


def test_what_both_agreed_on_is_said_to_a_supervisor_as_of_others(session, cast, clock):
    _decide(session, cast, Rule.CONTACT_DUE, Hearer.COACH, Hearer.SUPERVISOR)
    session.commit()
    (known,) = facts.list_known(session, cast.ruth, ids=[cast.marcus])
    whys = [str(due.why) for due in due_to(cast.ruth.id, known.facts, TODAY, is_over=True, ahead_days=400)]
    assert whys
    assert not [why for why in whys if why.startswith("You ") or " you " in why]
