"""Small, quick versions of what `make faults` does at length."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults import drafts, keys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asvs("11.2.2")
@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
def test_a_key_changes_under_load_and_no_request_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = keys.run(tmp_path, coaches=("dana", "chris"), least=20)
    said = capsys.readouterr().out
    assert not tally.failed, said
    assert tally.made >= 20
    assert set(tally.saved) <= {"dana", "chris"}
    assert "sealed anew. Keys in the ring: 1." in said
    assert "0 hits of" in said


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
def test_the_server_is_ended_outright_while_drafts_are_written_and_none_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = drafts.run(tmp_path, coaches=("dana", "imani"), rounds=2)
    said = capsys.readouterr().out
    assert [one.missed for one in found] == [[], []], said
    assert all(one.saved >= 5 for one in found), said
