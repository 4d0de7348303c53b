from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import pytest
import sqlalchemy as sa

from coachdesk.access import Assignment
from coachdesk.accounts.models import User
from coachdesk.checkins.models import Attempt, CheckIn, Review
from coachdesk.clients.models import Client
from coachdesk.clock import FixedClock
from coachdesk.db import Base, db
from coachdesk.demo import PASSPHRASE, make_demo
from coachdesk.drafts.models import Draft
from coachdesk.factory import create_app
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import GoalStatus
from coachdesk.organisation.models import Organisation
from coachdesk.referrals.models import Referral
from coachdesk.referrals.rules import Status
from coachdesk.words import Refused
from tests.cast import MONDAY
from tests.conftest import settings

NOT_OURS = re.compile(
    r"\b(addicts?|abusers?|alcoholics?|relapsed?|clean|dirty|substance abuse|non-compliant|refused|no-show|caseload|"
    r"failed|abandoned|high-risk)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(
        settings(f"sqlite:///{folder / 'demo.db'}", folder, demo=True), clock=FixedClock(MONDAY), testing=True
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        assert make_demo(app)
        yield app
        db.session.remove()


def test_forty_nine_people_are_with_their_coaches(made):
    rows = db.session.execute(
        sa.select(User.first_name, sa.func.count())
        .join(Assignment, Assignment.coach_id == User.id)
        .group_by(User.first_name)
    ).all()
    assert dict(rows) == {"Dana": 14, "Imani": 12, "Yusuf": 8, "Chris": 15}


def test_goals_and_referrals_stand_at_every_status(made):
    goals = Counter(db.session.scalars(sa.select(Goal.status)))
    assert set(goals) == set(GoalStatus)
    referrals = Counter(db.session.scalars(sa.select(Referral.status)))
    assert set(Status) - {Status.MISTAKE} <= set(referrals)


def test_there_are_six_months_of_contacts_tries_drafts_and_reviews(made):
    first = db.session.scalars(sa.select(CheckIn.held_on).order_by(CheckIn.held_on)).first()
    assert first
    assert first < MONDAY.date() - dt.timedelta(days=100)
    for table, least in ((CheckIn, 400), (Attempt, 10), (Draft, 2), (Review, 10)):
        assert len(db.session.scalars(sa.select(table)).all()) >= least
    assert len(db.session.scalars(sa.select(Review).where(Review.outcome.is_(None))).all()) >= 4


def test_nothing_lies_in_the_future(made):
    assert all(signed_at < MONDAY for signed_at in db.session.scalars(sa.select(CheckIn.signed_at)))
    assert all(held_on <= MONDAY.date() for held_on in db.session.scalars(sa.select(CheckIn.held_on)))


def test_its_words_are_ours(made):
    texts = [
        *db.session.scalars(sa.select(CheckIn.note)),
        *db.session.scalars(sa.select(Goal.words)),
        *db.session.scalars(sa.select(Client.safe_note)),
        *db.session.scalars(sa.select(Review.text)),
    ]
    assert [text for text in texts if NOT_OURS.search(text)] == []


def test_a_second_start_keeps_the_data(made):
    assert make_demo(made) is False


def test_somebody_signs_in_with_the_published_passphrase(made):
    from flask_security import verify_password

    with made.test_request_context():
        assert verify_password(PASSPHRASE, db.session.scalar(sa.select(User.password).limit(1)))


def test_a_database_that_holds_anything_else_is_refused(app, session):
    assert session.get(Organisation, 1).made_by_demo is False
    with pytest.raises(Refused, match="holds real records"):
        make_demo(app)
