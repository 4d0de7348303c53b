"""A team's name, put right."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import Team
from coachdesk.audit import AuditEntry, Event
from tests.goals.helpers import KEPT, MEGABYTE, TYPED


def names(session):
    session.rollback()
    return sorted(session.scalars(sa.select(Team.name)))


def open_team(admin, name="Hillside"):
    page = admin.opens("/admin/teams")
    return admin.opens(page.link(f"Rename {name}"))


def test_a_team_gets_another_name_and_keeps_who_is_in_it(reader, session):
    admin = reader("admin")
    page = open_team(admin)
    assert page.soup.find("input", {"name": "name"})["value"] == "Hillside"
    page = admin.sends(name="Lakeside")
    assert page.url == "/admin/teams"
    assert "The team is called Lakeside now." in page.main
    assert "Dana Osei" in page.main
    assert names(session) == ["Lakeside", "Riverside"]
    assert session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.TEAM_RENAMED)).one()


def test_a_name_of_its_own_may_be_written_otherwise_but_not_anothers(reader, session):
    admin = reader("admin")
    open_team(admin)
    page = admin.sends(status=422, name=" RIVERSIDE ")
    assert "There is a team with this name already." in page.soup.find(id="error-summary").get_text()
    assert page.soup.find("input", {"name": "name"})["value"].strip() == "RIVERSIDE"
    admin.sends(name="HILLSIDE")
    assert names(session) == ["HILLSIDE", "Riverside"]


@pytest.mark.parametrize("name", ["", " \x00", MEGABYTE])
def test_a_name_that_cannot_be_gets_a_sentence(reader, session, name):
    admin = reader("admin")
    open_team(admin)
    page = admin.sends(status=422, name=name)
    assert page.soup.find(id="error-summary")
    assert page.soup.title.get_text().startswith("Error:")
    assert names(session) == ["Hillside", "Riverside"]


def test_every_script_is_kept_as_it_was_typed(reader, session):
    admin = reader("admin")
    open_team(admin)
    assert KEPT in admin.sends(name=TYPED).main
    assert names(session)[0] == KEPT


def test_a_team_that_is_none_is_not_found(reader):
    reader("admin").opens("/admin/teams/00000000-0000-4000-8000-000000000007", status=404)


def test_who_keeps_the_same_coach_is_said_so(reader, cast):
    admin = reader("admin")
    admin.opens(f"/admin/people/{cast.marcus}/coach")
    assert "Marcus Tell stays with the same coach." in admin.sends().main
