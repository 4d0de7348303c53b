from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.clients import assigning
from coachdesk.referrals.models import Referral
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import count
from tests.referrals.helpers import new_path, standing

MINE = {"service": "Mine", "agreed": "together", "to": "accepted", "version": "1"}
ACTS = ("/people/{person}/referrals/new", "/referrals/{referral}", "/referrals/{referral}/yes/withdrawal")


@pytest.mark.parametrize("name", ["imani", "dana", "omar", "admin", "hana"])
def test_nobody_elses_referrals_can_be_read_or_touched(reader, cast, session, referral, name):
    someone = reader(name)
    if name == "dana":  # the former coach
        assigning.assign(session, SYSTEM, cast.marcus, cast.chris.id, now=MONDAY, today=TODAY)
        session.commit()
    before = standing(session, referral)
    ids = {"person": cast.marcus, "referral": referral}
    for path in ("/people/{person}/referrals/new", "/people/{person}/referrals", "/referrals/{referral}"):
        assert "pantry" not in someone.opens(path.format(**ids), status=404).text
    for path in ACTS:
        someone.posts(path.format(**ids), status=404, client_id=str(cast.marcus), **MINE)
    assert "pantry" not in someone.opens("/referrals", status=404 if name in ("admin", "hana") else 200).text
    assert standing(session, referral) == before
    assert count(session, Referral) == 1


def test_an_id_slipped_into_the_form_changes_nothing(reader, cast, session):
    dana = reader("dana")
    dana.opens(new_path(cast))
    slipped = {"client_id": str(cast.aisha), "service_id": str(cast.aisha), "made_by": str(cast.imani.id)}
    dana.sends(service="Food pantry", agreed="coach_calls", **slipped)
    made = session.scalars(sa.select(Referral)).one()
    assert (made.client_id, made.service_id, made.made_by) == (cast.marcus, None, cast.dana.id)


def test_the_person_sees_nothing_of_it_on_their_own_pages(reader, cast, referral):
    marcus = reader("marcus")
    for path in ("/my-goals", "/my-goals/what-we-wrote"):
        assert "pantry" not in marcus.opens(path).text


@pytest.mark.parametrize("path", ACTS)
def test_without_a_token_or_with_anothers_nothing_is_done(reader, cast, session, referral, path):
    before = standing(session, referral)
    stranger, dana = reader("imani"), reader("dana")
    for token in ({}, {"csrf_token": stranger.token}, {"csrf_token": "🌅\x00"}):
        address = path.format(person=cast.marcus, referral=referral)
        page = dana._fetch("POST", address, status=400, follow=False, data={**token, **MINE})
        assert "Nothing was changed." in page.main
    assert standing(session, referral) == before
    assert count(session, Referral) == 1


def test_the_service_a_person_is_referred_to_lies_sealed(reader, cast, session, database):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/referrals/new")
    dana.sends(service="Detox ward at St Mary", agreed="coach_calls")
    (lying,) = session.execute(sa.text("SELECT service_name FROM referral")).scalars()
    assert "Detox" not in lying
    assert "Detox ward at St Mary" in dana.opens(f"/people/{cast.marcus}/timeline").main
