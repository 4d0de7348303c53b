"""The trail: what is recorded, and that the database itself refuses to change it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, AuditPerson, Event, record
from tests.cast import MONDAY, Cast

if TYPE_CHECKING:
    from flask import Flask


def test_an_entry_keeps_who_what_whom_and_when(session: Any, cast: Cast) -> None:
    goal = uuid.uuid4()
    record(
        session, cast.dana, Event.GOAL_SET, client_id=cast.marcus, subject=("goal", goal), fields=("words",), now=MONDAY
    )
    session.commit()
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == goal)).one()
    assert (entry.actor_id, entry.event, entry.at) == (cast.dana.id, "goal:set", MONDAY)
    assert entry.details == {"fields": ["words"]}
    assert list(session.scalars(sa.select(AuditPerson.client_id).where(AuditPerson.entry_id == entry.id))) == [
        cast.marcus
    ]


def test_one_entry_names_everybody_a_page_shows(session: Any, cast: Cast) -> None:
    record(session, cast.dana, Event.RECORD_READ, client_ids=[cast.marcus, cast.lena, cast.marcus], now=MONDAY)
    session.commit()
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditPerson)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event = 'nothing'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_person",
        "UPDATE audit_person SET entry_id = 5",
    ],
)
def test_the_database_refuses_to_change_the_trail(session: Any, cast: Cast, statement: str) -> None:
    record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY)
    session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        session.execute(sa.text(statement))
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditPerson)) == 1


def test_replacing_an_entry_is_refused_too(session: Any, cast: Cast, database: str) -> None:
    record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY)
    session.commit()
    statement = (
        "INSERT OR REPLACE INTO audit_entry (id, at, event, details) VALUES (1, '2026-01-01', 'x', '{}')"
        if database == "sqlite"
        else "TRUNCATE audit_entry CASCADE"
    )
    with pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        session.execute(sa.text(statement))
    session.rollback()


def test_events_are_named_noun_and_past_and_stand_in_order() -> None:
    assert [e.name for e in Event] == sorted(e.name for e in Event)


def test_where_no_row_can_be_written_nothing_is_shown(app: Flask, session: Any, reader: Any) -> None:
    dana = reader("dana")
    session.execute(sa.text("ALTER TABLE audit_entry RENAME TO audit_entry_gone"))
    session.commit()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = dana.client.get(f"/people/{dana.cast.marcus}")
    app.testing = True
    assert page.status_code in (500, 503)
    assert "Marcus" not in page.get_data(as_text=True)
    session.execute(sa.text("ALTER TABLE audit_entry_gone RENAME TO audit_entry"))
    session.commit()
