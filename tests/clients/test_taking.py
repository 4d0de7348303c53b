"""Somebody whose coach has left is taken on by one of the team: at once, once, and with the supervisor told."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Assignment, Earlier, HandOver, RestrictionKind, Role, TeamMembership
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry, Event
from coachdesk.checkins import service as checkins
from coachdesk.clients import assigning, episodes, restricting, taking
from coachdesk.clients.rules import Ending
from coachdesk.db import db
from coachdesk.notify.models import Delivery
from coachdesk.visits.rules import Channel
from coachdesk.words import NotFound, Refused
from tests.access.helpers import everything
from tests.cast import MONDAY, TODAY


@pytest.fixture
def left(session, cast):
    """Dana has left: her account is switched off, and Marcus and Lena need a coach."""
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()


def _names(session, identity):
    return [row.name for row in taking.list_waiting(session, identity)]


def test_who_waits_is_seen_by_the_team_alone(session, cast, left):
    assert _names(session, cast.imani) == ["Lena O.", "Marcus T."]
    assert _names(session, cast.ruth) == ["Lena O.", "Marcus T."]
    assert _names(session, cast.chris) == _names(session, cast.omar) == []
    assert taking.count_waiting(session, cast.imani) == 2


def test_nobody_waits_whose_coach_is_there_or_with_whom_coaching_has_ended(session, cast):
    assert _names(session, cast.imani) == []
    episodes.close(session, cast.dana, cast.lena, ending=Ending.COMPLETED, now=MONDAY, today=TODAY)
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    assert _names(session, cast.imani) == ["Marcus T."]


def test_a_coach_who_left_the_team_too_or_changed_their_work_counts_for_the_team_they_were_in(session, cast):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(role_name=Role.ADMINISTRATOR))
    gone = sa.update(TeamMembership).where(TeamMembership.user_id == cast.dana.id)
    session.execute(gone.values(ended_at=MONDAY, ended_by=cast.admin.id))
    assert _names(session, cast.imani) == ["Lena O.", "Marcus T."]


@pytest.fixture
def left_everything(session, cast, left):
    """Dana was in Riverside years ago, and in Hillside until the day she left."""
    teams = {row.user_id: row.team_id for row in session.scalars(sa.select(TeamMembership))}
    ended = sa.update(TeamMembership).where(TeamMembership.user_id == cast.dana.id)
    session.execute(ended.values(ended_at=MONDAY, ended_by=cast.admin.id))
    years = dt.timedelta(days=900)
    row = TeamMembership(team_id=teams[cast.chris.id], user_id=cast.dana.id, started_by=cast.admin.id)
    row.started_at, row.ended_at, row.ended_by = MONDAY - 2 * years, MONDAY - years, cast.admin.id
    session.add(row)
    session.commit()
    return teams


def test_a_team_somebody_was_in_years_ago_neither_sees_their_people_nor_takes_them_on(session, cast, left_everything):
    assert _names(session, cast.imani) == _names(session, cast.ruth) == ["Lena O.", "Marcus T."]
    assert _names(session, cast.chris) == _names(session, cast.omar) == []
    with pytest.raises(NotFound):
        taking.take_on(session, cast.chris, cast.marcus, now=MONDAY, today=TODAY)


def test_who_left_two_teams_at_once_counts_for_both(session, cast, left_everything):
    ended = sa.update(TeamMembership).where(TeamMembership.user_id == cast.dana.id)
    session.execute(ended.values(ended_at=MONDAY))
    assert _names(session, cast.imani) == _names(session, cast.chris) == ["Lena O.", "Marcus T."]


@pytest.mark.parametrize("has_left_the_team", [True, False])
def test_the_supervisor_of_the_team_the_person_comes_from_is_told_and_no_other(
    session, cast, left_everything, has_left_the_team
):
    row = {"started_at": MONDAY, "started_by": cast.admin.id}
    session.add(TeamMembership(team_id=left_everything[cast.chris.id], user_id=cast.imani.id, **row))
    if not has_left_the_team:
        session.add(TeamMembership(team_id=left_everything[cast.ruth.id], user_id=cast.dana.id, **row))
    session.commit()
    taken = taking.take_on(session, cast.imani, cast.marcus, now=MONDAY, today=TODAY)
    assert taken is not None
    assert taken[1] == ["Ruth"]


def test_whoever_may_not_see_them_does_not_see_that_they_wait(session, cast, left):
    restricting.restrict(session, cast.ruth, cast.marcus, cast.imani.id, kind=RestrictionKind.KIN, words="", now=MONDAY)
    assert _names(session, cast.imani) == ["Lena O."]
    with pytest.raises(NotFound):
        taking.take_on(session, cast.imani, cast.marcus, now=MONDAY, today=TODAY)


def test_one_tap_and_a_yes_and_the_record_is_theirs_from_the_next_request_on(reader, session, cast, left):
    imani = reader("imani")
    imani.opens(f"/people/{cast.marcus}", status=404)
    page = imani.opens(imani.opens("/people").link("See who"))
    assert "Walked with Dana Osei until now" in page.main
    page = imani.presses("Yes, take on Marcus T.")
    assert "Marcus T. is with you from now on. Ruth has been told." in page.main
    assert "Marcus T." in imani.opens("/people").main
    assert "1 person of your team needs a coach." in imani.page.main
    given = session.scalars(sa.select(HandOver)).one()
    assert (given.from_coach_id, given.to_coach_id, given.earlier) == (cast.dana.id, cast.imani.id, Earlier.FROM_TODAY)
    told = session.scalars(sa.select(Delivery)).one()
    assert (told.recipient_id, told.client_id, told.text) == (
        cast.ruth.id,
        cast.marcus,
        "Imani Moss has taken Marcus T. on.",
    )
    made = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.ASSIGNMENT_MADE)).one()
    assert (made.actor_id, made.details["earlier"]) == (cast.imani.id, "from_today")


@pytest.mark.parametrize("name", ["chris", "omar", "admin", "marcus"])
def test_nobody_else_takes_anybody_on(reader, session, cast, left, name):
    someone = reader(name)
    someone.opens("/account")
    someone.posts(f"/people/waiting/{cast.lena}", status=404)
    assert session.scalar(sa.select(Assignment.coach_id).where(Assignment.client_id == cast.lena)) == cast.dana.id


def test_whoever_is_late_gets_a_sentence_and_nothing_of_the_person(reader, session, cast, left):
    imani, ruth = reader("imani"), reader("ruth")
    imani.opens("/people/waiting")
    ruth.opens("/people/waiting")
    imani.presses("Yes, take on Lena O.")
    page = ruth.presses("Yes, take on Lena O.")
    assert "Somebody has taken them on a moment ago." in page.main
    with pytest.raises(Refused):
        taking.take_on(session, cast.ruth, cast.lena, now=MONDAY, today=TODAY)


def test_whoever_taps_twice_is_led_to_the_record_and_nothing_is_done_twice(reader, session, cast, left):
    imani = reader("imani")
    imani.opens("/people/waiting")
    imani.presses("Yes, take on Lena O.")
    page = imani.posts(f"/people/waiting/{cast.lena}")
    assert page.url == f"/people/{cast.lena}"
    assert "They are with you already." in page.main
    for row in (HandOver, Delivery):
        assert session.scalar(sa.select(sa.func.count()).select_from(row)) == 1


def test_two_who_tap_at_once_leave_one_coach(app, session, cast, left):
    start, ended = threading.Barrier(2), []

    def act(identity):
        with app.app_context():
            start.wait(20)
            try:
                taking.take_on(db.session, identity, cast.marcus, now=MONDAY, today=TODAY)
                db.session.commit()
                ended.append("taken")
            except Refused:
                db.session.rollback()
                ended.append("late")

    session.rollback()
    threads = [threading.Thread(target=act, args=(who,)) for who in (cast.imani, cast.ruth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ended) == ["late", "taken"]
    now_with = sa.select(sa.func.count()).where(Assignment.client_id == cast.marcus, Assignment.ended_at.is_(None))
    assert session.scalar(now_with) == 1


def test_more_than_was_agreed_is_a_word_and_no_block(reader, session, cast, left):
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(most_people=1))
    session.commit()
    imani = reader("imani")
    assert "You walk with 1 person now; 1 were agreed." in imani.opens("/people/waiting").main
    page = imani.presses("Yes, take on Marcus T.")
    assert "That makes 2 people with you; 1 were agreed." in page.main
    imani.opens("/people/new")
    page = imani.sends(first_name="Noor")
    assert "That makes 3 people with you; 1 were agreed." in page.main
    admin = reader("admin")
    admin.opens(f"/admin/people/{cast.lena}/coach")
    page = admin.sends(coach_id=str(cast.imani.id), earlier="everything")
    assert "That makes 4 people with Imani; 1 were agreed." in page.main


@pytest.fixture
def taken(session, cast):
    """Dana has left with a note written, and Imani has taken Marcus on from today on."""
    logged: Any = {"channel": Channel.CALL, "held_on": TODAY, "next_on": TODAY + dt.timedelta(days=7)}
    checkins.log_checkin(session, cast.dana, cast.marcus, note="Slept at last.", **logged, now=MONDAY, today=TODAY)
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    later = MONDAY + dt.timedelta(hours=1)
    taking.take_on(session, cast.imani, cast.marcus, now=later, today=TODAY)
    session.commit()


def _acts(session, *events):
    found = sa.select(AuditEntry.event, AuditEntry.actor_id).where(AuditEntry.event.in_(events))
    return [tuple(row) for row in session.execute(found.order_by(AuditEntry.id))]


def test_notes_from_before_stay_closed_until_a_supervisor_opens_them(reader, session, cast, taken):
    imani, ruth = reader("imani"), reader("ruth")
    pack = imani.opens(f"/people/{cast.marcus}/pack").main
    assert "Dana Osei walked with them before. Imani Moss has walked with them since Monday 23 November." in pack
    assert "Slept at last." not in imani.opens(f"/people/{cast.marcus}/timeline").main
    imani.posts(f"/people/{cast.marcus}/hand-over/earlier", status=404)
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    assert "Imani reads from now on what was written before." in ruth.presses("Let Imani read it").main
    assert "Let Imani read it" not in ruth.page.main
    assert "Slept at last." in imani.opens(f"/people/{cast.marcus}/timeline").main
    assert _acts(session, Event.EARLIER_OPENED) == [(Event.EARLIER_OPENED, cast.ruth.id)]


def test_undo_closes_them_again_for_whom_they_were_opened(reader, session, cast, taken):
    imani, ruth = reader("imani"), reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    ruth.presses("Let Imani read it")
    came = session.scalars(sa.select(HandOver)).one()
    undo = f"/people/{cast.marcus}/hand-over/{came.id}/earlier/undo"
    imani.opens("/account")
    imani.posts(undo, status=404)
    omar = reader("omar")
    omar.opens("/account")
    omar.posts(undo, status=404)
    page = ruth.presses("Undo")
    assert "Imani reads again what is written since they came, and nothing from before." in page.main
    assert "Let Imani read it" in page.main
    assert "Slept at last." not in imani.opens(f"/people/{cast.marcus}/timeline").main
    opened, closed = Event.EARLIER_OPENED, Event.EARLIER_CLOSED
    assert _acts(session, opened, closed) == [(opened, cast.ruth.id), (closed, cast.ruth.id)]


@pytest.mark.parametrize("press", ["Let Imani read it", "Undo"])
def test_what_was_asked_for_one_coach_is_given_or_taken_from_no_other(reader, session, cast, taken, press):
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    if press == "Undo":
        ruth.presses("Let Imani read it")
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=True))
    session.commit()
    assigning.assign(
        session, cast.ruth, cast.marcus, cast.dana.id,
        earlier=Earlier.EVERYTHING if press == "Undo" else Earlier.FROM_TODAY,
        now=MONDAY + dt.timedelta(hours=2), today=TODAY,
    )  # fmt: skip
    session.commit()
    before = everything(session)
    page = ruth.presses(press)
    assert "Somebody changed this a moment ago." in page.main
    assert everything(session) == before


def test_whoever_asks_twice_or_sends_nonsense_changes_nothing(reader, session, cast, taken):
    ruth = reader("ruth")
    path = f"/people/{cast.marcus}/hand-over/earlier"
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    for sent in ({}, {"hand_over": "nonsense"}, {"hand_over": str(cast.marcus)}):
        assert "Somebody changed this a moment ago." in ruth.posts(path, **sent).main
    assert _acts(session, Event.EARLIER_OPENED) == []
    came = session.scalars(sa.select(HandOver.id)).one()
    for _each in range(2):
        assert "Imani reads from now on" in ruth.posts(path, hand_over=str(came)).main
    assert len(_acts(session, Event.EARLIER_OPENED)) == 1
