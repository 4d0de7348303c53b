"""The schema: revisions go up and down, agree with the models, and lose no row on the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from coachdesk.db import db
from coachdesk.demo import make_demo
from tests.migrations.helpers import FOLDER, counts, tables


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
    before = counts()
    assert before["check_in"] > 400
    downgrade(directory=FOLDER, revision="-1")
    left = tables()
    upgrade(directory=FOLDER)
    after = counts()
    gone = {name for name in before if before[name] != after[name]}
    assert gone == {name for name in before if before[name] and name not in left}
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
