from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.resources import service as resources
from coachdesk.resources.models import Service
from coachdesk.resources.rules import Need
from tests.cast import MONDAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, count, text_in

NEW = "/resources/new"
CHECKED = {"verified_on__day": "21", "verified_on__month": "nov", "verified_on__year": "26"}
LINES = {
    "provider": "Eastside Health",
    "phone": "+1 555 0199",
    "email": "front@eastside.example",
    "website": "https://eastside.example/teeth",
    "address": "4 Hill Road",
    "hours": "Monday to Friday",
    "cost": "Pay what you can",
    "languages": "English, Español",
}
WORDS = {"who_for": "Anybody", "notes": "Ask for Ana.\nRing twice."}


def _add(session, coach, name="Dental clinic", need=Need.DENTIST, **more):
    made = resources.add_service(session, coach, name=name, need=need, now=MONDAY, **more)
    session.commit()
    return made.id


def _row(session, service_id):
    session.rollback()
    session.expire_all()
    return session.get_one(Service, service_id)


def _listed(page):
    return [link.get_text() for link in page.soup.select("main .list a.name")]


def _says(page, sentence):
    """Say whether a sentence stands at its field and in the summary, whose links all lead somewhere."""
    links = page.soup.select("#error-summary a")
    assert all(page.soup.find(id=str(link["href"])[1:]) for link in links)
    at_fields = " ".join(text.get_text(" ") for text in page.soup.select(".error-text"))
    return sentence in at_fields and any(sentence in link.get_text() for link in links)


@pytest.fixture
def listed(session, cast):
    return _add(session, cast.dana, provider="Eastside Health")


def test_a_service_is_added_with_all_there_is_to_know(reader, session):
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(name="Dental clinic", need="dentist", **LINES, **WORDS, **CHECKED)
    assert "Service added." in page.main
    made = session.scalars(sa.select(Service)).one()
    assert page.url == f"/resources/{made.id}"
    shown = (*(value for name, value in LINES.items() if name != "website"), "Anybody", "Ask for Ana. Ring twice.")
    assert all(value in page.main for value in (*shown, "Dentist", "Checked on 21 November"))
    assert page.link("Website") == LINES["website"]
    assert page.link("Call") == "tel:+15550199"
    assert made.verified_on == dt.date(2026, 11, 21)
    page = dana.opens("/resources")
    assert _listed(page) == ["Dental clinic"]
    assert "Eastside Health · Monday to Friday" in page.main


def test_only_name_and_need_are_asked_for(reader, session):
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(name="Night shelter", need="housing")
    assert "Checked on Not yet" in page.main
    assert not page.soup.select("main a[href^='tel:'], main a[rel~=nofollow]")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Clínica Ana", "Food pantry", "Night shelter"]),
        ("q=clinica", ["Clínica Ana"]),
        ("q=CL%C3%8DNICA++ana", ["Clínica Ana"]),
        ("q=eastside", ["Food pantry"]),
        ("q=dentist", ["Clínica Ana"]),
        ("q=pantry+east", ["Food pantry"]),
        ("q=pantry+ana", []),
        ("need=housing", ["Night shelter"]),
        ("q=pantry&need=housing", []),
        ("need=nonsense", ["Clínica Ana", "Food pantry", "Night shelter"]),
        ("q=%25", []),
        ("q=_ood", []),
        ("q=%5C", []),
        ("q=%F0%9F%8C%85", []),
        ("q=" + "x" * 5_000, []),
    ],
)
def test_a_service_is_found_by_its_words_and_by_what_it_helps_with(reader, cast, session, query, found):
    _add(session, cast.dana, "Clínica Ana", Need.DENTIST)
    _add(session, cast.dana, "Food pantry", Need.FOOD, provider="Eastside")
    _add(session, cast.dana, "Night shelter", Need.HOUSING)
    page = reader("chris").opens(f"/resources?{query}")
    assert _listed(page) == found
    assert ("No service like that yet" in page.main) is not bool(found)


def test_a_service_is_changed_by_any_coach_or_supervisor(reader, session, listed):
    omar = reader("omar")
    omar.opens(omar.opens(f"/resources/{listed}").link("Change"))
    page = omar.sends(name="Dental house", need="health", provider="", **WORDS)
    assert "Service saved." in page.main
    assert "Dental house" in page.main
    row = _row(session, listed)
    assert (row.name, row.need, row.provider, row.version) == ("Dental house", Need.HEALTH, "", 2)
    assert row.notes == WORDS["notes"]
    assert _listed(omar.opens("/resources?q=eastside")) == []
    assert _listed(omar.opens("/resources?q=doctor")) == ["Dental house"]


def test_a_service_off_the_list_is_offered_to_nobody_and_comes_back(reader, cast, session, listed):
    dana = reader("dana")
    dana.opens(f"/resources/{listed}/edit")
    page = dana.sends(is_hidden="y")
    assert "This service is off the list." in page.main
    assert "The directory is empty" in dana.opens("/resources").main
    assert not dana.opens(f"/people/{cast.marcus}/referrals/new").soup.select("#services option")
    assert dana.opens(f"/resources/{listed}/edit").soup.find("input", {"name": "is_hidden"}).has_attr("checked")
    dana.sends(is_hidden=None)
    assert _listed(dana.opens("/resources")) == ["Dental clinic"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Write the name of the service."),
        ({"name": " \x00\r\n "}, "Write the name of the service."),
        ({"name": "أ" * 151}, "1 characters too long"),
        ({"name": MEGABYTE}, "characters too long"),
        ({"provider": MEGABYTE}, "characters too long"),
        ({"need": None}, "Choose"),
        ({"need": "🌅\x00"}, "Choose one of these."),
        ({"phone": "5" * 61}, "1 characters too long"),
        ({"email": "🌅" * 201}, "1 characters too long"),
        ({"website": "javascript:alert(1)"}, "Write the whole address, starting with https://"),
        ({"website": "eastside.example"}, "Write the whole address, starting with https://"),
        ({"hours": "أ" * 201}, "1 characters too long"),
        ({"who_for": "a" * 2_001}, "1 characters too long"),
        ({"notes": MEGABYTE}, "characters too long"),
        ({**CHECKED, "verified_on__day": "31", "verified_on__month": "2"}, "This must be a real day"),
        ({**CHECKED, "verified_on__year": "9999"}, "Write the day it was last checked: today or a day before."),
        ({**CHECKED, "verified_on__day": "24"}, "Write the day it was last checked: today or a day before."),
        ({"verified_on__day": "🌅", "verified_on__month": "\x00", "verified_on__year": "أ"}, "This must be a real day"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_keeps_what_was_typed(reader, session, listed, fields, sentence):
    dana = reader("dana")
    typed = {"name": TYPED, "address": TYPED, "notes": TYPED, "need": "food", **fields}
    for path in (NEW, f"/resources/{listed}/edit"):
        dana.opens(path)
        page = dana.sends(status=422, **typed)
        assert _says(page, sentence)
        assert page.soup.title.get_text().startswith("Error:")
        for name in typed.keys() & {"name", "address", "phone", "email", "website", "hours", "provider"}:
            assert page.soup.find("input", {"name": name})["value"] == " ".join(typed[name].replace("\x00", "").split())
        assert text_in(page, "notes") == typed["notes"].replace("\x00", "")
        for part in ("day", "month", "year"):
            kept = fields.get(f"verified_on__{part}", "").replace("\x00", "")
            assert page.soup.find("input", {"name": f"verified_on-{part}"})["value"] == kept
        assert bool(page.soup.select("[name=need] option[value=food][selected]")) is ("need" not in fields)
    assert count(session, Service) == 1
    assert (_row(session, listed).name, _row(session, listed).version) == ("Dental clinic", 1)


def test_every_script_and_sign_is_kept_as_it_was_typed(reader, session):
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(name=TYPED, need="food", provider=TYPED, who_for=TYPED, notes=TYPED, phone="☎ أمي")
    assert page.main.count(KEPT) >= 4
    made = session.scalars(sa.select(Service)).one()
    assert (made.name, made.notes) == (KEPT, KEPT)
    assert _listed(dana.opens("/resources?q=أمي")) == [KEPT]


def test_a_day_at_the_beginning_of_time_breaks_no_page(reader, cast, session):
    dana = reader("dana")
    dana.opens(NEW)
    page = dana.sends(name="Food pantry", need="food", **{**CHECKED, "verified_on__year": "0001"})
    assert "21 November 2001" in page.main
    made = session.scalars(sa.select(Service)).one()
    assert made.verified_on == dt.date(2001, 11, 21)
    for path in ("/resources", f"/resources/{made.id}/edit", f"/people/{cast.marcus}/referrals/new"):
        dana.opens(path)


def test_the_same_form_sent_twice_is_one_service_and_one_change(reader, session):
    dana = reader("dana")
    form = dana.opens(NEW)
    first = dana.sends(name="Food pantry", need="food").url
    dana.page = form
    assert dana.sends(name="Food pantry", need="food").url == first
    assert count(session, Service) == 1
    form = dana.opens(f"{first}/edit")
    dana.sends(name="Pantry")
    dana.page = form
    assert dana.sends(name="Pantry").url == first
    assert session.scalars(sa.select(Service)).one().version == 2


def test_what_somebody_else_changed_meanwhile_is_shown_and_nothing_typed_is_lost(reader, session, listed):
    dana, omar = reader("dana"), reader("omar")
    dana.opens(f"/resources/{listed}/edit")
    omar.opens(f"/resources/{listed}/edit")
    omar.sends(name="Written by Omar")
    page = dana.sends(status=409, name="Written by Dana", notes=TYPED)
    assert "Somebody changed this while you were writing." in page.soup.find(id="error-summary").get_text()
    assert "As it is now Name of the service Written by Omar" in page.main
    assert page.soup.find("input", {"name": "name"})["value"] == "Written by Dana"
    assert text_in(page, "notes") == KEPT
    assert _row(session, listed).name == "Written by Omar"
    assert "Service saved." in dana.sends().main
    assert (_row(session, listed).name, _row(session, listed).notes) == ("Written by Dana", KEPT)


@pytest.mark.parametrize("version", ["", "0", "-1", "nonsense", "9" * 40, "🌅\x00", None])
def test_a_version_that_is_none_counts_as_out_of_date(reader, session, listed, version):
    dana = reader("dana")
    dana.opens(f"/resources/{listed}/edit")
    page = dana.sends(status=409, name="Mine", version=version)
    assert page.soup.find("input", {"name": "name"})["value"] == "Mine"
    assert _row(session, listed).name == "Dental clinic"


@pytest.mark.parametrize("name", ["admin", "hana"])
def test_who_coaches_nobody_has_no_directory(reader, session, listed, name):
    someone = reader(name)
    for path in ("/resources", f"/resources/{listed}", NEW, f"/resources/{listed}/edit"):
        assert "Dental" not in someone.opens(path, status=404).text
    for path in (NEW, f"/resources/{listed}/edit"):
        someone.posts(path, status=404, name="Mine", need="food", version="1")
    assert count(session, Service) == 1
    assert _row(session, listed).version == 1


def test_a_service_that_is_none_is_not_found(reader, cast, session, listed):
    dana = reader("dana")
    for path in (f"/resources/{cast.marcus}", f"/resources/{cast.marcus}/edit", "/resources/nonsense"):
        dana.opens(path, status=404)
        dana.posts(path, status=404, name="Mine", need="food", version="1")
    dana.opens(f"/resources/{listed}/edit")
    dana.sends(name="Mine", id=str(cast.marcus), service_id=str(cast.marcus), created_by=str(cast.omar.id))
    row = _row(session, listed)
    assert (row.name, row.created_by) == ("Mine", cast.dana.id)


@pytest.mark.parametrize("path", [NEW, "/resources/{listed}/edit"])
def test_without_a_token_or_with_anothers_nothing_is_done(reader, session, listed, path):
    stranger, dana = reader("imani"), reader("dana")
    for token in ({}, {"csrf_token": stranger.token}, {"csrf_token": "🌅\x00"}):
        data = {**token, "name": "Mine", "need": "food", "version": "1"}
        page = dana._fetch("POST", path.format(listed=listed), status=400, follow=False, data=data)
        assert "Nothing was changed." in page.main
    assert count(session, Service) == 1
    assert _row(session, listed).name == "Dental clinic"
