from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from coachdesk.access import SYSTEM, Role, Team, TeamMembership
from coachdesk.accounts import links, teams
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.audit import AuditEntry, Event
from coachdesk.db import db
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY

WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)
INVITATION = LinkPurpose.INVITATION


def _make(session, identity, **more):
    typed = {"email": "noor@example.org", "role": Role.COACH, "first_name": "Noor", **more}
    return accounts.make_account(session, identity, **typed, now=MONDAY)


def _invite(session, cast, name="dana", now=MONDAY):
    path = links.invite(session, cast.admin, accounts.find_user(session, cast.staff[name].id), now=now)
    session.commit()
    return path.removeprefix("/invitation/")


def _events(session, event):
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == event.value))


def _team(session, name):
    return session.scalar(sa.select(Team.id).where(Team.name == name))


def _teams_now(session, user_id):
    members = teams.map_members(session)
    return sorted(
        team.name for team in teams.list_teams(session) if user_id in {u.id for u in members.get(team.id, [])}
    )


# ---- accounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dana", "ruth", "marcus"])
def test_only_an_administrator_makes_an_account_of_staff(session, cast, name):
    for role in (Role.COACH, Role.SUPERVISOR, Role.ADMINISTRATOR):
        with pytest.raises(NotFound):
            _make(session, cast.staff.get(name) or cast.accounts[name], role=role)


@pytest.mark.parametrize("name", ["admin", "marcus"])
def test_a_persons_account_is_made_by_who_walks_with_them(session, cast, name):
    typed = {"role": Role.CLIENT, "client_id": cast.lena}
    with pytest.raises(NotFound):
        _make(session, cast.staff.get(name) or cast.accounts[name], **typed)
    made = _make(session, cast.dana, **typed)
    session.commit()
    assert accounts.find_account_of(session, cast.lena) == made
    assert made.identity.client_id == cast.lena


def test_a_persons_account_is_somebodys_and_a_coachs_is_nobodys(session, cast):
    for typed in ({"role": Role.CLIENT}, {"role": Role.COACH, "client_id": cast.lena}, {"role": Role.SYSTEM}):
        with pytest.raises(sa.exc.IntegrityError):
            _make(session, SYSTEM, **typed)
        session.rollback()


def test_an_address_is_kept_in_small_letters_and_only_once(session, cast):
    assert _make(session, cast.admin, email=" Noor@Example.ORG ").email == "noor@example.org"
    with pytest.raises(Refused) as refusal:
        _make(session, cast.admin, email="NOOR@example.org")
    assert refusal.value.at == "email"


def test_accounts_are_found_in_one_go_and_an_unknown_one_is_not(session, cast):
    ids = {cast.dana.id, cast.ruth.id}
    assert set(accounts.list_users(session, [*ids, uuid.uuid4()])) == ids
    assert accounts.list_users(session, []) == {}
    assert accounts.find_account_of(session, cast.lena) is None
    with pytest.raises(NotFound):
        accounts.find_user(session, uuid.uuid4())


def test_a_supervisor_is_somebody_else_active_and_in_the_team_now(session, cast):
    def of(who):
        session.flush()
        return [user.first_name for user in accounts.list_supervisors_of(session, who.id)]

    assert (of(cast.dana), of(cast.chris), of(cast.ruth)) == (["Ruth"], ["Omar"], [])
    teams.put_in_teams(
        session, cast.admin, cast.omar.id, [_team(session, "Hillside"), _team(session, "Riverside")], now=MONDAY
    )
    teams.put_in_teams(
        session, cast.admin, cast.dana.id, [_team(session, "Hillside"), _team(session, "Riverside")], now=MONDAY
    )
    assert (of(cast.dana), of(cast.ruth)) == (["Omar", "Ruth"], ["Omar"])
    accounts.find_user(session, cast.omar.id).active = False
    assert of(cast.dana) == ["Ruth"]
    teams.put_in_teams(session, cast.admin, cast.ruth.id, [], now=MONDAY)
    assert of(cast.dana) == []


def test_who_may_have_people_depends_on_who_asks(session, cast):
    accounts.find_user(session, cast.imani.id).active = False
    session.flush()

    def seen_by(identity):
        return [user.first_name for user in accounts.list_coaches(session, identity)]

    assert seen_by(cast.dana) == ["Dana"]
    assert seen_by(cast.ruth) == ["Dana", "Ruth"]
    assert seen_by(cast.admin) == ["Chris", "Dana", "Omar", "Ruth"]
    assert [user.id for user in accounts.list_administrators(session)] == [cast.admin.id]


def test_everybody_changes_their_own_and_only_staff_have_a_number(session, cast):
    dana = accounts.change_own(session, cast.dana, theme="dark", work_phone="555 0177", work_hours="Nights", now=MONDAY)
    assert (dana.id, dana.theme, dana.work_phone, dana.work_hours) == (cast.dana.id, "dark", "555 0177", "Nights")
    for identity in (cast.accounts["marcus"], cast.admin):
        user = accounts.change_own(session, identity, theme="light", work_phone="555 0666", now=MONDAY)
        assert (user.id, user.theme, user.work_phone) == (identity.id, "light", "")
    assert _events(session, Event.ACCOUNT_CHANGED) == 3


def test_a_desk_is_set_up_once(session, cast):
    with pytest.raises(Refused):
        accounts.setup_house(
            session,
            organisation_name="Ours",
            zone="UTC",
            country="US",
            admin_name="Mallory M",
            admin_email="m@example.org",
            now=MONDAY,
        )
    session.rollback()
    assert len(accounts.list_administrators(session)) == 1


# ---- links ----------------------------------------------------------------------------------------------------------


def test_a_link_is_kept_as_its_digest_alone(session, cast):
    token = _invite(session, cast)
    kept = session.scalars(sa.select(OneTimeLink)).one()
    assert token not in str(vars(kept))
    assert len(token) >= 43
    assert (kept.user_id, kept.made_by, kept.ends_at) == (cast.dana.id, cast.admin.id, MONDAY + WEEK)
    assert _events(session, Event.ACCOUNT_INVITED) == 1


@pytest.mark.parametrize(
    ("after", "holds"), [(dt.timedelta(0), True), (WEEK - SECOND, True), (WEEK, False), (WEEK + SECOND, False)]
)
def test_a_link_holds_for_seven_days(session, cast, after, holds):
    token = _invite(session, cast)
    if holds:
        assert links.find_by_link(session, token, INVITATION, now=MONDAY + after).id == cast.dana.id
        return
    with pytest.raises(NotFound):
        links.choose_passphrase(session, token, INVITATION, "hash", now=MONDAY + after)
    assert accounts.find_user(session, cast.dana.id).password == cast.hash


@pytest.mark.parametrize("spoil", [str.upper, str.strip, lambda t: t[:-1], lambda t: f"{t} ", lambda _t: ""])
def test_a_link_is_itself_or_nothing(session, cast, spoil):
    token = _invite(session, cast)
    assert spoil is str.strip or spoil(token) != token
    if spoil is str.strip:
        assert links.find_by_link(session, spoil(token), INVITATION, now=MONDAY).id == cast.dana.id
    else:
        with pytest.raises(NotFound):
            links.find_by_link(session, spoil(token), INVITATION, now=MONDAY)


def test_a_newer_link_ends_the_earlier_and_nobody_elses(session, cast):
    first, other = _invite(session, cast), _invite(session, cast, "imani")
    second = _invite(session, cast, now=MONDAY + SECOND)
    with pytest.raises(NotFound):
        links.find_by_link(session, first, INVITATION, now=MONDAY + SECOND)
    for token, who in ((second, cast.dana), (other, cast.imani)):
        assert links.find_by_link(session, token, INVITATION, now=MONDAY + SECOND).id == who.id


def test_a_link_is_used_once_and_ends_every_session(session, cast):
    token = _invite(session, cast)
    before = accounts.find_user(session, cast.dana.id).fs_uniquifier
    user = links.choose_passphrase(session, token, INVITATION, "first hash", now=MONDAY)
    session.commit()
    assert (user.password, user.fs_uniquifier != before) == ("first hash", True)
    with pytest.raises(NotFound):
        links.choose_passphrase(session, token, INVITATION, "second hash", now=MONDAY)
    session.rollback()
    assert accounts.find_user(session, cast.dana.id).password == "first hash"
    assert _events(session, Event.INVITATION_USED) == 1


def test_a_link_of_an_account_that_is_switched_off_is_over(session, cast):
    token = _invite(session, cast)
    accounts.find_user(session, cast.dana.id).active = False
    session.commit()
    with pytest.raises(NotFound):
        links.find_by_link(session, token, INVITATION, now=MONDAY)


def test_of_two_who_use_a_link_at_once_one_does(session, cast):
    token = _invite(session, cast)
    session.remove()
    engine, ready, told = db.engine, threading.Barrier(4), []

    def use(number):
        with Session(engine) as own:
            ready.wait(10)
            try:
                links.choose_passphrase(own, token, INVITATION, f"hash {number}", now=MONDAY)
                own.commit()
                told.append(number)
            except NotFound:
                own.rollback()

    all_of_them = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join(30)
    assert len(told) == 1
    assert accounts.find_user(session, cast.dana.id).password == f"hash {told[0]}"
    assert _events(session, Event.INVITATION_USED) == 1


# ---- teams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dana", "ruth", "marcus"])
def test_only_an_administrator_makes_and_fills_teams(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(NotFound):
        teams.make_team(session, identity, name="Ours", now=MONDAY)
    with pytest.raises(NotFound):
        teams.put_in_teams(session, identity, identity.id, [], now=MONDAY)


@pytest.mark.parametrize("name", ["Hillside", "HILLSIDE", "hillside"])
def test_a_teams_name_is_its_own_however_written(session, cast, name):
    with pytest.raises(Refused) as refusal:
        teams.make_team(session, cast.admin, name=name, now=MONDAY)
    assert refusal.value.at == "name"


def test_membership_is_a_period_begun_and_ended(session, cast):
    made = teams.make_team(session, cast.admin, name="Lakeside", now=MONDAY)
    later = MONDAY + SECOND
    for _again in range(2):
        teams.put_in_teams(session, cast.admin, cast.dana.id, [made.id], now=later)
    session.commit()
    assert _teams_now(session, cast.dana.id) == ["Lakeside"]
    rows = session.scalars(sa.select(TeamMembership).where(TeamMembership.user_id == cast.dana.id)).all()
    assert {row.team_id: (row.ended_at, row.ended_by) for row in rows} == {
        _team(session, "Hillside"): (later, cast.admin.id),
        made.id: (None, None),
    }
    counted = [_events(session, event) for event in (Event.TEAM_MADE, Event.MEMBERSHIP_MADE, Event.MEMBERSHIP_ENDED)]
    assert counted == [1, 1, 1]


def test_who_left_a_team_may_come_back(session, cast):
    for wanted in ([], [_team(session, "Hillside")]):
        teams.put_in_teams(session, cast.admin, cast.dana.id, wanted, now=MONDAY)
        session.commit()
    assert _teams_now(session, cast.dana.id) == ["Hillside"]
    rows = session.scalars(sa.select(TeamMembership).where(TeamMembership.user_id == cast.dana.id)).all()
    assert sorted(row.ended_at is None for row in rows) == [False, True]


def test_nobody_is_put_in_a_team_there_is_none_of(session, cast):
    with pytest.raises(NotFound):
        teams.put_in_teams(session, cast.admin, cast.dana.id, [uuid.uuid4()], now=MONDAY)
    session.rollback()
    assert _teams_now(session, cast.dana.id) == ["Hillside"]
    assert session.scalar(sa.select(User.active).where(User.id == cast.dana.id))
