from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.clients import assigning
from coachdesk.clients.models import Client
from coachdesk.organisation import holidays
from coachdesk.visits import service as visits
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel, Closing
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, count

FRIDAY = dt.date(2026, 11, 27)
ACTS = ("/people/{person}/visits/new", "/people/{person}/visits/{visit}/cancellation")


def _new(cast, name="marcus"):
    return f"/people/{cast.people[name]}/visits/new"


def _on(day):
    return {"planned_on__day": str(day.day), "planned_on__month": str(day.month), "planned_on__year": str(day.year)}


def _plan(session, coach, client_id, planned_on=FRIDAY, **more):
    made = visits.plan_visit(session, coach, client_id, planned_on=planned_on, **more, now=MONDAY, today=TODAY)
    session.commit()
    return made.id


def _row(session, visit_id):
    session.rollback()
    session.expire_all()
    return session.get_one(Visit, visit_id)


def _open(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(Visit).where(Visit.closed_at.is_(None))).all()


def _live_in(session, client_id, zone):
    session.execute(sa.update(Client).where(Client.id == client_id).values(zone=zone))
    session.commit()


def _says(page, sentence):
    """Say whether a sentence stands at its field and in the summary, whose links all lead somewhere."""
    links = page.soup.select("#error-summary a")
    assert all(page.soup.find(id=str(link["href"])[1:]) for link in links)
    at_fields = " ".join(text.get_text(" ") for text in page.soup.select(".error-text"))
    return sentence in at_fields and any(sentence in link.get_text() for link in links)


@pytest.fixture
def visit(session, cast):
    return _plan(session, cast.dana, cast.marcus, hour=dt.time(14, 30), channel=Channel.CALL, place="Library café")


# ---- planned, moved, dropped ----------------------------------------------------------------------------------------


def test_the_next_contact_is_planned_and_stands_on_every_page(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(_new(cast))
    assert "Next contact with Marcus T." in page.main
    page = dana.sends(**_on(FRIDAY), hour="2:30 pm", channel="in_person", place="Library café")
    assert page.url == f"/people/{cast.marcus}"
    assert "You speak next on Friday 27 November." in page.main
    assert "Next contact Fri 27 Nov, 2:30 pm" in page.main
    made = session.scalars(sa.select(Visit)).one()
    assert (made.planned_on, made.hour, made.channel) == (FRIDAY, dt.time(14, 30), Channel.IN_PERSON)
    assert (made.place, made.made_by) == ("Library café", cast.dana.id)
    assert "Friday 27 November, 2:30 pm Library café" in dana.opens(f"/people/{cast.marcus}/details").main
    assert "Friday 27 November, 2:30 pm With Dana, Library café" in reader("marcus").opens("/my-goals").main


def test_a_day_alone_will_do(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(planned_on__day="27", planned_on__month="Nov", planned_on__year="26")
    made = session.scalars(sa.select(Visit)).one()
    assert (made.planned_on, made.hour, made.channel, made.place) == (FRIDAY, None, None, "")


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("2:30 pm", dt.time(14, 30)),
        ("14.30", dt.time(14, 30)),
        ("9am", dt.time(9)),
        ("12 am", dt.time(0)),
        ("12 P.M.", dt.time(12)),
        ("0:05", dt.time(0, 5)),
        ("23:59", dt.time(23, 59)),
        ("", None),
    ],
)
def test_an_hour_is_read_as_people_write_it(reader, cast, session, typed, hour):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(**_on(FRIDAY), hour=typed)
    assert session.scalars(sa.select(Visit)).one().hour == hour


def test_a_plan_is_moved_and_what_was_planned_stands_in_the_form(reader, cast, session, visit):
    dana = reader("dana")
    page = dana.opens(dana.opens(f"/people/{cast.marcus}/details").link("Change the plan"))
    stands = {box["name"]: box["value"] for box in page.soup.select("main input.input") if box["value"]}
    assert stands == {
        "planned_on-day": "27",
        "planned_on-month": "11",
        "planned_on-year": "2026",
        "hour": "2:30 pm",
        "place": "Library café",
    }
    assert page.soup.select_one("input[name=channel][checked]")["value"] == "call"
    assert "You speak next on Saturday 28 November." in dana.sends(planned_on__day="28").main
    assert [(row.planned_on, row.hour, row.place) for row in _open(session)] == [
        (dt.date(2026, 11, 28), dt.time(14, 30), "Library café")
    ]
    before = _row(session, visit)
    assert (before.closing, before.closed_by, before.closed_at) == (Closing.REPLACED, cast.dana.id, MONDAY)


def test_a_plan_is_called_off_once(reader, cast, session, visit):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/details")
    page = dana.presses("Call it off")
    assert "Called off. Nothing is planned now." in page.main
    assert "Nothing planned." in page.main
    assert (_open(session), _row(session, visit).closing) == ([], Closing.CANCELLED)
    page = dana.posts(f"/people/{cast.marcus}/visits/{visit}/cancellation")
    assert "This was called off meanwhile." in page.main
    assert _row(session, visit).version == 2


def test_a_contact_by_itself_is_moved_and_goes_back_to_its_hour(reader, cast, session, visit):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/{visit}/move")
    assert "Moved to Monday 30 November." in dana.sends(planned_on__day="30", hour="9 am").main
    assert "Back on Friday 27 November, as it was." in dana.presses("Undo").main
    row = _row(session, visit)
    assert (row.planned_on, row.hour, row.closed_at) == (dt.date(2026, 11, 27), dt.time(14, 30), None)


def test_a_move_is_not_undone_over_a_later_one(reader, cast, session, visit):
    dana, ruth = reader("dana"), reader("ruth")
    path = f"/people/{cast.marcus}/visits/{visit}/move"
    dana.opens(path)
    dana.sends(planned_on__day="30", hour="9 am")
    ruth.opens(path)
    ruth.sends(planned_on__day="28")
    assert "Somebody changed this a moment ago." in dana.presses("Undo").main
    assert _row(session, visit).planned_on == dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    "to", ["soon", "2026-13-01", "2026-11-27 99:00", "2026-11-27&version=x", "0001-01-01", "9999-12-31"]
)
def test_an_address_made_by_hand_puts_nothing_back_where_it_never_was(reader, cast, session, visit, to):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    for path in (f"?to={to}", f"?to={to}&version=1"):
        answer = dana.client.post(
            f"/people/{cast.marcus}/visits/{visit}/move/undo{path}", data={"csrf_token": dana.token}
        )
        assert answer.status_code in (303, 404)
    assert (_row(session, visit).planned_on, _row(session, visit).version) == (dt.date(2026, 11, 27), 1)


def test_a_check_in_closes_the_plan_and_makes_the_next(reader, cast, session, visit):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call", next="three")
    assert _row(session, visit).closing is Closing.CHECKIN
    assert [row.planned_on for row in _open(session)] == [dt.date(2026, 11, 26)]
    dana.presses("Undo")
    assert [row.id for row in _open(session)] == [visit]


def test_a_try_closes_a_plan_whose_day_has_come(reader, cast, session, visit, clock):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends()
    assert [row.id for row in _open(session)] == [visit]
    clock.move(days=4)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends()
    assert (_open(session), _row(session, visit).closing) == ([], Closing.ATTEMPT)
    dana.presses("Undo")
    assert [row.id for row in _open(session)] == [visit]


# ---- days, hours, zones ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "fine"),
    [
        ("", "9:45 am", False),
        ("", "9:46 am", True),
        ("", "", True),
        ("America/Los_Angeles", "6:45 am", False),
        ("America/Los_Angeles", "6:46 am", True),
        ("Europe/London", "2:45 pm", False),
        ("Europe/London", "2:46 pm", True),
    ],
)
def test_today_takes_an_hour_still_to_come_by_their_clock(reader, cast, session, zone, hour, fine):
    _live_in(session, cast.marcus, zone)
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=200 if fine else 422, **_on(TODAY), hour=hour)
    if not fine:
        assert _says(page, "Next contact must be a date after today, like 27 11 2026")
        assert page.soup.find("input", {"name": "hour"})["value"] == hour
    assert len(_open(session)) == fine


def test_the_wait_until_today_is_reckoned_by_their_clock(reader, cast, session):
    _live_in(session, cast.marcus, "America/Los_Angeles")
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(**_on(TODAY), hour="7:15 am")
    card = " ".join(dana.opens("/today").soup.find(id="h-next").find_parent("section").get_text(" ").split())
    assert "7:15 am (in Los Angeles; 10:15 am for you) in 30 minutes" in card


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (-1, "Next contact must be a date after today, like 27 11 2026"),
        (401, "That is more than a year ahead. Choose a nearer day."),
    ],
)
def test_a_day_behind_us_or_far_ahead_is_refused(reader, cast, session, days, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, **_on(TODAY + dt.timedelta(days=days)))
    assert _says(page, sentence)
    assert count(session, Visit) == 0
    dana.sends(**_on(TODAY + dt.timedelta(days=400)))
    assert [row.planned_on for row in _open(session)] == [dt.date(2027, 12, 28)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"planned_on__day": "", "planned_on__month": "", "planned_on__year": ""}, "Write the day, like 27 11 2026."),
        ({"planned_on__day": "31", "planned_on__month": "2"}, "This must be a real day, like 27 11 2026."),
        ({"planned_on__day": "🌅", "planned_on__month": "\x00", "planned_on__year": "أ"}, "This must be a real day"),
        ({"planned_on__day": "-1"}, "This must be a real day"),
        ({"planned_on__year": "1"}, "Next contact must be a date after today"),
        ({"planned_on__year": "0"}, "Next contact must be a date after today"),
        ({"planned_on__year": "9999"}, "That is more than a year ahead."),
        ({"planned_on__year": "10000"}, "This must be a real day"),
        ({"hour": "25:00"}, "Write a time like 2:30 pm."),
        ({"hour": "13 pm"}, "Write a time like 2:30 pm."),
        ({"hour": "🌅\x00أ"}, "Write a time like 2:30 pm."),
        ({"hour": MEGABYTE}, "Write a time like 2:30 pm."),
        ({"channel": "pigeon"}, "Choose one of these."),
        ({"channel": "🌅\x00"}, "Choose one of these."),
        ({"place": "أ" * 201}, "1 characters too long"),
        ({"place": MEGABYTE}, "characters too long"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, cast, session, visit, fields, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    typed = {**_on(FRIDAY), "hour": "3 pm", "channel": "video", "place": TYPED, **fields}
    page = dana.sends(status=422, **typed)
    assert _says(page, sentence)
    assert page.soup.title.get_text().startswith("Error:")
    for name in typed.keys() - {"channel"}:
        box = page.soup.find("input", {"name": name.replace("__", "-")})
        kept = typed[name].replace("\x00", "")
        assert box["value"] == (kept[:40] if name == "hour" else kept)
    assert bool(page.soup.select("input[name=channel][value=video][checked]")) is ("channel" not in fields)
    assert [(row.id, row.planned_on, row.version) for row in _open(session)] == [(visit, FRIDAY, 1)]
    assert count(session, Visit) == 1


def test_every_script_and_sign_is_kept_as_it_was_said(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(**_on(FRIDAY), place=TYPED)
    assert [row.place for row in _open(session)] == [KEPT]
    assert KEPT in dana.opens(f"/people/{cast.marcus}/details").main
    assert KEPT in reader("marcus").opens("/my-goals").main


def test_the_same_plan_sent_twice_is_one(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(_new(cast))
    dana.sends(**_on(FRIDAY))
    dana.page = form
    assert dana.sends(**_on(FRIDAY)).url == f"/people/{cast.marcus}"
    assert count(session, Visit) == 1


# ---- whose it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "marcus", "hana"])
def test_nobody_elses_plans_can_be_read_or_touched(reader, cast, session, visit, name):
    someone = reader(name)
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    assert "Library" not in someone.opens(_new(cast), status=404).text
    for path in ACTS:
        address = path.format(person=cast.marcus, visit=visit)
        someone.posts(address, status=404, client_id=str(cast.lena), **_on(dt.date(2026, 11, 28)))
    assert [(row.id, row.planned_on, row.version) for row in _open(session)] == [(visit, FRIDAY, 1)]


def test_an_id_slipped_into_the_form_changes_nothing(reader, cast, session, visit):
    hers = _plan(session, cast.imani, cast.aisha)
    dana = reader("dana")
    dana.opens(_new(cast))
    slipped = {"client_id": str(cast.aisha), "visit_id": str(hers), "id": str(hers), "made_by": str(cast.imani.id)}
    dana.sends(**_on(dt.date(2026, 11, 28)), **slipped)
    assert (_row(session, hers).planned_on, _row(session, hers).closed_at) == (FRIDAY, None)
    moved = next(row for row in _open(session) if row.id != hers)
    assert (moved.client_id, moved.made_by) == (cast.marcus, cast.dana.id)


@pytest.mark.parametrize("path", ACTS)
def test_without_a_token_or_with_anothers_nothing_is_done(reader, cast, session, visit, path):
    stranger, dana = reader("imani"), reader("dana")
    typed = {"planned_on-day": "28", "planned_on-month": "11", "planned_on-year": "2026"}
    for token in ({}, {"csrf_token": stranger.token}, {"csrf_token": "🌅\x00"}):
        address = path.format(person=cast.marcus, visit=visit)
        page = dana._fetch("POST", address, status=400, follow=False, data={**token, **typed})
        assert "Nothing was changed." in page.main
    assert [(row.id, row.planned_on, row.version) for row in _open(session)] == [(visit, FRIDAY, 1)]


@pytest.mark.parametrize("name", ["Thanksgiving", ""])
@pytest.mark.parametrize("kind", ["a contact", "a moved contact", "a reminder"])
def test_what_is_planned_for_a_day_closed_stays_and_the_page_says_so(reader, session, cast, kind, name):
    day = dt.date(2026, 11, 26)
    holidays.add_holiday(session, cast.admin, on=day, name=name, now=MONDAY, today=TODAY)
    visit_id = _plan(session, cast.dana, cast.marcus)
    dana = reader("dana")
    if kind == "a contact":
        dana.opens(_new(cast))
        page = dana.sends(**_on(day))
    elif kind == "a moved contact":
        dana.opens(f"/people/{cast.marcus}/visits/{visit_id}/move")
        page = dana.sends(**_on(day))
    else:
        dana.opens(f"/people/{cast.marcus}/reminders/new")
        page = dana.sends(
            text="Ring", when="day", **{name.replace("planned", "due"): part for name, part in _on(day).items()}
        )
    assert f"The house is closed on Thursday 26 November{' (Thanksgiving)' if name else ''}." in page.main
    on = session.scalars(sa.select(Visit.planned_on).where(Visit.closed_at.is_(None))).all()
    assert on == ([FRIDAY] if kind == "a reminder" else [day])
