"""Contacts that repeat, through the pages: planned, moved, dropped, changed, ended, and called off by either side."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.reminders.models import Reminder
from coachdesk.visits import recurring
from coachdesk.visits import service as visits
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Channel, Closing, Pattern, Repeat, Side, Then, occurrence_id
from tests.cast import MONDAY, TODAY

DAY = dt.timedelta(days=1)
TUESDAY, FRIDAY = TODAY + DAY, dt.date(2026, 11, 27)
AT = dt.time(14, 30)
TUESDAYS = Pattern(Repeat.WEEKLY, TODAY, AT, weekdays=frozenset([1]))
AFTER = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)
"""Tuesday at 4 pm in New York: what was planned for half past two is over."""


def _day(name, day):
    return {f"{name}__day": str(day.day), f"{name}__month": str(day.month), f"{name}__year": str(day.year)}


def _begin(session, cast, name="marcus", **more):
    made = recurring.begin_series(session, cast.dana, cast.people[name], TUESDAYS, **more, now=MONDAY, today=TODAY)
    session.commit()
    return made


@pytest.fixture
def series(session, cast):
    return _begin(session, cast, minutes=45, channel=Channel.IN_PERSON, place="Library café")


def _rows(session, table=Visit):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(table).order_by(table.made_at)).all()


def _says(page, sentence):
    at_fields = " ".join(text.get_text(" ") for text in page.soup.select(".error-text"))
    return sentence in at_fields and any(sentence in link.get_text() for link in page.soup.select("#error-summary a"))


# ---- planned -------------------------------------------------------------------------------------------------------


def test_a_pattern_is_planned_and_stands_on_the_record_in_words(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/visits/new")
    assert not page.soup.select_one("details.twin").has_attr("open")
    page = dana.sends(
        **_day("planned_on", TUESDAY),
        hour="2:30 pm",
        minutes="45",
        channel="in_person",
        place="Library café",
        repeat="weekly",
        every="2",
        **_day("until", dt.date(2027, 6, 30)),
    )
    assert page.url == f"/people/{cast.marcus}"
    assert "You speak next on Tuesday 24 November." in page.main
    assert "Tuesday 24 November, 2:30 pm to 3:15 pm Library café" in page.main
    assert "Coming up Tue 8 Dec, 2:30 pm to 3:15 pm Move" in page.main
    assert len(page.soup.select("#h-plan ~ ul > li")) == 5
    assert "Every second Tuesday at 2:30 pm until 30 June 2027" in page.main
    (made,) = _rows(session, VisitSeries)
    assert (made.every, made.weekdays, made.minutes, made.place) == (2, 2, 45, "Library café")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"repeat": "daily", "count": "3"}, "Every day 3 times"),
        ({"repeat": "weekly", "weekdays": ["0", "2"]}, "Every Monday and Wednesday"),
        ({"repeat": "monthly_day", "month_day": "31"}, "On day 31 of every month (on the last day where the month is"),
        ({"repeat": "monthly_day"}, "On day 27 of every month"),
        ({"repeat": "monthly_weekday"}, "The fourth Friday of every month"),
        ({"repeat": "monthly_weekday", "nth": "-1"}, "The last Friday of every month"),
        ({"repeat": "monthly_weekday", "nth": "2", "weekdays": ["1"]}, "The second Tuesday of every month"),
    ],
)
def test_what_is_left_empty_is_as_on_the_first_day(reader, cast, typed, words):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    assert words in dana.sends(**_day("planned_on", FRIDAY), **typed).main


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"repeat": "hourly"}, "Choose one of these."),
        ({"every": "2"}, "Choose how often, or leave everything about repeating empty."),
        ({"repeat": "weekly", "every": "0"}, "Write a whole number from 1 to 26."),
        ({"repeat": "weekly", "every": "999"}, "Write a whole number from 1 to 26."),
        ({"repeat": "weekly", "weekdays": ["7"]}, "Choose from these."),
        ({"repeat": "daily", "count": "0"}, "Write a whole number from 1 to 200."),
        ({"repeat": "daily", "count": "10000"}, "Write a whole number from 1 to 200."),
        ({"repeat": "monthly_day", "month_day": "32"}, "Write a whole number from 1 to 31."),
        ({"repeat": "monthly_weekday", "nth": "5"}, "Choose one of these."),
        ({"repeat": "monthly_weekday", "weekdays": ["1", "2"]}, "Choose one day of the week."),
        ({"repeat": "daily", **_day("until", TODAY)}, "The last day lies before the first."),
        ({"repeat": "daily", **_day("until", dt.date(9999, 12, 31))}, "more than three years ahead"),
        ({"repeat": "daily", "until__day": "29", "until__month": "2", "until__year": "2027"}, "must be a real day"),
        ({"repeat": "daily", "count": "3", **_day("until", FRIDAY)}, "Choose a last day or a number of times"),
        ({"repeat": "daily", **_day("planned_on", TODAY - DAY)}, "What lies behind us stays as it was."),
        ({"repeat": "daily", **_day("planned_on", dt.date(2100, 1, 1))}, "That is more than a year ahead."),
        ({"minutes": "other"}, "Write how long in minutes, from 1 to 480."),
        ({"minutes": "other", "other_minutes": "481"}, "Write a whole number from 1 to 480."),
        ({"minutes": "17"}, "Choose one of these."),
    ],
)
def test_a_pattern_that_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, typed, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    page = dana.sends(status=422, **{**_day("planned_on", TUESDAY), "place": "Café", **typed})
    assert _says(page, sentence)
    assert page.soup.find("input", {"name": "place"})["value"] == "Café"
    for name in typed.keys() & {"every", "count", "month_day", "other_minutes"}:
        assert page.soup.find("input", {"name": name})["value"] == typed[name]
    if typed.keys() & {"repeat", "every"}:
        assert page.soup.select_one("details.twin").has_attr("open")
    assert (_rows(session), _rows(session, VisitSeries)) == ([], [])


def test_a_length_makes_an_end_on_every_page(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    page = dana.sends(**_day("planned_on", TODAY), hour="11 am", minutes="other", other_minutes="50")
    assert "11:00 am to 11:50 am" in page.main
    assert "11:00 am to 11:50 am" in dana.opens("/today").main
    assert "11:00 am to 11:50 am" in reader("marcus").opens("/my-goals").main


def test_the_hour_is_the_persons_with_the_readers_beside_it(reader, cast, session, series):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone="Asia/Kolkata"))
    session.execute(sa.update(User).where(User.id == cast.ruth.id).values(zone="Europe/London"))
    session.commit()
    path = f"/people/{cast.marcus}"
    assert "2:30 pm to 3:15 pm (in Kolkata; 4:00 am for you)" in reader("dana").opens(path).main
    assert "2:30 pm to 3:15 pm (in Kolkata; 9:00 am for you)" in reader("ruth").opens(path).main
    assert "for you" not in reader("marcus").opens("/my-goals").main


def test_somebody_else_at_that_time_is_a_hint_and_no_block(reader, cast, session):
    visits.plan_visit(session, cast.dana, cast.lena, planned_on=FRIDAY, hour=dt.time(14), now=MONDAY, today=TODAY)
    session.commit()
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    page = dana.sends(**_day("planned_on", FRIDAY), hour="2:15 pm")
    assert "You speak next on Friday 27 November." in page.main
    assert "You see Lena at 2:00 pm that day." in page.main
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/visits/new")
    assert "You see Lena" not in ruth.sends(**_day("planned_on", FRIDAY), hour="2:15 pm").main


# ---- one of them ----------------------------------------------------------------------------------------------------


def test_one_is_moved_and_put_back(reader, cast, session, series):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.opens(dana.page.link("Move Tuesday 1 December"))
    assert "Only this one moves. The others stay as they are." in page.main
    page = dana.sends(planned_on__day="3", hour="9 am")
    assert "Moved to Thursday 3 December." in page.main
    assert "Coming up Thu 3 Dec, 9:00 am to 9:45 am" in page.main
    assert "Back on Tuesday 1 December, as it was." in dana.presses("Undo").main


def test_one_is_dropped_and_taken_back(reader, cast, session, series):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.presses("Drop: Tuesday 8 December")
    assert "Called off for Tuesday 8 December." in page.main
    assert "Tue 8 Dec" not in page.main
    assert "Planned again for Tuesday 8 December." in dana.presses("Undo").main
    assert "Tue 8 Dec" in dana.page.main


def test_a_move_over_anothers_move_shows_both(reader, cast, session, series):
    dana, ruth = reader("dana"), reader("ruth")
    path = f"/people/{cast.marcus}/visits/{occurrence_id(series.id, TUESDAY)}/move"
    dana.opens(path)
    ruth.opens(path)
    ruth.sends(**_day("planned_on", FRIDAY))
    page = dana.sends(status=409, **_day("planned_on", FRIDAY + DAY))
    assert "Somebody changed this while you were writing." in page.main
    assert "Fri 27 Nov" in page.main
    assert page.soup.find("input", {"name": "planned_on-day"})["value"] == "28"
    assert "Moved to Saturday 28 November." in dana.sends().main


def test_what_lies_behind_us_is_refused_with_a_sentence(reader, cast, session, series, clock):
    first = occurrence_id(series.id, TUESDAY)
    clock.set(AFTER)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="in_person", next="planned")
    for address in ("move", "off"):
        page = dana.opens(f"/people/{cast.marcus}/visits/{first}/{address}")
        assert "That day lies behind us." in page.main
    assert "That day lies behind us." in dana.posts(f"/people/{cast.marcus}/visits/{first}/cancellation").main
    page = dana.posts(
        f"/people/{cast.marcus}/visits/{first}/move",
        status=422,
        version="2",
        form_key=str(first),
        **_day("planned_on", FRIDAY),
    )
    assert "That day lies behind us." in page.main


# ---- changed and ended ----------------------------------------------------------------------------------------------


def test_the_pattern_is_changed_with_what_it_is_now_in_the_form(reader, cast, session, series):
    dana = reader("dana")
    page = dana.opens(dana.opens(f"/people/{cast.marcus}").link("Change the pattern"))
    assert "Now: Every Tuesday at 2:30 pm. What lies behind stays as it was." in page.main
    stands = {box["name"]: box["value"] for box in page.soup.select("main input.input") if box["value"]}
    assert stands["planned_on-day"] == "24"
    assert stands["place"] == "Library café"
    page = dana.sends(hour="10 am", weekdays=["1", "3"])
    assert "From now on: Every Tuesday and Thursday at 10:00 am." in page.main
    assert "Coming up Thu 26 Nov, 10:00 am" in page.main
    assert [row.ended_at is not None for row in _rows(session, VisitSeries)] == [True, False]


def test_a_change_over_anothers_change_is_shown(reader, cast, session, series):
    dana, ruth = reader("dana"), reader("ruth")
    path = f"/visit-series/{series.id}/edit"
    dana.opens(path)
    ruth.opens(path)
    ruth.sends(hour="9 am")
    page = dana.sends(status=409, hour="11 am")
    assert "Somebody changed this while you were writing." in page.main
    assert "Now: Every Tuesday at 9:00 am." in page.main
    assert page.soup.find("input", {"name": "hour"})["value"] == "11 am"


def test_it_is_ended_and_goes_on_again(reader, cast, session, series):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.presses("End it")
    assert "It no longer repeats. What was ahead is called off." in page.main
    assert "Nothing planned." in page.main
    page = dana.presses("Undo")
    assert "It repeats again, as it was." in page.main
    assert "Tuesday 24 November, 2:30 pm" in page.main


@pytest.mark.parametrize("name", ["imani", "omar", "admin", "marcus", "hana"])
def test_another_persons_series_is_not_found(reader, cast, session, series, name):
    someone = reader(name)
    someone.opens("/account")
    assert "Library" not in someone.opens(f"/visit-series/{series.id}/edit", status=404).text
    for act in ("edit", "ending", "ending/undo"):
        someone.posts(f"/visit-series/{series.id}/{act}", status=404, version="1")
    assert (_rows(session)[0].version, _rows(session, VisitSeries)[0].version) == (1, 1)


def test_a_check_in_offers_what_is_planned_and_opens_it(reader, cast, session, series, clock):
    clock.set(AFTER)
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/check-ins/new")
    assert "As planned Tue 1 Dec" in page.main
    assert page.soup.select_one("input[name=next][checked]")["value"] == "planned"
    assert "Check-in saved. You speak next on Tuesday 1 December." in dana.sends(how="in_person").main
    assert [row.closing for row in _rows(session)] == [Closing.CHECKIN, None]


# ---- what happened? -------------------------------------------------------------------------------------------------


def test_a_contact_whose_time_is_over_asks_on_today_and_on_the_record(reader, cast, session, series, clock):
    asked = "You planned to meet Marcus T. today at 2:30 pm. What happened?"
    clock.set(AFTER)
    dana = reader("dana")
    for path in ("/today", "/reminders", f"/people/{cast.marcus}"):
        page = dana.opens(path)
        assert asked in page.main, path
        for words in ("Log check-in", "Tried, nobody there", "Moved", "They could not make it"):
            assert words in page.main, (path, words)
    assert "Tuesday 1 December, 2:30 pm" in page.main


@pytest.mark.parametrize("page", ["/today", "/people/{marcus}"])
def test_tried_nobody_there_opens_the_form_of_a_try(reader, cast, session, series, clock, page):
    clock.set(AFTER)
    dana = reader("dana")
    dana.opens(page.format(marcus=cast.marcus))
    link = next(a for a in dana.page.soup.select("main a") if "Tried, nobody there" in a.get_text())
    form = dana.opens(str(link["href"]))
    assert form.soup.select_one("input[name=outcome][checked]")["value"] == "not_there"
    dana.sends()
    assert [row.closing for row in _rows(session)] == [Closing.ATTEMPT, None]
    assert "What happened?" not in dana.opens(page.format(marcus=cast.marcus)).main


def test_moved_answers_it(reader, cast, session, series, clock):
    clock.set(AFTER)
    dana = reader("dana")
    dana.opens("/today")
    dana.opens(dana.page.link("Moved : Marcus T."))
    assert "Moved to Friday 27 November." in dana.sends(**_day("planned_on", FRIDAY)).main
    assert "What happened?" not in dana.opens("/today").main


def test_they_could_not_make_it_answers_it(reader, cast, session, series, clock):
    clock.set(AFTER)
    dana = reader("dana")
    dana.opens("/today")
    page = dana.opens(dana.page.link("They could not make it : Marcus T.") + "")
    assert page.soup.select_one("input[name=off_by][checked]")["value"] == "person"
    page = dana.sends(then="coach_calls")
    assert "Called off for Tuesday 24 November." in page.main
    assert "What happened?" not in page.main
    row = _rows(session)[0]
    assert (row.closing, row.off_by, row.off_then) == (Closing.CANCELLED, Side.PERSON, Then.COACH_CALLS)


# ---- cannot make it -------------------------------------------------------------------------------------------------


def test_the_coach_cannot_make_it_and_the_person_finds_it(reader, cast, session, series):
    dana, marcus = reader("dana"), reader("marcus")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.opens(dana.page.link("Cannot make it"))
    assert page.soup.select("input[checked]") == []
    assert _says(dana.sends(status=422), "Choose who cannot make it.")
    page = dana.sends(off_by="coach", then="another")
    assert page.url == f"/people/{cast.marcus}/visits/new"
    assert "Called off for Tuesday 24 November." in page.main
    seen = marcus.opens("/my-goals").main
    assert "Dana cannot make it on Tuesday 24 November. Dana will suggest another time." in seen
    dana.opens(f"/people/{cast.marcus}/visits/new")
    dana.sends(**_day("planned_on", FRIDAY))
    seen = marcus.opens("/my-goals").main
    assert "cannot make it on" not in seen
    assert "Friday 27 November" in seen


def test_the_coach_calls_it_off_from_todays_card(reader, cast, session):
    visits.plan_visit(session, cast.dana, cast.marcus, planned_on=TODAY, hour=dt.time(16), now=MONDAY, today=TODAY)
    session.commit()
    dana = reader("dana")
    dana.opens("/today")
    dana.opens(dana.page.link("Cannot make it"))
    dana.sends(off_by="coach", then="coach_calls")
    assert "Dana cannot make it on Monday 23 November. Dana will call you." in reader("marcus").opens("/my-goals").main


@pytest.mark.parametrize(
    ("button", "said", "told", "stays"),
    [
        (
            "Tell Dana I cannot make it",
            "That is all right. Dana will suggest another time.",
            "Marcus T. cannot make it on Tuesday 24 November and would like another time.",
            "You cannot make it on Tuesday 24 November. Dana will suggest another time.",
        ),
        (
            "Tell Dana I will call",
            "That is all right. Dana knows that you will call.",
            "Marcus T. cannot make it on Tuesday 24 November and will call you.",
            "You cannot make it on Tuesday 24 November. You said that you will call.",
        ),
    ],
)
def test_the_person_cannot_make_it_in_two_taps_and_the_coach_is_told(
    reader, cast, session, series, button, said, told, stays
):
    marcus, dana = reader("marcus"), reader("dana")
    marcus.opens("/my-goals")
    page = marcus.opens(marcus.page.link("I cannot make it"))
    assert "You cannot make it on Tuesday 24 November?" in page.main
    assert "Tell Dana, and Dana suggests another time." in page.main
    assert "That is all right" not in page.main  # nothing is told yet
    page = marcus.presses(button)
    assert said in page.main
    assert stays in page.main
    assert "Tuesday 1 December, 2:30 pm" in page.main
    today = dana.opens("/today")
    assert told in today.main
    assert "Plan another time" in today.main
    dana.presses("Done: Marcus T.")
    assert told not in dana.opens("/today").main


def test_the_person_can_make_it_after_all(reader, cast, session, series):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    marcus.opens(marcus.page.link("I cannot make it"))
    marcus.presses("Tell Dana I will call")
    page = marcus.presses("Undo")
    assert "Good. You speak on Tuesday 24 November, as planned." in page.main
    assert "cannot make it on" not in page.main
    assert [row.done_at is not None for row in _rows(session, Reminder)] == [True]
    assert "cannot make it on" not in reader("dana").opens("/today").main


def test_a_person_calls_off_only_what_is_theirs(reader, cast, session, series):
    hana = reader("hana")
    hana.opens("/my-goals")
    address = f"/my-goals/visits/{occurrence_id(series.id, TUESDAY)}"
    assert "Library" not in hana.opens(address, status=404).text
    hana.posts(address, status=404, then="another")
    hana.posts(f"{address}/undo", status=404)
    assert (_rows(session)[0].version, _rows(session, Reminder)) == (1, [])


def test_a_tap_on_an_old_page_gets_a_sentence(reader, cast, session, series, clock):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    link = marcus.page.link("I cannot make it")
    clock.set(AFTER)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="in_person")
    clock.set(AFTER)
    marcus = reader("marcus")
    assert "That day lies behind us." in marcus.opens(link).main
