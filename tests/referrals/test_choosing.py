"""What was typed fits several services and names none: the page asks which, and keeps the person's own words if asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.referrals.models import Referral
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from tests.cast import MONDAY
from tests.goals.helpers import count
from tests.referrals.helpers import make, new_path, says


@pytest.fixture
def pantries(session, cast):
    """Two food pantries; ids by name."""
    names = ("Eastside food pantry", "Riverside food pantry")
    made = {name: resources.add_service(session, cast.dana, name=name, need=Need.FOOD, now=MONDAY).id for name in names}
    session.commit()
    return made


def choices(page):
    return [" ".join(label.get_text(" ").split()) for label in page.soup.select("label:has(input[name=service_id])")]


def test_the_page_asks_which_and_nothing_is_kept_until_it_is_said(reader, cast, session, pantries):
    dana = reader("dana")
    assert not choices(dana.opens(new_path(cast)))
    page = dana.sends(status=422, service="pantry", agreed="coach_calls", said_yes="y", note="Soon.")
    assert says(page, "Choose one of these services, or keep your own words.")
    assert choices(page) == ["Eastside food pantry", "Riverside food pantry", "None of these: “pantry”"]
    assert count(session, Referral) == 0
    assert page.soup.find("input", {"name": "said_yes"}).has_attr("checked")
    dana.sends(service_id=str(pantries["Riverside food pantry"]))
    made = session.scalars(sa.select(Referral)).one()
    assert (made.service_id, made.service_name, made.need) == (
        pantries["Riverside food pantry"],
        "Riverside food pantry",
        Need.FOOD,
    )


def test_ones_own_words_may_stay(reader, cast, session, pantries):
    dana = reader("dana")
    dana.opens(new_path(cast))
    dana.sends(status=422, service="pantry", agreed="coach_calls")
    dana.sends(service_id="own")
    made = session.scalars(sa.select(Referral)).one()
    assert (made.service_id, made.service_name) == (None, "pantry")


def test_what_was_picked_for_other_words_is_let_go(reader, cast, session, pantries):
    dana = reader("dana")
    dana.opens(new_path(cast))
    dana.sends(status=422, service="pantry", agreed="coach_calls")
    dana.sends(service="A warm coat", service_id="own")
    made = session.scalars(sa.select(Referral)).one()
    assert (made.service_id, made.service_name) == (None, "A warm coat")


def test_those_ones_own_people_were_referred_to_most_come_first(reader, cast, session, pantries):
    make(session, cast.dana, cast.marcus, "Riverside food pantry", service_id=pantries["Riverside food pantry"])
    for _time in range(2):  # another coach's habit is not this one's
        make(session, cast.chris, cast.hana, "Eastside food pantry", service_id=pantries["Eastside food pantry"])
    offered = [row["value"] for row in reader("dana").opens(new_path(cast)).soup.select("#services option")]
    assert offered == ["Riverside food pantry", "Eastside food pantry"]
    offered = [row["value"] for row in reader("chris").opens(new_path(cast, "hana")).soup.select("#services option")]
    assert offered == ["Eastside food pantry", "Riverside food pantry"]
