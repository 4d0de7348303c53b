"""The one page of a person that leaves the house on paper."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.clients import items
from coachdesk.clients.items import Item
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Touch
from tests.cast import MONDAY, TODAY


def test_a_number_that_did_not_work_is_not_printed(reader, session, cast):
    dana, path = reader("dana"), f"/people/{cast.marcus}/sheet"
    number = session.get(Client, cast.marcus).phone
    assert number in dana.opens(path).text
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(phone_wrong_on=TODAY))
    session.commit()
    assert number not in dana.opens(path).text


@pytest.mark.parametrize(
    ("touch", "words", "is_told"),
    [
        (Touch.YES, "We may be in touch", True),
        (Touch.LOST, "Only if we lose touch", True),
        (Touch.NO, "Do not be in touch", False),
        (None, "Not asked yet: do not be in touch", False),
    ],
)
def test_whether_we_may_be_in_touch_stands_beside_each_who_helps(reader, session, cast, touch, words, is_told):
    given = {"name": "Aunt Oda", "relation": "", "helps": "", "reach": "555 010 0199", "touch": touch}
    items.add_item(session, cast.dana, cast.marcus, Item.SUPPORTER, **given, now=MONDAY, today=TODAY)
    session.commit()
    dana = reader("dana")
    for page in ("sheet", "about"):
        helps = dana.opens(f"/people/{cast.marcus}/{page}").soup
        (card,) = (section for section in helps.select("main section") if "Aunt Oda" in section.get_text())
        assert words in " ".join(card.get_text(" ").split()), page
        assert ("555 010 0199" in card.get_text()) is is_told, page
