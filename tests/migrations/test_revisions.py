from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import FixedClock
from coachdesk.config import bundled
from coachdesk.db import Base, db, writing
from coachdesk.demo import make_demo
from coachdesk.factory import create_app
from tests.cast import MONDAY
from tests.conftest import settings

FOLDER = str(bundled("migrations"))


@pytest.fixture
def empty(database, tmp_path, _templates):
    """An application over a database without a single table."""
    name = f"m{uuid.uuid4().hex[:12]}"
    app = create_app(
        settings(_templates.blank(database, name), tmp_path, demo=True), clock=FixedClock(MONDAY), testing=True
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    _templates.drop(database, name)


def _counts() -> dict[str, int]:
    counts = {
        name: db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in Base.metadata.tables.items()
    }
    db.session.rollback()
    return counts


def test_models_and_schema_agree_at_head(empty):
    upgrade(directory=FOLDER)
    check(directory=FOLDER)


def test_up_down_and_up_again_ends_where_it_began(empty):
    upgrade(directory=FOLDER)
    downgrade(directory=FOLDER, revision="base")
    left = set(sa.inspect(db.engine).get_table_names())
    assert left <= {"alembic_version"}
    upgrade(directory=FOLDER)
    check(directory=FOLDER)


def test_a_step_back_and_on_keeps_the_rows_of_all_other_tables(empty):
    upgrade(directory=FOLDER)
    make_demo(empty)
    before = _counts()
    assert before["check_in"] > 400
    downgrade(directory=FOLDER, revision="-1")
    upgrade(directory=FOLDER)
    after = _counts()
    gone = {name for name in before if before[name] != after[name]}
    assert gone <= {"reminder", "ledger_entry", "ledger_act", "ledger_delivery", "digest_day"}
    assert after["goal"] == before["goal"]


@pytest.mark.asvs("16.4.2")
def test_the_trail_is_guarded_at_head(empty):
    upgrade(directory=FOLDER)
    make_demo(empty)
    with pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        db.session.execute(sa.text("DELETE FROM audit_entry"))
    db.session.rollback()


def test_revisions_are_numbered_in_one_line_and_their_names_are_sentences():
    scripts = list(ScriptDirectory(FOLDER).walk_revisions())
    numbers = [script.revision for script in reversed(scripts)]
    assert numbers == [f"{n:03d}" for n in range(1, len(numbers) + 1)]
    assert all(script.doc and script.doc[0].isupper() for script in scripts)


HOURS, SPOKEN = "Marigold evenings until nine", "Marigoldese"


def _raw(column: str, table: str) -> list[str]:
    found = [str(value) for value in db.session.scalars(sa.text(f"SELECT {column} FROM {table}"))]  # noqa: S608
    db.session.rollback()
    return found


def test_hours_and_languages_are_sealed_on_the_way_up_and_opened_on_the_way_down(empty, database, tmp_path):
    upgrade(directory=FOLDER)
    make_demo(empty)
    with writing():
        db.session.execute(sa.update(User).values(work_hours=HOURS))
        db.session.execute(sa.update(Client).values(language=SPOKEN))
        db.session.commit()
    before = _counts()
    downgrade(directory=FOLDER, revision="015")
    assert set(_raw("work_hours", "user_account")) == {HOURS}
    assert set(_raw("language", "client")) == {SPOKEN}
    upgrade(directory=FOLDER)
    assert _counts() == before
    for column, table in (("work_hours", "user_account"), ("language", "client")):
        assert all(value.startswith("gAAAA") for value in _raw(column, table))
    assert set(db.session.scalars(sa.select(User.work_hours))) == {HOURS}
    assert set(db.session.scalars(sa.select(Client.language))) == {SPOKEN}
    db.session.rollback()
    if database == "sqlite":
        with db.engine.connect() as connection:
            file = connection.engine.url.database
        db.session.remove()
        db.engine.dispose()  # the last connection folds its log of writes into the file
        assert b"Marigold" not in Path(file or "").read_bytes()
