"""Whoever owns an account is told by mail when its ways in change, in words that say no more than that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_security.signals import wan_deleted, wan_registered

from coachdesk.accounts import links
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.notify import Delivery
from tests.accounts.helpers import account, give_phone
from tests.accounts.test_ways_back import CHOSEN
from tests.cast import MONDAY, PASSPHRASE

BODY = "How you sign in has changed. If that was not you, look here at once:"


def told(session, name):
    session.rollback()
    mine = Delivery.topic == "account", Delivery.recipient_id == account(session, name).id
    return list(session.scalars(sa.select(Delivery).where(*mine).order_by(Delivery.created_at)))


def change_passphrase(someone):
    someone.opens("/account/passphrase")
    return someone.sends(
        "/account/passphrase", password=PASSPHRASE, new_password=CHOSEN, new_password_confirm=CHOSEN
    ).main


@pytest.mark.asvs("6.3.7")
@pytest.mark.parametrize(
    ("name", "subject"), [("dana", "You have something to look at in CoachDesk"), ("marcus", "You have a message")]
)
def test_a_changed_passphrase_is_told_to_its_owner_alone(reader, session, name, subject):
    assert "Your passphrase is changed" in change_passphrase(reader(name))
    [mail] = told(session, name)
    assert (mail.subject, mail.body, mail.text) == (subject, BODY, "")
    assert (mail.channel, mail.address, mail.path) == ("email", f"{name}@cast.example", "/account")
    assert session.scalars(sa.select(sa.func.count(Delivery.id)).where(Delivery.topic == "account")).one() == 1


def test_one_that_could_not_be_changed_is_not_told(reader, session):
    dana = reader("dana")
    dana.opens("/account/passphrase")
    dana.sends("/account/passphrase", password="wrong", new_password=CHOSEN, new_password_confirm=CHOSEN)
    assert told(session, "dana") == []


def test_a_passphrase_chosen_by_a_link_is_told_and_the_first_one_is_not(reader, session, cast):
    def chooses(name, purpose):
        path = links.make_link(session, cast.admin, account(session, name), purpose, now=MONDAY)
        session.commit()
        someone = reader(None)
        if purpose is LinkPurpose.RETURN:
            someone.opens(path)
            path += "/passphrase"
        someone.opens(path)
        assert someone.sends(passphrase=CHOSEN, again=CHOSEN).status == 200

    account(session, "chris").password = None
    session.commit()
    chooses("chris", LinkPurpose.INVITATION)
    assert told(session, "chris") == []
    chooses("dana", LinkPurpose.INVITATION)
    assert len(told(session, "dana")) == 1


def test_an_app_and_its_codes_made_in_one_go_are_one_mail_and_what_comes_later_is_another(reader, app, session, clock):
    phone = give_phone(app, session, "dana")
    dana = reader("dana")
    for _twice in range(2):
        dana.opens("/account/spare-codes")
        dana.presses("Make ten codes")
    assert len(told(session, "dana")) == 1
    clock.move(minutes=10)
    dana.opens("/account/second-factor")
    dana.posts("/account/second-factor", setup="disable")
    assert account(session, "dana").tf_totp_secret is None
    assert phone.secret
    assert len(told(session, "dana")) == 2


def test_a_spare_code_that_was_used_is_told(reader, app, session, clock):
    give_phone(app, session, "dana")
    dana = reader("dana")
    dana.opens("/account/spare-codes")
    codes = dana.presses("Make ten codes").soup.select(".codes code")
    clock.move(minutes=10)
    someone = reader(None)
    someone.sign_in("dana")
    someone.opens("/sign-in/spare-code")
    assert someone.sends(code=codes[0].get_text()).url == "/today"
    assert len(told(session, "dana")) == 2


@pytest.mark.parametrize("signal", [wan_registered, wan_deleted])
def test_a_passkey_that_comes_or_goes_is_told(app, session, signal):
    with app.test_request_context():
        signal.send(app, user=account(session, "dana"), name="Phone")
        session.commit()
    assert len(told(session, "dana")) == 1


def test_an_account_whose_second_factor_was_reset_is_told(app, session, cast):
    give_phone(app, session, "dana")
    path = links.ask_second_factor_reset(session, cast.admin, account(session, "dana"), now=MONDAY)
    links.confirm_second_factor_reset(session, path.rsplit("/", 1)[1], now=MONDAY)
    session.commit()
    assert len(told(session, "dana")) == 1
