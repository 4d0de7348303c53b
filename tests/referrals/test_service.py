from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.audit import AuditEntry, Event
from coachdesk.clients import assigning
from coachdesk.referrals import service as referrals
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status
from coachdesk.resources.rules import Need
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY

FRIDAY = dt.date(2026, 11, 27)
LATER = MONDAY + dt.timedelta(hours=1)


def _make(session, identity, client_id, **more):
    typed = {
        "service_id": None,
        "service_name": "Food pantry",
        "need": Need.FOOD,
        "agreed": Agreed.COACH_CALLS,
        "said_yes": True,
        "now": MONDAY,
        "today": TODAY,
        **more,
    }
    made = referrals.make_referral(session, identity, client_id, **typed)
    session.commit()
    return made


def _move(session, identity, referral, to, **more):
    typed = {"version": referral.version, "now": LATER, "today": TODAY, **more}
    referrals.move_referral(session, identity, referral.id, to=to, **typed)
    session.commit()
    return referral


def _count(session, table):
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def _details(session, event):
    return list(session.scalars(sa.select(AuditEntry.details).where(AuditEntry.event == event.value)))


@pytest.fixture
def referral(session, cast):
    return _make(session, cast.dana, cast.marcus)


@pytest.mark.parametrize("name", ["imani", "chris", "omar", "admin", "marcus"])
def test_a_referral_is_made_only_for_ones_own_people(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(NotFound):
        _make(session, identity, cast.marcus)
    session.rollback()
    assert _count(session, Referral) == 0


def test_a_referral_to_nothing_is_refused_where_it_is_written(session, cast):
    with pytest.raises(Refused) as refusal:
        _make(session, cast.dana, cast.marcus, service_name=" \n")
    assert refusal.value.at == "service"


@pytest.mark.parametrize(
    ("agreed", "said_yes", "status", "clock_on"),
    [
        (Agreed.COACH_CALLS, True, Status.SENT, dt.date(2026, 12, 1)),  # two working days: Monday, Tuesday
        (Agreed.TOGETHER, True, Status.SENT, dt.date(2026, 12, 1)),
        (Agreed.COACH_CALLS, False, Status.DRAFT, dt.date(2026, 12, 4)),
        (Agreed.TOGETHER, False, Status.DRAFT, dt.date(2026, 12, 4)),
        (Agreed.PERSON_CALLS, False, Status.SELF, dt.date(2026, 12, 4)),
        (Agreed.PERSON_CALLS, True, Status.SELF, dt.date(2026, 12, 4)),
    ],
)
def test_what_was_agreed_and_the_yes_say_where_it_begins(session, cast, agreed, said_yes, status, clock_on):
    made = _make(session, cast.dana, cast.marcus, agreed=agreed, said_yes=said_yes, today=FRIDAY)
    assert (made.status, made.status_on, made.clock_on) == (status, FRIDAY, clock_on)
    assert _count(session, SpokenYes) == said_yes
    first = session.scalars(sa.select(ReferralMove)).one()
    assert (first.before, first.after, first.moved_by) == (None, status, cast.dana.id)


@pytest.mark.parametrize(
    ("to", "more", "clock_on"),
    [
        (Status.ACCEPTED, {}, dt.date(2026, 12, 7)),
        (Status.WAITLISTED, {}, dt.date(2026, 12, 23)),
        (Status.APPOINTMENT, {"appointment_on": FRIDAY}, dt.date(2026, 11, 28)),
        (Status.APPOINTMENT, {"appointment_on": TODAY - dt.timedelta(days=31)}, dt.date(2026, 10, 24)),
        (Status.CONNECTED, {"confirmed_by": ConfirmedBy.PERSON}, dt.date(2026, 12, 23)),
        (Status.SELF, {}, dt.date(2026, 11, 30)),
        (Status.GOT_HELP, {"confirmed_by": ConfirmedBy.PROVIDER}, None),
        (Status.CLOSED, {"reason": CloseReason.NOT_WANTED}, None),
        (Status.MISTAKE, {}, None),
    ],
)
def test_each_move_starts_a_clock_of_its_own(session, cast, referral, to, more, clock_on):
    moved = _move(session, cast.ruth, referral, to, **more)
    assert (moved.status, moved.clock_on, moved.version) == (to, clock_on, 2)
    assert (moved.reason, moved.confirmed_by) == (more.get("reason"), more.get("confirmed_by"))
    latest = referrals.list_moves(session, cast.dana, referral_id=referral.id)[0][0]
    assert (latest.before, latest.after, latest.moved_by) == (Status.SENT, to, cast.ruth.id)
    assert _details(session, Event.REFERRAL_MOVED) == [{"to": to.value}]


@pytest.mark.parametrize(
    ("to", "more", "at"),
    [
        (Status.DRAFT, {}, "to"),
        (Status.SENT, {}, "to"),
        (Status.APPOINTMENT, {}, "appointment_on"),
        (Status.APPOINTMENT, {"appointment_on": TODAY - dt.timedelta(days=32)}, "appointment_on"),
        (Status.APPOINTMENT, {"appointment_on": TODAY + dt.timedelta(days=731)}, "appointment_on"),
        (Status.APPOINTMENT, {"appointment_on": dt.date.max}, "appointment_on"),
        (Status.APPOINTMENT, {"appointment_on": dt.date.min}, "appointment_on"),
        (Status.CLOSED, {"confirmed_by": ConfirmedBy.PERSON}, "reason"),
        (Status.CONNECTED, {"reason": CloseReason.OTHER}, "confirmed_by"),
        (Status.GOT_HELP, {}, "confirmed_by"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused_where_it_does_not(session, cast, referral, to, more, at):
    with pytest.raises(Refused) as refusal:
        _move(session, cast.dana, referral, to, **more)
    assert refusal.value.at == at
    session.rollback()
    assert (referral.status, referral.version, _count(session, ReferralMove)) == (Status.SENT, 1, 1)


def test_a_refused_move_hears_no_yes(session, cast):
    idea = _make(session, cast.dana, cast.marcus, said_yes=False)
    with pytest.raises(Refused):
        _move(session, cast.dana, idea, Status.CONNECTED, said_yes=True)
    session.rollback()
    assert _count(session, SpokenYes) == 0


def test_a_move_against_an_older_version_writes_nothing(session, cast, referral):
    _move(session, cast.ruth, referral, Status.ACCEPTED)
    with pytest.raises(Stale):
        _move(session, cast.dana, referral, Status.WAITLISTED, version=1)
    session.rollback()
    assert (referral.status, _count(session, ReferralMove)) == (Status.ACCEPTED, 2)


def test_an_idea_is_sent_with_the_yes_that_comes_later_and_it_is_heard_once(session, cast):
    idea = _make(session, cast.dana, cast.marcus, said_yes=False)
    with pytest.raises(Refused):
        _move(session, cast.dana, idea, Status.SENT)
    session.rollback()
    _move(session, cast.dana, idea, Status.SENT, said_yes=True)
    _move(session, cast.dana, idea, Status.ACCEPTED, said_yes=True)
    heard = session.scalars(sa.select(SpokenYes)).one()
    assert (heard.heard_by, heard.heard_at, heard.shared) == (cast.dana.id, LATER, referrals.NAME_AND_NUMBER)


@pytest.mark.parametrize(
    ("to", "more", "after"),
    [
        (Status.ACCEPTED, {}, Status.NEEDS_CONSENT),
        (Status.WAITLISTED, {}, Status.NEEDS_CONSENT),
        (Status.APPOINTMENT, {"appointment_on": FRIDAY}, Status.NEEDS_CONSENT),
        (Status.SELF, {}, Status.SELF),
        (Status.CONNECTED, {"confirmed_by": ConfirmedBy.PERSON}, Status.CONNECTED),
        (Status.CLOSED, {"reason": CloseReason.NO_HELP}, Status.CLOSED),
    ],
)
def test_a_yes_taken_back_holds_only_what_shares_a_name(session, cast, referral, to, more, after):
    _move(session, cast.dana, referral, to, **more)
    referrals.withdraw_yes(session, cast.ruth, referral.id, now=LATER, today=TODAY)
    session.commit()
    assert referral.status is after
    said = session.scalars(sa.select(SpokenYes)).one()
    assert (said.withdrawn_at, said.withdrawn_by) == (LATER, cast.ruth.id)
    assert referrals.find_yes(session, cast.dana, referral.id) is None
    if after is Status.NEEDS_CONSENT:
        assert referral.clock_on == TODAY + dt.timedelta(days=3)


def test_a_yes_is_taken_back_once(session, cast, referral):
    for moment in (MONDAY, LATER):
        referrals.withdraw_yes(session, cast.dana, referral.id, now=moment, today=TODAY)
        session.commit()
    assert session.scalars(sa.select(SpokenYes)).one().withdrawn_at == MONDAY
    assert (referral.version, _count(session, ReferralMove)) == (2, 2)
    assert len(_details(session, Event.REFERRAL_CONSENT_WITHDRAWN)) == 1


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ([(Status.CLOSED, {"reason": CloseReason.OTHER}), (Status.DRAFT, {})], Status.DRAFT),
        ([(Status.MISTAKE, {}), (Status.DRAFT, {})], Status.DRAFT),
        (
            [
                (Status.GOT_HELP, {"confirmed_by": ConfirmedBy.PERSON}),
                (Status.CONNECTED, {"confirmed_by": ConfirmedBy.PROVIDER}),
            ],
            Status.CONNECTED,
        ),
    ],
)
def test_what_has_ended_may_begin_again(session, cast, referral, path, ends):
    for to, more in path:
        _move(session, cast.dana, referral, to, **more)
    assert (referral.status, referral.reason) == (ends, None)
    assert referral.clock_on is not None


def test_lists_show_the_soonest_first_and_the_ended_last(session, cast, referral):
    idea = _make(session, cast.dana, cast.lena, service_name="Dental clinic", said_yes=False)
    ended = _make(session, cast.imani, cast.aisha, service_name="Night shelter")
    _move(session, cast.imani, ended, Status.CLOSED, reason=CloseReason.NO_ROOM)
    mine = [row.id for row in referrals.list_referrals(session, cast.dana)]
    assert mine == [referral.id, idea.id]
    assert [row.id for row in referrals.list_referrals(session, cast.ruth)] == [*mine, ended.id]
    assert [row.id for row in referrals.list_referrals(session, cast.ruth, open_only=True)] == mine
    assert [row.id for row in referrals.list_referrals(session, cast.ruth, status=Status.CLOSED)] == [ended.id]
    assert [row.id for row in referrals.list_referrals(session, cast.dana, client_id=cast.lena)] == [idea.id]
    assert [name for _move, name in referrals.list_moves(session, cast.ruth, client_id=cast.aisha)] == [
        "Night shelter",
        "Night shelter",
    ]


def test_those_whose_clock_has_run_out_are_counted_on_that_day(session, cast, referral):
    def waiting(identity, days):
        return session.scalar(referrals.select_how_many_wait(identity, TODAY + dt.timedelta(days=days)))

    assert [waiting(cast.dana, days) for days in (1, 2, 3)] == [0, 1, 1]
    assert [waiting(identity, 2) for identity in (cast.ruth, cast.imani, cast.omar)] == [1, 0, 0]
    assert [row.id for row in session.execute(referrals.select_clocks(cast.ruth))] == [referral.id]


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "hana"])
def test_what_is_another_persons_is_not_found(session, cast, referral, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    for act in (
        lambda: referrals.find_referral(session, identity, referral.id),
        lambda: _move(session, identity, referral, Status.ACCEPTED),
        lambda: referrals.withdraw_yes(session, identity, referral.id, now=LATER, today=TODAY),
    ):
        with pytest.raises(NotFound):
            act()
    assert referrals.find_yes(session, identity, referral.id) is None
    assert referrals.list_referrals(session, identity) == []
    assert referrals.list_moves(session, identity, referral_id=referral.id) == []
    assert session.execute(referrals.select_clocks(identity)).all() == []
    assert (referral.status, referral.version) == (Status.SENT, 1)


def test_the_person_moves_nothing_of_their_own(session, cast, referral):
    marcus = cast.accounts["marcus"]
    with pytest.raises(NotFound):
        _move(session, marcus, referral, Status.GOT_HELP, confirmed_by=ConfirmedBy.PERSON)
    with pytest.raises(NotFound):
        referrals.withdraw_yes(session, marcus, referral.id, now=LATER, today=TODAY)


def test_the_trail_says_what_was_done_and_nothing_that_was_written(session, cast):
    made = _make(session, cast.dana, cast.marcus, note="He asked for halal food.")
    _move(session, cast.dana, made, Status.ACCEPTED, note="Spoke with Ana there.")
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == made.id)).all()
    assert [row.event for row in entries] == [Event.REFERRAL_MADE, Event.REFERRAL_MOVED]
    assert all(row.actor_id == cast.dana.id for row in entries)
    assert not any(word in str(row.details) for row in entries for word in ("halal", "Ana", "pantry"))
