from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.accounts import leaving
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import assigning
from coachdesk.clients.models import Client
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Agreed
from coachdesk.resources.rules import Need
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import set_home_goal
from tests.reader import as_it_stands


def _spoke(session, cast, days_ago, note=""):
    held = TODAY - dt.timedelta(days=days_ago)
    checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=held,
        note=note,
        next_on=TODAY + dt.timedelta(days=1),
        now=MONDAY,
        today=TODAY,
    )
    visit = visits.find_open_visit(session, cast.dana, cast.marcus)
    assert visit
    visits.drop_visit(session, cast.dana, visit, now=MONDAY)
    session.commit()


def test_days_over_count_from_the_last_real_contact(reader, cast, session):
    _spoke(session, cast, 10)
    page = reader("dana").opens("/today")
    assert "3 days over" in page.main
    assert "You agreed to speak every week. Last contact 13 November." in page.main


def test_a_try_without_answer_does_not_count_as_contact(reader, cast, session):
    _spoke(session, cast, 10)
    attempts.log_attempt(
        session,
        cast.dana,
        cast.marcus,
        outcome=AttemptOutcome.NO_ANSWER,
        tried_on=TODAY - dt.timedelta(days=3),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    page = reader("dana").opens("/today")
    assert "3 days over" in page.main
    assert "Tried once. Next: a call on Monday 23 November. Leave no message." in page.main
    assert "Last contact Fri 13 Nov" in reader("dana").opens("/people").main


def test_the_planned_contact_comes_first_with_what_was_said_last(reader, cast, session):
    _spoke(session, cast, 3, note="Sleeping better.")
    visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY,
        hour=dt.time(10, 30),
        channel=Channel.IN_PERSON,
        place="Central Library café",
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    page = reader("dana").opens("/today")
    card = " ".join(page.soup.find(id="h-next").find_parent("section").get_text(" ").split())
    assert "10:30 am in 45 minutes" in card
    assert "Last time: Sleeping better." in card
    assert "Central Library café" in card


def test_where_calling_is_ruled_out_there_is_no_call(reader, cast, session, clock):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(may_call=False))
    session.commit()
    clock.move(days=3)
    page = reader("dana").opens("/today")
    calls = [a["aria-label"] for a in page.soup.select("a[href^='tel:']") if a.get("aria-label")]
    assert [label for label in calls if "Marcus" in label] == []
    assert [label for label in calls if "Lena" in label]
    assert not page.soup.select(f"a[href='/people/{cast.marcus}'] a[href^='tel:']")
    assert not reader("dana").opens(f"/people/{cast.marcus}").soup.select("main a[href^='tel:']")


def test_whom_one_looks_after_meanwhile_is_not_said_to_be_with_one(reader, cast, session, clock):
    leaving.set_away(
        session, cast.ruth, cast.dana.id, cover_id=cast.imani.id, from_on=TODAY,
        until_on=TODAY + dt.timedelta(days=20), zone=ZoneInfo(ZONE), now=MONDAY, today=TODAY,
    )  # fmt: skip
    session.commit()
    clock.move(days=15)
    page = reader("imani").opens("/today")
    assert page.main.count("You look after them while Dana is away.") == 2
    assert page.main.count("With you since") == 1  # of her own people it is still said


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("tomorrow", "Moved to tomorrow, Fri 27 Nov."),
        ("monday", "Moved to Mon 30 Nov."),
        ("afternoon", "Moved to this afternoon."),
    ],
)
def test_later_hides_it_here_alone_and_undo_brings_it_back(reader, cast, clock, choice, words):
    clock.move(days=3)
    dana = reader("dana")
    page = dana.opens("/today")
    keys = [field["value"] for field in page.soup.select(".menu input[name=key]")]
    page = dana.posts("/reminders/later", key=keys[0], until=choice)
    assert words in page.words
    assert keys[0] not in page.text
    assert "Marcus T." in reader("ruth").opens("/team").main
    page = dana.presses("Undo")
    assert keys[0] in page.text


def test_a_date_chosen_under_later_is_asked_for_again_until_it_lies_ahead(reader, cast, clock):
    clock.move(days=3)
    dana = reader("dana")
    page = dana.opens("/today")
    form = next(f for f in page.soup.select("form") if f.find("input", {"name": "day-day"}))
    data = {**as_it_stands(form), "until": "day", "day-day": "31", "day-month": "feb", "day-year": "2027"}
    dana.page = dana.sends_raw("/reminders/later", data)
    assert dana.page.status == 422
    assert "This must be a real day" in dana.page.soup.find(id="error-summary").get_text()
    assert dana.page.soup.find("input", {"name": "day-month"})["value"] == "feb"
    past = dana.sends(status=422, day__day="1", day__month="1", day__year="2020")
    assert "Choose a day after today" in past.soup.find(id="error-summary").get_text()
    far = dana.sends(status=422, day__day="1", day__month="1", day__year="2040")
    assert "more than a year ahead" in far.soup.find(id="error-summary").get_text()
    page = dana.sends(day__day="2", day__month="dec", day__year="26")
    assert (page.url, "Moved to Wed 2 Dec." in page.main) == ("/today", True)


def test_somebody_elses_reminder_key_is_not_found(reader, cast, clock):
    clock.move(days=3)
    key = reader("imani").opens("/today").soup.select_one(".menu input[name=key]")["value"]
    dana = reader("dana")
    dana.opens("/today")
    dana.posts("/reminders/later", status=404, key=key, until="tomorrow")
    dana.posts("/reminders/done", status=404, key=key)
    dana.posts("/reminders/done", status=404, key="nonsense")


def test_a_reminder_is_set_done_and_undone(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    dana.sends(text="Ask how the first day went", when="today")
    page = dana.opens("/today")
    assert "Ask how the first day went" in page.main
    page = dana.presses("Done")
    assert "Ask how the first day went" not in page.main
    assert "Ask how the first day went" in dana.presses("Undo").main
    dana.opens("/reminders")
    page = dana.presses("Done")
    assert "Done Mon 23 Nov, 9:45 am." in page.main


def test_all_tabs_of_a_record_are_addresses_and_reads_are_written_down(reader, cast, session):
    _spoke(session, cast, 3, note="Sleeping better.")
    set_home_goal(session, cast, "Ring Eastside")
    session.commit()
    dana = reader("dana")
    dana.opens("/more")
    before = _reads(session, cast.marcus)
    for tab in ("", "/goals", "/timeline", "/referrals", "/details"):
        dana.opens(f"/people/{cast.marcus}{tab}")
    assert _reads(session, cast.marcus) == before + 5


def _reads(session, client_id):
    return session.scalar(
        sa.select(sa.func.count())
        .select_from(AuditEntry)
        .join(AuditPerson, AuditPerson.entry_id == AuditEntry.id)
        .where(AuditPerson.client_id == client_id, AuditEntry.event == "record:read")
    )


def test_a_former_coach_sees_nothing_at_once(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()
    for tab in ("", "/goals", "/timeline", "/referrals", "/details", "/edit", "/check-ins/new"):
        page = dana.opens(f"/people/{cast.marcus}{tab}", status=404)
        assert "Marcus" not in page.text
    assert "Marcus" not in dana.opens("/people").main
    assert "Marcus T." in reader("imani").opens("/people").main


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mar", ["Marcus T."]),
        ("TELL", ["Marcus T."]),
        ("2030", ["Lena O.", "Marcus T."]),
        ("aisha", []),
        ("%", []),
        ("_", []),
        ("x" * 300, []),
    ],
)
def test_finding_looks_at_names_and_last_digits_among_ones_own(reader, cast, session, text, found):
    from coachdesk.clients.rules import last_digits
    from coachdesk.db import keys

    digest = keys().digest(last_digits("+1 555 010 2030"))
    session.execute(sa.update(Client).values(phone_digest=digest))
    session.commit()
    page = reader("dana").opens(f"/people?q={text.replace('%', '%25')}")
    assert [a.get_text() for a in page.soup.select("main a.name")] == found


def test_accents_are_folded_when_finding(reader, cast, session):
    from coachdesk.clients.rules import fold

    session.execute(
        sa.update(Client).where(Client.id == cast.lena).values(last_name="García", shown_sort=fold("Lena García"))
    )
    session.commit()
    assert "Lena G." in reader("dana").opens("/people?q=garcia").main


def test_names_that_read_the_same_are_shown_in_full(reader, cast, session):
    session.execute(sa.update(Client).where(Client.id == cast.lena).values(first_name="Marcus", last_name="Toms"))
    session.commit()
    names = [a.get_text() for a in reader("dana").opens("/people").soup.select("main a.name")]
    assert sorted(names) == ["Marcus Tell", "Marcus Toms"]


def test_a_new_coach_is_led_to_add_somebody(reader, cast, session):
    from coachdesk.access import Assignment

    session.execute(sa.update(Assignment).where(Assignment.coach_id == cast.imani.id).values(ended_at=MONDAY))
    session.commit()
    imani = reader("imani")
    assert "Add a person" in imani.opens("/today").main
    assert "Add a person" in imani.opens("/people").main


def test_a_timeline_of_many_entries_comes_by_page_and_by_kind(reader, cast, session):
    for days_ago in range(1, 40):
        checkins.log_checkin(
            session,
            cast.dana,
            cast.marcus,
            channel=Channel.TEXT,
            held_on=TODAY - dt.timedelta(days=days_ago),
            note=f"Day {days_ago}",
            next_on=TODAY + dt.timedelta(days=1),
            now=MONDAY,
            today=TODAY,
        )
    session.commit()
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/timeline?kind=check-ins")
    assert "39 entries" in page.main
    assert "Day 39" not in page.main
    page = dana.opens(page.link("Older entries"))
    assert "Day 39" in page.main
    assert "kind=check-ins" in page.response.request.query_string.decode()
    assert "Nothing like that here" in dana.opens(f"/people/{cast.marcus}/timeline?kind=referrals").main


def test_the_rail_tells_how_many_people_there_are_and_what_waits(reader, cast, session):
    def counts(name):
        items = reader(name).opens("/").soup.select(".rail .item")
        return [" ".join(item.get_text(" ").split()) for item in items if item.select_one(".count")]

    assert (counts("dana"), counts("ruth"), counts("admin")) == (["My people 2"], [], [])
    for asked_on in (TODAY, TODAY - dt.timedelta(days=60)):
        referrals.make_referral(
            session,
            cast.dana,
            cast.marcus,
            service_id=None,
            service_name="Harbor Dental",
            need=Need.DENTIST,
            agreed=Agreed.COACH_CALLS,
            said_yes=True,
            now=MONDAY,
            today=asked_on,
        )
    session.commit()
    assert counts("dana") == ["My people 2", "Referrals 1 waiting"]
    assert counts("imani") == ["My people 1"]


def test_what_is_due_about_somebody_stands_on_their_record_with_its_buttons(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    dana.sends(text="Ask how the first day went", when="today")
    page = dana.opens(f"/people/{cast.marcus}")
    due = page.soup.find(id="h-due").find_parent("section")
    assert "Ask how the first day went" in due.get_text(" ")
    assert not due.select("a.name"), "whose it is stands above"
    assert len(page.queries) <= 12
    page = dana.presses("Tomorrow", within="Ask how the first day went")
    assert page.url == f"/people/{cast.marcus}"
    assert page.soup.find(id="h-due"), "Later hides it on Today alone"
    page = dana.presses("Done: Marcus T.")
    assert (page.url, page.soup.find(id="h-due")) == (f"/people/{cast.marcus}", None)
    assert "Done." in page.main
    assert not reader("ruth").opens(f"/people/{cast.marcus}").soup.find(id="h-due")


def test_what_has_its_button_on_the_record_stands_there_once(reader, cast, clock):
    clock.move(days=3)
    page = reader("dana").opens(f"/people/{cast.marcus}")
    assert not page.soup.find(id="h-due")
