from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, Earlier, Role, Team, TeamMembership
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.admin import service as admin
from coachdesk.audit import AuditEntry, Event
from coachdesk.notify.models import Delivery
from coachdesk.organisation import service as organisation
from coachdesk.organisation.models import CrisisLine
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY

LATER = MONDAY + dt.timedelta(hours=1)


def _make(session, identity, **more):
    typed = {
        "first_name": "Noor",
        "last_name": "Abadi",
        "email": "noor@example.org",
        "role": Role.COACH,
        "work_phone": "",
        "work_hours": "",
        "team_ids": [],
        "mailed": False,
        **more,
    }
    made = admin.make_staff(session, identity, **typed, now=MONDAY, today=TODAY)
    session.commit()
    return made


def _change(session, identity, user_id, **more):
    user = accounts.find_user(session, user_id)
    typed = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role_name,
        "work_phone": user.work_phone,
        "work_hours": user.work_hours,
        "most_people": user.most_people,
        "team_ids": _teams_of(session, user_id),
        "version": user.version,
        **more,
    }
    admin.change_account(session, identity, user_id, **typed, now=LATER)
    session.commit()
    return accounts.find_user(session, user_id)


def _settings(session, identity, **more):
    typed = {
        "name": "Evening Side",
        "zone": "Asia/Kolkata",
        "country": "IN",
        "exit_url": "https://weather.example/",
        "review_share": 0.5,
        "danger_minutes": 10,
        "worry_minutes": 120,
        "line_days": 90,
        "version": 1,
        **more,
    }
    organisation.change_settings(session, identity, **typed, now=LATER)
    session.commit()


def _teams_of(session, user_id):
    found = sa.select(TeamMembership.team_id).where(
        TeamMembership.user_id == user_id, TeamMembership.ended_at.is_(None)
    )
    return list(session.scalars(found))


def _events(session, event):
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == event.value))


def _hillside(session):
    return session.scalar(sa.select(Team.id).where(Team.name == "Hillside"))


@pytest.mark.parametrize("name", ["dana", "ruth", "marcus"])
def test_only_an_administrator_does_any_of_it(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    for act in (
        lambda: admin.list_accounts(session, identity),
        lambda: admin.list_people(session, identity),
        lambda: admin.find_person_row(session, identity, cast.marcus),
        lambda: _make(session, identity),
        lambda: _change(session, identity, cast.dana.id, first_name="Mallory"),
        lambda: admin.invite_again(session, identity, cast.dana.id, mailed=False, now=MONDAY),
        lambda: admin.set_active(session, identity, cast.imani.id, active=False, now=MONDAY),
        lambda: _settings(session, identity),
    ):
        with pytest.raises(NotFound):
            act()
    assert _events(session, Event.ACCOUNT_INVITED) == 0


def test_an_account_is_made_with_its_teams_and_one_link(session, cast):
    made = _make(session, cast.admin, email="  NOOR@Example.org ", team_ids=[_hillside(session)])
    assert (made.user.email, made.user.started_on, made.user.password) == ("noor@example.org", TODAY, None)
    assert _teams_of(session, made.user.id) == [_hillside(session)]
    assert (
        links.find_by_link(session, made.path.rsplit("/", 1)[1], LinkPurpose.INVITATION, now=LATER).id == made.user.id
    )
    assert (_events(session, Event.ACCOUNT_MADE), _events(session, Event.ACCOUNT_INVITED)) == (1, 1)
    assert session.scalars(sa.select(Delivery)).all() == []


def test_a_mailed_link_is_queued_once_for_the_address_of_the_account(session, cast):
    made = _make(session, cast.admin, mailed=True)
    mail = session.scalars(sa.select(Delivery)).one()
    assert (mail.recipient_id, mail.address, mail.path) == (made.user.id, "noor@example.org", made.path)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"role": Role.CLIENT}, "role"),
        ({"role": Role.SYSTEM}, "role"),
        ({"email": "dana@cast.example"}, "email"),
        ({"email": " Dana@Cast.Example"}, "email"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused_where_it_does_not(session, cast, typed, at):
    with pytest.raises(Refused) as refusal:
        _make(session, cast.admin, **typed)
    assert refusal.value.at == at


def test_an_account_of_an_unknown_team_is_not_made(session, cast):
    with pytest.raises(NotFound):
        _make(session, cast.admin, team_ids=[uuid.uuid4()])
    session.rollback()
    assert session.scalar(sa.select(User.id).where(User.email == "noor@example.org")) is None


def test_a_change_counts_on_and_an_older_one_writes_nothing(session, cast):
    changed = _change(session, cast.admin, cast.dana.id, first_name="Danae", most_people=3)
    assert (changed.first_name, changed.most_people, changed.version) == ("Danae", 3, 2)
    with pytest.raises(Stale):
        _change(session, cast.admin, cast.dana.id, first_name="Mine", version=1)
    session.rollback()
    assert accounts.find_user(session, cast.dana.id).first_name == "Danae"
    assert _events(session, Event.ACCOUNT_CHANGED) == 1


def test_only_another_role_ends_the_sessions(session, cast):
    before = accounts.find_user(session, cast.chris.id).fs_uniquifier
    assert _change(session, cast.admin, cast.chris.id, last_name="Bellamy").fs_uniquifier == before
    changed = _change(session, cast.admin, cast.chris.id, role=Role.SUPERVISOR)
    assert changed.fs_uniquifier != before
    assert changed.role_name is Role.SUPERVISOR


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("dana", Role.CLIENT),
        ("dana", Role.SYSTEM),
        ("dana", Role.ADMINISTRATOR),  # she has people
        ("marcus", Role.ADMINISTRATOR),
        ("marcus", Role.COACH),
        ("admin", Role.COACH),  # the last one
    ],
)
def test_a_role_that_cannot_be_is_refused_at_the_role(session, cast, name, role):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(Refused) as refusal:
        _change(session, cast.admin, identity.id, role=role)
    assert refusal.value.at == "role"
    session.rollback()
    assert accounts.find_user(session, identity.id).role_name is identity.role


def test_one_administrator_stays_whoever_goes(session, cast):
    second = _make(session, cast.admin, role=Role.ADMINISTRATOR).user
    with pytest.raises(Refused):
        admin.set_active(session, second.identity, second.id, active=False, now=MONDAY)
    session.rollback()
    admin.set_active(session, second.identity, cast.admin.id, active=False, now=MONDAY)
    session.commit()
    for act in (
        lambda: admin.set_active(session, SYSTEM, second.id, active=False, now=MONDAY),
        lambda: _change(session, SYSTEM, second.id, role=Role.COACH),
    ):
        with pytest.raises(Refused):
            act()
    session.rollback()
    assert [user.id for user in accounts.list_administrators(session)] == [second.id]


def test_switching_off_ends_sessions_and_keeps_links_from_being_made(session, cast):
    before = accounts.find_user(session, cast.dana.id).fs_uniquifier
    user = admin.set_active(session, cast.admin, cast.dana.id, active=False, now=MONDAY)
    assert user.fs_uniquifier != before
    with pytest.raises(Refused):
        admin.invite_again(session, cast.admin, cast.dana.id, mailed=True, now=MONDAY)
    admin.set_active(session, cast.admin, cast.dana.id, active=True, now=MONDAY)
    assert admin.invite_again(session, cast.admin, cast.dana.id, mailed=False, now=MONDAY).user.id == cast.dana.id
    assert (_events(session, Event.ACCOUNT_DISABLED), _events(session, Event.ACCOUNT_ENABLED)) == (1, 1)
    assert len(session.scalars(sa.select(OneTimeLink)).all()) == 1


@pytest.mark.parametrize(
    ("text", "role", "found"),
    [
        ("OSEI", None, ["Dana Osei"]),
        ("omar@cast", None, ["Omar Haddad"]),
        ("", Role.CLIENT, ["Hana", "Marcus"]),
        ("garcia", None, ["Imani García"]),
        ("%", None, []),
        ("marcus", Role.COACH, []),
    ],
)
def test_accounts_are_found_by_name_address_and_role(session, cast, text, role, found):
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(last_name="García"))
    assert [user.name for user, _teams in admin.list_accounts(session, cast.admin, text=text, role=role)] == found


def test_people_are_a_name_a_coach_and_a_team_who_needs_one_first(session, cast):
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(ended_at=MONDAY))
    rows = admin.list_people(session, cast.admin)
    assert [(row.name, row.coach, row.team) for row in rows] == [
        ("Marcus Tell", "", ""),
        ("Aisha Khan", "Imani Moss", "Hillside"),
        ("Hana Vale", "Chris Bell", "Riverside"),
        ("Lena Ortiz", "Dana Osei", "Hillside"),
    ]
    assert admin.find_person_row(session, cast.admin, cast.lena) == rows[3]
    with pytest.raises(NotFound):
        admin.find_person_row(session, cast.admin, uuid.uuid4())


def test_a_person_moves_and_the_time_before_is_kept(session, cast):
    made = admin.assign_person(
        session, cast.admin, cast.marcus, cast.imani.id, earlier=Earlier.EVERYTHING, now=LATER, today=TODAY
    )
    again = admin.assign_person(session, cast.admin, cast.marcus, cast.imani.id, now=LATER, today=TODAY)
    assert again.id == made.id
    session.commit()
    rows = session.scalars(sa.select(Assignment).where(Assignment.client_id == cast.marcus)).all()
    assert {row.coach_id: (row.ended_at, row.ended_by) for row in rows} == {
        cast.dana.id: (LATER, cast.admin.id),
        cast.imani.id: (None, None),
    }
    assert (_events(session, Event.ASSIGNMENT_ENDED), _events(session, Event.ASSIGNMENT_MADE)) == (1, 1)


def test_people_go_to_active_coaches_and_supervisors_alone(session, cast):
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(active=False))
    assert [user.id for user in admin.list_coaches(session, cast.admin)] == [
        cast.dana.id,
        cast.imani.id,
        cast.omar.id,
        cast.ruth.id,
    ]
    for coach_id in (cast.chris.id, cast.admin.id, cast.accounts["marcus"].id, uuid.uuid4()):
        with pytest.raises(Refused) as refusal:
            admin.assign_person(session, cast.admin, cast.marcus, coach_id, now=MONDAY, today=TODAY)
        assert refusal.value.at == "coach_id"
    with pytest.raises(NotFound):
        admin.assign_person(session, cast.admin, uuid.uuid4(), cast.dana.id, now=MONDAY, today=TODAY)


def test_a_country_brings_its_own_lines_and_an_older_page_writes_nothing(session, cast):
    _settings(session, cast.admin)
    house = organisation.find_organisation(session)
    assert (house.name, house.zone, house.country, house.version) == ("Evening Side", "Asia/Kolkata", "IN", 2)
    assert [line.number for line in organisation.list_crisis_lines(session)] == [
        "112",
        "14416",
        "14446",
        "1098",
        "181",
    ]
    with pytest.raises(Stale):
        _settings(session, cast.admin, name="Mine")
    session.rollback()
    assert organisation.find_organisation(session).name == "Evening Side"
    assert _events(session, Event.SETTINGS_CHANGED) == 1


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"zone": "Moon/Base"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"exit_url": "javascript:alert(1)"}, "exit_url"),
        ({"exit_url": "https://"}, "exit_url"),
        ({"danger_minutes": 90, "worry_minutes": 60}, "danger_minutes"),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_do_not(session, cast, typed, at):
    with pytest.raises(Refused) as refusal:
        _settings(session, cast.admin, **typed)
    assert refusal.value.at == at
    session.rollback()
    assert len(session.scalars(sa.select(CrisisLine)).all()) == 3
