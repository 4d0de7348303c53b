"""What an hour in an emergency does not give: lasting access, a say in the team's work, or an act without its mark."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, Event, record
from coachdesk.checkins import service as checkins
from coachdesk.clients import inviting
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.drafts import service as drafts
from coachdesk.reminders import service as reminders
from coachdesk.safety import acting
from coachdesk.safety import service as safety
from coachdesk.safety.models import Concern
from coachdesk.visits.rules import Channel
from coachdesk.words import NotFound, Refused
from tests.access.helpers import at, break_glass, events, hand_over
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import live

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def opened(session, cast):
    """A record of Marcus that Omar, of the other team, has open."""
    ids = live(session, cast)
    ids["look"] = break_glass(session, cast, "omar", "marcus", last="Tell").id
    return ids


def _logs(session, identity, client_id):
    checkins.log_checkin(
        session,
        identity,
        client_id,
        channel=Channel.CALL,
        held_on=TODAY,
        note="They are safe.",
        next_on=TODAY + dt.timedelta(days=1),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return events(session, client_id, Event.CHECKIN_LOGGED)[-1].details


def test_what_is_written_under_an_emergency_says_so_in_the_trail(session, cast, opened):
    assert _logs(session, at(cast.omar), cast.marcus).get("glass") is True
    assert "glass" not in _logs(session, at(cast.ruth), cast.marcus)
    assert "glass" not in _logs(session, at(cast.dana), cast.marcus)


def test_what_is_written_within_ones_everyday_sight_carries_no_mark(session, cast, opened):
    hand_over(session, cast, "marcus", "chris")
    assert "glass" not in _logs(session, at(cast.omar), cast.marcus)


def test_opening_and_closing_carry_no_mark_besides_their_own_name(reader, session, cast, opened):
    omar = reader("omar")
    omar.opens(f"/people/{cast.marcus}")
    omar.presses("Close now")
    rows = events(session, cast.marcus, Event.GLASS_BROKEN, Event.GLASS_CLOSED)
    assert [row.details for row in rows] == [{"reason": "safety_now"}, {}]


def test_the_mark_costs_a_supervisor_one_query_and_nobody_else_any(session, cast, opened):
    counts = {}
    for name in ("omar", "dana", "admin"):
        asked: list[str] = []
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args, to=asked: to.append(args[2]))
        record(session, at(cast.staff[name]), Event.GOAL_SET, client_id=cast.marcus, now=MONDAY)
        counts[name] = len([text for text in asked if "break_glass" in text])
        session.commit()
    assert counts == {"omar": 1, "dana": 0, "admin": 0}
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.event == Event.GOAL_SET)) >= 3


# ---- a worry about safety ------------------------------------------------------------------------------------------


def test_a_worry_is_taken_and_given_back_within_ones_everyday_sight_alone(reader, session, cast, opened):
    concern = session.scalar(sa.select(Concern.id))
    with pytest.raises(NotFound):
        acting.take_concern(session, at(cast.omar), concern, now=MONDAY)
    session.rollback()
    acting.take_concern(session, at(cast.ruth), concern, now=MONDAY)
    session.commit()
    hand_over(session, cast, "marcus", "chris")
    break_glass(session, cast, "ruth", "marcus", last="Tell")
    with pytest.raises(NotFound):
        acting.give_back(session, at(cast.ruth), concern, now=MONDAY)


def test_an_opened_record_tells_of_a_worry_and_offers_no_button_for_it(reader, cast, opened):
    page = reader("omar").opens(f"/people/{cast.marcus}")
    assert "raised a worry about safety" in page.main
    assert "I have this" not in page.main
    assert "I have this" in reader("ruth").opens(f"/people/{cast.marcus}").main


def test_the_board_names_whoever_raised_a_worry_from_another_team(reader, session, cast, opened):
    safety.raise_concern(session, at(cast.omar), cast.marcus, source_id=None, now=MONDAY)
    session.commit()
    assert "Omar Haddad raised this" in reader("ruth").opens("/team").main


# ---- what would outlast the hour -----------------------------------------------------------------------------------


def test_an_hour_changes_no_address_and_invites_nobody(reader, session, cast, opened):
    omar = reader("omar")
    page = omar.opens(f"/people/{cast.marcus}/edit")
    assert not page.soup.select("[name=email]")
    assert "Details saved." in omar.sends("edit", language="Spanish").main
    page = omar.opens(f"/people/{cast.marcus}/edit")
    page = omar.sends("edit", status=422, email="omar@elsewhere.example")
    assert "In an emergency this stays as it is." in page.main
    assert session.get(Client, cast.marcus).email != "omar@elsewhere.example"
    session.execute(sa.update(Client).values(email="marcus@post.example"))
    session.commit()
    details = omar.opens(f"/people/{cast.marcus}/details")
    assert not details.soup.select("form[action$='/invitation']")
    omar.posts(f"/people/{cast.marcus}/invitation", status=404)
    with pytest.raises(NotFound):
        inviting.invite_person(session, at(cast.omar), cast.marcus, mailed=False, now=MONDAY)
    with pytest.raises(Refused, match="In an emergency"):
        clients.edit_person(
            session,
            at(cast.omar),
            cast.marcus,
            version=session.get(Client, cast.marcus).version,
            first_name="Marcus",
            rhythm_days=7,
            email="omar@elsewhere.example",
            now=MONDAY,
            today=TODAY,
        )


def test_whoever_sees_a_person_every_day_changes_the_address_and_invites(reader, session, cast):
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/edit")
    ruth.sends(email="marcus@post.example")
    assert session.get(Client, cast.marcus).email == "marcus@post.example"
    assert ruth.opens(f"/people/{cast.marcus}/details").soup.select("form[action$='/invitation']")


def test_a_stale_save_of_an_opened_record_still_shows_what_stands_there_now(reader, session, cast, opened):
    omar = reader("omar")
    omar.opens(f"/people/{cast.marcus}/edit")
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(version=2, language="Spanish"))
    session.commit()
    page = omar.sends("edit", status=409, language="Twi")
    assert "Spanish" in page.main


def test_a_reminder_is_set_within_ones_everyday_sight_alone(reader, session, cast, opened):
    omar = reader("omar")
    assert "Set reminder" not in omar.opens(f"/people/{cast.marcus}").main
    omar.opens(f"/people/{cast.marcus}/reminders/new", status=404)
    with pytest.raises(NotFound):
        reminders.set_reminder(
            session, at(cast.omar), cast.marcus, text="Ring.", due_on=TODAY, zone=ZoneInfo(ZONE), now=MONDAY
        )
    assert "Set reminder" in reader("ruth").opens(f"/people/{cast.marcus}").main


# ---- where an opened record stands ---------------------------------------------------------------------------------


def test_an_opened_record_stands_under_people_and_not_on_today_nor_among_the_referrals(reader, session, cast, opened):
    omar = reader("omar")
    assert "Marcus" in omar.opens("/people?whose=all").main
    assert "Marcus" in omar.opens("/people?q=marcus").main
    banner = "You opened Marcus T.’s record"
    for path in ("/today", "/referrals"):
        assert "Marcus" not in omar.opens(path).main.replace(banner, ""), path
    assert "Food pantry" not in omar.opens("/referrals").main
    drafts.save_draft(
        session,
        at(cast.omar),
        cast.marcus,
        form="check-in",
        subject_id=cast.marcus,
        fields={"note": ["Half"]},
        path=f"/people/{cast.marcus}/check-ins/new",
        now=MONDAY,
    )
    session.commit()
    assert "Marcus" not in omar.opens("/today").main.replace(banner, "")


def test_whoever_takes_a_check_in_back_within_the_hour_hears_that_its_worry_stays(reader, session, cast, opened):
    logged = checkins.log_checkin(
        session,
        at(cast.omar),
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY,
        worried=True,
        next_on=TODAY + dt.timedelta(days=1),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    omar = reader("omar")
    omar.opens(f"/people/{cast.marcus}")
    page = omar.posts(f"/check-ins/{logged.entry.id}/withdrawal")
    assert "The worry about safety stays" in page.main
