from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import FixedClock
from coachdesk.config import bundled
from coachdesk.db import Base, db, keys, writing
from coachdesk.demo import make_demo
from coachdesk.factory import create_app
from coachdesk.notify import Channel, Delivery, Message, Notice, Topic, deliver, enqueue
from coachdesk.reminders import facts
from coachdesk.reminders.ledger import write_entry
from coachdesk.reminders.planning import _send
from coachdesk.reminders.rules import due_items
from tests import cast as casting
from tests.access.helpers import break_glass
from tests.cast import MONDAY, TODAY
from tests.conftest import settings
from tests.lived import live

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
    kept = set(sa.inspect(db.engine).get_table_names())
    db.session.rollback()
    upgrade(directory=FOLDER)
    after = _counts()
    gone = {name for name in kept & before.keys() if before[name] != after[name]}
    assert gone == set()
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


YOUNGER = {"visit_series"}
"""Tables that the schema gone back to does not know, and whose rows go with them."""
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
    after = _counts()
    assert {name for name in before if before[name] != after[name]} <= YOUNGER
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


def test_what_the_schema_before_accounts_were_told_has_no_topic_for_goes_alone(empty):
    """020: a message about ways to sign in goes with its topic, and every other one stays."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    for topic in (Topic.ACCOUNT, Topic.SAFETY):
        told = Message(key=topic.value, topic=topic, channel=Channel.IN_APP, recipient_id=cast.dana.id, text="Look.")
        enqueue(db.session, told, now=MONDAY)
    db.session.commit()
    deliver(db.session, None, claimant=uuid.uuid4(), clock=lambda: MONDAY, still_wanted=lambda *_one: True)
    downgrade(directory=FOLDER, revision="019")
    assert _raw("topic", "delivery") == _raw("topic", "notice") == ["safety"]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert _raw("topic", "notice") == ["safety"]


def test_messages_of_old_say_whom_they_name_and_keep_their_words(empty):
    """019: what was told before is filled in; what the older schema has no topic for goes, since it would name a person."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    due = session_due(cast)
    write_entry(db.session, due, now=MONDAY)
    told = Message(
        key="told", topic=Topic.REMINDERS, channel=Channel.IN_APP, recipient_id=cast.dana.id, text="Bring the form"
    )
    _send(db.session, told, [due], now=MONDAY)
    break_glass(db.session, cast)
    sent: dict[str, Any] = {"claimant": uuid.uuid4(), "clock": lambda: MONDAY, "still_wanted": lambda *_one: True}
    deliver(db.session, None, **sent)
    whom = {row.key: (row.client_id, row.text) for row in db.session.scalars(sa.select(Delivery))}
    glass = {key for key in whom if key.startswith("glass")}
    assert any(whom[key][0] == cast.hana for key in glass)
    others = sa.select(Notice.text).where(Notice.topic != Topic.BREAK_GLASS).order_by(Notice.id)
    notices = db.session.scalars(others).all()
    assert len(notices) < len(db.session.scalars(sa.select(Notice.text)).all())
    whom["told"] = (cast.marcus, "Bring the form")
    db.session.commit()
    downgrade(directory=FOLDER, revision="018")
    for table in ("notice", "delivery"):
        assert not [text for text in _raw("text", table) if text and "Hana V." in keys().open(text)]
    assert not [key for key in _raw("key", "delivery") if key.startswith("glass")]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    after = {row.key: (row.client_id, row.text) for row in db.session.scalars(sa.select(Delivery))}
    assert after == {key: row for key, row in whom.items() if key not in glass}
    assert any(row[0] == cast.marcus for row in after.values())
    assert db.session.scalars(sa.select(Notice.text).order_by(Notice.id)).all() == notices
    named = db.session.execute(sa.select(Notice.client_id, Delivery.client_id).join(Delivery))
    assert all(here == there for here, there in named)


def session_due(cast):
    known = facts.list_known(db.session, cast.dana)
    return next(due for row in known for due in due_items(row.facts, TODAY) if due.rule == "by_hand")
