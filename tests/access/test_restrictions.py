"""This member of staff may not see this person: it wins over assignment, team and break-glass, everywhere at once."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial

import pytest
import sqlalchemy as sa

from coachdesk.access import Restriction, RestrictionKind, may_see, visible
from coachdesk.audit import Event
from coachdesk.clients import restricting
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.notify import Delivery, Notice, deliver, list_notices
from coachdesk.reminders import planning
from coachdesk.words import NotFound, Refused
from tests.access.helpers import at, break_glass, events, everything, hand_over, restrict
from tests.cast import MONDAY, TODAY
from tests.lived import live

LATER = MONDAY + dt.timedelta(hours=1)


def _sees(session, identity):
    return sorted(session.scalars(visible(identity, Client).with_only_columns(Client.first_name)))


@pytest.mark.asvs("8.2.2")
def test_a_restriction_wins_over_team_assignment_and_break_glass(session, cast):
    assert _sees(session, cast.ruth) == ["Aisha", "Lena", "Marcus"]
    kept = restrict(session, cast, "ruth", "marcus")
    assert _sees(session, cast.ruth) == ["Aisha", "Lena"]
    assert _sees(session, cast.dana) == ["Lena", "Marcus"]
    session.execute(sa.update(Restriction).values(user_id=cast.dana.id))
    assert _sees(session, cast.dana) == ["Lena"]
    session.rollback()
    break_glass(session, cast, "ruth")
    assert "Hana" in _sees(session, at(cast.ruth))
    restrict(session, cast, "ruth", "hana")
    assert _sees(session, at(cast.ruth)) == ["Aisha", "Lena"]
    restricting.end_restriction(session, cast.admin, kept.id, now=LATER)
    assert _sees(session, cast.ruth) == ["Aisha", "Lena", "Marcus"]


def test_a_restriction_is_a_period_set_by_a_supervisor_who_sees_the_person_or_an_administrator(session, cast):
    for name in ("dana", "omar", "marcus"):
        identity = cast.staff.get(name) or cast.accounts[name]
        with pytest.raises(NotFound):
            restricting.restrict(session, identity, cast.marcus, cast.chris.id, kind=RestrictionKind.KIN, now=MONDAY)
    made = restrict(session, cast, "chris", "marcus", by="ruth")
    assert (made.words, made.started_by, made.ended_at) == ("Her cousin.", cast.ruth.id, None)
    for name in ("dana", "omar"):
        with pytest.raises(NotFound):
            restricting.end_restriction(session, cast.staff[name], made.id, now=LATER)
    restricting.end_restriction(session, cast.ruth, made.id, now=LATER)
    session.commit()
    with pytest.raises(NotFound):
        restricting.end_restriction(session, cast.ruth, made.id, now=LATER)
    assert (made.ended_at, made.ended_by) == (LATER, cast.ruth.id)
    found = events(session, cast.marcus, Event.RESTRICTION_MADE, Event.RESTRICTION_ENDED)
    assert [(row.event, row.actor_id, row.details.get("staff")) for row in found] == [
        ("restriction:made", cast.ruth.id, str(cast.chris.id)),
        ("restriction:ended", cast.ruth.id, str(cast.chris.id)),
    ]
    assert "cousin" not in str([row.details for row in found])


@pytest.mark.parametrize(
    ("staff", "sentence"),
    [
        ("dana", "Give them another coach first."),
        ("chris", "This is written down already."),
        ("admin", "Choose somebody from the list."),
        ("nobody", "Choose somebody from the list."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(session, cast, staff, sentence):
    restrict(session, cast, "chris", "marcus")
    who = cast.staff[staff].id if staff in cast.staff else uuid.uuid4()
    with pytest.raises(Refused) as refusal:
        restricting.restrict(session, cast.admin, cast.marcus, who, kind=RestrictionKind.OTHER, now=LATER)
    assert (str(refusal.value), refusal.value.at) == (sentence, "user_id")


def test_nobody_who_is_none_is_kept_from(session, cast):
    with pytest.raises(NotFound):
        restricting.restrict(session, cast.admin, uuid.uuid4(), cast.dana.id, kind=RestrictionKind.KIN, now=MONDAY)


def test_a_restricted_coach_is_not_given_the_person_and_the_sentence_says_no_reason(reader, cast, session):
    restrict(session, cast, "imani", "marcus")
    before = everything(session)
    admin = reader("admin")
    admin.opens(f"/admin/people/{cast.marcus}/coach")
    page = admin.sends(status=422, coach_id=str(cast.imani.id), earlier="everything")
    assert "This coach cannot walk with them. Choose another one." in page.main
    assert "cousin" not in page.text
    assert "family" not in page.text
    assert {k: v for k, v in everything(session).items() if k != "used_form"} == {
        k: v for k, v in before.items() if k != "used_form"
    }


def test_a_restricted_supervisor_sees_no_trace_on_any_page(reader, cast, session, clock):
    live(session, cast)
    ruth = reader("ruth")
    assert "Marcus" in ruth.opens("/team").text
    clock.move(minutes=5)
    restrict(session, cast, "ruth", "marcus", now=clock.now())
    for page in (
        "/team",
        "/team/reviews",
        "/today",
        "/people",
        "/people?q=marcus",
        "/reminders",
        "/referrals",
        "/more",
    ):
        found = ruth.opens(page)
        assert "Marcus" not in found.text, page
    board = ruth.opens("/team").main
    assert "2 people" in board
    counts = [tag.get_text() for tag in ruth.page.soup.select(".rail .count")]
    assert counts == [], "a number on the rail counts somebody who may not be seen"
    for tail in ("", "/goals", "/timeline", "/referrals", "/details", "/edit", "/restrictions"):
        ruth.opens(f"/people/{cast.marcus}{tail}", status=404)


def test_a_restricted_supervisor_hears_nothing_and_administrators_hear_that_a_worry_waits(reader, cast, session, clock):
    restrict(session, cast, "ruth", "marcus")
    live(session, cast)
    told = set(session.scalars(sa.select(Delivery.recipient_id)))
    assert cast.ruth.id not in told
    assert cast.admin.id in told
    page = reader("admin").opens("/admin/people").main
    assert "1 concern about somebody’s safety is waiting for a supervisor." in page
    dana = reader("dana").opens(f"/people/{cast.marcus}/check-ins/new").main
    assert "There is no supervisor to tell." in dana


def test_the_planner_tells_nobody_of_whom_they_may_not_see(cast, session, clock):
    live(session, cast)
    clock.move(days=9)
    restrict(session, cast, "ruth", "marcus")
    planning.plan(session, now=clock.now())
    session.commit()
    told = session.execute(sa.select(Delivery.recipient_id, Delivery.client_id, Delivery.created_at)).all()
    assert (cast.ruth.id, cast.marcus) not in {(who, whom) for who, whom, when in told if when == clock.now()}


def test_what_was_told_before_is_taken_out_of_sight_and_what_waits_stays_back(app, cast, session, clock):
    live(session, cast)
    send = {"claimant": uuid.uuid4(), "clock": clock.now, "still_wanted": planning.still_wanted}
    deliver(session, None, **send)
    assert [row.text for row in list_notices(session, cast.ruth.id, sees=partial(may_see, cast.ruth))] == [
        "Dana Osei is worried about Marcus T.’s safety."
    ]
    from zoneinfo import ZoneInfo

    from coachdesk.desk import service as desk
    from coachdesk.supervision import service as supervision
    from tests.cast import ZONE

    zone = ZoneInfo(ZONE)
    assert len(supervision.open_board(session, cast.ruth, zone=zone, now=MONDAY, today=TODAY).notices) == 1
    restrict(session, cast, "ruth", "marcus")
    assert supervision.open_board(session, cast.ruth, zone=zone, now=MONDAY, today=TODAY).notices == []
    assert desk.open_today(session, cast.ruth, zone=zone, reader=zone, now=MONDAY, today=TODAY).notices == []
    session.execute(sa.delete(Notice))
    session.execute(sa.update(Delivery).values(state="waiting"))
    session.commit()
    deliver(session, None, **send)
    assert session.scalars(sa.select(Notice).where(Notice.recipient_id == cast.ruth.id)).all() == []


def test_a_supervisor_keeps_somebody_away_and_lets_them_back(reader, cast, session):
    ruth = reader("ruth")
    ruth.opens(ruth.opens(f"/people/{cast.marcus}/details").link("Who may not see it"))
    assert "Nobody is kept from this record." in ruth.page.main
    page = ruth.sends("restrictions", status=422)
    assert "Choose somebody from the list." in page.main
    assert "Choose why." in page.main
    page = ruth.sends("restrictions", user_id=str(cast.chris.id), kind="fellowship", words="Same Tuesday meeting.")
    assert "Chris Bell does not see this person from now on." in page.main
    assert "Same Tuesday meeting." in page.main
    hand_over_refused = reader("admin")
    hand_over_refused.opens(f"/admin/people/{cast.marcus}/coach")
    hand_over_refused.sends(status=422, coach_id=str(cast.chris.id), earlier="everything")
    assert "Chris Bell may see this person again" in ruth.presses("End this").main
    page = ruth.sends("restrictions", user_id=str(cast.ruth.id), kind="kin")
    assert page.url == "/people"
    ruth.opens(f"/people/{cast.marcus}", status=404)


def test_an_administrator_does_so_without_reading_the_record(reader, cast, session):
    live(session, cast)
    admin = reader("admin")
    page = admin.opens(f"/admin/people/{cast.lena}")
    assert "Lena Ortiz" in page.main
    page = admin.sends("restrictions", user_id=str(cast.ruth.id), kind="kin")
    assert "Ruth Mbeki does not see this person from now on." in page.main
    assert (
        "Give them another coach first."
        in admin.sends("restrictions", status=422, user_id=str(cast.dana.id), kind="kin").main
    )
    assert "may see this person again" in admin.presses("End this").main
    assert clients.find_person(session, cast.ruth, cast.lena).first_name == "Lena"


def test_whoever_is_kept_finds_nobody_of_that_name_in_an_emergency_either(session, cast):
    restrict(session, cast, "ruth", "hana")
    with pytest.raises(Refused, match="Nobody here has just this name"):
        break_glass(session, cast)


def test_a_new_coach_is_told_whom_they_may_have_and_the_old_one_is_told_nothing_more(session, cast, clock):
    live(session, cast)
    hand_over(session, cast, "marcus", "imani", now=LATER)
    clock.move(days=9)
    planning.plan(session, now=clock.now())
    session.commit()
    new = session.execute(
        sa.select(Delivery.recipient_id, Delivery.client_id).where(Delivery.created_at == clock.now())
    )
    assert (cast.dana.id, cast.marcus) not in {tuple(row) for row in new}


def test_a_worry_only_a_restricted_supervisor_heard_of_counts_as_waiting_for_the_administrators(reader, cast, session):
    live(session, cast)
    assert "is waiting for a supervisor" not in reader("admin").opens("/admin/people").main
    restrict(session, cast, "ruth", "marcus")
    assert (
        "1 concern about somebody’s safety is waiting for a supervisor." in reader("admin").opens("/admin/people").main
    )


@pytest.mark.asvs("2.3.4")
def test_the_database_itself_knows_one_restriction_and_one_coach_at_a_time(session, cast):
    from coachdesk.access import Assignment

    restrict(session, cast, "ruth", "marcus")
    for twin in (
        Restriction(
            client_id=cast.marcus,
            user_id=cast.ruth.id,
            kind=RestrictionKind.KIN,
            started_at=MONDAY,
            started_by=cast.admin.id,
        ),
        Assignment(
            client_id=cast.marcus, coach_id=cast.imani.id, started_at=MONDAY, started_on=TODAY, started_by=cast.admin.id
        ),
    ):
        session.add(twin)
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()
