"""Answers to texts: STOP and START as gateways hand them on, by whatever form the number comes in."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.notify import Channel
from coachdesk.organisation import ways
from coachdesk.reminders import choosing, stopping
from coachdesk.reminders.prefs import OffWhy
from coachdesk.words import Refused
from tests.cast import MONDAY
from tests.reminders.tellings import ACTION, PATH, events, filled, row_of, texts_to


@pytest.fixture
def door(app, session, cast, reader):
    """Where a gateway hands on answers, with Dana told by text."""
    texts_to(session, cast, reader)
    way_id = ways.list_ways(session, cast.admin)[0].id
    path = ways.make_answer_path(session, cast.admin, way_id, now=dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC))
    session.commit()
    return path


def _answers(app, path, **how):
    return app.test_client().post(path, base_url="http://desk.example", **how).status_code


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"From": "+15550102030", "Body": "STOP"}},
        {"data": {"From": "1 555 010 2030", "Body": " stop. "}},
        {"json": {"from": "+15550102030", "body": "Quit"}},
        {"json": {"msisdn": 15550102030, "text": "UNSUBSCRIBE"}},
    ],
)
def test_stop_is_heeded_as_gateways_send_it(app, session, cast, door, how):
    assert _answers(app, door, **how) == 204
    row = row_of(session, cast.dana)
    assert (row.by_text, row.text_off) == (False, OffWhy.BY_REPLY)
    event, detail = events(session)[-1]
    assert (event, detail["channel"], detail["why"]) == ("telling:stopped", "text", "by_reply")


def test_start_begins_again_what_an_answer_stopped_and_nothing_else(app, session, cast, door):
    said = {"From": "+15550102030", "Body": "START"}
    assert _answers(app, door, data=said) == 204
    assert [event for event, _details in events(session)] == ["telling:changed"]
    _answers(app, door, data={**said, "Body": "STOP"})
    _answers(app, door, data=said)
    assert (row_of(session, cast.dana).by_text, row_of(session, cast.dana).text_off) == (True, None)


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"From": "+15550102030", "Body": "I feel low tonight"}},
        {"data": {"From": "+15559999999", "Body": "STOP"}},
        {"data": {}},
        {"json": ["STOP"]},
        {"data": "[" * 50_000, "content_type": "application/json"},
        {"data": "x" * 100_000, "content_type": "text/plain"},
    ],
)
def test_whatever_else_is_answered_changes_and_keeps_nothing(app, session, cast, door, how):
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    session.rollback()
    assert _answers(app, door, **how) == 204
    assert row_of(session, cast.dana).by_text
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before


STOP = {"From": "+15550102030", "Body": "STOP"}
START = {"From": "+15550102030", "Body": "START"}
NUMBER_STOPPED = "This number answered STOP. Send START from it first, then choose it."


@pytest.mark.parametrize(
    "number", ["+15550102030", "0015550102030", "15550102030", "555-010-2030", "05550102030", "+1 (555) 010 2030"]
)
def test_stop_and_start_are_heard_in_whatever_form_the_number_comes(app, session, cast, door, number):
    _answers(app, door, data={**STOP, "From": number})
    assert row_of(session, cast.dana).text_off is OffWhy.BY_REPLY
    assert stopping.is_stopped(session, "+15550102030")
    _answers(app, door, data=START)
    assert (row_of(session, cast.dana).by_text, stopping.is_stopped(session, "+15550102030")) == (True, False)
    _answers(app, door, data=STOP)
    _answers(app, door, data={**START, "From": number})
    assert (row_of(session, cast.dana).by_text, stopping.is_stopped(session, "+15550102030")) == (True, False)


def test_stop_sticks_to_the_number_though_it_is_changed_and_chosen_again(session, cast, reader, app, door):
    _answers(app, door, data=STOP)
    dana = reader("dana")
    for path in (PATH, "/account"):
        page = dana.opens(path)
        assert "Send START from it, and they go on by themselves." in page.main
        assert "Turn on again" not in page.main
    with pytest.raises(Refused, match="answered STOP"):
        choosing.resume(session, cast.dana, Channel.TEXT, now=MONDAY)
    session.rollback()
    for number, status in (("+1 555 010 9999", 200), ("+1 555 010 2030", 422)):
        dana.opens(PATH)
        dana.sends(ACTION, status=status, **filled(channels=["text"], phone=number))
    assert NUMBER_STOPPED in dana.page.words
    assert row_of(session, cast.dana).phone == "+15550109999"
    _answers(app, door, data=START)
    dana.opens(PATH)
    dana.sends(ACTION, **filled(channels=["text"], phone="+1 555 010 2030"))
    assert (row_of(session, cast.dana).phone, row_of(session, cast.dana).by_text) == ("+15550102030", True)


def test_nobody_else_is_told_at_a_number_that_answered_stop(session, cast, reader, app, door):
    imani = reader("imani")
    imani.opens(PATH)
    imani.sends(ACTION, **filled(channels=["text"], phone="+1 555 010 2030"))
    _answers(app, door, data=STOP)
    assert [row_of(session, one).by_text for one in (cast.dana, cast.imani)] == [False, False]
    chris = reader("chris")
    chris.opens(PATH)
    chris.sends(ACTION, status=422, **filled(channels=["text"], phone="001 555 010 2030"))
    assert NUMBER_STOPPED in chris.page.words
    assert row_of(session, cast.chris) is None


def test_a_number_nobody_has_any_more_is_let_be_too_and_is_kept_as_a_digest(session, cast, reader, app, door):
    _answers(app, door, data={**STOP, "From": "+15559999999"})
    assert stopping.is_stopped(session, "+15559999999")
    assert "5559999999" not in str(session.execute(sa.text("SELECT digest FROM stopped_number")).all())


def test_without_the_secret_nobody_is_heard_and_guessing_makes_a_wait(app, session, cast, door):
    answers = [_answers(app, f"/texts/guess{n}", data={"From": "+15550102030", "Body": "STOP"}) for n in range(120)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert row_of(session, cast.dana).by_text
    assert door.removeprefix("/texts/") not in str(session.execute(sa.text("SELECT * FROM outside_way")).all())


def test_another_number_has_stopped_nothing(session, cast, reader, app, door):
    _answers(app, door, data={"From": "+15550102030", "Body": "STOP"})
    dana = reader("dana")
    dana.opens(PATH)
    dana.sends(ACTION, **filled(channels=["text"], phone="+1 555 010 9999"))
    row = row_of(session, cast.dana)
    assert (row.by_text, row.text_off, row.phone) == (True, None, "+15550109999")
    assert choosing.list_off(session, cast.dana.id) == []
    assert Channel.TEXT in choosing.map_prefs(session)[cast.dana.id].channels
