"""The part “access” of `make faults` runs, at a small size, and says so where a bar is missed."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.faults.__main__ import PARTS


def _runs(*parts: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults", *parts],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_part_about_access_names_every_change_and_ends_by_itself():
    done = _runs("access", FAULTS_CHANGES="4", FAULTS_ENTRIES="3000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("is named: 4 of 4") == 2
    assert done.stdout.count("3,000 entries are walked in") == 2
    assert done.stdout.count("every filter and order answers in") == 2
    assert done.stdout.count("MET ") == 6
    assert "MISSED" not in done.stdout


def test_a_part_that_is_none_is_refused_with_the_list():
    done = _runs("weather")
    assert done.returncode == 1
    assert done.stderr.strip() == f"There is no part weather. The parts are: {', '.join(PARTS)}."
    assert {"access", "drafts", "keys", "killed", "timing"} < set(PARTS)


def test_a_missed_bar_is_said_and_ends_with_1(monkeypatch, tmp_path):
    from tests.faults import access

    monkeypatch.setattr(access, "_on", lambda *_given: False)
    monkeypatch.setenv("COACHDESK_TEST_DATABASE_URL", "postgresql://nobody")
    assert access.run() is False
    monkeypatch.setattr(access, "_on", lambda *_given: True)
    assert access.run() is True
