"""Passphrases in every script, at every length, and what is said of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_security import hash_password

from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.passphrases import faults_of
from coachdesk.audit import AuditEntry
from coachdesk.clock import FixedClock
from coachdesk.factory import create_app
from tests.cast import MONDAY, PASSPHRASE
from tests.conftest import settings

CHOSEN = "seven herons over the marsh"


def chooses(reader, cast, session, passphrase):
    path = links.invite(session, cast.admin, accounts.find_user(session, cast.dana.id), now=MONDAY)
    session.commit()
    nobody = reader(None)
    nobody.opens(path)
    return nobody.sends_raw(
        path,
        {
            "csrf_token": nobody.token,
            "form_key": nobody.page.soup.find("input", {"name": "form_key"})["value"],
            "passphrase": passphrase,
            "again": passphrase,
        },
    )


@pytest.mark.parametrize(
    "passphrase",
    [
        "ein sch\u00f6ner Morgen im M\u00e4rz",
        "une journ\u00e9e tr\u00e8s calme",
        "a home for \u0623\u0645\u064a and me",
        "\ufb01ve \ufb01ne fish in a pond",
    ],
    ids=["nfc", "fr", "arabic", "ligature"],
)
def test_a_passphrase_that_was_taken_lets_in(reader, cast, session, passphrase):
    assert chooses(reader, cast, session, passphrase).status == 303
    assert reader(None).sign_in("dana", passphrase).url == "/today"


@pytest.mark.parametrize("n", [129, 256])
def test_a_passphrase_may_have_256_characters(reader, cast, session, n):
    assert chooses(reader, cast, session, ("seven herons over the marsh " * 10)[:n]).status == 303


def changes(someone, new):
    someone.opens("/account/passphrase")
    return someone.sends("/account/passphrase", password=PASSPHRASE, new_password=new, new_password_confirm=new)


def test_a_changed_passphrase_is_said(reader):
    assert "Your passphrase is changed." in changes(reader("dana"), CHOSEN).main


def test_too_long_is_not_called_too_short(reader):
    assert "at least 15" not in changes(reader("dana"), "x" * 257).soup.find(id="error-summary").get_text()


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [("", PASSPHRASE, "Write your e-mail address."), ("dana@cast.example", "", "Write your passphrase.")],
    ids=["email", "passphrase"],
)
def test_an_empty_field_at_sign_in_gets_its_own_sentence(reader, email, password, sentence):
    nobody = reader(None)
    nobody.opens("/sign-in")
    assert sentence in nobody.sends(email=email, password=password).main


def test_a_refused_sign_in_is_written_down(reader, session):
    reader(None).sign_in("dana", "not the right one at all")
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.event == "sign-in:refused")) == 1


def test_what_is_no_form_at_sign_in_is_no_fault_of_the_program(reader):
    nobody = reader(None)
    nobody.opens("/sign-in")
    with nobody.app.app_context():
        answer = nobody.client.post(
            "/sign-in", data='"x"', content_type="application/json", headers={"X-CSRFToken": nobody.token}
        )
    assert answer.status_code < 500


def test_blanks_are_no_passphrase(reader, cast, session):
    page = chooses(reader, cast, session, " " * 20)
    assert page.status == 422
    assert "Use at least 15 characters." in page.main


def test_the_products_own_hash_is_dear_to_guess(tmp_path):
    """OWASP's least for Argon2id is 19 MiB and two passes; the tests' applications use a cheaper one."""
    app = create_app(settings(f"sqlite:///{tmp_path}/none.db", tmp_path), clock=FixedClock(MONDAY), testing=True)
    with app.app_context():
        _empty, kind, _version, cost, *_rest = hash_password(CHOSEN).split("$")
    costs = {name: int(n) for name, n in (part.split("=") for part in cost.split(","))}
    assert kind == "argon2id"
    assert costs["m"] >= 19 * 1024
    assert costs["t"] >= 2


@pytest.mark.parametrize("passphrase", ["Morning Side Recovery Coaching", "recovery coaching hillside"])
def test_the_words_of_the_organisation_and_its_teams_are_what_everybody_tries(app, cast, passphrase):
    assert faults_of(passphrase)
