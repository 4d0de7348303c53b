from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.clients.models import Client
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from tests.cast import MONDAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, count, text_in
from tests.referrals.helpers import make, new_path, row_of, says, standing

FRIDAY = {"appointment_on__day": "27", "appointment_on__month": "11", "appointment_on__year": "2026"}


# ---- making one -----------------------------------------------------------------------------------------------------


def test_without_a_yes_it_stays_an_idea_and_nothing_is_sent(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(new_path(cast))
    assert "What does Marcus need?" in page.main
    assert not page.soup.select("main input[checked]")
    page = dana.sends(service="Food pantry", need="food", agreed="coach_calls", note="A bag a week")
    assert page.url == f"/people/{cast.marcus}"
    assert "Saved as an idea, not sent. Ask for a yes when the time is right." in page.main
    assert "Idea, not sent" in page.main
    made = session.scalars(sa.select(Referral)).one()
    assert (made.status, made.need, made.clock_on) == (Status.DRAFT, Need.FOOD, dt.date(2026, 11, 30))
    assert count(session, SpokenYes) == 0
    page = dana.opens(page.link("Food pantry"))
    assert "There is none. Nothing is sent without it." in page.main
    assert "A bag a week" in page.main
    assert "You are reminded on Monday 30 November." in page.main


def test_with_their_yes_it_is_sent_and_who_heard_it_stands_there(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    page = dana.sends(service="Food pantry", agreed="together", said_yes="y")
    assert "Referral saved. You are reminded on Wednesday 25 November." in page.main
    made = session.scalars(sa.select(Referral)).one()
    assert (made.status, made.need, made.agreed) == (Status.SENT, Need.OTHER, Agreed.TOGETHER)
    heard = session.scalars(sa.select(SpokenYes)).one()
    assert (heard.referral_id, heard.client_id, heard.heard_by) == (made.id, cast.marcus, cast.dana.id)
    page = dana.opens(f"/referrals/{made.id}")
    assert (
        "Marcus said yes to sharing name and number with this service. Dana Osei heard it on Mon 23 Nov." in page.main
    )


def test_where_the_person_calls_nothing_of_theirs_is_sent(reader, cast, session):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(preferred_name="Mary Ann"))
    session.commit()
    dana = reader("dana")
    dana.opens(new_path(cast))
    page = dana.sends(service="Food pantry", agreed="person_calls")
    assert "Mary Ann will call" in page.main
    assert "Mary Ann will call" in dana.opens("/referrals").main
    assert session.scalars(sa.select(Referral)).one().status is Status.SELF
    assert count(session, SpokenYes) == 0


def test_what_is_typed_finds_the_service_of_the_directory(reader, cast, session):
    listed = resources.add_service(
        session, cast.dana, name="Clínica Eastside", need=Need.DENTIST, phone="555 0199", hours="Mornings", now=MONDAY
    )
    resources.add_service(session, cast.dana, name="Old clinic", need=Need.DENTIST, is_hidden=True, now=MONDAY)
    session.commit()
    service_id = listed.id
    dana = reader("dana")
    page = dana.opens(new_path(cast))
    assert [row["value"] for row in page.soup.select("#services option")] == ["Clínica Eastside"]
    dana.sends(service="  CLINICA   eastside", agreed="coach_calls")
    made = session.scalars(sa.select(Referral)).one()
    assert (made.service_id, made.service_name, made.need) == (service_id, "Clínica Eastside", Need.DENTIST)
    page = dana.opens(f"/referrals/{made.id}")
    assert page.link("Clínica Eastside") == f"/resources/{service_id}"
    assert page.soup.select("main a[href='tel:5550199']")
    assert "Mornings" in page.main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"service": ""}, "Write what is needed, or pick a service."),
        ({"service": " \x00\r\n "}, "Write what is needed, or pick a service."),
        ({"service": "أ" * 151}, "1 characters too long"),
        ({"service": MEGABYTE}, "characters too long"),
        ({"agreed": None}, "Choose what you agreed."),
        ({"agreed": "🌅\x00"}, "Choose one of these."),
        ({"need": "moon"}, "Choose one of these."),
        ({"note": MEGABYTE}, "characters too long"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(new_path(cast))
    typed = {"service": TYPED, "agreed": "together", "note": TYPED, **fields}
    page = dana.sends(status=422, said_yes="y", **typed)
    assert says(page, sentence)
    assert page.soup.title.get_text().startswith("Error:")
    assert page.soup.find("input", {"name": "service"})["value"] == " ".join(
        typed["service"].replace("\x00", "").split()
    )
    assert text_in(page, "note") == typed["note"].replace("\x00", "")
    assert page.soup.find("input", {"name": "said_yes"}).has_attr("checked")
    assert bool(page.soup.select("input[name=agreed][value=together][checked]")) is ("agreed" not in fields)
    assert (count(session, Referral), count(session, SpokenYes)) == (0, 0)


def test_every_script_and_sign_is_kept_as_it_was_said(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    dana.sends(service=TYPED, agreed="coach_calls", said_yes="y", note=TYPED)
    made = session.scalars(sa.select(Referral)).one()
    assert (made.service_name, made.note) == (KEPT, KEPT)
    for path in (f"/referrals/{made.id}", "/referrals", f"/people/{cast.marcus}/referrals", f"/people/{cast.marcus}"):
        assert KEPT in dana.opens(path).main


def test_the_same_referral_sent_twice_is_one(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(new_path(cast))
    typed = {"service": "Food pantry", "agreed": "coach_calls", "said_yes": "y"}
    dana.sends(**typed)
    dana.page = form
    assert dana.sends(**typed).url == f"/people/{cast.marcus}"
    assert (count(session, Referral), count(session, SpokenYes), count(session, ReferralMove)) == (1, 1, 1)


# ---- where it stands ------------------------------------------------------------------------------------------------


def test_it_goes_on_to_an_appointment_to_connected_and_to_help(reader, cast, session, referral):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(to="appointment", **FRIDAY)
    assert "Saved. You are reminded on Saturday 28 November." in page.main
    assert "Appointment on Fri 27 Nov" in page.main
    assert row_of(session, referral).appointment_on == dt.date(2026, 11, 27)
    page = dana.sends(to="connected", confirmed_by="person", note="He went on his own.")
    assert "Saved. You are reminded on Wednesday 23 December." in page.main
    page = dana.sends(to="got_help", confirmed_by="provider")
    assert "Saved." in page.main
    assert "You are reminded" not in page.main
    assert "Who told us: The service" in page.main
    row = row_of(session, referral)
    assert (row.status, row.confirmed_by, row.clock_on) == (Status.GOT_HELP, ConfirmedBy.PROVIDER, None)
    way = page.soup.find(id="h-way").find_parent("section")
    steps = [step.get_text() for step in way.select("li strong")]
    assert steps == ["Got help", "Connected", "Appointment", "Sent"]
    assert "He went on his own." in way.get_text()
    assert "Dana Osei" in way.get_text()


def test_it_is_closed_with_a_reason_and_may_begin_again(reader, cast, session, referral):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(to="closed", reason="no_room")
    assert "Did not work out" in page.main
    assert "They had no room." in page.main
    row = row_of(session, referral)
    assert (row.status, row.reason, row.clock_on) == (Status.CLOSED, CloseReason.NO_ROOM, None)
    assert [box["value"] for box in page.soup.select("input[name=to]")] == ["draft"]
    dana.sends(to="draft")
    row = row_of(session, referral)
    assert (row.status, row.reason, row.clock_on) == (Status.DRAFT, None, dt.date(2026, 11, 30))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose where it stands now."),
        ({"to": "draft"}, "Choose where it stands now."),
        ({"to": "🌅\x00"}, "Choose one of these."),
        ({"to": "appointment"}, "Write the day of the appointment."),
        ({"to": "appointment", **FRIDAY, "appointment_on__day": "31", "appointment_on__month": "2"}, "a real day"),
        ({"to": "appointment", **FRIDAY, "appointment_on__year": "🌅\x00أ"}, "a real day"),
        ({"to": "appointment", **FRIDAY, "appointment_on__year": "1"}, "Choose a day from last month"),
        ({"to": "appointment", **FRIDAY, "appointment_on__year": "9999"}, "Choose a day from last month"),
        ({"to": "closed"}, "Choose what happened."),
        ({"to": "closed", "reason": "bored"}, "Choose one of these."),
        ({"to": "connected"}, "Choose who told you."),
        ({"to": "got_help"}, "Choose who told you."),
        ({"to": "got_help", "confirmed_by": "rumour"}, "Choose one of these."),
        ({"to": "accepted", "note": "أ" * 2_001}, "1 characters too long"),
        ({"to": "accepted", "note": MEGABYTE}, "characters too long"),
    ],
)
def test_a_move_that_lacks_something_keeps_what_was_typed(reader, cast, session, referral, fields, sentence):
    before = standing(session, referral)
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    typed = {"note": TYPED, **fields}
    page = dana.sends(status=422, **typed)
    assert says(page, sentence)
    assert text_in(page, "note") == typed["note"].replace("\x00", "")
    for part in ("day", "month", "year"):
        box = page.soup.find("input", {"name": f"appointment_on-{part}"})
        assert box["value"] == fields.get(f"appointment_on__{part}", "").replace("\x00", "")
    assert standing(session, referral) == before


def test_an_idea_is_sent_only_once_they_say_yes(reader, cast, session):
    referral = make(session, cast.dana, cast.marcus, said_yes=False)
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(status=422, to="sent")
    assert says(page, "Ask for a yes first. Nothing is sent without it.")
    page = dana.sends(to="sent", said_yes="y")
    assert "Saved. You are reminded on Wednesday 25 November." in page.main
    assert "Dana Osei heard it on Mon 23 Nov." in page.main
    assert row_of(session, referral).status is Status.SENT


def test_the_same_move_sent_twice_is_one_move(reader, cast, session, referral):
    dana = reader("dana")
    form = dana.opens(f"/referrals/{referral}")
    dana.sends(to="accepted")
    dana.page = form
    assert dana.sends(to="accepted").url == f"/referrals/{referral}"
    assert count(session, ReferralMove) == 2


def test_what_somebody_else_moved_meanwhile_is_shown_and_nothing_typed_is_lost(reader, cast, session, referral):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/referrals/{referral}")
    ruth.opens(f"/referrals/{referral}")
    ruth.sends(to="accepted")
    page = dana.sends(status=409, to="appointment", note=TYPED, **FRIDAY)
    assert "Somebody changed this while you were writing." in page.soup.find(id="error-summary").get_text()
    assert "Accepted" in page.soup.select_one("main .pill").get_text()
    assert text_in(page, "note") == KEPT
    assert page.soup.select_one("input[name=to][checked]")["value"] == "appointment"
    assert page.soup.find("input", {"name": "appointment_on-day"})["value"] == "27"
    assert row_of(session, referral).status is Status.ACCEPTED
    assert "Saved. You are reminded on Saturday 28 November." in dana.sends().main
    assert row_of(session, referral).status is Status.APPOINTMENT


def test_a_move_that_another_took_away_counts_as_out_of_date(reader, cast, session, referral):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/referrals/{referral}")
    ruth.opens(f"/referrals/{referral}")
    ruth.sends(to="connected", confirmed_by="person")
    page = dana.sends(status=409, to="accepted", note="Mine")
    assert "Somebody changed this while you were writing." in page.main
    assert text_in(page, "note") == "Mine"
    assert row_of(session, referral).status is Status.CONNECTED


@pytest.mark.parametrize("version", ["", "0", "-1", "nonsense", "9" * 40, "🌅\x00", None])
def test_a_version_that_is_none_counts_as_out_of_date(reader, cast, session, referral, version):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.sends(status=409, to="accepted", note="Mine", version=version)
    assert text_in(page, "note") == "Mine"
    assert row_of(session, referral).status is Status.SENT


def test_a_yes_taken_back_stops_what_is_under_way(reader, cast, session, referral):
    dana = reader("dana")
    dana.opens(f"/referrals/{referral}")
    page = dana.presses("Take the yes back")
    assert "The yes is taken back. Nothing more is shared." in page.main
    assert "Agreed, waiting for a yes" in page.main
    assert "Marcus said yes on Mon 23 Nov and took it back on Mon 23 Nov. Nothing more is shared." in page.main
    row, said = row_of(session, referral), session.scalars(sa.select(SpokenYes)).one()
    assert (row.status, row.clock_on) == (Status.NEEDS_CONSENT, dt.date(2026, 11, 26))
    assert (said.withdrawn_at, said.withdrawn_by) == (MONDAY, cast.dana.id)
    stands = standing(session, referral)
    dana.posts(f"/referrals/{referral}/yes/withdrawal")
    assert standing(session, referral) == stands
    page = dana.sends(status=422, to="sent")
    assert says(page, "Ask for a yes first. Nothing is sent without it.")
    dana.sends(said_yes="y")
    assert row_of(session, referral).status is Status.SENT
    assert sorted(standing(session, referral)[-1], key=bool) == [None, MONDAY]


def test_the_list_shows_what_is_open_and_soonest_on_top(reader, cast, session, referral):
    make(session, cast.dana, cast.lena, "Dental clinic", said_yes=False)
    ended = make(session, cast.dana, cast.lena, "Night shelter", agreed=Agreed.PERSON_CALLS)
    dana = reader("dana")
    dana.opens(f"/referrals/{ended}")
    dana.sends(to="got_help", confirmed_by="person")
    page = dana.opens("/referrals")
    assert [link.get_text() for link in page.soup.select("main .list a.name")] == ["Food pantry", "Dental clinic"]
    assert "For Marcus T. · since Mon 23 Nov" in page.main
    page = dana.opens("/referrals?status=got_help")
    assert [link.get_text() for link in page.soup.select("main .list a.name")] == ["Night shelter"]
    page = dana.opens(f"/people/{cast.lena}/referrals")
    assert [link.get_text() for link in page.soup.select("main .list a.name")] == ["Dental clinic", "Night shelter"]
    assert "next look Mon 30 Nov" in page.main
    assert "Nothing here" in dana.opens("/referrals?status=closed").main
    for odd in ("nonsense", "🌅%00", "x" * 5_000):
        assert "2 referrals" in dana.opens(f"/referrals?status={odd}").main


def test_when_the_clock_runs_out_it_is_time_to_look(reader, cast, referral, clock):
    clock.move(days=1)
    assert "Time to look" not in reader("dana").opens("/referrals").main
    clock.move(days=1)
    dana = reader("dana")
    assert "Time to look" in dana.opens("/referrals").main
    assert "Food pantry has not replied to your referral." in dana.opens(f"/referrals/{referral}").main
    assert "Food pantry has not replied to your referral." in dana.opens("/today").main
