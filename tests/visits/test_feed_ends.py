"""The address of a calendar is as good as its account: where that was won back or its rights changed, it is dead."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts import links, sessions
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.accounts.rules import Ended, LinkPurpose
from coachdesk.admin import service as admin
from coachdesk.notify import GO, Delivery, Held
from coachdesk.reminders import allowing
from coachdesk.visits import feeding
from tests.accounts.helpers import account, give_phone
from tests.cast import MONDAY, PASSPHRASE, agree
from tests.visits.calendars import ask, make

CHOSEN = "seven herons over the marsh"


def _by_link(purpose):
    def choose(session, cast, name):
        path = links.make_link(session, cast.admin, account(session, name), purpose, now=MONDAY)
        links.choose_passphrase(session, path.rsplit("/", 1)[1], purpose, "hashed", now=MONDAY)

    return choose


def _reset(session, cast, name):
    path = links.ask_second_factor_reset(session, cast.admin, account(session, name), now=MONDAY)
    links.confirm_second_factor_reset(session, path.rsplit("/", 1)[1], now=MONDAY)


def _off_and_on(session, cast, name):
    for active in (False, True):
        admin.set_active(session, cast.admin, account(session, name).id, active=active, now=MONDAY)
        session.commit()


def _change(session, cast, name, role):
    user = account(session, name)
    admin.change_account(
        session,
        cast.admin,
        user.id,
        first_name="Ada",
        last_name=user.last_name,
        role=role or user.role_name,
        work_phone="555 0666",
        work_hours=user.work_hours,
        most_people=user.most_people,
        team_ids=[],
        version=user.version,
        now=MONDAY,
    )


def _new_role(session, cast, name):
    _change(session, cast, name, Role.SUPERVISOR)


def _new_name(session, cast, name):
    _change(session, cast, name, None)


def _move(session, cast, name):
    accounts.move_account(session, cast.dana, account(session, name), email="new@cast.example", now=MONDAY)


def _others_end(session, cast, name):
    sessions.end_others(session, account(session, name).identity, None, why=Ended.ELSEWHERE, now=MONDAY)


@pytest.mark.parametrize(
    ("name", "happens"),
    [
        ("dana", _by_link(LinkPurpose.RETURN)),
        ("dana", _by_link(LinkPurpose.INVITATION)),
        ("marcus", _by_link(LinkPurpose.RETURN)),
        ("dana", _reset),
        ("dana", _off_and_on),
        ("dana", _new_role),
        ("marcus", _move),
    ],
    ids=["way back", "invitation", "way back of a person", "factor reset", "off and on", "another role", "moved"],
)
def test_where_an_account_is_won_back_or_its_rights_change_the_address_is_dead(app, session, cast, name, happens):
    identity = account(session, name).identity
    path = make(session, identity, MONDAY)
    assert ask(app, path).status_code == 200
    happens(session, cast, name)
    session.commit()
    assert ask(app, path).status_code == 404
    user = session.scalars(sa.select(User).where(User.id == identity.id)).one()
    assert feeding.find_feed(session, user.identity) is None
    assert ask(app, make(session, user.identity, MONDAY)).status_code == 200


@pytest.mark.parametrize("happens", [_new_name, _others_end], ids=["another name", "signed out elsewhere"])
def test_what_says_nothing_about_who_made_it_leaves_it(app, session, cast, happens):
    path = make(session, cast.dana, MONDAY)
    happens(session, cast, "dana")
    session.commit()
    assert ask(app, path).status_code == 200


def test_a_passphrase_changed_on_the_page_ends_it_and_signing_in_again_does_not(app, session, reader, cast):
    path = make(session, cast.dana, MONDAY)
    dana = reader("dana")
    assert ask(app, path).status_code == 200
    dana.opens("/account/passphrase")
    dana.sends("/account/passphrase", password=PASSPHRASE, new_password=CHOSEN, new_password_confirm=CHOSEN)
    assert ask(app, path).status_code == 404
    assert "Make my address" in dana.opens("/account/calendar").main


def test_an_app_that_its_owner_sets_up_leaves_it(app, session, cast):
    path = make(session, cast.dana, MONDAY)
    give_phone(app, session, "dana")
    assert ask(app, path).status_code == 200


@pytest.mark.parametrize(
    ("name", "notices"), [("dana", [("An address for your calendar was made.", "/account/calendar")]), ("marcus", [])]
)
def test_whoever_owns_the_account_is_told_that_an_address_was_made(session, cast, name, notices):
    identity = account(session, name).identity
    make(session, identity, MONDAY)
    found = session.scalars(sa.select(Delivery).where(Delivery.recipient_id == identity.id)).all()
    [mail] = [row for row in found if row.channel == "email"]
    assert (mail.address, mail.path, mail.text) == (f"{name}@cast.example", "/account/calendar", "")
    assert mail.body == "A calendar address was made for your account. If it was not you, turn it off here:"
    assert [(row.text, row.path) for row in found if row.channel == "in_app"] == notices


def test_a_person_is_told_by_mail_only_where_that_was_agreed_and_on_their_page_in_any_case(session, cast, reader):
    made_for = account(session, "marcus")
    make(session, made_for.identity, MONDAY)
    [mail] = session.scalars(sa.select(Delivery).where(Delivery.recipient_id == made_for.id)).all()
    assert allowing.may_leave(session, made_for, mail, MONDAY).held is Held.NOT_SAFE
    agree(session, cast)
    assert allowing.may_leave(session, made_for, mail, MONDAY) == GO
    session.commit()
    marcus = reader("marcus")
    said = "An address for your own calendar was made on Monday 23 November. Was it not you? Turn it off here."
    assert said in marcus.opens("/my-goals").main
    marcus.opens("/account/calendar")
    marcus.presses("Turn off")
    assert "Was it not you?" not in marcus.opens("/my-goals").main
