"""A person would like another coach: supervisors read it, the coach does not, and it never falls silent."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, Earlier
from coachdesk.accounts.models import User
from coachdesk.clients import assigning, episodes, wishing
from coachdesk.clients.models import CoachWish
from coachdesk.clients.rules import Ending
from coachdesk.notify.models import Delivery, DeliveryState
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY, TODAY

WORDS = "Somebody who has been through prison."


@pytest.fixture
def marcus(reader):
    someone = reader("marcus")
    someone.opens(someone.opens("/my-goals").link("I would like another coach"))
    return someone


def _rows(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(CoachWish)).all()


def test_a_wish_is_said_kindly_without_a_reason_and_taken_back(marcus, session):
    assert "You do not have to say why." in marcus.page.main
    assert "Ruth will read this and speak with you. Dana does not see it." in marcus.page.main
    page = marcus.sends("another-coach")
    assert "Ruth will speak with you by Thursday 26 November. Your coach does not see this." in page.main
    assert "You asked for another coach. Somebody will speak with you by Thursday 26 November." in page.main
    assert "Taken back. Everything stays as it is." in marcus.presses("Undo").main
    assert [row.ended_at is not None for row in _rows(session)] == [True]
    assert "You asked for another coach" not in marcus.opens("/my-goals").main


def test_the_supervisor_alone_reads_it_and_the_coach_sees_nothing_of_it(marcus, reader, session, cast):
    marcus.sends("another-coach", words=WORDS)
    told = session.scalars(sa.select(Delivery)).one()
    assert (told.recipient_id, told.client_id) == (cast.ruth.id, cast.marcus)
    session.rollback()
    ruth = reader("ruth")
    page = ruth.opens("/team")
    assert "Would like another coach" in page.main
    assert "Marcus T. Speak by Thu 26 Nov" in page.main
    assert WORDS not in page.main
    page = ruth.opens(page.link("Read it"))
    assert WORDS in page.main
    dana = reader("dana")
    for path in ("", "/timeline", "/about", "/details", "/pack", "/looks", "/sheet"):
        page = dana.opens(f"/people/{cast.marcus}{path}")
        assert not re.search("(like|wish\\w*|asked) (for )?another coach", page.text, re.IGNORECASE)
        assert WORDS not in page.text
    assert "another coach" not in dana.opens("/today").text
    dana.opens(f"/people/{cast.marcus}/coach-wish", status=404)
    reader("omar").opens(f"/people/{cast.marcus}/coach-wish", status=404)


def test_it_is_answered_by_speaking_or_by_another_coach(marcus, reader, session, cast):
    marcus.sends("another-coach", words=WORDS)
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/coach-wish")
    assert "You have spoken with Marcus. Everything stays as it is." in ruth.presses("We have spoken").main
    assert "Would like another coach" not in ruth.page.main
    assert "Nothing waits there any more." in ruth.opens(f"/people/{cast.marcus}/coach-wish").main
    marcus.opens("/my-goals/another-coach")
    marcus.sends("another-coach")
    assigning.assign(
        session, cast.ruth, cast.marcus, cast.imani.id, earlier=Earlier.EVERYTHING, now=MONDAY, today=TODAY
    )
    session.commit()
    assert [row.ended_by for row in _rows(session)] == [cast.ruth.id, SYSTEM.id]
    of_wishes = sa.select(Delivery).where(Delivery.key.startswith("coach-wish:"))
    assert {row.state for row in session.scalars(of_wishes)} == {DeliveryState.SKIPPED}
    assert reader("ruth").opens("/account/activity").main.count("Ended a wish for another coach") == 1
    assert "another coach" not in reader("imani").opens(f"/people/{cast.marcus}/looks").main


def test_said_again_it_is_one_wish_with_the_newest_words(marcus, session):
    marcus.sends("another-coach", words=WORDS)
    page = marcus.opens("/my-goals/another-coach")
    assert "You asked on Monday 23 November." in page.main
    marcus.sends("another-coach", words="A woman.")
    assert [row.words for row in _rows(session)] == ["A woman."]


def test_a_day_that_went_by_is_said(marcus, reader, clock, cast):
    marcus.sends("another-coach")
    clock.set(MONDAY + dt.timedelta(days=4))
    assert "Speak soon: it was to be by Thu 26 Nov" in reader("ruth").opens(f"/people/{cast.marcus}/coach-wish").main


def test_a_supervisor_who_is_the_coach_does_not_read_what_is_about_themself(session, cast):
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(coach_id=cast.ruth.id))
    with pytest.raises(Refused, match="Nobody but your coach"):
        wishing.wish(session, cast.accounts["marcus"], words=WORDS, now=MONDAY, today=TODAY)
    session.add(CoachWish(client_id=cast.marcus, words=WORDS, made_at=MONDAY, talk_by=TODAY))
    session.flush()
    assert list(wishing.list_waiting(session, cast.ruth)) == []
    with pytest.raises(NotFound):
        wishing.find_waiting(session, cast.ruth, cast.marcus)


def test_where_nobody_else_could_read_it_the_page_says_so(reader, session, cast):
    session.execute(sa.update(User).where(User.id == cast.ruth.id).values(active=False))
    session.commit()
    marcus = reader("marcus")
    page = marcus.opens("/my-goals/another-coach")
    assert "Please ask anybody else who works here." in page.main
    assert not page.soup.select("main textarea")


def test_a_wish_taken_back_is_told_to_nobody_any_more(marcus, session):
    marcus.sends("another-coach")
    marcus.presses("Undo")
    session.rollback()
    assert [row.state for row in session.scalars(sa.select(Delivery))] == [DeliveryState.SKIPPED]


def test_a_wish_stays_on_the_board_though_coaching_ends(marcus, reader, session, cast):
    marcus.sends("another-coach")
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.MOVED_AWAY, now=MONDAY, today=TODAY)
    session.commit()
    assert "Marcus T. Speak by Thu 26 Nov" in reader("ruth").opens("/team").main
