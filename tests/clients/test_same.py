"""Who somebody may be already: a question on the form, and two records that are linked and never merged."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Restriction, RestrictionKind
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.clients import items, likeness, linking
from coachdesk.clients import service as clients
from coachdesk.clients.items import Item
from coachdesk.clients.models import Client, PersonLink
from coachdesk.clients.rules import Likeness
from coachdesk.words import NotFound, Refused
from tests.access.helpers import at, break_glass
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import TYPED, count

NEW = "/people/new"
ASKED = "Somebody among your people is like this one."
BORN = {"birth_day__day": "29", "birth_day__month": "2", "birth_day__year": "1988"}
WHEN: dict[str, Any] = {"now": MONDAY, "today": TODAY}


def _edit(session, identity, client_id, **typed):
    row = clients.find_person(session, identity, client_id)
    given = {"first_name": row.first_name, "last_name": row.last_name, "rhythm_days": 7, "version": row.version}
    clients.edit_person(session, identity, client_id, **{**given, **typed}, **WHEN)
    session.commit()


def _link(session, identity, one, other):
    made = linking.link_people(session, identity, one, other, now=MONDAY)
    session.commit()
    return made


# ---- the question on the form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": "MÁRCUS", "last_name": "tell"},
        {"first_name": "Robert", "last_name": "Tell", "preferred_name": "Marcus"},
        {"first_name": "Ada", "last_name": "Lind", **BORN},
        {"first_name": "Marcus", "last_name": "Lind", "phone": "(555) 014-7788"},
        {"first_name": "Marcus", "last_name": "Lind", "phone": "999 0166"},
    ],
)
def test_somebody_alike_is_asked_about_by_name_and_a_tick_saves_all_the_same(reader, cast, session, fields):
    _edit(session, cast.dana, cast.marcus, birth_day=dt.date(1988, 2, 29), phone="+1 555 014 7788")
    items.add_item(session, cast.dana, cast.marcus, Item.POINT, value="555 0166", **WHEN)
    session.commit()
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(status=422, safe_note=TYPED, **fields)
    assert ASKED in page.soup.find(id="error-summary").get_text()
    assert page.link("Marcus T.") == f"/people/{cast.marcus}"
    assert not page.soup.find("input", {"name": "different"}).has_attr("checked")
    assert count(session, Client) == 4
    page = dana.sends(different="y")
    assert "is here. Log a check-in" in page.main
    assert count(session, Client) == 5


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("dana", {"first_name": "Aisha", "last_name": "Khan"}),
        ("dana", {"first_name": "Marcus", "last_name": "Lind"}),
        ("dana", {"first_name": "Ada", "last_name": "Lind", "phone": "(555) 014-7788"}),
        ("imani", {"first_name": "Marcus", "last_name": "Tell"}),
        ("imani", {"first_name": "Ada", **BORN}),
        ("chris", {"first_name": "Marcus", "last_name": "Tell"}),
    ],
)
def test_whom_one_may_not_see_and_who_is_not_alike_is_never_asked_about(reader, cast, session, name, fields):
    _edit(session, cast.dana, cast.marcus, birth_day=dt.date(1988, 2, 29), phone="+1 555 014 7788")
    someone = reader(name)
    someone.opens(NEW)
    page = someone.sends(**fields)
    assert ASKED not in page.main
    assert count(session, Client) == 5


def test_who_is_kept_from_a_person_does_not_learn_of_them(reader, cast, session):
    kept: dict[str, Any] = {"kind": RestrictionKind.KIN, "started_at": MONDAY, "started_by": cast.admin.id}
    session.add(Restriction(client_id=cast.marcus, user_id=cast.ruth.id, **kept))
    session.commit()
    ruth = reader("ruth")
    ruth.opens(NEW)
    assert ASKED not in ruth.sends(first_name="Marcus", last_name="Tell", coach_id=str(cast.imani.id)).main


def test_the_names_on_the_question_are_written_down_as_looked_up(reader, cast, session):
    dana = reader("dana")
    dana.opens(NEW)
    dana.sends(status=422, first_name="Marcus", last_name="Tell")
    session.rollback()
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "people:searched")).one()
    assert row.details == {"found": 1}
    assert row.client_id == cast.marcus


def test_a_change_asks_only_where_it_changes_who_somebody_is(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}/edit")
    page = dana.sends(status=422, first_name="Marcus", last_name="Tell")
    assert ASKED in page.main
    assert page.link("Marcus T.") == f"/people/{cast.marcus}"
    dana.sends(different="y")
    dana.opens(f"/people/{cast.lena}/edit")
    assert "Details saved." in dana.sends(language="Hindi").main
    _link(session, cast.dana, cast.marcus, cast.lena)
    dana.opens(f"/people/{cast.lena}/edit")
    assert "Details saved." in dana.sends(preferred_name="Marc").main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({**BORN, "birth_day__year": "2027", "birth_day__day": "1"}, "This birth day lies ahead."),
        ({**BORN, "birth_day__year": "85", "birth_day__day": "1"}, "Write the year in full"),
        ({**BORN, "birth_day__year": "1896"}, "This is more than 120 years ago."),
        ({**BORN, "birth_day__year": "1987"}, "This must be a real day"),
        ({**BORN, "birth_day__year": "9" * 30}, "This must be a real day"),
        ({"best_hours": "x" * 100_000}, "99,800 characters too long"),
        ({"others_answer": "x" * 100_000}, "99,000 characters too long"),
    ],
)
def test_what_cannot_be_gets_a_sentence_where_it_stands_open(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(status=422, first_name="Ada", **fields)
    assert sentence in page.soup.find(id="error-summary").get_text()
    assert page.soup.select_one("form details").has_attr("open")
    for name, value in fields.items():
        box = page.soup.find(["input", "textarea"], {"name": name.replace("__", "-")})
        assert (box["value"] if box.name == "input" else box.get_text().removeprefix("\n")) in (value, value[:40])
    assert count(session, Client) == 4


def test_a_leap_day_stands_sealed_and_is_read_back(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(NEW)
    assert not page.soup.select_one("form details").has_attr("open")
    dana.sends(first_name="Ada", **BORN)
    made = session.scalars(sa.select(Client).where(Client.first_name == "Ada")).one()
    assert made.birth_day == dt.date(1988, 2, 29)
    raw = session.execute(sa.text("SELECT birth_day FROM client")).scalars().all()
    assert not [value for value in raw if "1988" in value]
    assert "Birth day 29 February 1988" in dana.opens(f"/people/{made.id}/details").main
    dana.opens(f"/people/{made.id}/edit")
    dana.sends(**dict.fromkeys(BORN, ""))
    session.expire_all()
    assert (made.birth_day, made.birth_digest) == (None, "")


def test_a_zone_is_found_by_its_city_and_a_language_is_offered(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/edit")
    for name, offered in (("language", "Hindi"), ("zone", "Asia/Kolkata")):
        box = page.soup.find("input", {"name": name})
        assert page.soup.find(id=box["list"]).find("option", {"value": offered})
    dana.sends(zone="new york", language="Odia")
    session.rollback()
    assert session.get_one(Client, cast.marcus).zone == "America/New_York"
    page = dana.opens(f"/people/{cast.marcus}/details")
    assert "Time zone America/New York" in page.main
    assert "Language Odia" in page.main


def test_saying_who_is_calling_is_never_ticked_beforehand_and_changes_the_note(reader, cast):
    dana = reader("dana")
    assert "Say only your own name." in dana.opens(f"/people/{cast.marcus}").main
    dana.opens(f"/people/{cast.marcus}/edit")
    assert not dana.page.soup.find("input", {"name": "say_who"}).has_attr("checked")
    dana.sends(say_who="y", best_hours="Evenings", others_answer="His sister. Say you are a friend.")
    page = dana.opens(f"/people/{cast.marcus}")
    assert "Say only your own name." not in page.main
    for words in ("You may say who is calling.", "Best: Evenings", "Somebody else may answer: His sister."):
        assert words in page.main


# ---- two records of one person --------------------------------------------------------------------------------------


def test_two_records_are_linked_apart_and_linked_again(reader, cast, session):
    dana = reader("dana")
    dana.opens(dana.opens(f"/people/{cast.marcus}/details").link("Link a record"))
    assert [option.get_text() for option in dana.page.soup.select("[name=other_id] option")][1:] == ["Lena O."]
    page = dana.sends(other_id=str(cast.lena))
    assert page.link("Lena O.") == f"/people/{cast.lena}"
    assert dana.opens(f"/people/{cast.lena}/details").link("Marcus T.") == f"/people/{cast.marcus}"
    page = dana.presses("Not the same")
    assert page.url == f"/people/{cast.lena}/details"
    assert "Marcus T." not in page.main
    assert "Marcus T." in dana.presses("Undo").main
    rows = session.execute(
        sa.select(AuditEntry.event, AuditPerson.client_id)
        .join(AuditPerson, AuditPerson.entry_id == AuditEntry.id)
        .where(AuditEntry.event.in_(("people:linked", "people:unlinked")))
        .order_by(AuditEntry.id)
    ).all()
    assert [event for event, _person in rows[::2]] == ["people:linked", "people:unlinked", "people:linked"]
    assert all({one[1], two[1]} == {cast.marcus, cast.lena} for one, two in zip(rows[::2], rows[1::2], strict=True))


def test_whoever_is_much_alike_stands_first_and_can_be_looked_at(reader, cast, session):
    _edit(session, cast.dana, cast.marcus, birth_day=dt.date(1988, 2, 29))
    _edit(session, cast.ruth, cast.aisha, birth_day=dt.date(1988, 2, 29), different=True)
    page = reader("ruth").opens(f"/people/{cast.marcus}/same-person")
    offered = [option.get_text() for option in page.soup.select("[name=other_id] option")]
    assert offered == ["Choose a record", "Aisha K. (much alike)", "Lena O."]
    assert page.link("Aisha K.") == f"/people/{cast.aisha}/details"
    assert "Much alike" not in reader("dana").opens(f"/people/{cast.marcus}/same-person").main


def test_who_may_not_see_the_other_record_does_not_learn_of_it(reader, cast, session):
    link = _link(session, cast.ruth, cast.marcus, cast.aisha)
    for name, person, other in (("dana", cast.marcus, "Aisha"), ("imani", cast.aisha, "Marcus")):
        someone = reader(name)
        assert other not in someone.opens(f"/people/{person}/details").text
        for act in ("ending", "ending/undo"):
            someone.posts(f"/person-links/{link.id}/{act}", status=404)
    assert "Aisha K." in reader("ruth").opens(f"/people/{cast.marcus}/details").main
    assert session.scalars(sa.select(PersonLink.ended_at)).all() == [None]


@pytest.mark.parametrize(("name", "whose"), [("dana", "aisha"), ("dana", "hana"), ("ruth", "hana"), ("dana", "marcus")])
def test_only_records_one_sees_are_linked_and_never_one_with_itself(reader, cast, session, name, whose):
    someone = reader(name)
    someone.opens(f"/people/{cast.marcus}/same-person")
    page = someone.sends(status=422, other_id=str(cast.people[whose]))
    assert "Choose one of these." in page.main
    with pytest.raises(Refused):
        _link(session, cast.staff[name], cast.marcus, cast.people[whose])
    session.rollback()
    for other in ("", "nonsense 🌅", str(uuid.uuid4())):
        someone.sends(status=422, other_id=other)
    assert count(session, PersonLink) == 0


def test_the_same_is_said_once_and_a_second_link_is_not_put_back(session, cast):
    first = _link(session, cast.dana, cast.marcus, cast.lena)
    for one, other in ((cast.marcus, cast.lena), (cast.lena, cast.marcus)):
        with pytest.raises(Refused):
            _link(session, cast.ruth, one, other)
        session.rollback()
    for _twice in range(2):
        linking.end_link(session, cast.dana, first.id, now=MONDAY)
    session.commit()
    _link(session, cast.ruth, cast.lena, cast.marcus)
    with pytest.raises(Refused):
        linking.put_link_back(session, cast.dana, first.id, now=MONDAY)
    session.rollback()
    assert len(likeness.list_links(session, cast.ruth, cast.lena)) == 1


def test_an_hour_in_an_emergency_links_nobody(session, cast):
    break_glass(session, cast, "omar", "marcus", last="Tell")
    with pytest.raises(NotFound):
        _link(session, at(cast.omar), cast.marcus, cast.hana)
    session.rollback()
    assert likeness.list_alike(session, at(cast.omar).everyday, Likeness("Marcus", "Tell")) == []
