"""An act is done whole or not at all: where its entry in the trail cannot be written, nothing of it stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.access.helpers import FORM, everything

EVENTS = {
    "glass:broken": ("ruth", "/break-glass", FORM),
    "restriction:made": ("ruth", "/people/{marcus}/restrictions", {"user_id": "{chris}", "kind": "kin"}),
    "assignment:made": ("admin", "/admin/people/{marcus}/coach", {"coach_id": "{imani}", "earlier": "from_today"}),
}


@pytest.fixture
def database() -> str:
    """A trigger that refuses one event is written alike nowhere; one database shows it."""
    return "sqlite"


@pytest.mark.asvs("2.3.3")
@pytest.mark.parametrize("event", EVENTS)
def test_without_its_entry_in_the_trail_an_act_changes_nothing(reader, cast, session, event):
    name, path, fields = EVENTS[event]
    ids = {**cast.people, **{key: who.id for key, who in cast.staff.items()}}
    someone = reader(name)
    someone.opens(path.format(**ids))
    session.execute(
        sa.text(
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_entry "
            f"WHEN NEW.event = '{event}' BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    )
    session.commit()
    before = everything(session)
    with pytest.raises(sa.exc.IntegrityError, match="no room"):
        someone.sends(**{field: value.format(**ids) for field, value in fields.items()})
    session.rollback()
    assert everything(session) == before
