"""Further ways to reach somebody, who helps, and days to mark: written down, changed, taken away and put back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.clients import items
from coachdesk.clients import service as clients
from coachdesk.clients.items import MOST_ITEMS, Item
from coachdesk.clients.models import ContactPoint, Milestone, Supporter
from coachdesk.clients.rules import PointKind, Touch
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, count, text_in

NEW = {
    Item.POINT: "/people/{person}/contact-points/new",
    Item.SUPPORTER: "/people/{person}/supporters/new",
    Item.MILESTONE: "/people/{person}/milestones/new",
}
ROW = {Item.POINT: "/contact-points/{row}", Item.SUPPORTER: "/supporters/{row}", Item.MILESTONE: "/milestones/{row}"}
TABLES = {Item.POINT: ContactPoint, Item.SUPPORTER: Supporter, Item.MILESTONE: Milestone}
DAY = {"marked_on__day": "24", "marked_on__month": "12", "marked_on__year": "2026"}
SAID = {
    Item.POINT: {"value": "+1 555 014 7788", "label": "my mother’s"},
    Item.SUPPORTER: {"name": "The Thursday group"},
    Item.MILESTONE: {"words": "Keys to the room", **DAY},
}
WORDS = {Item.POINT: "+1 555 014 7788", Item.SUPPORTER: "The Thursday group", Item.MILESTONE: "Keys to the room"}
WHEN: dict[str, Any] = {"now": MONDAY, "today": TODAY}


def _row(session, item):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(TABLES[item])).one()


def _add(session, cast, item, **more):
    typed: dict[Item, dict[str, Any]] = {
        Item.POINT: {"value": "555 0166"},
        Item.SUPPORTER: {"name": "Ana"},
        Item.MILESTONE: {"words": "A key", "marked_on": TODAY},
    }
    made = items.add_item(session, cast.dana, cast.marcus, item, **{**typed[item], **more}, **WHEN)
    session.commit()
    return made


def _events(session):
    session.rollback()
    return [row.event for row in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) if ":" in row.event]


# ---- written down, changed, taken away, put back --------------------------------------------------------------------


@pytest.mark.parametrize("item", Item)
def test_a_thing_is_added_changed_taken_away_and_put_back_without_scripts(reader, cast, session, item):
    dana = reader("dana")
    page = dana.opens(NEW[item].format(person=cast.marcus))
    assert not page.soup.select("main input[checked]")
    page = dana.sends(**SAID[item])
    home = f"/people/{cast.marcus}/{'details' if item is Item.POINT else 'about'}"
    assert page.url == home
    assert WORDS[item] in page.main
    row = _row(session, item)
    dana.opens(page.link(f"Change : {WORDS[item]}"))
    said = next(iter(SAID[item]))
    page = dana.sends(**{said: "555 0143 and more"})
    assert "555 0143 and more" in page.main
    assert (_row(session, item).version, _row(session, item).id) == (2, row.id)
    dana.opens(ROW[item].format(row=row.id) + "/edit")
    page = dana.presses("Take it away")
    assert page.url == home
    assert "555 0143 and more" not in page.soup.select_one(".cols").get_text()
    assert count(session, TABLES[item]) == 1
    dana.opens(ROW[item].format(row=row.id) + "/edit", status=404)
    dana.opens(home)
    dana.posts(ROW[item].format(row=row.id) + "/ending")
    page = dana.presses("Undo")
    assert "555 0143 and more" in page.soup.select_one(".cols").get_text()
    assert _row(session, item).ended_at is None
    kinds = {Item.POINT: "contact", Item.SUPPORTER: "supporter", Item.MILESTONE: "milestone"}
    ours = [event for event in _events(session) if event.startswith(f"{kinds[item]}:")]
    assert ours == [f"{kinds[item]}:{what}" for what in ("added", "changed", "ended", "added")]


@pytest.mark.parametrize("item", Item)
def test_what_somebody_else_changed_meanwhile_is_shown_beside_ones_own_words(reader, cast, session, item):
    made = _add(session, cast, item)
    dana, ruth = reader("dana"), reader("ruth")
    said = next(iter(SAID[item]))
    for someone in (dana, ruth):
        someone.opens(ROW[item].format(row=made.id) + "/edit")
    ruth.sends(**{said: "555 0199 of Ruth"})
    page = dana.sends(status=409, **{said: "555 0188 of Dana"})
    assert "555 0199 of Ruth" in page.main
    assert page.soup.find("input", {"name": said})["value"] == "555 0188 of Dana"
    dana.sends(**{said: "555 0188 of Dana"})
    assert (getattr(_row(session, item), said), _row(session, item).version) == ("555 0188 of Dana", 3)


@pytest.mark.parametrize("item", Item)
def test_the_same_thing_sent_twice_is_one(reader, cast, session, item):
    dana = reader("dana")
    form = dana.opens(NEW[item].format(person=cast.marcus))
    dana.sends(**SAID[item])
    dana.page = form
    dana.sends(**SAID[item])
    assert count(session, TABLES[item]) == 1


@pytest.mark.parametrize("item", Item)
@pytest.mark.parametrize("name", ["imani", "omar", "admin", "marcus"])
def test_a_thing_of_another_person_is_not_found(reader, cast, session, item, name):
    made = _add(session, cast, item)
    someone = reader(name)
    someone.opens("/account")
    path = ROW[item].format(row=made.id)
    someone.opens(NEW[item].format(person=cast.marcus), status=404)
    someone.opens(f"{path}/edit", status=404)
    for act in ("edit", "ending", "ending/undo"):
        someone.posts(f"{path}/{act}", status=404, version="1", **SAID[item])
    assert (_row(session, item).version, _row(session, item).ended_at) == (1, None)


@pytest.mark.parametrize("item", Item)
def test_thirty_stand_at_one_time_and_two_hundred_never(reader, cast, session, item):
    for _n in range(MOST_ITEMS):
        made = _add(session, cast, item)
    dana = reader("dana")
    dana.opens(NEW[item].format(person=cast.marcus))
    page = dana.sends(status=422, **SAID[item])
    assert "Thirty are enough." in page.main
    assert WORDS[item] in str(page.soup.find("input", {"name": next(iter(SAID[item]))}))
    items.end_item(session, cast.dana, item, made.id, now=MONDAY)
    session.commit()
    _add(session, cast, item)
    with pytest.raises(Refused):
        items.put_item_back(session, cast.dana, item, made.id, now=MONDAY)
    session.rollback()
    dana.opens(f"/people/{cast.marcus}/{'details' if item is Item.POINT else 'about'}")


@pytest.mark.parametrize("item", Item)
def test_what_was_taken_away_is_changed_by_nobody(session, cast, item):
    made = _add(session, cast, item)
    for _twice in range(2):
        items.end_item(session, cast.dana, item, made.id, now=MONDAY)
    assert made.version == 2
    with pytest.raises(NotFound):
        items.change_item(session, cast.dana, item, made.id, version=2, **WHEN)
    with pytest.raises(NotFound):
        items.find_item(session, cast.dana, item, uuid.uuid4())
    items.put_item_back(session, cast.dana, item, made.id, now=MONDAY)
    with pytest.raises(Stale):
        items.change_item(session, cast.dana, item, made.id, version=2, **WHEN)


# ---- what makes no sense --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fields", "sentence"),
    [
        ("contact-points/new", {"value": ""}, "Write the number."),
        ("contact-points/new", {"value": "5" * 300}, "260 characters too long"),
        ("contact-points/new", {"value": "١٢٣٤٥٦"}, "Write a number, like 555 010 2030."),
        ("contact-points/new", {"value": "no digits 🌅"}, "Write a number, like 555 010 2030."),
        ("contact-points/new", {"value": "555 0142", "note": "x" * 100_000}, "99,000 characters too long"),
        ("contact-points/new", {"value": "555 0142", "label": MEGABYTE}, "characters too long"),
        ("contact-points/new?kind=email", {"value": "أمي@"}, "Write an e-mail address like name@example.org."),
        ("contact-points/new?kind=other", {"value": " \x00 "}, "Write the way to reach them."),
        ("supporters/new", {"name": ""}, "Write who or what helps."),
        ("supporters/new", {"name": "Ana", "helps": "x" * 100_000}, "99,000 characters too long"),
        ("supporters/new", {"name": "Ana", "touch": "maybe"}, "Choose one of these."),
        ("milestones/new", {"words": "", **DAY}, "Write what the day is about."),
        ("milestones/new", {"words": "A key"}, "Write the day, like 27 11 2026."),
        ("milestones/new", {"words": "A key", **DAY, "marked_on__year": "1850"}, "Write the day, like 27 11 2026."),
        ("milestones/new", {"words": "A key", **DAY, "marked_on__year": "9999"}, "Write the day, like 27 11 2026."),
        (
            "milestones/new",
            {"words": "A key", "marked_on__day": "29", "marked_on__month": "2", "marked_on__year": "2026"},
            "This must be a real day",
        ),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_nothing_typed_is_lost(reader, cast, session, path, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/{path}")
    page = dana.sends(status=422, **fields)
    assert sentence in page.soup.find(id="error-summary").get_text()
    for name, value in fields.items():
        box = page.soup.find(["input", "textarea"], {"name": name.replace("__", "-")})
        if box is not None and box.name == "textarea":
            assert text_in(page, name) == value
        elif box is not None and box.get("type") != "radio":
            assert box["value"] == value.replace("\x00", "").strip()
    assert sum(count(session, table) for table in TABLES.values()) == 0


def test_a_leap_day_is_a_day(session, cast):
    made = _add(session, cast, Item.MILESTONE, marked_on=dt.date(2024, 2, 29))
    assert items.list_items(session, cast.dana, cast.marcus, Item.MILESTONE) == [made]
    for day in (None, dt.date.min, dt.date.max):
        with pytest.raises(Refused):
            items.add_item(session, cast.dana, cast.marcus, Item.MILESTONE, words="A key", marked_on=day, **WHEN)


# ---- ways to reach them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ticked", "rule"),
    [
        ("phone", (), "Nothing is agreed yet. Ask before you call or write."),
        ("phone", ("may_text",), "Text only. Do not call. Say only your own name."),
        ("phone", ("may_call", "may_voicemail"), "A message on the phone is fine. Say only your own name."),
        ("phone", ("may_call", "say_who"), "Call only. No voicemail. You may say who is calling."),
        ("email", (), "Nothing is agreed yet. Ask before you write."),
        ("email", ("may_email",), "You may write here. Say only your own name."),
        ("other", ("may_text",), "Write here. Do not call. Say only your own name."),
        ("other", (), "Nothing is agreed yet. Ask before you use it."),
    ],
)
def test_each_way_shows_its_own_rule(reader, cast, session, kind, ticked, rule):
    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}/contact-points/new?kind={kind}")
    value = {"phone": "555 0142", "email": "lena@post.example", "other": "Signal: lena"}[kind]
    page = dana.sends(value=value, note="Never on Sundays.", **dict.fromkeys(ticked, "y"))
    shown = next(row for row in page.soup.select("#h-ways ~ *, section li") if value in row.get_text())
    assert rule in " ".join(shown.get_text(" ").split())
    assert "Never on Sundays." in shown.get_text()
    assert _row(session, Item.POINT).kind == kind


def test_what_means_nothing_for_a_kind_is_not_kept(session, cast):
    ticks: Any = dict.fromkeys(("may_call", "may_text", "may_voicemail", "may_email"), True)
    made = _add(session, cast, Item.POINT, kind=PointKind.EMAIL, value="m@post.example", **ticks)
    assert (made.may_call, made.may_text, made.may_voicemail, made.may_email) == (False, False, False, True)
    assert made.digest == ""


def test_a_further_number_is_found_by_its_last_digits_until_it_is_taken_away(session, cast):
    made = _add(session, cast, Item.POINT, value="+1 555 014 7788")
    assert [row.id for row in clients.search_people(session, cast.dana, "7788")] == [cast.marcus]
    assert clients.search_people(session, cast.imani, "7788") == []
    items.change_item(session, cast.dana, Item.POINT, made.id, version=1, value="555 0142 9911", **WHEN)
    assert clients.search_people(session, cast.dana, "7788") == []
    assert [row.id for row in clients.search_people(session, cast.ruth, "9911")] == [cast.marcus]
    items.end_item(session, cast.dana, Item.POINT, made.id, now=MONDAY)
    assert clients.search_people(session, cast.dana, "9911") == []


def test_every_script_and_sign_is_kept_as_it_was_said(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/supporters/new")
    page = dana.sends(name=TYPED, relation=TYPED, helps=TYPED)
    assert page.main.count(KEPT) >= 3
    assert _row(session, Item.SUPPORTER).helps == KEPT


def test_whether_we_may_be_in_touch_is_never_chosen_beforehand(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/supporters/new")
    page = dana.sends(name="Ana", reach="555 0139")
    assert "Not asked yet: do not be in touch" in page.main
    assert "555 0139" not in page.main
    assert _row(session, Item.SUPPORTER).touch is None
    dana.opens(page.link("Change : Ana"))
    page = dana.sends(touch="lost")
    assert "Only if we lose touch 555 0139" in page.main
    assert _row(session, Item.SUPPORTER).touch is Touch.LOST
