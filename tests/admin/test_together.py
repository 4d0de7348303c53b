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
from tests.goals.helpers import MEGABYTE


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


def test_lines_may_be_asked_for_without_end(reader):
    someone = reader("admin")
    someone.opens("/admin/settings")
    for _press in range(20):
        someone.sends(more__lines="1")


def test_settings_without_a_line_are_refused_with_a_sentence(reader):
    someone = reader("admin")
    someone.opens("/admin/settings")
    page = someone.sends(status=422, **{f"lines__{n}__number": "" for n in range(3)})
    assert "Keep at least one line that people can call." in page.main


@pytest.mark.parametrize(
    "fields",
    [{"lines__1__kind": "shout"}, {"lines__1__number": "9" * 41}, {"lines__1__label": MEGABYTE}],
    ids=["kind", "number", "label"],
)
def test_a_line_that_cannot_be_has_its_sentence_at_the_field(reader, fields):
    someone = reader("admin")
    someone.opens("/admin/settings")
    assert someone.sends(status=422, **fields).soup.select(".error-text, [aria-invalid]")


def test_the_people_of_a_coach_who_is_switched_off_need_one(reader, cast):
    someone = reader("admin")
    someone.opens(f"/admin/accounts/{cast.dana.id}")
    someone.presses("Switch off")
    assert "Marcus Tell Needs a coach" in someone.opens("/admin/people").main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"lines__1__number": "19 33"}, "1933 is a line for reporting drug crime."),
        (
            {
                "lines__1__verified_on__day": "24",
                "lines__1__verified_on__month": "11",
                "lines__1__verified_on__year": "2026",
            },
            "A line cannot have been checked on a day to come.",
        ),
    ],
)
def test_a_line_that_must_not_stand_is_refused(reader, fields, sentence):
    someone = reader("admin")
    someone.opens("/admin/settings")
    assert sentence in someone.sends(status=422, **fields).main
