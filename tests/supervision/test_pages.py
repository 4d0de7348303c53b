from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Review
from coachdesk.checkins.rules import AttemptOutcome, ReviewReason
from coachdesk.notify import Notice
from coachdesk.organisation import service as organisation
from coachdesk.reminders import service
from coachdesk.safety import acting
from coachdesk.safety.models import Concern
from coachdesk.scheduler import plan, send
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY, ZONE


@pytest.fixture
def entry(session, cast):
    """A check-in of Dana's with Marcus that waits for Ruth's word."""
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        note="The form is half done.",
        next_on=TODAY + dt.timedelta(days=7),
        now=MONDAY,
        today=TODAY,
    )
    session.execute(sa.delete(Review))
    session.add(
        Review(
            checkin_id=logged.entry.id,
            client_id=cast.marcus,
            coach_id=cast.dana.id,
            reason=ReviewReason.SAMPLE,
            asked_at=MONDAY,
        )
    )
    session.commit()
    return logged.entry


def test_the_board_counts_who_was_spoken_with_and_who_is_out_of_touch(reader, cast, session, entry, clock):
    clock.move(days=4)
    attempts.log_attempt(
        session, cast.dana, cast.lena, outcome=AttemptOutcome.NO_ANSWER, tried_on=TODAY, now=MONDAY, today=TODAY
    )
    session.commit()
    page = reader("ruth").opens("/team")
    assert "1 of 3 people spoken with this week" in page.main
    drift = page.soup.find(id="drift").find_parent("section").get_text(" ")
    assert "Lena O." in drift
    assert "Tried once, no answer." in " ".join(drift.split())
    assert "Marcus" not in drift
    assert "Hana" not in page.main  # another team's


def test_no_words_of_a_note_stand_on_the_board(reader, cast, entry):
    assert "half done" not in reader("ruth").opens("/team").text
    assert "half done" not in reader("ruth").opens("/team/reviews").text


def test_a_check_in_is_signed_off_with_a_word_and_the_coach_sees_it(reader, cast, session, entry):
    ruth = reader("ruth")
    ruth.opens("/team/reviews")
    ruth.opens(ruth.page.link("Dana Osei"))
    assert "The form is half done." in ruth.page.main
    page = ruth.sends(text="You let him choose. Thank you.", phrases="Listened first")
    assert "Nothing is waiting" in page.main
    today = reader("dana").opens("/today").main
    assert "From Ruth" in today
    assert "“You let him choose. Thank you.”" in today
    assert "Listened first" in today


def test_every_look_at_a_note_is_written_down(reader, cast, session, entry):
    review = session.scalars(sa.select(Review)).one()
    reader("ruth").opens(f"/team/reviews/{review.id}")
    rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "checkin:read")).all()
    assert [(row.actor_id, row.subject_id) for row in rows] == [(cast.ruth.id, entry.id)]


def test_talking_about_it_stands_on_the_coachs_today_until_done(reader, cast, session, entry):
    review = session.scalars(sa.select(Review)).one()
    ruth = reader("ruth")
    ruth.opens(f"/team/reviews/{review.id}")
    ruth.presses("Talk about this together")
    dana = reader("dana")
    assert "Ruth would like to talk about your check-in together" in dana.opens("/today").main
    assert "The form is half done." in dana.opens(dana.page.link("Open the check-in")).main
    dana.opens("/today")
    page = dana.presses("Done")
    assert "Done." in page.words
    assert "would like to talk" not in page.main
    assert "would like to talk" in dana.presses("Undo").main


def test_asking_a_coach_about_somebody_reaches_their_today(reader, cast, clock):
    clock.move(days=4)
    ruth = reader("ruth")
    ruth.opens("/team")
    page = ruth.presses("Ask Dana", within="Lena")
    assert "Dana sees on Today that you asked." in page.words
    assert "Ruth asks: how are things with Lena O.?" in reader("dana").opens("/today").main
    page = ruth.opens("/team")
    assert "Dana was asked on Fri 27 Nov." in page.main
    assert "Ask Dana about Lena O." not in page.text


def test_another_teams_review_is_not_found(reader, cast, session, entry):
    review = session.scalars(sa.select(Review)).one()
    omar = reader("omar")
    omar.opens(f"/team/reviews/{review.id}", status=404)
    omar.opens("/team")
    omar.posts(f"/team/reviews/{review.id}", status=404)
    omar.posts(f"/team/people/{cast.marcus}/ask", status=404)
    session.expire_all()
    assert session.scalars(sa.select(Review)).one().outcome is None


def test_nobody_signs_off_their_own(reader, cast, session):
    from coachdesk.access import SYSTEM
    from coachdesk.clients import assigning

    assigning.assign(session, SYSTEM, cast.lena, cast.ruth.id, now=MONDAY, today=TODAY)
    logged = checkins.log_checkin(
        session,
        cast.ruth,
        cast.lena,
        channel=Channel.CALL,
        held_on=TODAY,
        worried=True,
        next_on=TODAY + dt.timedelta(days=7),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    review = session.scalars(sa.select(Review).where(Review.checkin_id == logged.entry.id)).one()
    ruth = reader("ruth")
    assert "Nothing is waiting" in ruth.opens("/team/reviews").main
    ruth.opens(f"/team/reviews/{review.id}", status=404)


def test_a_worry_heads_the_board_until_somebody_has_it(app, reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y")
    ruth = reader("ruth")
    page = ruth.opens("/team")
    assert "Dana Osei raised this" in page.main
    page = ruth.presses("I have this")
    assert "You have this." in page.words
    assert "raised this" not in page.main
    session.expire_all()
    assert session.scalars(sa.select(Concern)).one().taken_by == cast.ruth.id


def test_a_worry_is_a_notice_at_once(app, reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y")
    send(app)
    notice = session.scalars(sa.select(Notice)).one()
    assert notice.recipient_id == cast.ruth.id
    ruth = reader("ruth")
    assert "Dana Osei is worried about Marcus T.’s safety." in ruth.opens("/team").main
    assert "New for you" not in ruth.presses("Seen").main


@pytest.mark.parametrize("path", ["/today", "/reminders"])
def test_a_notice_of_what_is_due_says_of_whom(app, reader, cast, session, clock, path):
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Bring the form", due_on=TODAY, hour=dt.time(9, 50), zone=ZoneInfo(ZONE),
        now=MONDAY,
    )  # fmt: skip
    session.commit()
    clock.move(minutes=6)
    plan(app)
    send(app)
    page = reader("dana").opens(path)
    assert "New for you" in page.main
    assert "Seen: Marcus T.: Bring the form" in page.text


def test_who_raised_a_worry_hears_that_it_was_closed_and_closing_says_what_ends_with_it(app, reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y")
    ruth = reader("ruth")
    ruth.opens("/team")
    ruth.presses("I have this")
    session.rollback()
    page = ruth.opens(f"/concerns/{session.scalar(sa.select(Concern.id))}")
    assert "Asking again on Tue 24 Nov at 9:45 am ends with it." in page.main
    ruth.sends("/closing", ended="Her mother stays with her.")
    send(app)
    assert "Ruth Mbeki closed your worry about Marcus T.’s safety." in dana.opens("/today").main


def test_who_raised_a_worry_hears_who_has_it_and_the_news_of_it_is_settled(app, reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y")
    send(app)
    ruth = reader("ruth")
    ruth.opens("/team")
    page = ruth.presses("I have this")
    assert "Dana Osei is worried" not in page.main
    send(app)
    assert "Ruth Mbeki has your worry about Marcus T.’s safety now." in dana.opens("/today").main


def test_the_record_and_the_board_say_who_has_a_worry_until_it_is_given_back(app, reader, cast, session, clock):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    assert "Say a little more" in dana.sends(how="call", worried="y").main
    raised = "Dana Osei raised a worry about safety, Mon 23 Nov, 9:45 am. Nobody has it yet."
    page = dana.opens(f"/people/{cast.marcus}")
    assert raised in page.main
    assert "I have this" not in page.main
    send(app)
    record = f"/people/{cast.marcus}"
    assert raised in ruth.opens(record).main
    ruth.presses("I have this")
    assert "Ruth Mbeki has had this since Mon 23 Nov, 9:45 am." in ruth.page.main
    has = "Ruth Mbeki has the worry about safety that Dana Osei raised on Mon 23 Nov."
    assert has in dana.opens(record).main
    ruth.opens("/team")
    (concern,) = session.scalars(sa.select(Concern)).all()
    omar = reader("omar")
    omar.opens("/team")
    omar.posts(f"/concerns/{concern.id}/giving-back", status=404)
    page = ruth.posts(f"/concerns/{concern.id}/giving-back")
    assert "somebody needs to have this" in page.main
    assert "Dana Osei raised this" in page.main
    assert "Dana Osei is worried about Marcus T.’s safety." in page.main
    assert raised in dana.opens(record).main
    send(app)
    assert "has your worry" not in dana.opens("/today").main
    clock.move(minutes=1)
    ruth.presses("I have this")
    send(app)
    assert "Ruth Mbeki has your worry about Marcus T.’s safety now." in dana.opens("/today").main
    clock.move(days=8)
    assert has in reader("dana").opens(record).main
    acting.close_concern(session, cast.ruth, concern.id, ended="Safe with her mother.", now=clock.now())
    session.commit()
    assert has not in reader("dana").opens(record).main


def test_without_a_supervisor_the_administrators_hear_without_a_name(app, reader, cast, session):
    from coachdesk.access import TeamMembership

    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.omar.id).values(ended_at=MONDAY))
    session.commit()
    chris = reader("chris")
    chris.opens(f"/people/{cast.hana}/check-ins/new")
    page = chris.sends(how="call", worried="y")
    assert "Admin Lund heard that a concern is waiting, without a name." in page.words
    send(app)
    notice = session.scalars(sa.select(Notice)).one()
    assert "Hana" not in notice.text
    admin = reader("admin")
    for page in ("/admin/people", "/admin/accounts"):
        assert "1 concern about somebody’s safety is waiting" in admin.opens(page).main


def test_where_nobody_can_be_told_the_page_says_so(reader, cast, session):
    from coachdesk.access import TeamMembership
    from coachdesk.accounts.models import User

    session.execute(sa.update(TeamMembership).values(ended_at=MONDAY))
    session.execute(sa.update(User).where(User.id == cast.admin.id).values(active=False))
    session.commit()
    chris = reader("chris")
    chris.opens(f"/people/{cast.hana}/check-ins/new")
    assert "Nobody could be told from here." in chris.sends(how="call", worried="y").words


def test_a_worry_is_never_shown_in_the_portal(reader, cast, clock):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", worried="y", note="A quiet talk.")
    clock.move(minutes=11)
    marcus = reader("marcus")
    assert "A quiet talk." in marcus.opens("/my-goals/what-we-wrote").main
    for page in ("/my-goals", "/my-goals/what-we-wrote"):
        assert "safety" not in marcus.opens(page).main.lower()
        assert "worr" not in marcus.page.main.lower()


def test_a_worry_about_safety_is_read_first(reader, cast, session):
    organisation.find_organisation(session).review_share = 1.0
    for client_id, worried in ((cast.lena, False), (cast.marcus, True)):
        checkins.log_checkin(
            session,
            cast.dana,
            client_id,
            channel=Channel.CALL,
            held_on=TODAY,
            worried=worried,
            next_on=TODAY + dt.timedelta(days=7),
            now=MONDAY + dt.timedelta(minutes=worried),
            today=TODAY,
        )
    session.commit()
    page = reader("ruth").opens("/team/reviews")
    assert page.main.index("Marcus") < page.main.index("Lena")
