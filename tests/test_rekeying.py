"""A new key comes in while people write: nothing is lost, nothing needs the old one, and no key is told to anybody."""

from __future__ import annotations

import stat
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from coachdesk import rekeying
from coachdesk.audit import TRAIL_TABLES, AuditEntry
from coachdesk.clients.models import Client
from coachdesk.config import Keys
from coachdesk.db import Base, EncryptedJson, EncryptedText, InvalidToken, KeyRing, db, install_keys, keys, writing
from coachdesk.drafts.models import Draft
from coachdesk.keycheck import sealed_columns
from coachdesk.keyring import read_keys, write_keys
from coachdesk.words import Refused
from tests.conftest import KEYS
from tests.lived import live
from tests.reader import as_it_stands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The key file of the application at hand; nobody else is there to wait for."""
    file = tmp_path / "fernet"
    write_keys(file, KEYS.fernet)
    monkeypatch.setattr(rekeying, "SETTLED", 0)
    install_keys(KeyRing(KEYS.fernet, KEYS.digest, path=file))
    yield file
    install_keys(KeyRing(KEYS.fernet, KEYS.digest))


def rotate(app: Any, path: Path | None, **more: Any) -> rekeying.Figures:
    return rekeying.rotate(db.engine, path, clock=app.extensions["coachdesk"].clock, say=lambda _line: None, **more)


def sealed(session: Any) -> list[str]:
    found = [
        token
        for table, names in sealed_columns()
        for row in session.execute(
            sa.select(*(sa.column(name, sa.Text) for name in names)).select_from(sa.table(table.name))
        )
        for token in row
        if token is not None
    ]
    session.rollback()
    return found


def words(session: Any) -> dict[tuple[str, Any], Any]:
    """Every sealed value of every table, opened, with the versions of the rows."""
    found = {}
    for table, names in sealed_columns():
        for row in session.execute(sa.select(table)).all():
            told = dict(row._mapping)
            key = tuple(told[column.name] for column in table.primary_key)
            found[table.name, key] = [told[name] for name in names] + [told.get("version")]
    session.rollback()
    return found


@pytest.mark.asvs("11.2.2")
def test_a_rotation_seals_everything_anew_and_changes_no_word_and_no_version(app, session, cast, path):
    live(session, cast)
    before, tokens = words(session), sealed(session)
    done = rotate(app, path)
    assert words(session) == before
    ring = read_keys(path.read_text())
    assert ring[1:] == KEYS.fernet
    newest = Fernet(ring[0])
    assert [newest.decrypt(token) for token in sealed(session)]
    assert done.values == len(tokens)
    assert (done.made, done.ring, done.unread, done.forgotten) == (True, 2, 0, 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(path.parent.glob(".fernet.*"))


def test_a_rotation_is_written_down_without_a_secret(app, session, cast, path):
    rotate(app, path)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "keys:rotated")).one()
    assert entry.details.keys() == {"values", "keys", "made", "forgotten"}
    assert entry.actor_role.value == "system"
    session.rollback()
    assert not [key for key in read_keys(path.read_text()) if key in str(entry.details)]


def test_the_older_key_stays_for_backups_until_it_is_to_be_forgotten(app, session, cast, path):
    old = keys().seal("from a backup")
    rotate(app, path)
    assert keys().open(old) == "from a backup"
    done = rotate(app, path, forget=True)
    assert (done.ring, done.forgotten) == (1, 2)
    assert len(read_keys(path.read_text())) == 1
    with pytest.raises(InvalidToken):
        keys().open(old)
    assert session.get(Client, cast.marcus).safe_note == "Text first, from your work phone."
    session.rollback()


def test_a_rotation_that_was_stopped_is_finished_with_the_key_it_began_with(app, session, cast, path, monkeypatch):
    live(session, cast)
    real, calls = rekeying._replace, []

    def dies(engine: Any, table: Any, batch: Any, figures: Any) -> int:
        calls.append(table)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return real(engine, table, batch, figures)

    monkeypatch.setattr(rekeying, "_replace", dies)
    with pytest.raises(KeyboardInterrupt):
        rotate(app, path)
    monkeypatch.setattr(rekeying, "_replace", real)
    begun = read_keys(path.read_text())
    assert len(begun) == 2
    assert words(session)
    done = rotate(app, path)
    assert not done.made
    assert read_keys(path.read_text()) == begun
    assert not rekeying.count(db.engine)[1]


def test_whoever_saves_meanwhile_wins(app, session, cast, path, monkeypatch):
    """Between the reading of a row and its update somebody else saves the same row, sealed with the older key."""
    theirs, real, saved = KeyRing(KEYS.fernet, KEYS.digest), rekeying._replace, list[bool]()

    def late(engine: Any, table: Any, batch: Any, figures: Any) -> int:
        if table.rows.name == "client" and not saved:
            saved.append(True)
            with writing(), engine.begin() as connection:
                note = sa.update(sa.table("client", sa.column("safe_note"), sa.column("id", Client.id.type)))
                connection.execute(
                    note.where(sa.column("id", Client.id.type) == cast.marcus).values(safe_note=theirs.seal("Saved."))
                )
        return real(engine, table, batch, figures)

    monkeypatch.setattr(rekeying, "_replace", late)
    done = rotate(app, path)
    assert session.get(Client, cast.marcus, populate_existing=True).safe_note == "Saved."
    session.rollback()
    assert done.passes > 1
    assert not rekeying.count(db.engine)[1]


def test_an_older_key_that_something_still_needs_is_not_dropped(app, session, cast, path, monkeypatch):
    older = KeyRing(KEYS.fernet, KEYS.digest)
    real = rekeying._seal_until_done

    def writes_once_more(engine: Any, figures: Any, began: float) -> None:
        real(engine, figures, began)
        with writing(), engine.begin() as connection:
            rows = sa.table("client", sa.column("safe_note"))
            connection.execute(sa.update(rows).values(safe_note=older.seal("Late.")))

    monkeypatch.setattr(rekeying, "_seal_until_done", writes_once_more)
    with pytest.raises(Refused, match="need an older key"):
        rotate(app, path, forget=True)
    assert len(read_keys(path.read_text())) == 2
    assert session.get(Client, cast.marcus, populate_existing=True).safe_note == "Late."
    session.rollback()


def test_keys_from_the_environment_are_brought_in_but_none_is_made(app, session, cast, path):
    new = Fernet.generate_key().decode()
    install_keys(KeyRing([new, *KEYS.fernet], KEYS.digest))
    done = rotate(app, None, forget=True)
    assert not done.made
    assert done.ring == 2
    assert [Fernet(new).decrypt(token) for token in sealed(session)]


def test_two_rotations_do_not_run_at_once(app, session, cast, path):
    with rekeying._alone(path), pytest.raises(Refused, match="Another rotation"):
        rotate(app, path)


def test_values_that_no_key_opens_are_counted_and_left(app, session, cast, path):
    stranger = KeyRing([Fernet.generate_key().decode()], "x").seal("lost")
    with writing():
        session.execute(sa.text("UPDATE client SET safe_note = :token"), {"token": stranger})
        session.commit()
    assert rekeying.count(db.engine)[None] > 0
    done = rotate(app, path)
    assert done.unread == rekeying.count(db.engine)[None]


def test_readers_and_writers_notice_nothing(app, session, cast, path, reader):
    """Pages are read and a note saved over and over, by a ring that learns of the new key by itself."""
    live(session, cast)
    someone, rotated, tried = reader("dana"), threading.Event(), 0

    def go() -> None:
        with app.app_context():
            rotate(app, path)
        rotated.set()

    someone.opens(f"/people/{cast.marcus}/edit")
    session.rollback()
    thread = threading.Thread(target=go)
    thread.start()
    form = as_it_stands(someone.page.form())
    while not rotated.is_set() or tried < 4:
        for path_read in (f"/people/{cast.marcus}", "/today"):
            with app.app_context():
                assert someone.client.get(path_read).status_code == 200
        with app.app_context():
            form |= {"safe_note": f"Note {tried}", "version": str(tried + 1), "form_key": str(uuid.uuid4())}
            assert someone.client.post(f"/people/{cast.marcus}/edit", data=form).status_code == 303
        tried += 1
    thread.join(30)
    assert session.get(Client, cast.marcus, populate_existing=True).safe_note == f"Note {tried - 1}"
    session.rollback()
    assert rekeying.count(db.engine)[1] == 0


# ---- the ring -----------------------------------------------------------------------------------------------------


def test_a_ring_learns_of_a_new_key_at_once_when_it_cannot_open_a_value(tmp_path):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    write_keys(tmp_path / "fernet", [old])
    ring = KeyRing([old], "d", path=tmp_path / "fernet")
    ring.seal("looked just now")
    write_keys(tmp_path / "fernet", [new, old])
    assert ring.open(KeyRing([new], "d").seal("a door")) == "a door"
    assert ring.place_of(ring.seal("x")) == 0
    assert ring.size == 2


def test_a_ring_looks_at_its_file_at_most_once_a_second(tmp_path, monkeypatch):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    at = [100.0]
    monkeypatch.setattr("coachdesk.keyring.time.monotonic", lambda: at[0])
    write_keys(tmp_path / "fernet", [old])
    ring = KeyRing([old], "d", path=tmp_path / "fernet")
    ring.seal("looked just now")
    write_keys(tmp_path / "fernet", [new, old])
    at[0] += 0.9
    assert Fernet(old).decrypt(ring.seal("x")) == b"x"
    at[0] += 0.2
    assert Fernet(new).decrypt(ring.seal("x")) == b"x"


@pytest.mark.parametrize("damage", [None, "", "torn"])
def test_a_key_file_that_goes_or_is_torn_while_serving_changes_nothing(tmp_path, damage):
    old = Fernet.generate_key().decode()
    file = tmp_path / "fernet"
    write_keys(file, [old])
    ring = KeyRing([old], "d", path=file)
    token = ring.seal("x")
    file.unlink() if damage is None else file.write_text(damage)
    ring.refresh()
    assert ring.open(token) == "x"
    with pytest.raises(InvalidToken):
        ring.open("gAAAAnothing")


def test_threads_that_read_while_the_file_changes_all_succeed(tmp_path):
    file, ring_keys = tmp_path / "fernet", [Fernet.generate_key().decode()]
    write_keys(file, ring_keys)
    ring, wrong = KeyRing(ring_keys, "d", path=file), []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                fresh = KeyRing(read_keys(file.read_text()), "d")
                ring.open(fresh.seal("x"))
            except InvalidToken:
                wrong.append(1)

    threads = [threading.Thread(target=read) for _each in range(4)]
    for thread in threads:
        thread.start()
    for _time in range(30):
        ring_keys.insert(0, Fernet.generate_key().decode())
        write_keys(file, ring_keys)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not wrong


# ---- what is sealed -----------------------------------------------------------------------------------------------


def test_the_trail_holds_nothing_sealed_so_that_no_trigger_stands_in_the_way(app):
    assert not {table.name for table, _names in sealed_columns()} & set(TRAIL_TABLES)


def test_every_sealed_column_is_found_from_the_tables_themselves(app):
    found = {(table.name, name) for table, names in sealed_columns() for name in names}
    declared = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, EncryptedText | EncryptedJson)
    }
    assert found == declared
    assert ("goal_version", "snapshot") in found
    assert ("user_account", "work_hours") in found


def test_structures_are_sealed_anew_as_they_were(app, session, cast, path):
    live(session, cast)
    before = {row.id: row.fields for row in session.scalars(sa.select(Draft))}
    session.rollback()
    assert before
    rotate(app, path)
    session.expunge_all()
    assert {row.id: row.fields for row in session.scalars(sa.select(Draft))} == before
    session.rollback()


def test_keys_show_in_no_representation(tmp_path):
    key = Fernet.generate_key().decode()
    assert key not in repr(KeyRing([key], "digest" * 8, path=tmp_path))
    assert key not in repr(Keys((key,), "s", "d", uuid.uuid4().hex))
