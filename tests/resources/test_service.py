from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, Event
from coachdesk.resources import service as resources
from coachdesk.resources.models import Service
from coachdesk.resources.rules import Need
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY


def _add(session, identity, name="Food pantry", need=Need.FOOD, **more):
    made = resources.add_service(session, identity, name=name, need=need, now=MONDAY, **more)
    session.commit()
    return made


def _edit(session, identity, listed, **more):
    typed = {"name": listed.name, "need": listed.need, "version": listed.version, **more}
    resources.edit_service(session, identity, listed.id, **typed, now=MONDAY)
    session.commit()
    return listed


def _names(session, identity, **asked):
    return [row.name for row in resources.list_services(session, identity, **asked)]


@pytest.fixture
def listed(session, cast):
    return _add(session, cast.dana, provider="Eastside", notes="Ask for Ana.")


@pytest.mark.parametrize("name", ["dana", "ruth", "chris", "omar"])
def test_the_directory_is_everybodys_who_coaches(session, cast, listed, name):
    identity = cast.staff[name]
    assert _names(session, identity) == ["Food pantry"]
    assert resources.find_service(session, identity, listed.id).provider == "Eastside"
    assert _edit(session, identity, listed, hours="Mornings").version == 2
    assert _add(session, identity, "Night shelter", Need.HOUSING).created_by == identity.id


@pytest.mark.parametrize("name", ["admin", "hana", "marcus"])
def test_nobody_else_reads_or_changes_it(session, cast, listed, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    for act in (
        lambda: resources.find_service(session, identity, listed.id),
        lambda: resources.list_services(session, identity),
        lambda: resources.match_service(session, identity, "Food pantry"),
        lambda: _add(session, identity, "Mine"),
        lambda: _edit(session, identity, listed, name="Mine"),
    ):
        with pytest.raises(NotFound):
            act()
    session.rollback()
    assert [(row.name, row.version) for row in session.scalars(sa.select(Service))] == [("Food pantry", 1)]


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"name": " \n"}, "name"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "ftp://pantry.example"}, "website"),
        ({"website": " https://pantry.example"}, "website"),
        ({"verified_on": TODAY + dt.timedelta(days=1)}, "verified_on"),
        ({"verified_on": dt.date.max}, "verified_on"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused_where_it_does_not(session, cast, listed, typed, at):
    for act in (lambda: _add(session, cast.dana, **typed), lambda: _edit(session, cast.dana, listed, **typed)):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.at == at
        session.rollback()
    assert [(row.name, row.website, row.version) for row in session.scalars(sa.select(Service))] == [
        ("Food pantry", "", 1)
    ]


@pytest.mark.parametrize("website", ["", "http://pantry.example", "https://pantry.example/?a=1&b=“2”"])
def test_a_whole_address_or_none_will_do(session, cast, website):
    assert _add(session, cast.dana, website=website).website == website


def test_a_change_writes_what_changed_and_the_trail_names_it_without_the_words(session, cast, listed):
    _edit(session, cast.ruth, listed, name="Pantry", provider="Eastside", notes="Ask for Sol.", is_hidden=True)
    assert (listed.name, listed.notes, listed.is_hidden, listed.version) == ("Pantry", "Ask for Sol.", True, 2)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.RESOURCE_EDITED.value)).one()
    assert (entry.actor_id, entry.subject_id) == (cast.ruth.id, listed.id)
    assert entry.details == {"fields": ["name", "notes", "is_hidden"]}


def test_what_is_left_unsaid_stays_as_it_is(session, cast, listed):
    _edit(session, cast.dana, listed, hours="Mornings")
    assert (listed.provider, listed.notes, listed.created_by) == ("Eastside", "Ask for Ana.", cast.dana.id)


def test_a_change_against_an_older_version_writes_nothing(session, cast, listed):
    _edit(session, cast.ruth, listed, name="Written by Ruth")
    with pytest.raises(Stale):
        _edit(session, cast.dana, listed, name="Mine", version=1)
    session.rollback()
    assert (listed.name, listed.version) == ("Written by Ruth", 2)


def test_a_service_that_is_none_is_not_found(session, cast):
    with pytest.raises(NotFound):
        resources.find_service(session, cast.dana, uuid.uuid4())
    with pytest.raises(NotFound):
        resources.edit_service(session, cast.dana, cast.marcus, name="Mine", need=Need.FOOD, version=1, now=MONDAY)


def test_all_words_must_be_found_in_name_giver_or_need(session, cast, listed):
    _add(session, cast.dana, "Clínica Ana", Need.DENTIST, provider="Straßen e.V.")
    for text in ("clinica", "ANA  clínica", "strassen", "dentist ana", "cli\u0301nica"):
        assert _names(session, cast.dana, text=text) == ["Clínica Ana"]
    for text in ("clinica pantry", "%", "_", "\\", "🌅", "Ask for Ana"):
        assert _names(session, cast.dana, text=text) == []
    assert _names(session, cast.dana, text="  ") == ["Clínica Ana", "Food pantry"]
    assert _names(session, cast.dana, need=Need.DENTIST) == ["Clínica Ana"]
    assert _names(session, cast.dana, text="ana", need=Need.FOOD) == []


def test_it_is_found_by_what_it_says_now(session, cast, listed):
    _edit(session, cast.dana, listed, name="Soup kitchen", provider="Westside", need=Need.FAMILY)
    assert [_names(session, cast.dana, text=text) for text in ("pantry", "eastside", "food")] == [[], [], []]
    assert [_names(session, cast.dana, text=text) for text in ("soup", "westside", "children")] == [
        ["Soup kitchen"]
    ] * 3


def test_what_is_off_the_list_is_found_only_where_asked_for(session, cast, listed):
    _edit(session, cast.dana, listed, is_hidden=True)
    assert _names(session, cast.dana) == []
    assert _names(session, cast.dana, hidden=True) == ["Food pantry"]
    assert resources.match_service(session, cast.dana, "Food pantry") is None
    assert resources.find_service(session, cast.dana, listed.id).is_hidden


def test_what_was_typed_is_matched_with_one_name_in_full(session, cast, listed):
    assert resources.match_service(session, cast.dana, " FOOD  pantry ") is listed
    for text in ("Food", "pantry food", "Food pantry Eastside", "", "%", "🌅"):
        assert resources.match_service(session, cast.dana, text) is None
    _add(session, cast.ruth, "Food Pantry", Need.FAMILY)
    assert resources.match_service(session, cast.dana, "Food pantry") is None
    assert resources.match_service(session, cast.dana, "FOOD PANTRY") is None


def test_a_name_that_unfolds_into_many_letters_is_still_kept_and_found(session, cast):
    made = _add(session, cast.dana, "ﷺ" * 150, Need.FAMILY)
    assert len(made.search) <= 600
    assert _names(session, cast.dana, text="ﷺ") == ["ﷺ" * 150]
