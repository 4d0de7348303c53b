"""The command line answers in sentences, with an exit code that says how it went. Each test runs the real command."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Desk:
    """A shell with nothing set but an empty instance."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
            "COACHDESK_INSTANCE": str(self.home),
            "COACHDESK_BASE_URL": "http://127.0.0.1:8000",
        }

    def runs(self, *words: str, code: int = 0, **settings: str) -> str:
        answer = subprocess.run(
            [sys.executable, "-m", "coachdesk.cli", *words],
            env=self.environ | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == code, answer.stderr
        assert "Traceback" not in answer.stderr
        return (answer.stderr if code else answer.stdout).strip()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_help_names_every_command_without_a_setting_being_right(desk):
    said = desk.runs("--help", COACHDESK_LOG="loud")
    for command in ("audit", "db", "demo", "keys", "remind", "run", "scheduler", "setup", "web"):
        assert f"\n  {command} " in said
    assert "--parent" not in desk.runs("web", "--help")


@pytest.mark.parametrize("command", [("run",), ("web",), ("scheduler",), ("demo",), ("remind",), ("db", "upgrade")])
def test_a_wrong_setting_ends_any_command_with_2_and_one_sentence(desk, command):
    said = desk.runs(*command, code=2, COACHDESK_LOG="loud")
    assert said == "COACHDESK_LOG must be one of debug, info, warning, error."
    assert not desk.home.exists()


def test_the_demo_never_opens_to_others(desk):
    said = desk.runs("run", "--demo", code=2, COACHDESK_BASE_URL="https://desk.example.org")
    assert said.startswith("COACHDESK_BASE_URL may only be this machine")


def test_a_database_that_does_not_answer_is_said_in_a_sentence_without_its_passphrase(desk):
    said = desk.runs("db", "upgrade", code=1, COACHDESK_DATABASE_URL="postgresql://desk:s3cret@127.0.0.1:1/desk")
    assert said.startswith("Error: The database cannot be used: connection failed")
    assert "s3cret" not in said


def test_what_a_command_makes_is_for_its_user_alone(desk):
    desk.runs("db", "upgrade")
    made = [path for path in [desk.home, *desk.home.rglob("*")] if "key" not in path.name]
    assert "coachdesk.db" in {path.name for path in made}
    assert not [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_the_demo_has_a_database_of_its_own(desk):
    desk.runs("db", "upgrade", "--demo")
    assert (desk.home / "demo.db").exists()
    assert not (desk.home / "coachdesk.db").exists()


@pytest.mark.parametrize(
    ("email", "name", "complaint"),
    [("ann.example.org", "Ann Lee", "--admin-email"), ("ann@example.org", "  ", "--admin")],
)
def test_setting_up_refuses_what_cannot_be_an_administrator(desk, email, name, complaint):
    said = desk.runs(
        "setup", "--organisation", "North Star", "--zone", "Asia/Kolkata", "--country", "IN",
        "--admin-name", name, "--admin-email", email, code=2,
    )  # fmt: skip
    assert complaint in said
    assert not (desk.home / "coachdesk.db").exists()


def test_setting_up_prints_a_single_use_link_once(desk):
    words = ("setup", "--organisation", "North Star", "--zone", "Asia/Kolkata", "--country", "IN",
             "--admin-name", "Ann Lee", "--admin-email", "ann@example.org")  # fmt: skip
    assert re.search(r"^http://127\.0\.0\.1:8000/invitation/[\w-]{43}$", desk.runs(*words), re.MULTILINE)
    assert "set up already" in desk.runs(*words, code=1)


def test_a_fresh_database_is_as_the_program_expects(desk):
    desk.runs("db", "upgrade")
    desk.runs("db", "check")
    desk.runs("db", "downgrade", "base")
    desk.runs("db", "upgrade")


def test_the_trail_is_checked_from_the_command_line_and_the_check_is_written_down(desk):
    import sqlite3

    desk.runs("db", "upgrade")
    said = desk.runs("audit", "verify")
    assert said == (
        "The trail is as it was sealed: 0 entries sealed, 0 not sealed yet; no head is noted outside the database."
    )
    assert "1 not sealed yet" in desk.runs("audit", "verify")
    with sqlite3.connect(desk.home / "coachdesk.db") as database:
        row = "INSERT INTO audit_entry (at, event, details) VALUES ('2020-01-01 00:00:00.000000', 'signed-in', '{}')"
        database.execute(row)
    answer = subprocess.run(
        [sys.executable, "-m", "coachdesk.cli", "audit", "verify"],
        env=desk.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        "Entry 3 of 2020-01-01 00:00 UTC has not been sealed: is the scheduler running?",
        "1 found in 0 seals; 3 not sealed yet.",
    ]


def test_a_new_demo_begins_a_trail_of_its_own(desk):
    desk.home.mkdir()
    noted = desk.home / "audit-head-demo"
    noted.write_text(f"900 {'a' * 64} 2026-11-23T14:45:00+00:00\n")
    desk.runs("demo")
    assert not noted.exists()
    assert "no head is noted outside" in desk.runs("audit", "verify", "--demo")
