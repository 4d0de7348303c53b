"""Column types, the key ring, and transactions that lose nothing."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from coachdesk.clients.models import Client
from coachdesk.db import InvalidToken, KeyRing, db, insert_once, writing
from coachdesk.organisation.models import Organisation
from coachdesk.web.models import UsedForm
from tests.cast import MONDAY, Cast

if TYPE_CHECKING:
    from flask import Flask


def test_what_people_write_is_not_in_the_database_in_clear(session: Any, cast: Cast) -> None:
    raw = session.execute(sa.text("SELECT safe_note, phone FROM client LIMIT 1")).one()
    assert all(value.startswith("gAAAA") for value in raw)
    assert session.get(Client, cast.marcus).safe_note == "Text first, from your work phone."


def test_a_new_key_reads_what_the_old_one_wrote_and_a_wrong_one_does_not() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = KeyRing([old], "d").seal("a door I can lock")
    assert KeyRing([new, old], "d").open(sealed) == "a door I can lock"
    with pytest.raises(InvalidToken):
        KeyRing([new], "d").open(sealed)


def test_a_digest_needs_its_key() -> None:
    key = Fernet.generate_key().decode()
    assert KeyRing([key], "one").digest("2030") == KeyRing([key], "one").digest("2030")
    assert KeyRing([key], "one").digest("2030") != KeyRing([key], "two").digest("2030")


def test_a_moment_without_a_zone_is_refused(session: Any) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        insert_once(session, UsedForm, key=uuid.uuid4(), user_id=uuid.uuid4(), at=dt.datetime(2026, 1, 1), place="")  # noqa: DTZ001
    session.rollback()


def test_a_moment_comes_back_in_utc(session: Any) -> None:
    key, eastern = uuid.uuid4(), dt.timezone(dt.timedelta(hours=-5))
    insert_once(session, UsedForm, key=key, user_id=key, at=dt.datetime(2026, 1, 1, 9, tzinfo=eastern), place="")
    session.commit()
    session.expire_all()
    assert session.get(UsedForm, (key, key)).at == dt.datetime(2026, 1, 1, 14, tzinfo=dt.UTC)


def test_the_same_unique_row_is_inserted_once(session: Any) -> None:
    values = {"key": uuid.uuid4(), "user_id": uuid.uuid4(), "at": MONDAY, "place": ""}
    assert insert_once(session, UsedForm, **values)
    assert not insert_once(session, UsedForm, **values)
    session.rollback()


def test_the_database_itself_refuses_a_rhythm_out_of_bounds(session: Any, cast: Cast) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_client_rhythm"):
        session.execute(sa.update(Client).where(Client.id == cast.marcus).values(rhythm_days=0))
    session.rollback()


def test_no_update_is_lost_between_writers_that_read_first(app: Flask) -> None:
    """Eight threads each add one to the same number twenty times, reading it first."""

    def add() -> None:
        with app.app_context(), writing():
            for _time in range(20):
                row = db.session.execute(
                    sa.select(Organisation.version).where(Organisation.id == 1).with_for_update()
                ).scalar_one()
                db.session.execute(sa.update(Organisation).values(version=row + 1))
                db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=add) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert db.session.scalar(sa.select(Organisation.version)) == 1 + 8 * 20
