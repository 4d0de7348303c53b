"""Who can see whom today, on one page that agrees with the scoping rule; and a person's page for administrators."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import Assignment, Earlier, TeamMembership, visible
from coachdesk.accounts import leaving
from coachdesk.accounts.models import User
from coachdesk.admin import overview
from coachdesk.admin import service as admin
from coachdesk.audit import AuditEntry, AuditPerson, Event
from coachdesk.clients.models import Client
from coachdesk.words import NotFound
from tests.access.helpers import break_glass, hand_over, restrict
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import live


@pytest.mark.asvs("8.4.1")
def test_the_page_agrees_with_the_rule_for_everybody(session, cast, clock):
    live(session, cast)
    restrict(session, cast, "ruth", "lena")
    restrict(session, cast, "omar", "hana")
    restrict(session, cast, "chris", "marcus")
    break_glass(session, cast, "ruth", "hana")
    break_glass(session, cast, "omar", "aisha", last="Khan")
    hand_over(session, cast, "aisha", "omar")
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.imani.id).values(ended_at=MONDAY))
    session.commit()
    for moment in (MONDAY, MONDAY + dt.timedelta(minutes=61)):
        found = overview.open_access(session, cast.admin, now=moment).sights
        assert {sight.user.id for sight in found} == {who.id for who in cast.staff.values()}
        for sight in found:
            identity = replace(sight.user.identity, at=moment)
            rule = set(session.scalars(visible(identity, Client).with_only_columns(Client.id)))
            shown = [seen.id for seen in sight.people]
            assert set(shown) == rule, (sight.user.name, moment)
            assert len(shown) == len(set(shown)), "somebody stands there twice"


def test_it_says_why_and_who_is_kept_away(reader, cast, session):
    restrict(session, cast, "ruth", "lena")
    break_glass(session, cast, "ruth", "hana")
    page = reader("admin").opens("/admin/access")
    ruth = " ".join(page.soup.select_one(f"#who-{cast.ruth.id}").find_parent("section").get_text(" ").split())
    assert ruth == (
        "Ruth Mbeki Supervisor Hillside · sees 3 people By the team (2) Aisha Khan, Marcus Tell "
        "Opened in an emergency Hana Vale, until 10:45 am May not see (1) Lena Ortiz"
    )
    dana = page.soup.select_one(f"#who-{cast.dana.id}").find_parent("section").get_text(" ")
    assert "As their coach (2)" in dana
    lund = page.soup.select_one(f"#who-{cast.admin.id}").find_parent("section").get_text(" ")
    assert "reads nobody’s story" in lund
    assert page.soup.select_one("[data-print]")
    assert len(page.queries) <= 12
    team = reader("admin").opens("/admin/access?team=Riverside")
    assert "Omar Haddad" in team.main
    assert "Dana Osei" not in team.main
    assert "Omar" not in reader("admin").opens("/admin/access?team=Nowhere").main


def _leave(session, cast, coach, cover, *, by="ruth"):
    made = leaving.set_away(
        session, cast.staff[by], cast.staff[coach].id, cover_id=cast.staff[cover].id, from_on=TODAY,
        until_on=dt.date(2026, 12, 4), zone=ZoneInfo(ZONE), now=MONDAY, today=TODAY,
    )  # fmt: skip
    session.commit()
    return made


@pytest.mark.parametrize("cover", ["imani", "ruth"])
def test_whoever_looks_after_somebodys_people_sees_them_here_too(session, cast, cover):
    restrict(session, cast, cover, "lena")
    _leave(session, cast, "dana", cover)
    for moment in (MONDAY + dt.timedelta(minutes=1), MONDAY + dt.timedelta(days=20)):
        for sight in overview.open_access(session, cast.admin, now=moment).sights:
            identity = replace(sight.user.identity, at=moment, now=moment)
            rule = sorted(session.scalars(visible(identity, Client).with_only_columns(Client.id)))
            assert sorted(seen.id for seen in sight.people) == rule, (sight.user.name, moment)


def test_it_says_while_who_is_away_and_until_when(reader, cast, session):
    _leave(session, cast, "dana", "imani")
    page = reader("admin").opens("/admin/access")
    imani = " ".join(page.soup.select_one(f"#who-{cast.imani.id}").find_parent("section").get_text(" ").split())
    assert "sees 3 people" in imani
    assert "While Dana Osei is away, until Fri 4 Dec (2) Lena Ortiz, Marcus Tell" in imani
    assert len(page.queries) <= 12


def test_the_page_is_a_read_of_names_in_the_trail(reader, cast, session):
    reader("admin").opens("/admin/access")
    session.rollback()
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.PEOPLE_LISTED)).one()
    assert row.details == {"list": "access"}
    named = set(session.scalars(sa.select(AuditPerson.client_id).where(AuditPerson.entry_id == row.id)))
    assert named == set(cast.people.values())


def test_whoever_is_switched_off_or_in_no_team_sees_nobody(reader, cast, session):
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.ruth.id).values(ended_at=MONDAY))
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(active=False))
    session.commit()
    page = reader("admin").opens("/admin/access")
    ruth = page.soup.select_one(f"#who-{cast.ruth.id}").find_parent("section").get_text(" ")
    assert "In no team · sees nobody" in " ".join(ruth.split())
    assert not page.soup.select_one(f"#who-{cast.chris.id}")


def test_a_persons_page_tells_coaches_restrictions_and_looks_and_no_story(reader, cast, session, clock):
    live(session, cast)
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY)
    restrict(session, cast, "chris", "marcus")
    break_glass(session, cast, "omar", "marcus", last="Tell")
    page = reader("admin").opens(f"/admin/people/{cast.marcus}")
    for words in (
        "Imani Moss Now",
        "Reads what was written before: Only from today on",
        "Dana Osei since 23 November until 23 November",
        "Chris Bell",
        "They are family, or close",
        "Omar Haddad, Mon 23 Nov, 9:45 am",
        "Waits for a review",
    ):
        assert words in page.main, words
    for words in ("Sleeping better", "place of my own", "Food pantry", "010 2030", "Text first"):
        assert words not in page.text


def test_people_are_found_by_name_and_who_needs_a_coach_stands_in_a_queue_of_their_own(reader, cast, session):
    admin_reader = reader("admin")
    page = admin_reader.opens("/admin/people?q=vÁle")
    assert "Hana Vale" in page.main
    assert "Marcus" not in page.main
    assert "Nobody like that" in admin_reader.opens("/admin/people?q=nobody").main
    assert "Everybody has a coach" in admin_reader.opens("/admin/people?show=needs").main
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    page = admin_reader.opens("/admin/people")
    assert "2 people need a coach: theirs has left." in page.main
    page = admin_reader.opens(page.link("See who"))
    assert "Marcus Tell Needs a coach Dana Osei has left" in page.main
    assert "Aisha" not in page.main
    admin_reader.opens(page.link("Choose a coach for Marcus Tell"))
    assert "May the new coach read what was written before?" in admin_reader.page.main
    assert "Marcus Tell has a coach now." in admin_reader.sends(coach_id=str(cast.imani.id), earlier="everything").main


def test_who_coaches_no_more_leaves_people_who_need_one(session, cast):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(role_name="administrator"))
    rows = admin.list_people(session, cast.admin, needs_coach=True)
    assert [(row.name, row.before) for row in rows] == [("Lena Ortiz", "Dana Osei"), ("Marcus Tell", "Dana Osei")]
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.hana).values(ended_at=MONDAY))
    assert admin.count_needing(session, cast.admin) == 3
    assert not admin.find_person_row(session, cast.admin, cast.hana).has_had_coach


def test_only_administrators_ask(session, cast):
    for name in ("dana", "ruth"):
        with pytest.raises(NotFound):
            overview.open_access(session, cast.staff[name], now=MONDAY)
        with pytest.raises(NotFound):
            overview.list_periods(session, cast.staff[name], cast.marcus)
