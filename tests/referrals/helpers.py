"""What the tests of referrals share: one made with a yes, and how things stand."""

from __future__ import annotations

import sqlalchemy as sa

from coachdesk.referrals import service as referrals
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import Agreed
from coachdesk.resources.rules import Need
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import count


def new_path(cast, name="marcus"):
    return f"/people/{cast.people[name]}/referrals/new"


def make(
    session, coach, client_id, service_name="Food pantry", *, said_yes=True, agreed=Agreed.COACH_CALLS, service_id=None
):
    typed = {"service_name": service_name, "need": Need.FOOD, "agreed": agreed, "said_yes": said_yes, "note": "Soon."}
    made = referrals.make_referral(session, coach, client_id, service_id=service_id, **typed, now=MONDAY, today=TODAY)
    session.commit()
    return made.id


def row_of(session, referral_id):
    session.rollback()
    session.expire_all()
    return session.get_one(Referral, referral_id)


def standing(session, referral_id):
    row = row_of(session, referral_id)
    yeses = [said.withdrawn_at for said in session.scalars(sa.select(SpokenYes).order_by(SpokenYes.heard_at))]
    return (row.status, row.version, row.clock_on, count(session, ReferralMove), yeses)


def says(page, sentence):
    """Say whether a sentence stands at its field and in the summary, whose links all lead somewhere."""
    links = page.soup.select("#error-summary a")
    assert all(page.soup.find(id=str(link["href"])[1:]) for link in links)
    at_fields = " ".join(text.get_text(" ") for text in page.soup.select(".error-text"))
    return sentence in at_fields and any(sentence in link.get_text() for link in links)
