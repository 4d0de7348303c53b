"""Keys that are not the database's own stop the start with a sentence, before anything is written with them."""

from __future__ import annotations

import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from coachdesk import keycheck
from coachdesk.clock import FixedClock
from coachdesk.config import SettingsError
from coachdesk.db import KeyRing, install_keys, writing
from coachdesk.factory import create_app
from coachdesk.keycheck import KeyCheck
from tests.cast import MONDAY
from tests.conftest import KEYS, settings
from tests.test_cli import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def starts(app: Any, tmp_path: Path, **wrong: Any) -> Any:
    """Make a second application over the same database, with some of its keys changed."""
    made = settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, keys=replace(KEYS, **wrong))
    try:
        return create_app(made, clock=FixedClock(MONDAY), testing=True)
    finally:
        install_keys(KeyRing(KEYS.fernet, KEYS.digest))


def test_its_own_keys_open_a_database_and_so_does_a_ring_with_a_newer_one(app, tmp_path):
    assert starts(app, tmp_path)
    assert starts(app, tmp_path, fernet=(Fernet.generate_key().decode(), *KEYS.fernet))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"fernet": (Fernet.generate_key().decode(),)}, "COACHDESK_KEYS"),
        ({"digest": "e" * 40}, "COACHDESK_DIGEST_KEY, or the key file .*digest"),
        ({"salt": "q" * 40}, "COACHDESK_PASSWORD_SALT, or the key file .*salt"),
    ],
)
def test_a_key_that_is_another_stops_the_start_by_name_and_sends_to_the_backup(app, tmp_path, wrong, named):
    with pytest.raises(SettingsError, match=named) as refusal:
        starts(app, tmp_path, **wrong)
    assert "from your backup" in str(refusal.value)
    assert not [key for values in wrong.values() for key in values if len(key) > 20 and key in str(refusal.value)]


def test_a_key_file_is_named_where_the_key_came_from_one(app, tmp_path):
    with pytest.raises(SettingsError, match=f"cannot be read with the key file {tmp_path / 'fernet'}"):
        starts(app, tmp_path, fernet=(Fernet.generate_key().decode(),), fernet_file=tmp_path / "fernet")


def test_a_database_from_before_is_tried_with_the_first_value_there_is(app, session, tmp_path):
    with writing():
        session.execute(sa.delete(KeyCheck))
        session.commit()
    with pytest.raises(SettingsError, match="cannot be read with COACHDESK_KEYS"):
        starts(app, tmp_path, fernet=(Fernet.generate_key().decode(),))
    assert session.scalar(sa.select(sa.func.count()).select_from(KeyCheck)) == 0
    session.rollback()
    starts(app, tmp_path)
    assert session.scalar(sa.select(sa.func.count()).select_from(KeyCheck)) == 1
    session.rollback()


def test_the_database_holds_no_key(app, session):
    row = session.execute(sa.text("SELECT sealed, digest, salt FROM key_check")).one()
    session.rollback()
    secrets = (*KEYS.fernet, KEYS.session, KEYS.digest, KEYS.salt)
    assert not [secret for secret in secrets for value in row if secret in value]


def test_only_a_database_with_an_organisation_holds_records(app, _templates, database):  # noqa: PT019
    assert keycheck.holds_data(app.config["SQLALCHEMY_DATABASE_URI"])
    name = f"b{uuid.uuid4().hex[:12]}"
    blank = _templates.blank(database, name)
    assert not keycheck.holds_data(blank)
    if database == "sqlite":
        assert not Path(sa.make_url(blank).database or "").exists()
    _templates.drop(database, name)


# ---- the command line -----------------------------------------------------------------------------------------


SET_UP = ("setup", "--organisation", "North Star", "--zone", "Asia/Kolkata", "--country", "IN",
          "--admin-name", "Ann Lee", "--admin-email", "ann@example.org")  # fmt: skip


@pytest.mark.parametrize("command", [("run",), ("web",), ("scheduler",), ("keys", "rotate"), ("remind",), SET_UP])
def test_every_command_that_opens_the_database_refuses_another_key(desk, command):
    desk.runs(*SET_UP)
    file = desk.home / "keys" / "fernet"
    file.write_text(Fernet.generate_key().decode())
    said = desk.runs(*command, code=2)
    assert said.startswith(f"What was written in this database cannot be read with the key file {file}")
    assert said.endswith("Put back the one from your backup of the keys; nothing was changed.")
    assert said.count("\n") == 0


def test_a_missing_key_file_beside_records_is_not_made_anew(desk):
    desk.runs(*SET_UP)
    (desk.home / "keys" / "fernet").unlink()
    said = desk.runs("db", "upgrade", code=2)
    assert said.startswith("The database holds records, but the keys they were written with are missing: ")
    assert not (desk.home / "keys" / "fernet").exists()


def test_rotating_and_checking_by_hand(desk):
    desk.runs(*SET_UP)
    before = (desk.home / "keys" / "fernet").read_text()
    assert re_count(desk.runs("keys", "check")) == 1
    said = desk.runs("keys", "rotate")
    assert "Keys in the ring: 2." in said
    assert "key 2: 0 values" in desk.runs("keys", "check")
    assert before.strip() in (desk.home / "keys" / "fernet").read_text()
    assert before.strip() not in said
    assert "Keys in the ring: 1." in desk.runs("keys", "rotate", "--forget-older")
    kept = (desk.home / "keys" / "fernet").read_text().strip()
    said = desk.runs("keys", "rotate", COACHDESK_KEYS=f"{Fernet.generate_key().decode()} {kept}")
    assert "COACHDESK_KEYS gives the keys, so none was made. To change it:" in said


def re_count(said: str) -> int:
    return sum(line.startswith("key ") for line in said.splitlines())


def test_no_key_stands_in_a_command_line(desk):
    listing = subprocess.run(
        [
            sys.executable,
            "-c",
            "from coachdesk.serving import parts_of; print([p.command for p in parts_of(demo=True)])",
        ],
        env=desk.environ | {"COACHDESK_KEYS": KEYS.fernet[0]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert KEYS.fernet[0] not in listing


def test_the_check_is_quick_where_there_is_no_file(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'none.db'}")
    keycheck.hold_keys(engine, KeyRing(KEYS.fernet, KEYS.digest), settings("", tmp_path), now=MONDAY)
    assert not (tmp_path / "none.db").exists()
