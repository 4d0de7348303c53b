"""Moves at their edges, and what a referral says of how it ended."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.clients.models import Client
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Agreed
from coachdesk.resources.rules import Need
from tests.cast import MONDAY, TODAY


@pytest.fixture
def referral(session, cast):
    made = referrals.make_referral(
        session,
        cast.dana,
        cast.marcus,
        service_id=None,
        service_name="Food pantry",
        need=Need.FOOD,
        agreed=Agreed.COACH_CALLS,
        said_yes=True,
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return made.id


def test_a_move_sent_twice_is_one_move(reader, cast, session, referral):
    dana = reader("dana")
    form = dana.opens(f"/referrals/{referral}")
    dana.sends(to="accepted")
    dana.page = form
    assert dana.sends(to="accepted").url == f"/referrals/{referral}"


def test_a_move_made_meanwhile_is_shown_as_such(reader, cast, session, referral):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/referrals/{referral}")
    ruth.opens(f"/referrals/{referral}")
    ruth.sends(to="accepted")
    page = dana.sends(status=409, to="accepted", note="Mine")
    assert "Somebody changed this" in page.main


@pytest.mark.parametrize("year", ["9999", "1"])
def test_an_appointment_lies_within_sight(reader, cast, session, referral, year):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    dana.sends(
        status=422, to="appointment", appointment_on__day="31", appointment_on__month="12", appointment_on__year=year
    )


def test_why_it_did_not_work_out_stands_on_the_page(reader, cast, session, referral):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(to="closed", reason="no_room")
    for form in page.soup.select("main form"):
        form.decompose()
    assert "They had no room" in page.main


def test_who_said_that_it_helped_stands_on_the_page(reader, cast, session, referral):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(to="got_help", confirmed_by="provider")
    for form in page.soup.select("main form"):
        form.decompose()
    assert "The service" in page.main


def test_a_name_of_two_words_is_said_whole(reader, cast, session, referral):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(preferred_name="Mary Ann"))
    session.commit()
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    dana.sends(to="self")
    assert "Mary Ann will call" in dana.opens(f"/people/{cast.marcus}").main
    assert "Mary Ann will call" in dana.opens("/referrals").main
