"""The page “Ways of telling”: a gateway is added, tried, switched and removed, and its secrets are shown to nobody."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import WayOff
from tests.gateway import add_way

NEW = "/admin/settings/ways/new"


def _only(session: Any) -> OutsideWay:
    session.rollback()
    session.expire_all()
    found: OutsideWay = session.scalars(sa.select(OutsideWay)).one()
    return found


def test_a_gateway_is_added_tried_switched_and_removed(session, reader, gateway):
    admin = reader("admin")
    admin.opens(NEW)
    page = admin.sends(kind="text", label="Our text gateway", url=gateway.url)
    assert "Try it before you rely on it" in page.words
    page = admin.sends("trial", to="+1 555 010 2030")
    assert "The gateway took it." in page.words
    assert gateway.took[0]["to"] == "+15550102030"
    assert gateway.took[0]["message"] == "This is a trial from CoachDesk. There is nothing to do."
    assert _only(session).tried_well
    admin.presses("Switch off")
    assert _only(session).off_why is WayOff.BY_HAND
    assert "Off" in admin.opens("/admin/settings/ways").main
    admin.opens(f"/admin/ways/{_only(session).id}")
    admin.presses("Turn on again")
    assert _only(session).off_why is None
    admin.presses("Remove")
    session.rollback()
    assert session.scalars(sa.select(OutsideWay)).all() == []


def test_a_trial_that_does_not_go_is_told_in_plain_words(session, cast, reader, gateway):
    way_id = add_way(session, cast, gateway.url)
    admin = reader("admin")
    admin.opens(f"/admin/ways/{way_id}")
    assert "Write a number or a name to try it with." in admin.sends("trial", status=422, to="").main
    assert "code of its country" in admin.sends("trial", status=422, to="555 010").main
    gateway.answers = 401
    assert "It did not go: the gateway answered 401." in admin.sends("trial", to="+15550102030").words
    gateway.answers = 400
    assert "Try another number or name." in admin.sends("trial", to="+15550102030").words
    gateway.close()
    assert "It did not go: the gateway could not be reached." in admin.sends("trial", to="+15550102030").words
    assert _only(session).tried_well is False


def test_what_is_no_gateway_stays_in_the_form_with_a_sentence(session, reader):
    admin = reader("admin")
    admin.opens(NEW)
    page = admin.sends(status=422, kind="text", label="Ours", url="https://sms.example.org/send")
    assert "Write {to} where the number goes" in page.main
    page = admin.sends(status=422, kind="text", label="Ours", url="json://sms.example.org/{to}")
    assert "could be read on the way" in page.main
    session.rollback()
    assert session.scalars(sa.select(OutsideWay)).all() == []


def test_the_address_is_sealed_and_neither_shown_nor_in_the_trail(session, cast, reader):
    way_id = add_way(session, cast, "jsons://name:hushhush@sms.example.org/{to}")
    admin = reader("admin")
    for path in ("/admin/settings/ways", f"/admin/ways/{way_id}", "/admin/trail"):
        page = admin.opens(path)
        assert "hushhush" not in page.text
        assert "sms.example.org" not in page.text
    session.rollback()
    assert session.execute(sa.text("SELECT url FROM outside_way")).scalar_one().startswith("gAAAA")
    assert "hushhush" not in str(session.scalars(sa.select(AuditEntry.details)).all())


def test_the_address_for_answers_is_shown_once_and_a_new_one_ends_it(app, session, cast, reader):
    way_id = add_way(session, cast)
    admin = reader("admin")
    admin.opens(f"/admin/ways/{way_id}")
    first = admin.presses("Make an address for answers").handed_over
    assert re.fullmatch(r"/texts/[\w-]{43}", first)
    assert first not in admin.opens(f"/admin/ways/{way_id}").text
    second = admin.presses("Make an address for answers").handed_over

    def answered(path: str) -> int:
        status: int = app.test_client().post(path, data={"Body": "hello"}, base_url="http://desk.example").status_code
        return status

    assert (answered(first), answered(second)) == (404, 204)


def test_of_two_gateways_of_a_kind_the_second_is_spare(session, cast, reader):
    add_way(session, cast)
    add_way(session, cast, "jsons://other.example.org/{to}")
    words = reader("admin").opens("/admin/settings/ways").main
    assert (words.count("In use"), words.count("Spare")) == (1, 1)
