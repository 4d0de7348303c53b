"""Where the trail cannot be written, nothing is done and nothing is shown."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.db import Base, db
from tests.lived import live

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = ("Marcus", "Sleeping better", "A place of my own", "Food pantry", "Bring the form")
# Kept apart from what is done: the claim on a form, and how long somebody has been here.
ASIDE = {"used_form", "heartbeat"}


@pytest.fixture
def full(session: Any, cast: Any) -> dict[str, Any]:
    return live(session, cast)


@contextmanager
def no_row(session: Any) -> Iterator[None]:
    """Let the database refuse every new entry of the trail."""
    session.rollback()
    on, off = (
        (
            [
                "CREATE FUNCTION no_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
                "CREATE TRIGGER no_row BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION no_row()",
            ],
            ["DROP TRIGGER no_row ON audit_entry", "DROP FUNCTION no_row"],
        )
        if db.engine.dialect.name == "postgresql"
        else (
            ["CREATE TRIGGER no_row BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"],
            ["DROP TRIGGER no_row"],
        )
    )
    for statement in on:
        session.execute(sa.text(statement))
    session.commit()
    try:
        yield
    finally:
        session.rollback()
        for statement in off:
            session.execute(sa.text(statement))
        session.commit()


@contextmanager
def as_in_earnest(app: Any) -> Iterator[None]:
    """Answer faults with a page, as outside tests."""
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    try:
        yield
    finally:
        app.testing = True


def everything(session: Any) -> dict[str, list[Any]]:
    """All rows of all tables."""
    session.rollback()
    found = {
        name: sorted(map(repr, session.execute(sa.select(table)).all()))
        for name, table in Base.metadata.tables.items()
        if name not in ASIDE
    }
    session.rollback()
    return found


READS = {
    "dana": [
        "/today",
        "/people",
        "/people?q=marcus",
        "/people/{marcus}",
        "/people/{marcus}/goals",
        "/people/{marcus}/timeline",
        "/people/{marcus}/referrals",
        "/people/{marcus}/details",
        "/people/{marcus}/edit",
        "/people/{marcus}/check-ins/new",
        "/check-ins/{checkin}",
        "/goals/{goal}/edit",
        "/referrals/{referral}",
        "/referrals",
        "/reminders",
    ],
    "ruth": ["/team", "/team/reviews"],
    "marcus": ["/my-goals", "/my-goals/what-we-wrote"],
    "admin": ["/admin/accounts", "/admin/people", "/admin/trail", "/admin/trail/export"],
}


@pytest.mark.parametrize("name", READS)
def test_a_page_whose_reading_cannot_be_written_down_does_not_leave(app, session, reader, full, name):
    someone = reader(name)
    someone.opens("/account")
    with no_row(session), as_in_earnest(app):
        for path in READS[name]:
            session.rollback()
            with app.app_context():
                answer = someone.client.get(path.format(**full))
            text = answer.get_data(as_text=True)
            assert answer.status_code in (500, 503), path
            assert "That did not work, and it is not your doing" in text or "few seconds" in text, path
            assert not [word for word in SECRETS if word in text], path


ACTS = {
    "dana": [
        (
            "/people/{marcus}/check-ins/new",
            {"note": "Doing well.", "channel": "call", "weather": "4", "next_on": "2026-12-01"},
        ),
        ("/people/{marcus}/goals/new", {"words": "A quiet room"}),
        ("/people/{marcus}/edit", {"first_name": "Marc"}),
        ("/people/{marcus}/reminders/new", {"text": "Call the office", "due_on": "2026-11-30"}),
        ("/people/{marcus}/visits/new", {"planned_on": "2026-11-30"}),
        ("/people/new", {"first_name": "Nia"}),
        ("/resources/new", {"name": "Library", "need": "other"}),
        ("/account", {"work_hours": "Never", "theme": ""}),
    ],
    "admin": [
        ("/admin/settings", {"name": "Evening Side"}),
        ("/admin/teams", {"name": "Lakeside"}),
        ("/admin/accounts/new", {"first_name": "Nia", "email": "nia@cast.example", "role": "coach"}),
    ],
}


@pytest.mark.parametrize("name", ["dana", "admin"])
def test_an_act_that_cannot_be_written_down_changes_nothing(app, session, reader, full, clock, name):
    someone = reader(name)
    clock.move(minutes=1)
    for path, typed in ACTS[name]:
        someone.opens(path.format(**full))
        before = everything(session)
        with no_row(session), as_in_earnest(app):
            someone.sends(**typed, status=500)
        assert everything(session) == before, path


def test_a_button_that_cannot_be_written_down_changes_nothing(app, session, reader, full):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    before = everything(session)
    with no_row(session), as_in_earnest(app):
        marcus.presses("I would like some help", status=500)
    assert everything(session) == before


def test_nobody_gets_a_page_whose_signing_in_cannot_be_written_down(app, session, reader, cast):
    someone = reader(None)
    someone.opens("/sign-in")
    with no_row(session), as_in_earnest(app):
        someone.sends(email=cast.email("dana"), password="first light over the hills", status=500)
        assert someone.client.get("/today").status_code in (303, 500)


def test_a_refusal_that_cannot_be_written_down_still_shows_nothing(app, session, reader, full):
    dana = reader("dana")
    with no_row(session), as_in_earnest(app):
        answer = dana.client.get("/admin/accounts")
    assert answer.status_code in (404, 500, 503)
    assert "Marcus" not in answer.get_data(as_text=True)
