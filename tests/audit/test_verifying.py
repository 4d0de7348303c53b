"""Walking the chain names each thing that is not as it was sealed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, AuditPerson, AuditSeal, Event, heads, record, sealing, verifying
from coachdesk.audit.heads import Head
from coachdesk.audit.verifying import Verdict, verify
from coachdesk.db import KeyRing, install_keys
from tests.audit.tampering import COUNT, ENTRY, KINDS, PERSON, SEAL, drawn, tamper, unguarded, write_short_trail
from tests.cast import MONDAY, Cast
from tests.conftest import KEYS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit-head"


@pytest.fixture
def sealed(session: Any, cast: Cast, path: Path) -> None:
    """Forty entries, sealed in batches of which each head is noted."""
    write_short_trail(session, cast, drawn(1))
    sealing.seal_waiting(session, path, clock=lambda: MONDAY)


def faults(session: Any, path: Path, *, now: dt.datetime = MONDAY) -> list[str]:
    session.rollback()
    found = [str(fault) for fault in verify(session, heads=heads.read(path), now=now).faults]
    session.rollback()
    return found


def test_a_trail_as_it_was_sealed_has_no_faults_and_is_counted(session, sealed, path):
    verdict = verify(session, heads=heads.read(path), now=MONDAY)
    assert (verdict.faults, verdict.found, verdict.position, verdict.unsealed) == ([], 0, COUNT, 0)
    assert verdict.summary(heads=1) == [
        "The trail is as it was sealed: 40 entries sealed, 0 not sealed yet; agrees with the head noted outside."
    ]


def test_an_empty_trail_is_fine(session, path):
    assert faults(session, path) == []
    assert verify(session, heads=[], now=MONDAY).summary(heads=0) == [
        "The trail is as it was sealed: 0 entries sealed, 0 not sealed yet; no head is noted outside the database."
    ]


@pytest.mark.parametrize("kind", range(KINDS))
def test_each_kind_of_tampering_is_named(session, sealed, path, kind):
    draw = drawn(kind)
    with unguarded(session) as connection:
        damage = tamper(connection, draw, kind=kind)
    found = faults(session, path)
    for part in damage.named:
        assert any(part in sentence for sentence in found), (damage, found)


def test_one_change_is_named_once_and_not_its_neighbours(session, sealed, path):
    with unguarded(session) as connection:
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id == 7).values(event="signed-in"))
        connection.execute(sa.update(SEAL).where(SEAL.c.position == 20).values(digest="0" * 64))
        connection.execute(sa.update(SEAL).where(SEAL.c.position == 30).values(entry_mark="0" * 16))
    assert faults(session, path) == [
        "Entry 7 (position 7) was changed after it was sealed.",
        "The seal at position 20 (entry 20) was changed, or stands in another place.",
        "The seal at position 30 (entry 30) was changed, or stands in another place.",
    ]


def test_what_no_program_can_read_is_named_and_stops_nothing(session, sealed, path, database):
    with unguarded(session) as connection:
        if database == "sqlite":
            connection.exec_driver_sql("UPDATE audit_entry SET at = 'yesterday', details = 'not json' WHERE id = 3")
            connection.exec_driver_sql("UPDATE audit_seal SET sealed_at = 'never' WHERE position = 4")
        else:
            connection.exec_driver_sql("UPDATE audit_entry SET details = '\"\"' WHERE id = 3")
            connection.exec_driver_sql("UPDATE audit_seal SET sealed_at = '1999-01-01' WHERE position = 4")
    assert faults(session, path) == [
        "Entry 3 (position 3) was changed after it was sealed.",
        "The seal at position 4 (entry 4) was changed, or stands in another place.",
    ]


def test_a_change_of_both_an_entry_and_its_people_is_named_as_both(session, sealed, path):
    entry_id = session.scalar(sa.select(sa.func.max(AuditPerson.entry_id)))
    with unguarded(session) as connection:
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id == entry_id).values(event="signed-in"))
        connection.execute(sa.delete(PERSON).where(PERSON.c.entry_id == entry_id))
    first, second = faults(session, path)
    assert first.startswith(f"Entry {entry_id} ")
    assert second.startswith(f"The people named by entry {entry_id} ")


def test_several_removed_seals_are_named_together_and_what_follows_is_still_looked_at(session, sealed, path):
    with unguarded(session) as connection:
        connection.execute(sa.delete(SEAL).where(SEAL.c.position.between(5, 8)))
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id == 9).values(event="signed-in"))
    assert faults(session, path) == [
        "The seals at positions 5 to 8 are missing.",
        "Entry 9 (position 9) was changed after it was sealed.",
    ]


def test_a_seal_put_in_before_the_first_is_named(session, sealed, cast, path):
    record(session, cast.dana, Event.RECORD_READ, now=MONDAY)
    session.commit()
    new = session.scalar(sa.select(sa.func.max(AuditEntry.id)))
    row = {"position": -3, "entry_id": new, "entry_mark": "", "people_mark": "", "digest": "", "sealed_at": MONDAY}
    session.execute(sa.insert(AuditSeal), row)
    session.commit()
    assert any("position -3) was changed" in fault for fault in faults(session, path))


def test_a_tail_that_was_cut_and_sealed_anew_is_named_by_the_head_outside(session, sealed, path):
    with unguarded(session) as connection:
        connection.execute(sa.delete(SEAL).where(SEAL.c.position > 30))
    sealing.seal_waiting(session, path.with_name("another"), clock=lambda: MONDAY + dt.timedelta(hours=1))
    assert faults(session, path) == ["The seal at position 40 is not the one noted outside the database."]


def test_an_older_copy_put_back_is_named_though_sealing_went_on(session, sealed, path):
    heads.write(path, [*heads.read(path), Head(60, "a" * 64, MONDAY)])
    assert faults(session, path) == [
        (
            "The trail ends at position 40, but a seal at position 60 is noted outside the database: "
            "its tail was cut off, or an older copy was put back."
        )
    ]


def test_an_entry_that_waits_for_minutes_is_named_and_one_of_just_now_is_not(session, sealed, cast, path):
    record(session, cast.dana, Event.RECORD_READ, now=MONDAY)
    session.commit()
    assert faults(session, path, now=MONDAY + dt.timedelta(minutes=4)) == []
    assert faults(session, path, now=MONDAY + dt.timedelta(minutes=6)) == [
        "Entry 41 of 2026-11-23 14:45 UTC has not been sealed: is the scheduler running?"
    ]


def test_with_another_key_nothing_fits_and_that_is_said(session, sealed, path):
    install_keys(KeyRing(KEYS.fernet, "another" * 8))
    verdict = verify(session, heads=heads.read(path), now=MONDAY)
    install_keys(KeyRing(KEYS.fernet, KEYS.digest))
    assert verdict.found >= COUNT
    assert "Not one seal fits: was another COACHDESK_DIGEST_KEY set?" in verdict.summary(heads=1)


def test_very_many_faults_are_counted_and_not_all_kept(session, sealed, path, monkeypatch):
    monkeypatch.setattr(verifying, "MOST_NAMED", 10)
    with unguarded(session) as connection:
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id > 20).values(event="signed-in", request_id="x"))
    verdict = verify(session, heads=heads.read(path), now=MONDAY)
    assert (len(verdict.faults), verdict.found) == (10, 20)
    assert verdict.summary(heads=1) == ["… and 10 more.", "20 found in 40 seals; 0 not sealed yet."]


def test_the_walk_holds_a_chunk_at_a_time(session, sealed, path, monkeypatch):
    monkeypatch.setattr(verifying, "CHUNK", 7)
    with unguarded(session) as connection:
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id.in_([7, 8, 40])).values(event="signed-in", request_id="x"))
    assert [fault[:9] for fault in faults(session, path)] == ["Entry 7 (", "Entry 8 (", "Entry 40 "]


def test_a_verdict_of_nothing_sealed_gives_no_hint_about_keys():
    assert Verdict(found=1).summary(heads=0) == ["… and 1 more.", "1 found in 0 seals; 0 not sealed yet."]
