from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, Earlier, TeamMembership
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.audit import AuditEntry, AuditPerson, Event
from coachdesk.clients import assigning, inviting, likeness
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.clients.naming import call_rule, called, initials_of, shown, shown_map, spoken_of
from coachdesk.clients.rules import Likeness, Pronouns
from coachdesk.notify import Delivery
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY

LATER = MONDAY + dt.timedelta(hours=1)


def _add(session, identity, coach_id, **more):
    typed = {"first_name": "Ada", "last_name": "Lind", "rhythm_days": 7, **more}
    made = clients.add_person(session, identity, coach_id=coach_id, **typed, now=MONDAY, today=TODAY)
    session.commit()
    return made


def _edit(session, identity, person, **more):
    typed = {"first_name": person.first_name, "rhythm_days": person.rhythm_days, "version": person.version, **more}
    clients.edit_person(session, identity, person.id, **typed, now=LATER, today=TODAY)
    session.commit()
    return person


def _names(people):
    return [person.first_name for person in people]


def _count(session, table):
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def _events(session, client_id):
    about = sa.select(AuditPerson.entry_id).where(AuditPerson.client_id == client_id)
    found = sa.select(AuditEntry).where(AuditEntry.id.in_(about)).order_by(AuditEntry.id)
    return [(row.event, row.actor_id, row.details) for row in session.scalars(found)]


@pytest.fixture
def marcus(session, cast):
    return clients.find_person(session, cast.dana, cast.marcus)


# ---- adding and changing --------------------------------------------------------------------------------------------


def test_a_person_and_their_coach_are_written_in_one_act(session, cast):
    made = _add(session, cast.ruth, cast.imani.id, phone="+1 555 0142")
    assert (made.working_since, made.created_by, made.shown_sort) == (TODAY, cast.ruth.id, "ada lind")
    row = assigning.find_assignment(session, cast.imani, made.id)
    assert row
    assert (row.coach_id, row.started_on, row.started_by) == (cast.imani.id, TODAY, cast.ruth.id)
    assert _events(session, made.id) == [
        (Event.CLIENT_ADDED, cast.ruth.id, {}),
        (Event.ASSIGNMENT_MADE, cast.ruth.id, {"coach": str(cast.imani.id)}),
    ]


def test_nothing_is_agreed_until_they_say_so(session, cast):
    made = _add(session, cast.dana, cast.dana.id)
    assert not any((made.may_call, made.may_text, made.may_voicemail, made.may_email))
    assert made.pronouns is Pronouns.NAME
    assert str(call_rule(made)) == "Do not call or text."


@pytest.mark.parametrize("name", ["admin", "marcus"])
def test_who_coaches_nobody_adds_nobody(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(NotFound):
        _add(session, identity, cast.dana.id)


@pytest.mark.parametrize(
    ("name", "coach"), [("dana", "imani"), ("dana", "chris"), ("ruth", "chris"), ("ruth", "admin")]
)
def test_a_coach_outside_ones_reach_is_refused_and_nobody_is_added(session, cast, name, coach):
    with pytest.raises(Refused) as refusal:
        _add(session, cast.staff[name], cast.staff[coach].id)
    assert refusal.value.at == "coach_id"
    session.rollback()
    assert (_count(session, Client), _count(session, Assignment)) == (4, 4)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"first_name": " \n"}, "first_name"),
        ({"rhythm_days": 0}, "rhythm_days"),
        ({"rhythm_days": 91}, "rhythm_days"),
        ({"rhythm_days": None}, "rhythm_days"),
        ({"zone": "Mars/Phobos"}, "zone"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_does_not(session, cast, marcus, typed, at):
    for act in (
        lambda: _add(session, cast.dana, cast.dana.id, **typed),
        lambda: _edit(session, cast.dana, marcus, **typed),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.at == at
        session.rollback()
    assert (_count(session, Client), marcus.first_name, marcus.version) == (4, "Marcus", 1)


def test_a_change_is_found_by_and_the_trail_names_it_without_the_words(session, cast, marcus):
    _edit(session, cast.ruth, marcus, preferred_name="Mack", phone="+1 555 010 7788", safe_note="Never at night.")
    assert (marcus.version, marcus.shown_sort) == (2, "mack marcus tell")
    for text, found in (("mack", [marcus]), ("tell", [marcus]), ("7788", [marcus]), ("night", [])):
        assert clients.search_people(session, cast.dana, text) == found
    _edit(session, cast.ruth, marcus, phone="")
    assert clients.search_people(session, cast.dana, "7788") == []
    assert _events(session, cast.marcus) == [
        (Event.CLIENT_EDITED, cast.ruth.id, {"fields": ["preferred_name", "phone", "safe_note"]}),
        (Event.CLIENT_EDITED, cast.ruth.id, {"fields": ["phone"]}),
    ]


def test_a_change_against_an_older_version_writes_nothing(session, cast, marcus):
    _edit(session, cast.ruth, marcus, language="Français")
    with pytest.raises(Stale):
        _edit(session, cast.dana, marcus, language="Español", version=1)
    session.rollback()
    assert (marcus.language, marcus.version) == ("Français", 2)


# ---- finding and naming ---------------------------------------------------------------------------------------------


def test_people_are_found_by_name_or_number_and_never_beyond_ones_own(session, cast):
    _add(session, cast.dana, cast.dana.id, first_name="Zoë", last_name="García", phone="(555) 010-4321")
    for text in ("zoe", "ZOË garcia", "garc", "4321", "Garci\u0301a"):
        assert _names(clients.search_people(session, cast.dana, text)) == ["Zoë"]
        assert clients.search_people(session, cast.imani, text) == []
        assert _names(clients.search_people(session, cast.ruth, text)) == ["Zoë"]
    for text in ("", "  ", "%", "_", "\\", "43211", "321", "🌅", "aisha"):
        assert clients.search_people(session, cast.dana, text) == []
    for identity in (cast.admin, cast.accounts["marcus"]):
        with pytest.raises(NotFound):
            clients.search_people(session, identity, "zoe")


def test_lists_hold_ones_own_people_by_name(session, cast):
    _add(session, cast.ruth, cast.ruth.id)
    assert _names(clients.list_people(session, cast.dana)) == ["Lena", "Marcus"]
    assert _names(clients.list_people(session, cast.ruth)) == ["Ada", "Aisha", "Lena", "Marcus"]
    assert _names(clients.list_people(session, cast.dana, ids=[cast.aisha, cast.lena])) == ["Lena"]
    assert clients.list_people(session, cast.ruth, ids=[]) == []
    assert _names(clients.list_own_people(session, cast.ruth)) == ["Ada"]
    assert clients.list_people(session, cast.admin) == []
    assert session.scalar(clients.select_how_many(cast.ruth)) == 4


def test_somebody_alike_is_one_of_ones_own_with_the_whole_name(session, cast):
    assert _names(likeness.list_alike(session, cast.dana, Likeness("MARCUS", "tell"))) == ["Marcus"]
    for identity, name in (
        (cast.dana, ("Marcus", "")),
        (cast.dana, ("Marc", "Tell")),
        (cast.dana, ("\u0301", "")),
        (cast.imani, ("Marcus", "Tell")),
    ):
        assert likeness.list_alike(session, identity, Likeness(*name)) == []


def test_people_are_shown_as_they_like_to_be_called(session, cast, marcus):
    assert (shown(marcus), called(marcus), initials_of(marcus)) == ("Marcus T.", "Marcus", "MT")
    _edit(session, cast.dana, marcus, preferred_name="Zed", pronouns=Pronouns.NAME)
    assert (shown(marcus), called(marcus), initials_of(marcus)) == ("Zed T.", "Zed", "ZT")
    assert spoken_of(marcus) == ("Zed", "Zed", "Zed’s")
    other = _add(session, cast.dana, cast.dana.id, first_name="Zed", last_name="Tamm")
    assert shown_map([marcus, other]) == {marcus.id: "Zed Tell", other.id: "Zed Tamm"}


# ---- whose coach ----------------------------------------------------------------------------------------------------


def test_an_assignment_moves_as_a_period_that_ends_and_one_that_begins(session, cast):
    made = assigning.assign(
        session, cast.admin, cast.marcus, cast.chris.id, earlier=Earlier.EVERYTHING, now=LATER, today=TODAY
    )
    session.commit()
    before, after = session.scalars(
        sa.select(Assignment).where(Assignment.client_id == cast.marcus).order_by(Assignment.started_at)
    )
    assert (before.coach_id, before.ended_at, before.ended_by) == (cast.dana.id, LATER, cast.admin.id)
    assert (after.id, after.coach_id, after.ended_at) == (made.id, cast.chris.id, None)
    assert [event for event, _by, _more in _events(session, cast.marcus)] == [
        Event.ASSIGNMENT_ENDED,
        Event.ASSIGNMENT_MADE,
    ]
    with pytest.raises(NotFound):
        clients.find_person(session, cast.dana, cast.marcus)
    with pytest.raises(NotFound):
        clients.find_person(session, cast.ruth, cast.marcus)
    assert clients.find_person(session, cast.omar, cast.marcus).first_name == "Marcus"


def test_the_same_coach_again_is_no_new_period(session, cast):
    assigning.assign(session, cast.admin, cast.marcus, cast.dana.id, now=LATER, today=TODAY)
    session.commit()
    assert _count(session, Assignment) == 4
    assert _events(session, cast.marcus) == []


@pytest.mark.parametrize("name", ["imani", "dana", "omar"])
def test_who_has_a_coach_is_moved_by_their_supervisor_or_an_administrator_alone(session, cast, name):
    identity = cast.staff[name]
    with pytest.raises(NotFound):
        assigning.assign(session, identity, cast.marcus, identity.id, now=LATER, today=TODAY)
    session.rollback()
    assert assigning.is_own(session, cast.dana, cast.marcus)


@pytest.mark.parametrize("coach", ["admin", "marcus", "nobody"])
def test_only_who_coaches_is_given_a_person(session, cast, coach):
    found = cast.staff.get(coach) or cast.accounts.get(coach)
    with pytest.raises(Refused) as refusal:
        assigning.assign(session, cast.admin, cast.lena, found.id if found else uuid.uuid4(), now=LATER, today=TODAY)
    assert refusal.value.at == "coach_id"


def test_nobody_who_is_none_is_assigned(session, cast):
    with pytest.raises(NotFound):
        assigning.assign(session, cast.admin, uuid.uuid4(), cast.dana.id, now=LATER, today=TODAY)


def test_a_coach_takes_only_whom_nobody_has_and_only_for_themself(session, cast):
    now = sa.update(Assignment).where(Assignment.client_id == cast.marcus)
    session.execute(now.values(ended_at=MONDAY, ended_by=SYSTEM.id))
    session.commit()
    with pytest.raises(Refused):
        assigning.assign(session, cast.dana, cast.marcus, cast.imani.id, now=LATER, today=TODAY)
    session.rollback()
    assigning.assign(session, cast.imani, cast.marcus, cast.imani.id, now=LATER, today=TODAY)
    session.commit()
    with pytest.raises(NotFound):
        assigning.assign(session, cast.dana, cast.marcus, cast.dana.id, now=LATER, today=TODAY)


def test_assignments_are_seen_by_those_who_see_the_person(session, cast):
    assert set(assigning.map_assignments(session, cast.dana)) == {cast.marcus, cast.lena}
    assert set(assigning.map_assignments(session, cast.ruth)) == {cast.marcus, cast.lena, cast.aisha}
    for identity in (cast.imani, cast.omar, cast.admin):
        assert assigning.find_assignment(session, identity, cast.marcus) is None
    assert [assigning.is_own(session, who, cast.marcus) for who in (cast.dana, cast.ruth, cast.imani)] == [
        True,
        False,
        False,
    ]


def test_a_supervisor_gives_nobody_to_a_coach_who_left_the_team(session, cast):
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.imani.id).values(ended_at=MONDAY))
    session.commit()
    with pytest.raises(Refused):
        _add(session, cast.ruth, cast.imani.id)


# ---- inviting -------------------------------------------------------------------------------------------------------


def _invite(session, identity, client_id, *, mailed=False, now=MONDAY):
    invited = inviting.invite_person(session, identity, client_id, mailed=mailed, now=now)
    session.commit()
    return invited


def _with_address(session, cast, name, email):
    session.execute(sa.update(Client).where(Client.id == cast.people[name]).values(email=email, may_email=True))
    session.commit()


def test_an_invitation_makes_the_account_once_and_ends_the_earlier_link(session, cast):
    _with_address(session, cast, "lena", "Lena@Cast.example")
    made = [_invite(session, cast.dana, cast.lena, now=now).path.rsplit("/", 1)[1] for now in (MONDAY, LATER)]
    account = session.scalars(sa.select(User).where(User.client_id == cast.lena)).one()
    assert (account.email, account.role_name, account.first_name) == ("lena@cast.example", "client", "Lena")
    with pytest.raises(NotFound):
        links.find_by_link(session, made[0], LinkPurpose.INVITATION, now=LATER)
    assert links.find_by_link(session, made[1], LinkPurpose.INVITATION, now=LATER).id == account.id
    with pytest.raises(NotFound):
        links.find_by_link(session, made[1], LinkPurpose.INVITATION, now=LATER + dt.timedelta(days=7))
    assert not [row for row in session.scalars(sa.select(OneTimeLink)) if row.token_digest in made]


def test_an_address_that_changed_is_invited_anew_and_the_earlier_one_leads_nowhere(session, cast):
    _with_address(session, cast, "lena", "lena@cast.example")
    first = _invite(session, cast.dana, cast.lena, mailed=True).path.rsplit("/", 1)[1]
    _with_address(session, cast, "lena", "lena@safe.example")
    _invite(session, cast.dana, cast.lena, mailed=True, now=LATER)
    mails = session.scalars(sa.select(Delivery).where(Delivery.topic == "invitation").order_by(Delivery.created_at))
    assert [mail.address for mail in mails] == ["lena@cast.example", "lena@safe.example"]
    assert [user.email for user in session.scalars(sa.select(User).where(User.client_id == cast.lena))] == [
        "lena@safe.example"
    ]
    with pytest.raises(NotFound):
        links.find_by_link(session, first, LinkPurpose.INVITATION, now=LATER)


def test_an_address_that_changed_to_anothers_moves_no_account(session, cast):
    _with_address(session, cast, "marcus", "ruth@cast.example")
    with pytest.raises(Refused):
        _invite(session, cast.dana, cast.marcus)
    session.rollback()
    account = accounts.find_account_of(session, cast.marcus)
    assert account
    assert account.email == cast.email("marcus")


def test_a_mailed_invitation_names_nobody_and_one_handed_over_is_not_mailed(session, cast):
    _with_address(session, cast, "lena", "lena@cast.example")
    _invite(session, cast.dana, cast.lena)
    assert _count(session, Delivery) == 0
    invited = _invite(session, cast.dana, cast.lena, mailed=True, now=LATER)
    mail = session.scalars(sa.select(Delivery)).one()
    assert (mail.address, mail.path) == ("lena@cast.example", invited.path)
    assert not any(word in f"{mail.subject} {mail.body} {mail.text}" for word in ("Lena", "Ortiz", "recovery", "Dana"))


@pytest.mark.parametrize("not_agreed", [{"may_email": False}, {"email_wrong_on": TODAY}])
def test_who_did_not_agree_to_mail_gets_none_and_the_link_is_handed_over(session, cast, not_agreed):
    _with_address(session, cast, "lena", "lena@cast.example")
    session.execute(sa.update(Client).where(Client.id == cast.lena).values(**not_agreed))
    assert not _invite(session, cast.dana, cast.lena, mailed=True).is_mailed
    assert _count(session, Delivery) == 0


@pytest.mark.parametrize(
    ("name", "email"), [("lena", ""), ("lena", "ruth@cast.example"), ("lena", "Marcus@cast.example")]
)
def test_nobody_is_invited_without_an_address_of_their_own(session, cast, name, email):
    _with_address(session, cast, name, email)
    before = _count(session, User)
    with pytest.raises(Refused):
        _invite(session, cast.dana, cast.people[name])
    session.rollback()
    assert (_count(session, User), _count(session, OneTimeLink)) == (before, 0)


@pytest.mark.parametrize("name", ["imani", "omar", "admin", "hana", "marcus"])
def test_what_is_another_persons_is_not_found(session, cast, marcus, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    _with_address(session, cast, "marcus", "marcus.tell@cast.example")
    acts = [
        lambda: _edit(session, identity, marcus, first_name="Mine"),
        lambda: _invite(session, identity, cast.marcus),
    ]
    for act in acts if name == "marcus" else [lambda: clients.find_person(session, identity, cast.marcus), *acts]:
        with pytest.raises(NotFound):
            act()
    session.rollback()
    assert (marcus.first_name, marcus.version, _count(session, OneTimeLink)) == ("Marcus", 1, 0)
