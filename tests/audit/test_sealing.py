"""The chain: every entry gets one place in it, however many seal at once, and its head is noted outside the database."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.audit import AuditEntry, AuditSeal, Event, heads, record, sealing
from coachdesk.audit.heads import Head
from coachdesk.audit.verifying import LATE, verify
from coachdesk.clock import SystemClock
from coachdesk.db import db
from tests.cast import MONDAY, Cast
from tests.conftest import KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def write(session: Any, cast: Cast, count: int) -> None:
    for n in range(count):
        record(session, cast.dana, Event.RECORD_READ, client_ids=[cast.marcus, cast.lena][: n % 3], now=MONDAY)
    session.commit()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit-head"


def places(session: Any) -> list[tuple[int, int]]:
    session.rollback()
    found = [
        tuple(row)
        for row in session.execute(sa.select(AuditSeal.position, AuditSeal.entry_id).order_by(AuditSeal.position))
    ]
    session.rollback()
    return found


def is_whole(session: Any, path: Path) -> bool:
    session.rollback()
    verdict = verify(session, heads=heads.read(path), now=MONDAY)
    session.rollback()
    assert [str(fault) for fault in verdict.faults] == []
    return verdict.unsealed == 0


def test_a_tick_seals_all_that_waits_in_batches(session, cast, path, clock, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 10)
    write(session, cast, 25)
    assert sealing.seal_waiting(session, path, clock=clock.now) == 25
    assert places(session) == [(n, n) for n in range(1, 26)]
    assert is_whole(session, path)
    assert sealing.seal_waiting(session, path, clock=clock.now) == 0


def test_an_entry_committed_late_gets_the_next_place(session, cast, path, clock):
    """On PostgreSQL numbers are given when a row is written and seen when it is committed."""
    write(session, cast, 3)
    late = {"id": 2000, "at": MONDAY, "event": "record:read", "details": {}}
    session.execute(sa.insert(AuditEntry), {**late, "id": 2002})
    session.commit()
    sealing.seal_waiting(session, path, clock=clock.now)
    session.execute(sa.insert(AuditEntry), late)
    session.commit()
    sealing.seal_waiting(session, path, clock=clock.now)
    assert places(session)[3:] == [(4, 2002), (5, 2000)]
    assert is_whole(session, path)


def test_what_was_committed_very_late_is_found_by_the_thorough_look(session, cast, path, clock):
    session.execute(
        sa.insert(AuditEntry), [{"id": 5000 + n, "at": MONDAY, "event": "record:read", "details": {}} for n in range(3)]
    )
    session.commit()
    sealing.seal_waiting(session, path, clock=clock.now)
    session.execute(sa.insert(AuditEntry), {"id": 7, "at": MONDAY, "event": "record:read", "details": {}})
    session.commit()
    assert sealing.seal_waiting(session, path, clock=clock.now) == 0
    assert sealing.seal_waiting(session, path, clock=clock.now, thorough=True) == 1
    assert places(session)[-1] == (4, 7)
    assert is_whole(session, path)


def test_recording_waits_for_no_sealer(app: Flask, session, cast, database):
    """On PostgreSQL an entry is written while a sealer holds its lock; SQLite has one writer at a time anyway."""
    if database == "sqlite":
        return
    write(session, cast, 1)
    sealing.seal_batch(session, now=MONDAY)
    with sa.orm.Session(db.engine) as other:
        other.execute(sa.text("SET lock_timeout = '2s'"))
        record(other, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY)
        other.commit()
    session.rollback()


def test_many_sealers_at_once_never_fork_the_chain(app: Flask, session, cast, path):
    write(session, cast, 40)

    def work(n: int) -> None:
        with app.app_context():
            try:
                for _turn in range(6):
                    if n < 2:
                        write(db.session, cast, 7)
                    else:
                        sealing.seal_waiting(db.session, path, clock=lambda: MONDAY)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work, n) for n in range(6)]:
            done.result(60)
    sealing.seal_waiting(session, path, clock=lambda: MONDAY)
    found = places(session)
    assert [position for position, _entry in found] == list(range(1, 40 + 2 * 6 * 7 + 1))
    assert len({entry for _position, entry in found}) == len(found)
    assert is_whole(session, path)


def test_three_scheduler_processes_seal_one_chain_within_seconds(app: Flask, session, cast, tmp_path):
    environ = {
        **os.environ,
        "COACHDESK_INSTANCE": str(tmp_path),
        "COACHDESK_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "COACHDESK_KEYS": KEYS.fernet[0],
        "COACHDESK_SECRET_KEY": KEYS.session,
        "COACHDESK_DIGEST_KEY": KEYS.digest,
        "COACHDESK_PASSWORD_SALT": KEYS.salt,
        "COACHDESK_BASE_URL": "http://localhost:8000",
        "COACHDESK_LOG": "error",
    }
    write(session, cast, 5)
    parts = [subprocess.Popen([sys.executable, "-m", "coachdesk.cli", "scheduler"], env=environ) for _each in range(3)]
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and len(places(session)) < 65:
            if session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) < 65:
                write(session, cast, 5)
            session.rollback()
            time.sleep(0.5)
    finally:
        for part in parts:
            part.terminate()
        codes = [part.wait(30) for part in parts]
    assert set(codes) <= {0, -signal.SIGTERM}  # the second: one that had not quite begun
    assert codes.count(0) >= 2
    assert [position for position, _entry in places(session)] == list(range(1, 66))
    assert is_whole(session, tmp_path / "audit-head")


def test_the_scheduler_seals_every_few_seconds_and_looks_thoroughly_now_and_then(app: Flask, session, cast, tmp_path):
    times = {name: seconds for name, seconds, _job in scheduler.TIMETABLE}
    assert times["seal"] <= 5
    write(session, cast, 2)
    for name, _seconds, job in scheduler.TIMETABLE:
        if name.startswith("seal"):
            job(app)
    assert len(places(session)) == 2
    assert heads.read(tmp_path / "audit-head")[-1].position == 2


# ---- triggers over the seals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_seal SET digest = 'x'",
        "DELETE FROM audit_seal",
        "sqlite: INSERT OR REPLACE INTO audit_seal (position, entry_id, entry_mark, people_mark, digest, sealed_at) VALUES (1, 1, 'x', 'x', 'x', '2026-01-01')",
        "sqlite: REPLACE INTO audit_person (entry_id, client_id) SELECT entry_id, client_id FROM audit_person",
        "postgresql: TRUNCATE audit_seal",
        "postgresql: INSERT INTO audit_seal SELECT * FROM audit_seal ON CONFLICT (position) DO UPDATE SET digest = 'x'",
    ],
)
def test_the_database_refuses_to_change_the_seals(session, cast, path, clock, database, statement):
    kind, _colon, text = statement.rpartition(": ")
    if kind not in ("", database):
        return
    write(session, cast, 3)
    sealing.seal_waiting(session, path, clock=clock.now)
    with pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        session.execute(sa.text(text))
    session.rollback()
    assert is_whole(session, path)


@pytest.mark.parametrize("values", [{"position": 1, "entry_id": 3}, {"position": 3, "entry_id": 1}])
def test_the_database_refuses_a_second_place_and_a_second_seal(session, cast, values):
    write(session, cast, 3)
    sealing.seal_batch(session, now=MONDAY, most=2)
    session.commit()
    row = {"entry_mark": "", "people_mark": "", "digest": "", "sealed_at": MONDAY, **values}
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.insert(AuditSeal), row)
    session.rollback()


# ---- the head outside the database --------------------------------------------------------------------------------


def test_the_head_is_a_line_of_place_digest_and_time_for_this_user_alone(session, cast, path, clock):
    write(session, cast, 3)
    sealing.seal_waiting(session, path, clock=clock.now)
    head = sealing.find_head(session)
    assert head is not None
    assert path.read_text() == f"3 {head.digest} 2026-11-23T14:45:00+00:00\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.glob("*audit-head*")] == ["audit-head"]


def test_the_demo_notes_the_head_of_its_own_trail_elsewhere(tmp_path):
    assert heads.path_of(tmp_path, demo=False) == tmp_path / "audit-head"
    assert heads.path_of(tmp_path, demo=True) == tmp_path / "audit-head-demo"


def test_several_heads_are_kept_and_the_oldest_let_go(session, cast, path, clock, monkeypatch):
    monkeypatch.setattr(heads, "KEPT", 3)
    for _n in range(5):
        write(session, cast, 1)
        clock.move(seconds=5)
        sealing.seal_waiting(session, path, clock=clock.now)
    assert [head.position for head in heads.read(path)] == [3, 4, 5]


def test_a_head_that_the_database_no_longer_holds_is_never_let_go(session, cast, path, clock, monkeypatch):
    monkeypatch.setattr(heads, "KEPT", 2)
    lost = Head(900, "f" * 64, MONDAY)
    heads.write(path, [lost])
    for _n in range(4):
        clock.move(seconds=5)
        write(session, cast, 1)
        sealing.seal_waiting(session, path, clock=clock.now)
    assert [head.position for head in heads.read(path)] == [900, 3, 4]
    assert heads.read(path)[0] == lost


def test_a_line_that_is_no_head_is_passed_over(path):
    path.write_bytes(b"\xff\n1 2\nthree x 2026-11-23T14:45:00+00:00\n5 abc 2026-11-23T14:45:00+00:00\n")
    assert [head.position for head in heads.read(path)] == [5]
    assert heads.read(path.with_name("nowhere")) == []


def test_a_head_that_cannot_be_written_leaves_the_earlier_file_whole(session, cast, path, clock, monkeypatch):
    write(session, cast, 1)
    sealing.seal_waiting(session, path, clock=clock.now)
    before = path.read_text()
    write(session, cast, 1)

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        sealing.seal_waiting(session, path, clock=clock.now)
    assert path.read_text() == before
    assert len(list(path.parent.glob(".audit-head*"))) == 0
    monkeypatch.undo()
    sealing.seal_waiting(session, path, clock=clock.now)
    assert heads.read(path)[-1].position == 2


def test_the_last_seal_is_read_from_the_system_clock_too(session, cast, path):
    write(session, cast, 1)
    sealing.seal_waiting(session, path, clock=SystemClock().now)
    assert is_whole(session, path)


def test_strays_are_sealed_before_they_are_called_late():
    times = {name: seconds for name, seconds, _job in scheduler.TIMETABLE}
    assert times["seal-strays"] < LATE.total_seconds()


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("key", ["x'00ff'", "'somebody'", "7"])
def test_a_person_who_is_no_id_stops_neither_sealing_nor_the_trails_page(session, cast, path, reader, key):
    """SQLite alone keeps what is no id."""
    write(session, cast, 3)
    session.execute(sa.text(f"INSERT INTO audit_person (entry_id, client_id) VALUES (2, {key})"))  # noqa: S608
    session.commit()
    assert sealing.seal_waiting(session, path, clock=lambda: MONDAY) == 3
    assert verify(session, heads=heads.read(path), now=MONDAY).faults == []
    assert "Marcus Tell" in reader("admin").opens("/admin/trail").main
