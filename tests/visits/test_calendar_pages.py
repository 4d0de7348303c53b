"""The page that makes the address of one's calendar, and what whoever has the address is answered."""

from __future__ import annotations

import logging
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.accounts.models import GuessCount
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.clients.models import Client
from coachdesk.db import db, writing
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.organisation.models import Organisation
from coachdesk.visits import feeding, recurring, service
from coachdesk.visits.models import CalendarFeed
from coachdesk.visits.rules import Channel, Pattern, Repeat
from coachdesk.words import NotFound
from tests.audit.test_no_row_no_act import as_in_earnest, no_row
from tests.cast import MONDAY, TODAY
from tests.test_logs import said  # noqa: F401 - everything logged at the most talkative level
from tests.visits.calendars import ask, entries, make
from tests.visits.test_feeding import DAY, WHEN, plan

HEALTH = (
    "recover",
    "sober",
    "addict",
    "relapse",
    "substance",
    "treatment",
    "coach",
    "client",
    "patient",
    "therap",
    "goal",
    "health",
    "care",
)


def trail(session, event):
    session.rollback()
    found = session.execute(sa.select(AuditEntry.id, AuditEntry.actor_id).where(AuditEntry.event == event)).all()
    people = session.execute(sa.select(AuditPerson.entry_id, AuditPerson.client_id)).all()
    session.rollback()
    return [(actor, {person for entry, person in people if entry == key}) for key, actor in found]


@pytest.mark.parametrize("name", ["dana", "ruth", "marcus"])
def test_an_address_is_made_shown_once_answered_made_anew_and_turned_off(app, session, reader, cast, name):
    plan(session, cast)
    someone = reader(name)
    page = someone.opens("/account/calendar")
    assert "The word “Visit” and the hour." in page.main
    page = someone.presses("Make my address")
    first = page.handed_over
    assert f'href="webcal://desk.example{first}"' in page.text
    assert "Last asked for by a calendar Not yet" in page.main
    answer = ask(app, first)
    assert answer.status_code == 200
    assert len(entries(answer.data)) == (0 if name == "ruth" else 1)
    page = someone.opens("/account/calendar")
    assert first not in page.text
    assert "webcal:" not in page.text
    assert "Last asked for by a calendar Mon 23 Nov, 9:45 am" in page.main
    second = someone.presses("Make a new address").handed_over
    assert second != first
    assert [ask(app, path).status_code for path in (first, second)] == [404, 200]
    page = someone.presses("Turn off")
    assert "Turned off. The address shows nothing any more." in page.main
    assert "Make my address" in page.main
    assert [ask(app, path).status_code for path in (first, second)] == [404, 404]
    assert len(trail(session, "calendar:made")) == 2
    assert len(trail(session, "calendar:ended")) == 1


def test_an_administrator_has_no_calendar(session, reader, cast):
    admin = reader("admin")
    admin.opens("/account/calendar", status=404)
    assert "/account/calendar" not in admin.opens("/account").text


@pytest.mark.parametrize(("name", "pages"), [("dana", ["/account", "/more"]), ("marcus", ["/account", "/my-goals"])])
def test_the_page_is_found_where_one_looks_for_it(session, reader, cast, name, pages):
    plan(session, cast)
    someone = reader(name)
    for path in pages:
        assert "own calendar" in someone.opens(path).main
        assert someone.page.link("own calendar") == "/account/calendar"


def test_on_the_persons_page_every_sentence_is_short(session, reader, cast):
    marcus = reader("marcus")
    marcus.opens("/account/calendar")
    for page in (marcus.page, marcus.presses("Make my address")):
        for block in page.soup.select("main p, main h1, main h2, main dd, main summary, main label"):
            for sentence in block.get_text(" ").replace("?", ".").replace(":", ".").split("."):
                assert len(sentence.split()) <= 15, sentence


def test_making_an_address_asks_whether_it_is_still_them(reader, cast, clock):
    dana = reader("dana")
    dana.opens("/account/calendar")
    clock.move(minutes=16)
    page = dana.presses("Make my address")
    assert "Is it still you?" in page.main
    assert "handed over" not in page.text


def test_two_who_press_at_once_leave_one_address(app, session, cast):
    paths = [make(session, cast.dana, MONDAY) for _ in range(2)]
    assert [ask(app, path).status_code for path in paths] == [404, 200]
    going = sa.select(sa.func.count()).select_from(CalendarFeed).where(CalendarFeed.ended_at.is_(None))
    assert session.scalar(going) == 1


# ---- asking for it --------------------------------------------------------------------------------------------------


def test_each_asking_leaves_one_row_that_names_whose_hours_stood_there(app, session, cast):
    plan(session, cast)
    path = make(session, cast.dana, MONDAY)
    for _ in range(2):
        ask(app, path)
    assert trail(session, "calendar:fetched") == [(cast.dana.id, {cast.marcus})] * 2


def test_where_the_asking_cannot_be_written_down_nothing_leaves(app, session, cast):
    plan(session, cast)
    path = make(session, cast.dana, MONDAY)
    with no_row(session), as_in_earnest(app):
        answer = ask(app, path)
    assert answer.status_code == 500
    assert b"VEVENT" not in answer.data
    assert session.scalar(sa.select(CalendarFeed.fetched_at)) is None


def test_an_address_turned_off_while_it_is_answered_is_not_answered(app, session, cast):
    path = make(session, cast.dana, MONDAY)
    asked = feeding.find_by_token(session, path[10:-4], now=MONDAY)
    written = feeding.write_feed(session, asked, title="Visits", word="Visit", now=MONDAY)
    session.rollback()
    with writing():
        feeding.end_feed(session, cast.dana, now=MONDAY)
        with pytest.raises(NotFound):
            feeding.note_fetched(session, asked, written, now=MONDAY)
        session.rollback()


@pytest.mark.parametrize("signed_in", [None, "dana", "admin"])
def test_all_that_is_not_answered_looks_the_same(app, session, reader, cast, signed_in):
    old, made = make(session, cast.dana, MONDAY), make(session, cast.dana, MONDAY)
    someone = reader(signed_in)
    tries = [
        old,
        made[:-5] + ".ics",
        made.removesuffix(".ics") + "x.ics",
        made.swapcase().replace("/CALENDAR/", "/calendar/").replace(".ICS", ".ics"),
        "/calendar/.ics",
        f"/calendar/{uuid.uuid4()}.ics",
        f"/calendar/{cast.dana.id}.ics",
        "/calendar/%00.ics",
        "/calendar/%FF%FE.ics",
        f"/calendar/{'a' * 2000}.ics",
    ]
    pages = [someone.looks(path) for path in tries]
    assert {page.status for page in pages} == {404}
    assert len({(page.main, page.response.headers["Content-Type"]) for page in pages}) == 1


def test_guesses_are_counted_and_a_calendar_that_asks_for_an_old_address_guesses_nothing(app, session, reader, cast):
    old, made = make(session, cast.dana, MONDAY), make(session, cast.dana, MONDAY)
    for _ in range(40):
        assert ask(app, old).status_code == 404
    assert session.scalar(sa.select(sa.func.count()).select_from(GuessCount)) == 0
    found = [ask(app, f"/calendar/{n}.ics").status_code for n in range(40)]
    assert found == [404] * 30 + [429] * 10
    assert ask(app, made).status_code == 200  # whoever has the address waits for nobody's guesses


def test_it_is_kept_by_nobody_on_the_way_and_taken_for_what_it_is(app, session, cast):
    plan(session, cast)
    answer = ask(app, make(session, cast.dana, MONDAY))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers
    assert "ETag" not in answer.headers
    lines = answer.get_data(as_text=True).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert max(len(line.encode()) for line in lines) <= 75


def test_who_is_signed_in_gets_no_more_by_an_address_than_who_is_not(app, session, reader, cast):
    plan(session, cast)
    plan(session, cast, "hana", days=2)
    path = make(session, cast.dana, MONDAY)
    chris = reader("chris")
    with app.app_context():
        assert entries(chris.client.get(path).data).keys() == entries(ask(app, path).data).keys()
    assert {actor for actor, _people in trail(session, "calendar:fetched")} == {cast.dana.id}


def test_however_many_people_there_are_it_asks_the_database_the_same(app, session, reader, cast):
    path = make(session, cast.dana, MONDAY)
    alone = reader(None)
    few = alone.opens(path).queries
    weekly = Pattern(Repeat.WEEKLY, TODAY + DAY, weekdays=frozenset([1, 3]))
    for name in ("marcus", "lena"):
        recurring.begin_series(session, cast.dana, cast.people[name], weekly, **WHEN)
        plan(session, cast, name)
    session.commit()
    many = alone.opens(path).queries
    assert len(few) <= len(many) <= 12
    assert len(entries(alone.page.response.data)) > 100


# ---- nothing of anybody ---------------------------------------------------------------------------------------------

CANARY = "Quillfeather"


def _plant(session, cast):
    """Write a word that is nowhere else wherever something is written about Marcus, or about the house."""
    line = {column.name: CANARY for column in Client.__table__.columns if isinstance(column.type, sa.Text)}
    session.execute(
        sa.update(Client)
        .where(Client.id == cast.marcus)
        .values(first_name=CANARY, last_name=CANARY, preferred_name=CANARY, shown_sort=CANARY.lower(), **line)
    )
    session.execute(sa.update(Organisation).values(name=f"{CANARY} Recovery House"))
    goals.set_goal(
        session, cast.dana, cast.marcus, words=CANARY, domain=Domain.HOME, status=GoalStatus.ACTIVE, steps=[], **WHEN
    )
    weekly = Pattern(Repeat.WEEKLY, TODAY + DAY, weekdays=frozenset([1]))
    recurring.begin_series(session, cast.dana, cast.marcus, weekly, channel=Channel.VIDEO, place=CANARY, **WHEN)
    service.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY + DAY, channel=Channel.IN_PERSON, place=CANARY, **WHEN
    )
    session.commit()


def test_no_name_no_place_and_no_word_is_in_the_calendar_or_in_the_log(app, session, reader, cast, said, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG)
    _plant(session, cast)
    dana = reader("dana")
    dana.opens("/account/calendar")
    path = dana.presses("Make my address").handed_over
    answers = [ask(app, path), ask(app, make(session, cast.accounts["marcus"], MONDAY)), ask(app, path[:-6] + ".ics")]
    dana.presses("Turn off")
    answers.append(ask(app, path))
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]
    ids = [str(value) for value in (cast.marcus, cast.dana.id, *session.scalars(sa.select(CalendarFeed.id)))]
    for answer in answers[:2]:
        assert len(entries(answer.data)) > 20
        text = answer.get_data(as_text=True).replace("\r\n ", "").lower()
        assert CANARY not in str(answer.headers)
        told = (CANARY, "Dana", "Osei", "desk.example", "http", "place", "location", "video", "person", *ids, *HEALTH)
        assert [word for word in told if word.lower() in text] == []
        values = {str(one["summary"]) for one in entries(answer.data).values()}
        assert values == {"Visit"}
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    logged = said.getvalue() + caplog.text
    assert '"route": "visits.fetch_calendar"' in logged
    for secret in (token, token[:20], CANARY, "/calendar/", *ids):
        assert secret.lower() not in logged.lower(), secret


def test_the_address_lies_in_no_table(session, reader, cast):
    dana = reader("dana")
    dana.opens("/account/calendar")
    token = dana.presses("Make my address").handed_over.removeprefix("/calendar/").removesuffix(".ics")
    session.rollback()
    for table in db.metadata.tables.values():
        rows = session.execute(sa.select(table)).all()
        assert not [row for row in rows if token in str(tuple(row))], table.name
