"""What is sent by somebody no longer signed in waits for them alone, and is sent again at a press."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.checkins.models import CheckIn
from coachdesk.drafts import unsent
from coachdesk.drafts.models import Unsent
from coachdesk.scheduler import tidy
from tests.cast import PASSPHRASE

NOTE = "He slept well <b>twice</b> & “smiled”.\n\nTwo lines,  two   spaces."


def too_late(reader, cast, clock, name="dana", minutes=31, path=None, **typed):
    someone = reader(name)
    someone.opens(path or f"/people/{cast.marcus}/check-ins/new")
    clock.move(minutes=minutes)
    page = someone.sends(path, **(typed or {"how": "call", "note": NOTE}))
    assert page.url == "/sign-in"
    assert "You were signed out to keep this private." in page.main
    return someone


def kept(session):
    session.rollback()
    return list(session.scalars(sa.select(Unsent)))


def notes(session):
    session.rollback()
    return [row.note for row in session.scalars(sa.select(CheckIn))]


def test_a_note_written_past_the_time_out_is_there_after_sign_in_and_saved_once(reader, session, cast, clock):
    dana = too_late(reader, cast, clock)
    assert notes(session) == []
    page = shown = dana.sends(email="dana@cast.example", password=PASSPHRASE)
    assert "Nothing is lost" in page.main
    assert "Two lines, two spaces." in page.main
    dana.presses("Save it now")
    assert [text.splitlines() for text in notes(session)] == [NOTE.splitlines()]
    assert kept(session) == []
    dana.page = shown
    dana.presses("Save it now")
    assert len(notes(session)) == 1
    dana.opens(shown.url, status=404)
    assert dana.opens("/").url == "/today"


def test_what_does_not_make_sense_any_more_is_shown_on_its_own_form(reader, session, cast, clock):
    dana = too_late(reader, cast, clock, note=NOTE)
    dana.sends(email="dana@cast.example", password=PASSPHRASE)
    page = dana.presses("Save it now", status=422)
    assert "Choose how you connected" in page.main
    assert "two   spaces" in page.soup.find("textarea", {"name": "note"}).get_text()


def test_it_is_its_writers_alone_and_lies_encrypted(reader, session, cast, clock):
    too_late(reader, cast, clock)
    row = kept(session)[0]
    reader("imani").opens(f"/unsent/{row.id}", status=404)
    ruth = reader("ruth")
    ruth.opens("/account")
    ruth.posts(f"/unsent/{row.id}/letting-go", status=404)
    raw = session.execute(sa.text("SELECT path, fields FROM unsent")).one()
    assert "slept" not in str(raw)
    assert str(cast.marcus) not in str(raw)


def test_it_is_let_go_by_its_writer_or_after_a_day(reader, session, cast, clock, app):
    dana = too_late(reader, cast, clock)
    dana.sends(email="dana@cast.example", password=PASSPHRASE)
    assert "It is gone." in dana.presses("Let it go").main
    assert kept(session) == []
    dana.presses("Sign out")
    too_late(reader, cast, clock)
    clock.move(hours=23)
    tidy(app)
    assert len(kept(session)) == 1
    clock.move(hours=2)
    tidy(app)
    assert kept(session) == []


def test_a_person_finds_their_words_too(reader, session, cast, clock):
    marcus = reader("marcus")
    marcus.opens("/account")
    clock.move(minutes=16)
    marcus.sends("/account", theme="dark")
    page = marcus.sends(email="marcus@cast.example", password=PASSPHRASE)
    assert "Your answers are all here." in page.main
    marcus.presses("Save it now")
    assert marcus.page.soup.html["data-theme"] == "dark"


@pytest.mark.parametrize(
    ("fields", "worth"),
    [
        ({"notes": ["words"]}, True),
        ({"form_key": ["x"], "csrf_token": ["y"], "version": ["3"]}, False),
        ({"notes": ["  \n "]}, False),
        ({"passphrase": ["secret"], "again": ["secret"]}, False),
        ({"code": ["123456"], "notes": ["words"]}, False),
    ],
)
def test_what_is_worth_keeping(fields, worth):
    assert unsent.is_worth_keeping(fields) is worth


def test_no_passphrase_is_ever_kept_and_a_press_leads_back_to_its_page(reader, session, clock):
    dana = reader("dana")
    dana.opens("/account/passphrase")
    clock.move(minutes=31)
    dana.sends("/account/passphrase", password=PASSPHRASE, new_password="a b c d e f g h", new_password_confirm="x")
    assert dana.sends(email="dana@cast.example", password=PASSPHRASE).url == "/account/passphrase"
    assert kept(session) == []
    assert not session.scalar(sa.select(sa.func.count()).where(AuditEntry.event == "passphrase:changed"))


def test_a_draft_that_a_script_keeps_makes_no_second_copy(reader, session, cast, clock):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    clock.move(minutes=31)
    with dana.app.app_context():
        dana.client.post(
            f"/people/{cast.marcus}/check-ins/draft",
            data={"csrf_token": dana.token, "note": NOTE},
            headers={"Accept": "application/json"},
        )
    assert kept(session) == []


def test_words_that_need_a_second_look_wait_too(reader, session, clock, cast):
    dana = reader("dana")
    dana.opens("/account/passkeys")
    clock.move(minutes=16)
    page = dana.sends("/account/passkeys", name="The phone in my bag")
    assert page.url == "/account/confirm"
    page = dana.sends("/account/confirm.*", password=PASSPHRASE)
    assert "Nothing is lost" in page.main
    assert dana.presses("Save it now").soup.select_one("form[data-passkey]")
    assert dt.timedelta(days=1) == unsent.KEPT_FOR
