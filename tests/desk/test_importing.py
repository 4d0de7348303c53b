"""A caseload brought in: nothing before it is confirmed, a sentence for each row that stays out, a day to take it back."""

from __future__ import annotations

import datetime as dt
import io
import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from coachdesk import scheduler
from coachdesk.access import unscoped, visible
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.clients.models import Client
from coachdesk.desk import importing
from coachdesk.desk.models import CaseloadImport
from coachdesk.desk.parts import headings
from coachdesk.desk.rules import MOST_COLUMNS, MOST_ROWS, Column, Order, order_of, read_day, read_table
from coachdesk.goals.models import Goal
from coachdesk.notify import Channel, Delivery, Message, Notice, Topic, enqueue
from coachdesk.reminders import facts
from coachdesk.reminders.kinds import Act
from coachdesk.reminders.models import LedgerAct, LedgerDelivery, LedgerEntry
from coachdesk.words import Refused
from tests.cast import TODAY

HEAD = "First name,Last name,Phone,May call,Last contact,Goals,Favourite colour"


def table(*lines, head=HEAD):
    return "\n".join([head, *lines]).encode()


def reads(someone, data, name="people.csv", *, status=200, coach=None):
    someone.opens("/people/import")
    more = {"coach_id": str(coach)} if coach else {}
    return someone.sends("/people/import", status=status, file=(io.BytesIO(data), name), **more)


def count(session, table_):
    session.rollback()
    return session.scalar(unscoped(sa.select(sa.func.count()).select_from(table_), because="a test counts"))


# ---- rules ----------------------------------------------------------------------------------------------------------


@given(day=st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), order=st.sampled_from(Order))
def test_a_day_is_read_as_it_was_written_in_every_order(day, order):
    first, second = (day.day, day.month) if order is Order.DAY_FIRST else (day.month, day.day)
    for written in (
        day.isoformat(),
        f"{first}/{second}/{day.year}",
        f"{first:02d}.{second:02d}.{day.year}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
        f"{day.isoformat()} 00:00:00",
    ):
        assert read_day(written, order) == day, written


@given(days=st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)), min_size=1), order=st.sampled_from(Order))
def test_days_show_their_order_only_where_one_of_them_can_be_read_no_other_way(days, order):
    written = [
        f"{d.day}/{d.month}/{d.year}" if order is Order.DAY_FIRST else f"{d.month}/{d.day}/{d.year}" for d in days
    ]
    assert order_of(written) == (order if any(d.day > 12 for d in days) else None)


@pytest.mark.parametrize("text", ["31/2/2026", "0/1/2026", "soon", "2026-13-01", "1/2", "99/99/9999", "30 Foo 2026"])
def test_what_is_no_day_is_none(text):
    assert read_day(text, Order.DAY_FIRST) is None


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([], "nothing in this file"),
        ([["First name"], *[["A"]] * (MOST_ROWS + 1)], "Bring in at most 10,000"),
    ],
)
def test_what_is_no_table_of_people_is_refused(cells, sentence):
    with pytest.raises(Refused) as refusal:
        read_table(cells, today=TODAY, order=None, usual=Order.DAY_FIRST)
    assert sentence in str(refusal.value)


@given(st.lists(st.lists(st.text(max_size=20), max_size=8), max_size=8))
def test_no_cells_break_the_reading(cells):
    try:
        found = read_table([["First name", "Phone", "Last contact", "Zone", "Goals"], *cells], today=TODAY, order=None,
                           usual=Order.DAY_FIRST)  # fmt: skip
    except Refused:
        return
    assert all(row.faults or row.typed["first_name"] for row in found.rows)


# ---- through the page -----------------------------------------------------------------------------------------------


def test_a_list_is_looked_at_confirmed_and_taken_back(reader, session, cast):
    dana, before = reader("dana"), count(session, Client)
    page = reads(dana, table(
        "Wren,Hale,+1 555 010 7711,yes,2026-11-20,Swim again | A quiet room,green",
        "Ira,,,no,,,",
        ",Nameless,,,,,",
        "Kit,Moor,,perhaps,31/31/2026,,",
    ))  # fmt: skip
    assert page.url.startswith("/people/import/")
    assert "4 rows in people.csv. Nothing is written yet." in page.main
    assert "2 people come in, with Dana Osei" in page.main
    assert "2 rows stay out" in page.main
    assert "Row 4" in page.main
    assert "There is no first name." in page.main
    assert "Write yes or no under “May call”." in page.main
    assert "The last contact is not a day" in page.main
    assert "Favourite colour" in page.main
    assert count(session, Client) == before
    page = dana.presses("Bring them in")
    assert "2 people are here now." in page.main
    assert count(session, Client) == before + 2
    assert sorted(session.scalars(unscoped(sa.select(Goal.words), because="a test looks"))) == [
        "A quiet room",
        "Swim again",
    ]
    wren = next(row for row in facts.list_known(session, cast.dana) if row.person.first_name == "Wren")
    assert (wren.facts.last_contact_on, wren.person.may_call, wren.person.may_text) == (
        dt.date(2026, 11, 20),
        True,
        False,
    )
    assert "Wren H." in dana.opens("/people").main
    told = session.scalars(sa.select(AuditEntry.id).where(AuditEntry.event == "people:imported")).one()
    named = sa.select(sa.func.count()).select_from(AuditPerson).where(AuditPerson.entry_id == told)
    assert session.scalar(named) == 2
    dana.opens("/people/import")
    assert "2 people are taken back." in dana.presses("Take it back").main
    assert (count(session, Client), count(session, Goal)) == (before, 0)


def test_whoever_was_written_about_since_stays(reader, session, cast):
    dana = reader("dana")
    reads(dana, table("Wren,Hale,,,,,", "Ira,Low,,,,,"))
    dana.presses("Bring them in")
    dana.opens(dana.opens("/people").link("Wren H.") + "/check-ins/new")
    dana.sends(how="call", when="now", next="rhythm")
    dana.opens("/people/import")
    page = dana.presses("Take it back")
    assert "1 person is taken back." in page.main
    assert "1 person stays: something was written about them since." in page.main
    assert "Wren H." in dana.opens("/people").main


def test_what_the_desk_wrote_by_itself_keeps_nobody_and_goes_with_them(app, reader, session, clock):
    dana, before = reader("dana"), count(session, Client)
    reads(
        dana, table("Wren,Hale,+1 555 010 7711,yes,2026-11-02,Swim again,", "Ira,Low,,,,,", "Kit,Moor,,,2026-10-01,,")
    )
    dana.presses("Bring them in")
    clock.move(seconds=25)
    _ticks(app)
    assert count(session, LedgerEntry)
    dana.opens("/people/import")
    page = dana.presses("Take it back")
    assert "3 people are taken back." in page.main
    assert "written about them since" not in page.main
    assert count(session, Client) == before
    _ticks(app)


def test_a_message_of_the_desk_goes_and_what_somebody_did_about_it_stays(app, reader, session, clock, cast):
    dana = reader("dana")
    reads(dana, table("Wren,Hale,,,2026-11-02,,", "Ira,Low,,,2026-11-02,,"))
    dana.presses("Bring them in")
    _ticks(app)
    people = {row.person.first_name: row.person.id for row in facts.list_known(session, cast.dana)}
    entries = {row.client_id: row.id for row in session.scalars(visible(cast.dana, LedgerEntry))}
    for name in ("Wren", "Ira"):  # as for what is told in the app
        told = Message("told:" + name, Topic.REMINDERS, Channel.IN_APP, cast.dana.id, client_id=people[name], text=name)
        enqueue(session, told, now=clock.now())
        delivery = session.scalar(sa.select(Delivery.id).where(Delivery.key == told.key))
        entry = entries[people[name]]
        session.add(LedgerDelivery(entry_id=entry, delivery_id=delivery, client_id=people[name]))
    session.commit()
    clock.move(minutes=1)
    _ticks(app)
    assert set(session.scalars(sa.select(Notice.client_id))) >= {people["Wren"], people["Ira"]}
    act = {"act": Act.NOT_NEEDED, "by": cast.dana.id, "at": clock.now()}
    session.add(LedgerAct(id=uuid.uuid4(), entry_id=entries[people["Wren"]], client_id=people["Wren"], **act))
    session.commit()
    dana.opens("/people/import")
    page = dana.presses("Take it back")
    assert "1 person is taken back." in page.main
    assert "1 person stays: something was written about them since." in page.main
    session.rollback()
    left = set(session.scalars(sa.select(Notice.client_id)))
    assert people["Wren"] in left
    assert people["Ira"] not in left


def _ticks(app):
    with app.app_context():
        scheduler.plan(app)
        scheduler.send(app)


def test_after_a_day_it_cannot_be_taken_back(reader, session, clock):
    dana = reader("dana")
    reads(dana, table("Wren,Hale,,,,,"))
    dana.presses("Bring them in")
    row = session.scalars(sa.select(CaseloadImport)).one()
    assert row.cells is None
    clock.move(days=1, minutes=1)
    late = reader("dana")
    assert "Take it back" not in late.opens("/people/import").main
    late.posts(f"/people/import/{row.id}/undo", status=404)


def test_likely_twins_stay_out_unless_they_are_said_to_be_others(reader, session, cast):
    dana, before = reader("dana"), count(session, Client)
    lines = ("Marcus,Tell,,,,,", "Wren,Hale,,,,,", "Wren,Hale,,,,,")
    page = reads(dana, table(*lines))
    assert "May be here already: Marcus T." in page.main
    assert "Like row 3" in page.main
    assert "1 person comes in" in page.main
    dana.sends(f"{page.url}", everybody="y")
    assert count(session, Client) == before + 3


def test_nobody_learns_from_a_list_who_is_in_another_team(reader):
    assert "already" not in reads(reader("dana"), table("Hana,Vale,,,,,")).main.replace("who may be here already", "")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "people.csv", "This file is empty."),
        (b"PK\x03\x04 not a workbook", "people.xlsx", "cannot be opened"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "people.xls", "not a table we can read"),
        (table(*["A,B,,,,,"] * (MOST_ROWS + 1)), "people.csv", "at most 10,000"),
        (b"First name\nWren\nZo\x81\xff\n", "people.csv", "The letters in row 3 cannot be read."),
        (table(*["A,B,,,,,"] * 50_000), "people.csv", "more than 10,000 rows"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_changes_nothing(reader, session, data, name, sentence):
    assert sentence in reads(reader("dana"), data, name, status=422).words
    assert count(session, CaseloadImport) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_letters_and_separators_of_every_office_are_read(encoding, separator):
    data = separator.join(["First name", "Last name"]) + "\r\n" + separator.join(["Zoë", "Muñoz"]) + "\r\n"
    assert importing.read_file(data.encode(encoding), "people.csv")[1] == ["Zoë", "Muñoz"]


def test_a_workbook_is_read_with_its_days_and_its_formulas_are_named(reader):
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["First name", "Speak every (days)", "Last contact", "Phone"])
    sheet.append(["Wren", 14, dt.date(2026, 11, 20), 15550107711])
    sheet.append(["=A2&B2", None, None, None])
    file = io.BytesIO()
    book.save(file)
    page = reads(reader("dana"), file.getvalue(), "people.xlsx")
    assert "“First name” holds a formula." in page.main
    assert "20 November" in page.main
    assert "15550107711" in page.main


def test_the_order_of_days_is_said_and_can_be_changed(reader):
    dana = reader("dana")
    page = reads(dana, table("Wren,,,,3/11/2026,,"))
    assert "We take it as: Month, day, year" in page.main
    assert "11 March" in page.main
    assert "3 November" in dana.presses("Read them as: Day, month, year").main
    assert "show their order" not in reads(dana, table("Wren,,,,,,"), name="b.csv").main


FOREIGN = b"Vorname;Nachname;Tel;Zuletzt;Hund\nWren;Hill;555 010 7711;3.11.2026;Rex\nMo;;;;\n"


def test_columns_nobody_knows_are_chosen_by_hand_and_remembered(reader, session):
    dana = reader("dana")
    page = reads(dana, FOREIGN, "leute.csv")
    assert page.url.endswith("/columns")
    assert "We do not know which column of leute.csv holds the first names." in page.main
    assert "For example: Wren, Mo" in page.main
    page = dana.sends(
        "/columns", column_0="first_name", column_1="last_name", column_2="phone", column_3="last_contact"
    )
    assert "2 people come in" in page.main
    assert "Wren Hill" in page.main
    assert "Left out: Hund." in page.main
    page = dana.presses("Read them as: Day, month, year")
    assert "3 November" in page.main
    page = dana.opens(page.link("Choose which column is what"))
    chosen = [option["value"] for option in page.soup.select("main option[selected]")]
    assert chosen == ["first_name", "last_name", "phone", "last_contact"]
    dana.sends("/columns", column_3="")
    dana.presses("Bring them in")
    assert "Wren" in dana.opens("/people").main


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"column_0": ""}, "Choose which column holds the first names."),
        ({"column_0": "first_name", "column_1": "first_name"}, "Two columns cannot both be “First name”."),
        ({"column_0": "shoe_size"}, "Choose"),
    ],
)
def test_a_choice_of_columns_that_cannot_be_gets_a_sentence_and_stays(reader, session, columns, sentence):
    dana = reader("dana")
    reads(dana, FOREIGN, "leute.csv")
    page = dana.sends("/columns", status=422, column_4="safe_note", **columns)
    assert sentence in page.words
    assert "safe_note" in [option["value"] for option in page.soup.select("main option[selected]")]
    session.rollback()
    assert session.scalars(sa.select(CaseloadImport)).one().columns is None


def test_a_column_that_is_known_can_be_taken_for_another(reader):
    dana = reader("dana")
    page = reads(dana, table("Hill,Wren,,,,,"))
    page = dana.opens(page.link("Choose which column is what"))
    page = dana.sends("/columns", column_0="last_name", column_1="first_name")
    assert "Wren Hill" in page.main


@given(st.lists(st.lists(st.text(max_size=20), max_size=8), min_size=1, max_size=8),
       st.dictionaries(st.integers(0, 70), st.sampled_from(Column)))  # fmt: skip
def test_no_choice_of_columns_breaks_the_reading(cells, chosen):
    try:
        found = read_table(cells, today=TODAY, order=None, usual=Order.DAY_FIRST, chosen=chosen)
    except Refused:
        return
    assert all(row.faults or row.typed["first_name"] for row in found.rows)
    assert len(headings(cells)) <= MOST_COLUMNS


def test_days_in_three_orders_and_rows_twice_are_each_told_by_row(reader):
    dana = reader("dana")
    page = reads(dana, table("Ana,,,,2026-11-03,,", "Ben,,,,25/10/2026,,", "Cy,,,,10/25/2026,,", "Ana,,,,2026-11-03,,"))
    assert "The days do not show their order." in page.main
    assert "Row 3 · Ben The last contact is not a day" in page.main
    assert "Like row 2" in page.main
    assert "Row 4 · Cy The last contact is not a day" in dana.presses("Read them as: Day, month, year").main


def test_another_ones_list_is_not_found(reader, session, cast):
    dana = reader("dana")
    address = reads(dana, table("Wren,,,,,,")).url
    ruth = reader("ruth")
    ruth.opens(address, status=404)
    ruth.opens("/people/import")
    for path in (address, f"{address}/order", f"{address}/columns", f"{address}/undo"):
        ruth.posts(path, status=404, order="day_first", form_key="3f0f2c0e-0000-4000-8000-000000000001")


def test_a_list_that_is_confirmed_twice_comes_in_once(reader, session):
    dana, before = reader("dana"), count(session, Client)
    page = reads(dana, table("Wren,,,,,,"))
    dana.presses("Bring them in")
    dana.posts(page.url, status=404, form_key="3f0f2c0e-0000-4000-8000-000000000002")
    assert count(session, Client) == before + 1


def test_a_supervisor_brings_people_in_for_a_coach_of_their_teams_alone(reader, session, cast):
    ruth = reader("ruth")
    assert "Choose" in reads(ruth, table("Wren,,,,,,"), coach=cast.chris.id, status=422).words
    page = reads(ruth, table("Wren,,,,,,"), coach=cast.imani.id)
    assert "with Imani Moss" in page.main
    ruth.presses("Bring them in")
    assert "Wren" in reader("imani").opens("/people").main


def test_the_table_to_fill_in_is_read_again_as_it_is(reader):
    dana = reader("dana")
    with dana.app.app_context():
        data = dana.client.get("/people/import/template").get_data()
    assert "1 person comes in" in reads(dana, data).main


def test_five_thousand_come_in_with_a_hundred_rows_to_mend_and_go_again(reader, session):
    lines = [f"Person{n},Of{n},+1 555 {n:07d},yes,2026-11-{n % 20 + 1:02d},Goal {n},x" for n in range(4900)]
    lines += [f",Nobody{n},,,,," for n in range(100)]
    dana, before, began = reader("dana"), count(session, Client), time.monotonic()
    page = reads(dana, table(*lines))
    assert "4900 people come in" in page.main
    assert "100 rows stay out" in page.main
    dana.presses("Bring them in")
    assert count(session, Client) == before + 4900
    dana.opens("/people/import")
    dana.presses("Take it back")
    assert count(session, Client) == before
    assert time.monotonic() - began < 120
