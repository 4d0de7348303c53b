"""What two administrators do at once, and settings at their edges."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coachdesk.access import Role
from coachdesk.accounts import service as accounts
from coachdesk.accounts import teams
from coachdesk.admin import service as admin
from coachdesk.db import db
from coachdesk.words import Refused
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
