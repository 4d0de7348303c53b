"""Names and addresses at their edges."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.clients import inviting
from coachdesk.clients import service as clients
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import MEGABYTE


def test_a_name_of_a_megabyte_gets_a_sentence(reader, cast, session):
    dana = reader("dana")
    dana.opens("/people/new")
    page = dana.sends(status=422, first_name=MEGABYTE)
    assert "characters too long" in page.main


def test_an_address_that_is_none_gets_a_sentence(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}/edit")
    dana.sends(status=422, email="not an address 🌅")


def test_an_invitation_goes_to_the_address_of_now(session, cast):
    about: dict[str, Any] = {"first_name": "Lena", "rhythm_days": 7, "may_email": True}
    typed: dict[str, Any] = {**about, "now": MONDAY, "today": TODAY}
    clients.edit_person(session, cast.dana, cast.lena, **typed, email="old@home.example", version=1)
    session.commit()
    inviting.invite_person(session, cast.dana, cast.lena, mailed=True, now=MONDAY)
    session.commit()
    clients.edit_person(session, cast.dana, cast.lena, **typed, email="new@safe.example", version=2)
    session.commit()
    inviting.invite_person(session, cast.dana, cast.lena, mailed=True, now=MONDAY + dt.timedelta(hours=1))
    session.commit()
    from coachdesk.notify import Delivery

    invited = sa.select(Delivery).where(Delivery.topic == "invitation").order_by(Delivery.created_at)
    assert [row.address for row in session.scalars(invited)] == [
        "old@home.example",
        "new@safe.example",
    ]


@pytest.mark.parametrize("phone", ["call me", "☎", "12"])
def test_a_number_that_is_none_gets_a_sentence(reader, cast, phone):
    dana = reader("dana")
    dana.opens(f"/people/{cast.lena}/edit")
    page = dana.sends(status=422, phone=phone)
    assert "Write a number, like 555 010 2030." in page.soup.find(id="error-summary").get_text()
    assert page.soup.find("input", {"name": "phone"})["value"] == phone
