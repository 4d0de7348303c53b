"""What two administrators do at once, and settings at their edges."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from coachdesk.access import Role
from coachdesk.accounts import service as accounts
from coachdesk.accounts import teams
from coachdesk.admin import service as admin
from coachdesk.db import db
from coachdesk.organisation import choices, outreach
from coachdesk.organisation import service as organisation
from coachdesk.organisation.models import ListChoice
from coachdesk.organisation.rules import DEFAULT_LADDER, ListKind
from coachdesk.words import Refused, Stale
from tests.access.test_together import at_once
from tests.cast import MONDAY, TODAY


def test_two_administrators_who_switch_each_other_off_leave_one(session, cast):
    typed: Any = {
        "first_name": "N",
        "last_name": "",
        "email": "n@example.org",
        "work_phone": "",
        "work_hours": "",
        "team_ids": [],
    }
    second = admin.make_staff(
        session, cast.admin, role=Role.ADMINISTRATOR, mailed=False, now=MONDAY, today=TODAY, **typed
    ).user.identity
    session.commit()
    session.remove()
    ready, engine = threading.Barrier(2), db.engine

    def act(who, other):
        with Session(engine) as own, contextlib.suppress(Refused):
            ready.wait(10)
            admin.set_active(own, who, other.id, active=False, now=MONDAY)
            with contextlib.suppress(threading.BrokenBarrierError):
                ready.wait(2)
            own.commit()

    both = [threading.Thread(target=act, args=pair) for pair in ((cast.admin, second), (second, cast.admin))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    assert len(accounts.list_administrators(session)) == 1


@pytest.mark.parametrize("name", ["lists", "ladder", "settings"])
def test_of_two_who_change_the_settings_at_once_one_hears_that_they_are_not_as_they_were(session, cast, name):
    given: dict[str, Any] = {
        "name": "Evening Side",
        "zone": "UTC",
        "country": "US",
        "exit_url": "https://example.org",
        "review_share": 0.2,
        "danger_minutes": 15,
        "worry_minutes": 240,
        "line_days": 180,
    }
    said = []

    def change(own):
        organisation.find_organisation(own)  # as every page has looked at it already
        try:
            if name == "lists":
                lists = {ListKind.PAID_BY: ["County grant"]}
                choices.change_lists(own, cast.admin, lists=lists, duties={}, version=1, now=MONDAY)
            elif name == "ladder":
                outreach.change_ladder(own, cast.admin, rungs=DEFAULT_LADDER, version=1, now=MONDAY)
            else:
                organisation.change_settings(own, cast.admin, **given, version=1, now=MONDAY)
            said.append("changed")
        except Stale:
            said.append("stale")

    at_once(session, change, change)
    assert sorted(said) == ["changed", "stale"]
    assert len(session.scalars(sa.select(ListChoice)).all()) == (name == "lists")


@pytest.mark.parametrize("again", ["Équipe", "équipe"])
def test_a_teams_name_is_its_own_in_every_script(session, cast, again):
    teams.make_team(session, cast.admin, name="Équipe", now=MONDAY)
    with pytest.raises(Refused):
        teams.make_team(session, cast.admin, name=again, now=MONDAY)


def test_the_people_of_a_coach_who_is_switched_off_need_one(reader, cast):
    someone = reader("admin")
    someone.opens(f"/admin/accounts/{cast.dana.id}")
    someone.presses("Switch off")
    assert "Marcus Tell Needs a coach" in someone.opens("/admin/people").main
