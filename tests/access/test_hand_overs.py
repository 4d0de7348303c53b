"""A hand-over decides what the new coach reads of before; the earlier coach sees nothing at once."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Earlier, HandOver, visible
from coachdesk.accounts.models import User
from coachdesk.audit import Event
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.goals import reviewing
from coachdesk.goals.models import GoalReview
from coachdesk.goals.rules import Matters
from coachdesk.notify import deliver, list_notices
from coachdesk.notify.models import Delivery
from coachdesk.reminders import planning
from coachdesk.visits.rules import Channel
from coachdesk.words import Refused
from tests.access.helpers import events, everything, hand_over
from tests.cast import MONDAY, TODAY
from tests.lived import live

NOON = MONDAY + dt.timedelta(hours=2)
SECRET = ("Sleeping better.", "Rang the shop.", "Added: slept well.", "Nobody picked up.", "Fewer bad nights.")


@pytest.fixture
def lived(session, cast):
    """A record of Marcus with words of every kind by Dana."""
    ids = live(session, cast)
    checkins.correct_checkin(session, cast.dana, ids["checkin"], text="Added: slept well.", now=MONDAY)
    ids["attempt"] = attempts.log_attempt(
        session,
        cast.dana,
        cast.marcus,
        outcome=AttemptOutcome.NO_ANSWER,
        tried_on=TODAY,
        note="Nobody picked up.",
        now=MONDAY,
        today=TODAY,
    ).entry.id
    ids["review"] = reviewing.review_goal(
        session,
        cast.dana,
        ids["goal"],
        gone_well="Fewer bad nights.",
        matters=next(iter(Matters)),
        now=MONDAY,
        today=TODAY,
    ).id
    session.commit()
    return ids


def _pages(ids):
    record = f"/people/{ids['marcus']}"
    return ("/today", "/people", record, *(f"{record}/{tab}" for tab in ("goals", "timeline", "referrals", "details")))


def test_everything_means_everything(reader, cast, session, lived, clock):
    hand_over(session, cast, "marcus", "imani", now=NOON)
    imani = reader("imani")
    told = "".join(imani.opens(path).text for path in _pages(lived))
    assert "Sleeping better." in told
    assert "Fewer bad nights." in told
    imani.opens(f"/check-ins/{lived['checkin']}")


@pytest.mark.asvs("8.2.3")
def test_only_from_today_on_hides_earlier_words_and_nothing_else(reader, cast, session, lived, clock):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=NOON)
    clock.set(NOON + dt.timedelta(hours=1))
    imani = reader("imani")
    told = "".join(imani.opens(path).text for path in _pages(lived))
    for words in SECRET:
        assert words not in told, words
    for words in ("A place of my own", "Hand in the form", "Food pantry", "Text first, from your work phone."):
        assert words in told, words
    assert "Last contact 23 Nov" in told or "Mon 23 Nov" in told, "the day may be known"
    assert "raised a worry about safety" in told
    for path in (f"/check-ins/{lived['checkin']}", f"/goal-reviews/{lived['review']}"):
        page = imani.opens(path, status=404)
        assert not any(words in page.text for words in SECRET)
    imani.opens("/today")
    imani.posts(f"/check-ins/{lived['checkin']}/withdrawal", status=404)
    imani.posts(f"/attempts/{lived['attempt']}/withdrawal", status=404)
    ruth = reader("ruth").opens(f"/people/{cast.marcus}/timeline").text
    assert "Sleeping better." in ruth
    assert "Nobody picked up." in ruth
    clock.move(minutes=11)
    assert "Sleeping better." in reader("marcus").opens("/my-goals/what-we-wrote").text


def test_a_step_ticked_within_a_hidden_check_in_still_stands_in_the_line_of_time(reader, cast, session, lived, clock):
    from coachdesk.goals import service as goals

    (step,) = [row for row in goals.list_open_steps(session, cast.dana, cast.marcus) if row.words == "Hand in the form"]
    checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        note="Rang the shop.",
        step_ids=[step.id],
        next_on=TODAY + dt.timedelta(days=3),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=NOON)
    clock.set(NOON)
    page = reader("imani").opens(f"/people/{cast.marcus}/timeline")
    assert "Step done: Hand in the form" in page.main
    assert "Rang the shop." not in page.text


def test_what_one_wrote_oneself_before_stays_ones_own_to_read(session, cast, lived):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=NOON)
    hand_over(session, cast, "marcus", "dana", Earlier.FROM_TODAY, now=NOON + dt.timedelta(days=1))
    assert len(session.scalars(visible(cast.dana, CheckIn)).all()) == 2
    assert session.scalars(visible(cast.imani, CheckIn)).all() == []


def test_a_supervisor_who_becomes_the_coach_is_held_to_the_choice_too(session, cast, lived):
    hand_over(session, cast, "marcus", "omar", Earlier.FROM_TODAY, now=NOON)
    assert session.scalars(visible(cast.omar, CheckIn)).all() == []
    assert session.scalars(visible(cast.omar, GoalReview)).all() == []
    assert session.scalars(visible(cast.omar, Attempt)).all() == []


def test_a_supervisor_reads_on_what_a_coach_of_their_own_team_wrote(reader, session, cast, lived, clock):
    hand_over(session, cast, "marcus", "ruth", Earlier.FROM_TODAY, now=NOON)
    assert len(session.scalars(visible(cast.ruth, CheckIn)).all()) == 2
    assert session.scalars(visible(cast.ruth, GoalReview)).all()
    assert session.scalars(visible(cast.ruth, Attempt)).all()
    clock.set(NOON)
    ruth = reader("ruth")
    page = ruth.opens("/team/reviews")
    assert "Dana Osei" in page.main
    ruth.opens(page.soup.select_one("main a[href^='/team/reviews/']")["href"])
    assert "Signed off." in ruth.presses("Sign off").main


def test_what_is_written_from_then_on_is_read_by_the_next_coach_as_chosen(session, cast, lived, clock):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=NOON)
    hand_over(session, cast, "marcus", "chris", Earlier.EVERYTHING, now=NOON + dt.timedelta(hours=1))
    assert len(session.scalars(visible(cast.chris, CheckIn)).all()) == 2


def test_the_form_asks_and_has_nothing_chosen(reader, cast, session):
    admin = reader("admin")
    page = admin.opens(f"/admin/people/{cast.marcus}/coach")
    assert "May the new coach read what was written before?" in page.main
    assert not page.soup.select("[name=earlier][checked]")
    assert "worries about safety stay in sight" in page.main
    before = everything(session)
    page = admin.sends(status=422, coach_id=str(cast.imani.id))
    assert "Choose whether the new coach may read what was written before." in page.main
    assert everything(session) == before
    page = admin.sends(coach_id=str(cast.imani.id), earlier="from_today")
    assert "Marcus Tell has a new coach." in page.main
    assert "Reads what was written before: Only from today on" in page.main
    row = session.scalars(sa.select(HandOver)).one()
    assert (row.from_coach_id, row.to_coach_id, row.by) == (cast.dana.id, cast.imani.id, cast.admin.id)
    (made,) = events(session, cast.marcus, Event.ASSIGNMENT_MADE)
    assert made.details == {"coach": str(cast.imani.id), "earlier": "from_today"}


def test_the_verb_asks_too(session, cast):
    with pytest.raises(Refused) as refusal:
        assigning.assign(session, cast.admin, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    assert refusal.value.at == "earlier"
    same = assigning.assign(session, cast.admin, cast.marcus, cast.dana.id, now=MONDAY, today=TODAY)
    assert same.coach_id == cast.dana.id


@pytest.mark.asvs("8.3.2")
def test_the_earlier_coach_has_nothing_left_on_the_next_request(app, reader, cast, session, lived, clock):
    from uuid import uuid4

    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}")
    dana.opens("/today")
    page = dana.posts(f"/people/{cast.marcus}/check-ins/draft", note="Half a thought about Marcus.")
    assert page.status == 200
    clock.move(days=9)
    dana = reader("dana")
    dana.opens("/today")
    planning.plan(session, now=clock.now())
    session.commit()
    deliver(session, None, claimant=uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    logged = dana.opens(f"/people/{cast.marcus}/attempts/new")
    page = dana.sends("check-ins/new", how="tried", outcome="no_answer", when="now")
    assert logged
    undo = page.soup.select_one("form[action$='/withdrawal']")["action"]
    hand_over(session, cast, "marcus", "chris", now=clock.now())
    for path in ("/today", "/people", "/people?q=marcus", "/reminders", "/referrals", "/check-ins/new"):
        text = dana.opens(path).text
        assert "Marcus" not in text, path
        assert "Half a thought" not in text, path
    dana.posts(undo, status=404)
    for path in (
        f"/people/{cast.marcus}",
        f"/people/{cast.marcus}/check-ins/new",
        f"/check-ins/{lived['checkin']}",
        f"/goal-reviews/{lived['review']}",
        f"/goals/{lived['goal']}/edit",
        f"/referrals/{lived['referral']}",
    ):
        assert "Marcus" not in dana.opens(path, status=404).text
    assert all(
        "Marcus" not in notice.text for notice in list_notices(session, cast.dana.id, sees=lambda c: c.is_(None))
    )


def _told(session):
    rows = session.scalars(sa.select(Delivery).where(Delivery.topic == "assignment"))
    return {row.recipient_id: (row.text, row.path, row.client_id) for row in rows}


def test_both_coaches_are_told_and_the_earlier_one_without_a_name(reader, cast, session):
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    ruth.sends("hand-over", coach_id=str(cast.imani.id), earlier="everything")
    assert _told(session) == {
        cast.imani.id: (
            "You walk with Marcus T. from now on. Ruth Mbeki gave them to you.",
            f"/people/{cast.marcus}/pack",
            cast.marcus,
        ),
        cast.dana.id: ("One of your people walks with somebody else from now on.", "/people", None),
    }


def test_nobody_is_told_of_their_own_deed_nor_who_is_gone_nor_by_the_house_itself(session, cast):
    assigning.assign(session, SYSTEM, cast.lena, cast.imani.id, now=MONDAY, today=TODAY)
    assert _told(session) == {}
    assigning.assign(session, cast.ruth, cast.marcus, cast.ruth.id, earlier=Earlier.EVERYTHING, now=MONDAY, today=TODAY)
    assert set(_told(session)) == {cast.dana.id}
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(active=False))
    hand_over(session, cast, "lena", "dana", now=NOON)
    assert cast.imani.id not in _told(session)


def test_a_coach_who_is_given_a_new_person_is_told(session, cast):
    made = clients.add_person(
        session,
        cast.ruth,
        coach_id=cast.dana.id,
        first_name="Noor",
        last_name="Aziz",
        rhythm_days=7,
        now=MONDAY,
        today=TODAY,
    )
    assert _told(session) == {
        cast.dana.id: ("You walk with Noor A. from now on. Ruth Mbeki gave them to you.", f"/people/{made.id}", made.id)
    }
