"""Whoever owns an account is told by mail when its ways in change, in words that say no more than that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_security.signals import wan_deleted, wan_registered

from coachdesk.accounts import links
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.notify import Delivery
from tests.accounts.helpers import Phone, account, events, give_phone
from tests.accounts.test_ways_back import CHOSEN
from tests.cast import MONDAY, PASSPHRASE, agree

BODY = "How you sign in has changed. If that was not you, choose a new passphrase here at once:"


def told(session, name, channel="email"):
    session.rollback()
    mine = Delivery.topic == "account", Delivery.recipient_id == account(session, name).id, Delivery.channel == channel
    return list(session.scalars(sa.select(Delivery).where(*mine).order_by(Delivery.created_at, Delivery.id)))


def chooses(reader, session, cast, name, purpose):
    path = links.make_link(session, cast.admin, account(session, name), purpose, now=MONDAY)
    session.commit()
    someone = reader(None)
    path += "/passphrase" if purpose is LinkPurpose.RETURN else ""
    someone.opens(path)
    assert "chosen" in someone.sends(passphrase=CHOSEN, again=CHOSEN).main


def change_passphrase(someone):
    someone.opens("/account/passphrase")
    return someone.sends(
        "/account/passphrase", password=PASSPHRASE, new_password=CHOSEN, new_password_confirm=CHOSEN
    ).main


@pytest.mark.parametrize(
    ("name", "subject"), [("dana", "You have something to look at in CoachDesk"), ("marcus", "You have a message")]
)
def test_a_changed_passphrase_is_told_to_its_owner_alone(reader, session, name, subject):
    assert "Your passphrase is changed" in change_passphrase(reader(name))
    [mail] = told(session, name)
    assert (mail.subject, mail.body, mail.text) == (subject, BODY, "")
    assert (mail.address, mail.path) == (f"{name}@cast.example", "/cannot-get-in")
    everybody = session.scalars(sa.select(Delivery.recipient_id).where(Delivery.topic == "account"))
    assert set(everybody) == {account(session, name).id}


def test_which_way_it_was_stands_in_the_app_alone(reader, session):
    change_passphrase(reader("dana"))
    [notice] = told(session, "dana", "in_app")
    assert (notice.text, notice.path, notice.address) == ("Your passphrase was changed.", "/account", "")


def test_one_that_could_not_be_changed_is_not_told(reader, session):
    dana = reader("dana")
    dana.opens("/account/passphrase")
    dana.sends("/account/passphrase", password="wrong", new_password=CHOSEN, new_password_confirm=CHOSEN)
    assert told(session, "dana") == []


@pytest.mark.parametrize("purpose", [LinkPurpose.RETURN, LinkPurpose.INVITATION])
def test_a_passphrase_chosen_by_a_link_is_told(reader, session, cast, purpose):
    chooses(reader, session, cast, "dana", purpose)
    assert len(told(session, "dana")) == 1


def test_the_first_way_in_of_an_account_that_nobody_used_is_no_news(reader, session, cast):
    account(session, "chris").password = None
    session.commit()
    chooses(reader, session, cast, "chris", LinkPurpose.INVITATION)
    assert told(session, "chris") == []


@pytest.mark.parametrize("purpose", [LinkPurpose.RETURN, LinkPurpose.INVITATION])
def test_somebody_who_did_without_a_passphrase_hears_of_one(reader, session, cast, purpose):
    account(session, "marcus").password = None
    session.commit()
    marcus, path = reader(None), links.invite(session, cast.admin, account(session, "marcus"), now=MONDAY)
    session.commit()
    marcus.opens(path)
    assert marcus.presses("Go on without a passphrase").url == "/my-goals"
    assert told(session, "marcus") == []
    chooses(reader, session, cast, "marcus", purpose)
    assert len(told(session, "marcus")) == 1


def test_an_app_and_its_codes_made_in_one_go_are_one_mail_and_each_other_change_has_its_own(reader, app, session):
    phone, dana = Phone(app), reader("dana")
    dana.opens("/account/second-factor")
    phone.read(dana.presses("Set it up").soup.select_one("code.key").get_text())
    dana.sends(code=phone.code())
    assert len(told(session, "dana")) == 1
    dana.presses("Make ten codes")
    assert len(told(session, "dana")) == 1
    dana.opens("/account/second-factor")
    dana.presses("Do not ask for codes any more")
    assert len(told(session, "dana")) == 2
    change_passphrase(dana)
    assert {row.text for row in told(session, "dana", "in_app")} == {
        "An authenticator app was set up for your account.",
        "Your second factor was taken away.",
        "Your passphrase was changed.",
    }
    assert len(told(session, "dana")) == 3


def test_an_app_set_up_on_the_way_in_is_told(reader, app, session):
    phone, ruth = Phone(app), reader(None)
    ruth.sign_in("ruth")
    phone.read(ruth.presses("Set it up").soup.select_one("code.key").get_text())
    assert ruth.sends(code=phone.code()).url == "/team"
    assert len(told(session, "ruth")) == 1


def test_letting_go_of_an_app_that_is_not_there_is_no_change(reader, session):
    dana = reader("dana")
    dana.opens("/account/second-factor")
    assert dana.posts("/account/second-factor", setup="disable").url == "/account"
    assert told(session, "dana") == []
    assert events(session, "second-factor:removed") == []


def test_a_persons_new_address_is_told_there_and_the_earlier_one_which_may_not_be_theirs_hears_nothing(
    reader, session, cast
):
    agree(session, cast)
    session.commit()
    dana = reader("dana")
    for address in ("marcus@cast.example", "new@cast.example"):
        dana.opens(f"/people/{cast.marcus}/edit")
        dana.sends("/edit", email=address)
        dana.opens(f"/people/{cast.marcus}/details")
        dana.presses("Send a new link")
    session.rollback()
    mails = session.scalars(sa.select(Delivery).where(Delivery.topic == "account"))
    assert [(mail.address, mail.body) for mail in mails] == [("new@cast.example", BODY)]


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
