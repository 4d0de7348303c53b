"""Cannot get in: a link by mail, the same answer for everybody, and what it can be used for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.accounts import links
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.admin import service as admin
from coachdesk.notify import Delivery
from tests.accounts.helpers import account, events, give_phone
from tests.cast import MONDAY, PASSPHRASE

CHOSEN = "seven herons over the marsh"
ON_ITS_WAY = "If somebody here has this address, a message is on its way."


@pytest.fixture(autouse=True)
def mail(app):
    app.extensions["coachdesk"].mail_is_set_up = True


def test_without_mail_nobody_is_promised_a_message(app, reader):
    app.extensions["coachdesk"].mail_is_set_up = False
    page = reader(None).opens("/cannot-get-in")
    assert "Ask whoever gave you your account." in page.main
    assert page.soup.select("main form") == []


def asks(reader, email):
    nobody = reader(None)
    nobody.opens("/cannot-get-in")
    return nobody.sends(email=email)


def mailed(session):
    session.rollback()
    return list(session.scalars(sa.select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def link_for(reader, session, name):
    before = {mail.id for mail in mailed(session)}
    asks(reader, f"{name}@cast.example")
    return next(mail.path for mail in mailed(session) if mail.id not in before)


@pytest.mark.asvs("6.3.8")
def test_everybody_reads_the_same_answer(reader, session, cast):
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(active=False))
    session.commit()
    pages = {
        (page.status, page.main)
        for page in (asks(reader, f"{name}@cast.example") for name in ("marcus", "dana", "chris", "nobody", "lena"))
    }
    assert len(pages) == 1
    assert ON_ITS_WAY in pages.pop()[1]
    assert sorted(mail.address for mail in mailed(session)) == ["dana@cast.example", "marcus@cast.example"]


@pytest.mark.parametrize("email", ["", "dana", "dana@", "a@b@c"])
def test_what_is_no_address_gets_a_sentence(reader, session, email):
    nobody = reader(None)
    nobody.opens("/cannot-get-in")
    page = nobody.sends(email=email, status=422)
    assert "There is a problem" in page.main
    assert mailed(session) == []


@pytest.mark.asvs("6.4.1")
def test_the_mail_names_nobody_and_leads_to_the_house_alone(reader, session):
    path = link_for(reader, session, "marcus")
    mail = mailed(session)[0]
    assert path.startswith("/back/")
    assert (mail.subject, mail.body) == ("You have a message", "You have a message. Open it here:")
    kept = session.scalars(sa.select(OneTimeLink)).one()
    assert path.rsplit("/", 1)[1] not in str(vars(kept))


def test_a_person_is_let_in_by_their_link_once(reader, session):
    path = link_for(reader, session, "marcus")
    marcus = reader(None)
    assert "Welcome back, Marcus" in marcus.opens(path).main
    assert marcus.opens("/my-goals").url == "/sign-in"  # opening it does nothing yet: mail scanners open links too
    marcus.opens(path)
    assert marcus.presses("Sign me in").url == "/my-goals"
    assert events(session, "signed-in")[0].details == {"by": "link", "own_device": False}
    other = reader(None)
    assert "This link has ended" in other.opens(path, status=404).main


def test_a_link_lasts_half_an_hour_and_a_newer_one_ends_it(reader, session, clock):
    first = link_for(reader, session, "marcus")
    clock.move(minutes=1)
    second = link_for(reader, session, "marcus")
    nobody = reader(None)
    nobody.opens(first, status=404)
    clock.move(minutes=29)
    nobody.opens(second)
    clock.move(minutes=1)
    nobody.opens(second, status=404)


def test_staff_are_not_let_in_by_mail_but_choose_a_new_passphrase(reader, app, session):
    phone = give_phone(app, session, "dana")
    there = reader("dana")
    path = link_for(reader, session, "dana")
    dana = reader(None)
    assert "Sign me in" not in dana.opens(path).main
    token = dana.opens("/sign-in").soup.find("input", {"name": "csrf_token"})["value"]
    assert dana.sends_raw(path, {"csrf_token": token}).response.location == f"{path}/passphrase"
    dana.opens(f"{path}/passphrase")
    assert "The two do not match" in dana.sends(passphrase=CHOSEN, again=PASSPHRASE, status=422).main
    page = dana.sends(passphrase=CHOSEN, again=CHOSEN)
    assert "Your passphrase is chosen." in page.main
    assert there.opens("/account").url == "/sign-in"
    dana.opens(f"{path}/passphrase", status=404)
    dana.opens("/sign-in")
    assert dana.sends(email="dana@cast.example", password=CHOSEN).url == "/sign-in/code"
    assert dana.sends(code=phone.code()).url == "/today"


def test_a_person_with_a_second_factor_is_asked_for_it_by_link_too(reader, app, session):
    phone = give_phone(app, session, "marcus")
    path = link_for(reader, session, "marcus")
    marcus = reader(None)
    marcus.opens(path)
    assert marcus.presses("Sign me in").url == "/sign-in/code"
    assert marcus.opens("/my-goals").url == "/sign-in"
    path = link_for(reader, session, "marcus")
    marcus = reader(None)
    marcus.opens(path)
    marcus.presses("Sign me in")
    assert marcus.sends(code=phone.code()).url == "/my-goals"


def test_a_person_may_choose_a_new_passphrase_instead(reader, session):
    path = link_for(reader, session, "marcus")
    marcus = reader(None)
    marcus.opens(path)
    marcus.opens(marcus.page.link("Choose a new passphrase instead"))
    assert marcus.sends(passphrase=CHOSEN, again=CHOSEN).url == "/sign-in"
    assert reader(None).sign_in("marcus", CHOSEN).url == "/my-goals"
    marcus.opens(path, status=404)


def test_a_link_of_one_kind_does_nothing_of_another(reader, session, cast):
    token = link_for(reader, session, "marcus").rsplit("/", 1)[1]
    nobody = reader(None)
    for path in (f"/invitation/{token}", f"/second-factor/{token}"):
        nobody.opens(path, status=404)
    user = account(session, "dana")
    invitation = links.invite(session, cast.admin, user, now=MONDAY).rsplit("/", 1)[1]
    session.commit()
    nobody.opens(f"/back/{invitation}", status=404)


def test_switching_off_and_a_new_passphrase_end_what_is_still_out(reader, session, cast):
    marcus, dana = link_for(reader, session, "marcus"), link_for(reader, session, "dana")
    admin.set_active(session, cast.admin, cast.dana.id, active=False, now=MONDAY)
    admin.set_active(session, cast.admin, cast.dana.id, active=True, now=MONDAY)
    session.commit()
    links.choose_passphrase(
        session, links.invite(session, cast.admin, account(session, "marcus"), now=MONDAY).rsplit("/", 1)[1],
        LinkPurpose.INVITATION, "hash", now=MONDAY,
    )  # fmt: skip
    session.commit()
    nobody = reader(None)
    nobody.opens(marcus, status=404)
    nobody.opens(dana, status=404)


def test_who_has_no_passphrase_shows_who_they_are_by_a_new_link(reader, session, cast, clock):
    session.execute(sa.update(User).where(User.client_id == cast.marcus).values(password=None))
    session.commit()
    marcus = reader("marcus")
    clock.move(minutes=14)
    marcus.opens("/my-goals")
    clock.move(minutes=2)
    page = marcus.opens("/account/passkeys")
    assert page.url == "/account/confirm"
    assert "You sign in by a link." in page.main
    assert marcus.posts("/account/confirm", password="").url == "/account/confirm"


def test_a_person_who_is_invited_may_do_without_a_passphrase_and_staff_may_not(reader, session, cast):
    def invited(name):
        path = links.invite(session, cast.admin, account(session, name), now=MONDAY)
        session.commit()
        return path

    session.execute(sa.update(User).where(User.client_id == cast.marcus).values(password=None))
    session.commit()
    marcus = reader(None)
    path = invited("marcus")
    marcus.opens(path)
    assert marcus.presses("Go on without a passphrase").url == "/my-goals"
    assert account(session, "marcus").password is None
    reader(None).opens(path, status=404)
    dana = reader(None)
    path = invited("dana")
    assert "Go on without a passphrase" not in dana.opens(path).main
    assert dana.posts(f"{path}/without-passphrase").url == path
    assert dana.opens("/today").url == "/sign-in"
