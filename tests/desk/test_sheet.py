"""The one page of a person that leaves the house on paper."""

from __future__ import annotations

import sqlalchemy as sa

from coachdesk.clients.models import Client
from tests.cast import TODAY


def test_a_number_that_did_not_work_is_not_printed(reader, session, cast):
    dana, path = reader("dana"), f"/people/{cast.marcus}/sheet"
    number = session.get(Client, cast.marcus).phone
    assert number in dana.opens(path).text
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(phone_wrong_on=TODAY))
    session.commit()
    assert number not in dana.opens(path).text
