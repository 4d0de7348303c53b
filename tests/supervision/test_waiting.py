"""What waits for a supervisor stands on every page they begin the day with, not on the board alone."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier
from coachdesk.checkins import service as checkins
from coachdesk.reminders import deriving
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import Reminder
from coachdesk.visits.rules import Channel
from tests.access.helpers import hand_over
from tests.cast import MONDAY, TODAY


@pytest.fixture
def worry(session, cast):
    """A check-in of Dana's with Marcus and a worry about his safety."""
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        worried=True,
        next_on=TODAY + dt.timedelta(days=7),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return logged.entry


def rail(page, label):
    """The number beside a place in the rail."""
    link = next(a for a in page.soup.select("nav a") if label in a.get_text(" "))
    return " ".join(link.get_text(" ").split()).removeprefix(label).strip()


@pytest.mark.parametrize("path", ["/today", "/reminders"])
def test_a_worry_nobody_has_stands_on_the_supervisors_pages_until_somebody_takes_it(reader, worry, path):
    ruth = reader("ruth")
    page = ruth.opens(path)
    assert "1 worry about safety has nobody yet." in page.main
    assert "1 check-in is waiting for your word." in page.main
    assert rail(page, "Team") == "1 waiting"
    ruth.opens(page.link("Open the board"))
    ruth.presses("I have this")
    page = ruth.opens(path)
    assert "worry about safety" not in page.main
    assert "check-in is waiting" in page.main
    assert rail(page, "Team") == ""


def test_another_teams_worry_is_not_counted(reader, worry):
    omar = reader("omar")
    for path in ("/today", "/reminders"):
        page = omar.opens(path)
        assert "worry" not in page.main
        assert "waiting for your word" not in page.main


def test_a_first_page_does_not_say_that_nothing_waits_above_what_does(reader, worry):
    said = reader("ruth").opens("/today").main
    assert "You have nobody to reach today." in said
    assert "Nothing is waiting on you today." not in said
    assert "Nothing is waiting on you today." in reader("omar").opens("/today").main


def test_a_coach_is_not_asked_to_take_what_is_the_supervisors(reader, worry):
    dana = reader("dana")
    for path in ("/today", "/reminders"):
        assert "has nobody yet" not in dana.opens(path).main


def test_a_supervisor_who_coaches_nobody_is_led_to_the_team(reader):
    page = reader("ruth").opens("/today")
    assert "You walk with nobody yourself" in page.main
    assert page.link("See my team") == "/team"
    assert "Add the first person" not in page.main


# ---- a check-in by somebody of another team ------------------------------------------------------------------------


@pytest.fixture
def handed_over(session, cast):
    """A check-in of Chris's with Hana that waits for a word; Hana then goes to Dana, of Ruth's team."""
    checkins.log_checkin(
        session,
        cast.chris,
        cast.hana,
        channel=Channel.CALL,
        held_on=TODAY,
        worried=True,
        next_on=TODAY + dt.timedelta(days=7),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    hand_over(session, cast, "hana", "dana", now=MONDAY + dt.timedelta(minutes=1))


def test_a_check_in_from_another_team_stands_under_its_authors_name(reader, handed_over):
    ruth = reader("ruth")
    for path in ("/team", "/team/reviews"):
        assert "Chris Bell" in ruth.opens(path).main, path
    assert "Hana" not in reader("omar").opens("/team/reviews").main


def test_a_check_in_that_waits_is_told_to_the_supervisors_of_the_coach_of_now(session, cast, handed_over):
    _readers, due = deriving.gather_dues(session, now=MONDAY + dt.timedelta(hours=3))
    told = {key: [str(one.why) for one in dues if one.rule is Rule.REVIEW_WAITING] for key, dues in due.items()}
    assert told[cast.ruth.id] == ["A check-in by Chris Bell is waiting for your word."]
    assert not told.get(cast.omar.id)


@pytest.mark.parametrize("earlier", Earlier)
def test_a_supervisor_who_is_the_coach_now_is_told_of_what_their_own_team_wrote(session, cast, worry, earlier):
    hand_over(session, cast, "marcus", "ruth", earlier, now=MONDAY + dt.timedelta(minutes=1))
    _readers, due = deriving.gather_dues(session, now=MONDAY + dt.timedelta(hours=3))
    assert any(one.rule is Rule.REVIEW_WAITING for one in due.get(cast.ruth.id, ()))


def test_a_supervisor_who_may_not_read_it_is_not_told_of_it(session, cast, worry):
    hand_over(session, cast, "marcus", "omar", Earlier.FROM_TODAY, now=MONDAY + dt.timedelta(minutes=1))
    _readers, due = deriving.gather_dues(session, now=MONDAY + dt.timedelta(hours=3))
    assert not [one for one in due.get(cast.omar.id, ()) if one.rule is Rule.REVIEW_WAITING]


def test_whoever_no_longer_sees_a_person_is_not_said_to_see_the_wish_to_talk(reader, session, cast, handed_over):
    ruth = reader("ruth")
    ruth.opens("/team/reviews")
    ruth.opens(ruth.page.soup.select_one("main a[href^='/team/reviews/']")["href"])
    assert "Chris will see this" not in ruth.page.main
    page = ruth.presses("Talk about this")
    assert "Your word is kept. Chris does not see this person here any more, so please ask them yourself." in page.main
    assert session.scalars(sa.select(Reminder)).all() == []


def test_whoever_still_sees_a_person_sees_the_wish_to_talk(reader, worry):
    ruth = reader("ruth")
    ruth.opens("/team/reviews")
    ruth.opens(ruth.page.soup.select_one("main a[href^='/team/reviews/']")["href"])
    assert "Dana sees on Today that you would like to talk." in ruth.presses("Talk about this").main
    assert "talk" in reader("dana").opens("/today").main
