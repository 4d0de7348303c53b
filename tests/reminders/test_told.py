"""Where a message leads: to what it told of, as it stands now; and the list of all that was told."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.checkins import service as checkins
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Held, Topic, deliver
from coachdesk.reminders import foreseen, planning, service
from coachdesk.visits.rules import Channel as Meeting
from tests.access.helpers import hand_over
from tests.audit.test_reads import highest, rows_after
from tests.cast import TODAY, ZONE

EASTERN = ZoneInfo(ZONE)
WEDNESDAY = dt.date(2026, 11, 25)


@pytest.fixture
def mail(session, cast, clock):
    """Dana's mail of Wednesday: nobody was reached yet, and a reminder was set."""
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Bring the form", due_on=WEDNESDAY, zone=EASTERN, now=clock.now()
    )
    session.commit()
    clock.set(moment_of(WEDNESDAY, dt.time(8, 5), EASTERN))
    with writing():
        planning.plan(session, now=clock.now())
        session.commit()
    row = session.scalar(
        sa.select(Delivery).where(Delivery.recipient_id == cast.dana.id, Delivery.channel == Channel.EMAIL)
    )
    session.execute(sa.update(Delivery).values(state=DeliveryState.SENT, sent_at=clock.now()))
    session.commit()
    return row.id


def test_a_mail_leads_to_what_it_told_of_and_its_address_holds_an_id_alone(session, mail):
    assert session.get(Delivery, mail).path == f"/told/{mail}"


def test_what_is_still_due_stands_there_with_its_buttons(reader, mail):
    dana = reader("dana")
    page = dana.opens(f"/told/{mail}")
    assert "By e-mail, Wednesday 25 November, 8:05 am" in page.main
    assert "Still to do 3" in page.main
    assert "Bring the form" in page.main
    page = dana.presses("Done: Marcus T.")
    assert page.url == f"/told/{mail}"
    assert "Still to do 2" in page.main
    assert "Done Wed 25 Nov" in page.main
    assert len(page.queries) <= 12


def test_what_was_settled_by_doing_it_says_so(reader, session, cast, clock, mail):
    checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Meeting.CALL,
        held_on=WEDNESDAY,
        next_on=WEDNESDAY + dt.timedelta(days=7),
        now=clock.now(),
        today=WEDNESDAY,
    )
    session.commit()
    page = reader("dana").opens(f"/told/{mail}")
    settled = page.soup.find(id="h-settled").find_parent("section").get_text(" ")
    assert "Marcus T." in settled
    assert "Now due Wed 2 Dec" in settled


def test_what_was_moved_to_later_says_until_when_and_can_be_undone(reader, mail):
    dana = reader("dana")
    dana.opens(f"/told/{mail}")
    page = dana.presses("Tomorrow", within="Bring the form")
    assert "Moved to Thu 26 Nov" in page.main
    page = dana.presses("Undo", within="Moved to Thu 26 Nov")
    assert "Still to do 3" in page.main


def test_whoever_has_given_somebody_away_reads_nothing_of_them(reader, session, cast, mail):
    hand_over(session, cast, "marcus", "chris")
    page = reader("dana").opens(f"/told/{mail}")
    assert "2 of these are with somebody else now." in page.main
    assert "Marcus" not in page.text
    assert "Bring the form" not in page.text


def test_it_is_its_readers_alone(reader, mail):
    for name in ("imani", "ruth", "chris", "admin", "marcus"):
        reader(name).opens(f"/told/{mail}", status=404)
    reader("dana").opens(f"/told/{uuid.uuid4()}", status=404)


def test_whoever_is_signed_out_signs_in_first_and_is_led_on(reader, mail):
    someone = reader(None)
    page = someone.opens(f"/told/{mail}")
    assert page.url == "/sign-in"
    page = someone.sends(email=someone.cast.email("dana"), password="first light over the hills")
    assert page.url == f"/told/{mail}"


def test_one_look_leaves_one_row_that_names_everybody_on_it(reader, session, cast, mail):
    dana, last = reader("dana"), highest(session)
    dana.opens(f"/told/{mail}")
    assert rows_after(session, last) == [("record:read", {cast.marcus, cast.lena})]


def test_when_nothing_is_left_the_page_says_so(reader, session, cast, mail):
    hand_over(session, cast, "marcus", "chris")
    hand_over(session, cast, "lena", "chris")
    page = reader("dana").opens(f"/told/{mail}")
    assert "Nothing is left to do here" in page.main
    assert "3 of these are with somebody else now." in page.main


# ---- all that was told


def test_the_list_of_what_was_told_says_how_and_when(reader, cast, mail):
    page = reader("dana").opens("/reminders/history")
    assert "By e-mail Wed 25 Nov, 8:05 am" in page.main
    assert "Sent" in page.main
    assert "Bring the form" in page.main
    assert len(page.queries) <= 12


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": DeliveryState.SKIPPED, "held": Held.DONE}, "It was done or moved before it left."),
        ({"state": DeliveryState.SKIPPED, "held": Held.NO_WAY}, "CoachDesk has no way to send this yet."),
        ({"state": DeliveryState.SKIPPED, "held": None}, "It was not wanted any more."),
        ({"state": DeliveryState.STOPPED, "error": "the mail server answered 550"}, "the mail server answered 550."),
        ({"state": DeliveryState.WAITING, "held": Held.QUIET}, "Quiet hours. Next: "),
        ({"state": DeliveryState.WAITING, "held": Held.NO_WAY}, "CoachDesk has no way to send this yet. Next: "),
    ],
)
def test_what_was_not_sent_says_why(reader, session, mail, values, words):
    session.execute(sa.update(Delivery).values(sent_at=None, **values))
    session.commit()
    assert words in reader("dana").opens("/reminders/history").main


def test_nothing_told_is_an_empty_list(reader):
    page = reader("dana").opens("/reminders/history")
    assert "Nothing was told yet" in page.main


def test_in_my_reminders_each_thing_says_how_it_was_told(reader, session, clock, mail):
    deliver(session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    page = reader("dana").opens("/reminders")
    assert "By e-mail Wed 25 Nov, 8:05 am" in page.main
    assert TODAY < WEDNESDAY


def test_a_reader_sees_what_they_will_be_told_next_and_nothing_of_others(reader, session, cast, clock):
    clock.set(moment_of(WEDNESDAY - dt.timedelta(days=1), dt.time(20), EASTERN))
    foreseen.keep(session, now=clock.now())
    dana = reader("dana").opens("/reminders/next")
    assert "By e-mail Wed 25 Nov, 8:00 am" in dana.main
    assert "Marcus T. With you since 23 November. You have not spoken yet." in dana.main
    assert "Aisha" not in dana.text
    assert "Nothing comes within a day" in reader("omar").opens("/reminders/next").main


def test_whoever_has_given_somebody_away_reads_nothing_of_them_among_what_comes_next(
    reader, session, cast, clock, mail
):
    session.execute(sa.update(Delivery).values(state=DeliveryState.WAITING, sent_at=None))
    session.commit()
    foreseen.keep(session, now=clock.now())
    assert "Bring the form" in reader("dana").opens("/reminders/next").main
    hand_over(session, cast, "marcus", "chris")
    page = reader("dana").opens("/reminders/next")
    assert "Bring the form" not in page.text
    assert "Marcus" not in page.main


def test_a_supervisor_is_led_to_the_check_ins_that_wait(reader, session, cast, clock):
    checkins.log_checkin(
        session, cast.dana, cast.marcus, channel=Meeting.CALL, held_on=TODAY, next_on=TODAY + dt.timedelta(days=7),
        worried=True, now=clock.now(), today=TODAY,
    )  # fmt: skip
    session.commit()
    clock.set(moment_of(TODAY + dt.timedelta(days=1), dt.time(8, 5), EASTERN))
    with writing():
        planning.plan(session, now=clock.now())
        session.commit()
    found = sa.select(Delivery.path).where(
        Delivery.recipient_id == cast.ruth.id, Delivery.channel == Channel.EMAIL, Delivery.topic == Topic.REMINDERS
    )
    ruth = reader("ruth")
    page = ruth.opens(session.scalar(found))
    assert "A check-in by Dana Osei is waiting for your word." in page.main
    assert len(page.queries) <= 12
    ruth.opens(page.link("Read the check-in"))
